/// The database's shape, step by step. A released step is never edited.
package enum Schema {
    package static let migrations = [
        Migration(id: 1, name: "journal", sql: journal),
        Migration(id: 2, name: "seed tables", sql: projections),
        Migration(id: 3, name: "accounts", sql: accounts),
    ]
}
