internal import FoundationEssentials
internal import GRDB

enum OutboxSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 weights") { db in
            try db.execute(
                sql: """
                    CREATE TABLE stream (
                        topic TEXT PRIMARY KEY NOT NULL,
                        boot TEXT NOT NULL,
                        n INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE weight (
                        topic TEXT NOT NULL,
                        boot TEXT NOT NULL,
                        n INTEGER NOT NULL,
                        binding TEXT,
                        grams INTEGER NOT NULL,
                        at INTEGER NOT NULL,
                        offsetMillis INTEGER NOT NULL,
                        offline INTEGER NOT NULL,
                        raw BLOB NOT NULL,
                        state TEXT NOT NULL CHECK (state IN ('pending', 'sent', 'acked', 'refused')),
                        code TEXT,
                        settledAt INTEGER,
                        PRIMARY KEY (topic, boot, n)
                    ) STRICT;
                    CREATE INDEX weight_unsettled ON weight (topic, n) WHERE state IN ('pending', 'sent');
                    CREATE INDEX weight_settled ON weight (settledAt) WHERE state IN ('acked', 'refused');
                    """)
        }
        // `hub`: whose history the answers are of; no row before the first. `again`: of what had its answer from another history,
        // what lies behind n up to until is still to be offered to this one. Nothing else changes about such a weight.
        migrator.registerMigration("2 again") { db in
            try db.execute(
                sql: """
                    CREATE TABLE hub (
                        onlyRow INTEGER PRIMARY KEY NOT NULL CHECK (onlyRow = 1),
                        epoch TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE again (
                        topic TEXT PRIMARY KEY NOT NULL REFERENCES stream (topic),
                        n INTEGER NOT NULL,
                        until INTEGER NOT NULL
                    ) STRICT;
                    CREATE VIEW offered AS
                        SELECT weight.* FROM again JOIN stream ON stream.topic = again.topic
                            JOIN weight ON weight.topic = again.topic AND weight.boot = stream.boot
                        WHERE weight.n > again.n AND weight.n <= again.until AND weight.state IN ('acked', 'refused');
                    """)
        }
        // Numbers go on when a topic gets another boot: what was recorded under an earlier one is offered as well.
        migrator.registerMigration("3 boots") { db in
            try db.execute(
                sql: """
                    DROP VIEW offered;
                    CREATE VIEW offered AS
                        SELECT weight.* FROM again JOIN weight ON weight.topic = again.topic
                        WHERE weight.n > again.n AND weight.n <= again.until AND weight.state IN ('acked', 'refused');
                    """)
        }
        return migrator
    }
}

extension StoredWeight {
    func insert(_ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO weight (topic, boot, n, binding, grams, at, offsetMillis, offline, raw, state)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                topic, boot, n, weight.binding, weight.grams, weight.at, offsetMillis, offline, weight.raw.blob,
                state.rawValue,
            ])
    }

    /// - Parameters:
    ///   - table: `weight`, or a view with its columns.
    ///   - sql: the condition, and what follows it.
    static func fetch(
        _ db: Database, from table: String = "weight", sql: String, arguments: StatementArguments
    ) throws -> [StoredWeight] {
        try Row.fetchAll(db, sql: "SELECT * FROM \(table) WHERE \(sql)", arguments: arguments).map(StoredWeight.init)
    }

    private init(_ row: Row) throws {
        topic = row["topic"]
        boot = row["boot"]
        n = row["n"]
        weight = SettledWeight(
            grams: row["grams"], binding: row["binding"], at: row["at"], raw: .init(blob: row["raw"]))
        offsetMillis = row["offsetMillis"]
        offline = row["offline"]
        // The table's CHECK allows no other text.
        state = State(rawValue: row["state"]) ?? .pending
        code = row["code"]
    }
}

extension [UInt8] {
    fileprivate var blob: Data { Data(self) }
    fileprivate init(blob: Data) { self = Array(blob) }
}
