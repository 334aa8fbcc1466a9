import Actors
import Crypto

/// One step of the schema. Never edited once released: a change is a new step.
package struct Migration: Sendable {
    /// 1, 2, 3, … without gaps.
    package let id: Int
    package let name: String
    /// One or more statements, without BEGIN and COMMIT.
    package let sql: String

    package init(id: Int, name: String, sql: String) {
        self.id = id
        self.name = name
        self.sql = sql
    }

    /// SHA-256 of the text, so that an edited step is noticed.
    package var checksum: String {
        SHA256.hash(data: Array(sql.utf8)).hex
    }
}

/// Why the schema could not be brought up to date. Nothing of the failing step is left behind.
package enum MigrationError: Error, Equatable, Sendable {
    /// The database has steps this program does not know, more than the one it is written to run on.
    case databaseNewer(found: Int, known: Int)
    /// The database has fewer steps than this program needs, and the caller is not one that applies them.
    case databaseOlder(found: Int, known: Int)
    case checksumChanged(id: Int, name: String)
    /// A step between others is missing in the database: it was not made by this list.
    case gap(missing: Int)
    case stepFailed(id: Int, name: String, PostgresError)
    /// A step ended its transaction by itself.
    case stepEndedTransaction(id: Int, name: String)
    /// Another process has been migrating for longer than we wait.
    case locked
    case database(PostgresError)
}

extension MigrationError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .databaseNewer(let found, let known):
            """
            The database is at schema step \(found) and this program knows \(known); it runs on at most one step \
            more. Start the newer program, or restore a backup from before the upgrade.
            """
        case .databaseOlder(found: 0, _): "This is no hub's database: it has no schema. A hub that starts makes it."
        case .databaseOlder(let found, let known):
            """
            The database is at schema step \(found) and this program needs \(known). Start its hub once, which brings the \
            database up to date, or use the program that the database belongs to.
            """
        case .checksumChanged(let id, let name):
            """
            Schema step \(id) (\(name)) was applied with another text than this program has. A released step is \
            never edited: put the old text back and add a new step.
            """
        case .gap(let missing):
            "Schema step \(missing) is missing in the database and later ones are there. Restore a backup."
        case .stepFailed(let id, let name, let error): "Schema step \(id) (\(name)) failed and was undone: \(error)"
        case .stepEndedTransaction(let id, let name):
            "Schema step \(id) (\(name)) contains BEGIN, COMMIT or ROLLBACK, which it must not."
        case .locked: "Another hub has been changing the schema for a minute. Wait for it, or end it, and start again."
        case .database(let error): "The schema could not be read: \(error)"
        }
    }
}
