internal import FoundationEssentials
internal import GRDB

/// Settled weights on disk, written before anything else happens with them and kept 90 days.
///
/// Every call blocks until the disk has it (WAL, synchronous FULL): call from a thread that may block. Unsent weights
/// are never deleted.
package final class Outbox: Sendable {
    /// From the first answer on, also when it is offered again: for a day longer a hub knows that it has a weight.
    package static let keptMillis: Int64 = 90 * 24 * 3600 * 1000
    /// Weights without a final answer that one topic may pile up: a year and more of a busy deck.
    package static let unsettledCountMax: Int64 = 500_000

    /// As the hub refuses a number that another weight has.
    package static let keyReused = "keyReused"

    private let database: DatabaseQueue

    /// Opens or creates the file.
    package init(path: String) throws(OutboxError) {
        do {
            var configuration = Configuration()
            configuration.label = "outbox"
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            database = try DatabaseQueue(path: path, configuration: configuration)
            try OutboxSchema.migrator.migrate(database)
        } catch {
            throw OutboxError("open \(path)", error)
        }
    }

    /// Records a weight under the next number of its topic.
    package func record(
        _ weight: SettledWeight, topic: String, offsetMillis: Int64, offline: Bool
    ) throws(OutboxError) -> StoredWeight {
        try write("record a weight of \(topic)") { db in
            let unsettled = try Int64.fetchOne(
                db, sql: "SELECT count(*) FROM weight WHERE topic = ? AND state IN ('pending', 'sent')",
                arguments: [topic])
            guard unsettled ?? 0 < Self.unsettledCountMax else { throw OutboxFull() }
            let (boot, n) = try Self.nextNumber(db, topic: topic)
            let stored = StoredWeight(
                topic: topic, boot: boot, n: n, weight: weight, offsetMillis: offsetMillis, offline: offline,
                state: .pending)
            try stored.insert(db)
            return stored
        }
    }

    /// The next weights without a final answer, in order.
    package func unsettled(topic: String, after n: Int64, limit: Int) throws(OutboxError) -> [StoredWeight] {
        try read("read the weights of \(topic)") { db in
            try StoredWeight.fetch(
                db, sql: "topic = ? AND n > ? AND state IN ('pending', 'sent') ORDER BY n LIMIT ?",
                arguments: [topic, n, limit])
        }
    }

    /// Every weight of a topic, in order.
    package func all(topic: String) throws(OutboxError) -> [StoredWeight] {
        try read("read the weights of \(topic)") { db in
            try StoredWeight.fetch(db, sql: "topic = ? ORDER BY n", arguments: [topic])
        }
    }

    /// What the clocks differed by when the latest weight was recorded; 0 before the first.
    package func latestOffsetMillis() throws(OutboxError) -> Int64 {
        try read("read the offset of the clock") { db in
            try Int64.fetchOne(db, sql: "SELECT offsetMillis FROM weight ORDER BY rowid DESC LIMIT 1") ?? 0
        }
    }

    package func markSent(topic: String, through n: Int64) throws(OutboxError) {
        try write("mark weights of \(topic)") { db in
            try db.execute(
                // The first condition finds the index, the second the rows.
                sql: """
                    UPDATE weight SET state = 'sent'
                    WHERE topic = ? AND n <= ? AND state IN ('pending', 'sent') AND state = 'pending'
                    """,
                arguments: [topic, n])
        }
    }

    /// The hub's final word on every weight up to `n`: taken, but for those refused. A word on another boot is ignored.
    ///
    /// Of a number that another weight has, this store is a copy, or was put back from an older one: its next weights get another
    /// boot.
    package func settle(
        topic: String, boot: String, through n: Int64, refused: [Int64: String], at millis: Int64
    ) throws(OutboxError) {
        try write("settle weights of \(topic)") { db in
            for (number, code) in refused.sorted(by: { $0.key < $1.key }) where number <= n {
                try db.execute(
                    sql: """
                        UPDATE weight SET state = 'refused', code = ?, settledAt = ?
                        WHERE topic = ? AND boot = ? AND n = ? AND state IN ('pending', 'sent')
                        """, arguments: [code, millis, topic, boot, number])
            }
            if refused.contains(where: { $0.key <= n && $0.value == Self.keyReused }) {
                try db.execute(
                    sql: "UPDATE stream SET boot = lower(hex(randomblob(16))) WHERE topic = ? AND boot = ?",
                    arguments: [topic, boot])
            }
            // By the index of what waits: there are few of them, and thousands of the boot.
            try db.execute(
                sql: """
                    UPDATE weight SET state = 'acked', settledAt = ?
                    WHERE topic = ? AND +boot = ? AND n <= ? AND state IN ('pending', 'sent')
                    """, arguments: [millis, topic, boot, n])
        }
    }

    /// How much of each topic waits, and since when.
    ///
    /// - Parameter millis: reused numbers count that were refused since then.
    func depths(since millis: Int64) throws(OutboxError) -> [String: OutboxDepth] {
        try read("count the weights") { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT topic,
                        (SELECT count(*) FROM weight WHERE topic = s.topic AND state IN ('pending', 'sent')) AS waiting,
                        (SELECT at FROM weight WHERE topic = s.topic AND state IN ('pending', 'sent')
                            ORDER BY n LIMIT 1) AS oldestAt,
                        (SELECT count(*) FROM weight WHERE topic = s.topic AND state = 'refused') AS refused,
                        (SELECT count(*) FROM weight WHERE topic = s.topic AND state = 'refused' AND code = ?
                            AND settledAt >= ?) AS reused,
                        (SELECT max(settledAt) FROM weight WHERE topic = s.topic) AS lastAnswerAt
                    FROM stream AS s
                    """, arguments: [Self.keyReused, millis])
            return Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    let depth = OutboxDepth(
                        waiting: row["waiting"], oldestAt: row["oldestAt"], refused: row["refused"],
                        reused: row["reused"], lastAnswerAt: row["lastAnswerAt"])
                    return (row["topic"], depth)
                })
        }
    }

    /// Deletes what has had its final answer for 90 days.
    ///
    /// - Returns: how many.
    @discardableResult
    package func prune(at millis: Int64) throws(OutboxError) -> Int {
        try write("prune") { db in
            try db.execute(
                sql: "DELETE FROM weight WHERE state IN ('acked', 'refused') AND settledAt < ?",
                arguments: [millis - Self.keptMillis])
            return db.changesCount
        }
    }

    /// The topic's boot and next number; a topic seen for the first time gets a new boot.
    private static func nextNumber(_ db: Database, topic: String) throws -> (boot: String, n: Int64) {
        try db.execute(
            sql: """
                INSERT INTO stream (topic, boot, n) VALUES (?, lower(hex(randomblob(16))), 1)
                ON CONFLICT (topic) DO UPDATE SET n = n + 1
                """, arguments: [topic])
        guard let row = try Row.fetchOne(db, sql: "SELECT boot, n FROM stream WHERE topic = ?", arguments: [topic])
        else {
            preconditionFailure("the stream of \(topic) was written in this transaction")
        }
        return (row["boot"], row["n"])
    }

    func write<Result>(
        _ operation: String, _ body: (Database) throws -> Result
    ) throws(OutboxError) -> Result {
        do { return try database.write(body) } catch { throw OutboxError(operation, error) }
    }

    func read<Result>(
        _ operation: String, _ body: (Database) throws -> Result
    ) throws(OutboxError) -> Result {
        do { return try database.read(body) } catch { throw OutboxError(operation, error) }
    }
}

/// The outbox could not do what it was asked.
package struct OutboxError: Error, Sendable, CustomStringConvertible {
    package let operation: String
    package let reason: String

    init(_ operation: String, _ error: any Error) {
        self.operation = operation
        reason = "\(error)"
    }

    package var description: String { "outbox: cannot \(operation): \(reason)" }
}

private struct OutboxFull: Error, CustomStringConvertible {
    var description: String { "\(Outbox.unsettledCountMax) weights wait for the hub, no more are taken" }
}
