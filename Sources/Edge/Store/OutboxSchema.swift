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

    /// - Parameter sql: the condition, and what follows it.
    static func fetch(_ db: Database, sql: String, arguments: StatementArguments) throws -> [StoredWeight] {
        try Row.fetchAll(db, sql: "SELECT * FROM weight WHERE \(sql)", arguments: arguments).map(StoredWeight.init)
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
