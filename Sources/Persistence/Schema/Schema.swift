/// The database's shape, step by step. A released step is never edited.
package enum Schema {
    package static let migrations = [
        Migration(id: 1, name: "journal", sql: journal),
        Migration(id: 2, name: "seed tables", sql: projections),
        Migration(id: 3, name: "accounts", sql: accounts),
        Migration(id: 4, name: "partitions", sql: partitions),
        Migration(id: 5, name: "guesses", sql: guesses),
        Migration(id: 6, name: "indexes", sql: indexes),
        Migration(id: 7, name: "short keys", sql: shortKeys),
        Migration(id: 8, name: "seals and dead letters", sql: seals + "\n" + deadLetters),
        Migration(id: 9, name: "personal", sql: personal),
    ]
}
