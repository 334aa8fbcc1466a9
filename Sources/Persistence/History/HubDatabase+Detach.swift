package import Actors

extension HubDatabase {
    /// Why nothing was detached.
    package enum NotDetached: Error, Equatable, CustomStringConvertible {
        /// The history, and what streams are loaded from, have to be right first: what is detached is not read again.
        case notRight(String)
        /// The month that is written to, or one to come, would go.
        case notOver
        /// There is no partition of a month before this one.
        case nothing
        /// Events older than that have no month of their own.
        case strays(count: Int64)

        package var description: String {
            switch self {
            case .notRight(let first):
                "Not everything is right, so nothing was detached. `hub verify` says more, `hub rebuild` mends what can be: \(first)"
            case .notOver: "Only months that are over can be detached: name this month or an earlier one."
            case .nothing: "There is no month to detach before that one."
            case .strays(let count):
                "\(count) events before that month are in the partition for events without one, which cannot be detached."
            }
        }
    }

    package struct Detached: Sendable {
        /// The tables that are in the schema `archive` now.
        package let partitions: [String]
        /// Signs where the rest of the history begins; also kept in the database.
        package let seal: String
    }

    /// Takes the months before one out of the journal, into the schema `archive`, from where they may be dumped and dropped. What is
    /// left begins with a signed baseline; streams are loaded from snapshots.
    ///
    /// Everything is checked first, but for effects, which nothing makes right and which are no part of it. In one transaction; throws
    /// `InUse` while a hub runs. Blocks.
    ///
    /// - Parameter month: the first one that stays, in UTC; the present one at most.
    package func detach(
        before month: BusinessDate, keys: PersonKeys, signedWith key: Seal.Key, madeAt: String, now: Instant,
        snapshotInterval: Int64 = Runtime.Limits().snapshotInterval
    ) throws -> Detached {
        let today = BusinessDate(now, zone: SiteClock(utcOffsetMinutes: 0))
        guard (month.year, month.month) <= (today.year, today.month) else { throw NotDetached.notOver }
        var connection = try PostgresConnection.connect(conninfo)
        try Self.lockOut(&connection)
        let first = "\(pad(month.year, 4))\(pad(month.month, 2))"
        let boundary = Instant(
            milliseconds: Int64(BusinessDate(year: month.year, month: month.month, day: 1).daysSinceEpoch) * 86_400_000)
        let names = try Self.partitions(before: first, &connection)
        guard !names.isEmpty else { throw NotDetached.nothing }
        let strays = try connection.query(
            "SELECT count(*) FROM journal_default WHERE at < $1", [.init(PostgresTimestamp(boundary))])
        let strayCount: Int64 = try strays[0].value(0)
        guard strayCount == 0 else { throw NotDetached.strays(count: strayCount) }
        var seal = ""
        _ = try Self.pass(
            [], keys, publicKey: key.publicKey, snapshotInterval, &connection, keepingBaselinesBefore: boundary
        ) { pass, connection in
            let report = pass.report
            guard report.count(.journal) + report.count(.derived) == 0 else {
                throw NotDetached.notRight("\(report.findings.first { $0.sort != .other } ?? report.findings[0])")
            }
            try pass.keepKeys(&connection)
            seal = try Self.keepBaselines(
                signedWith: key, madeAt: madeAt, purpose: Seal.baselinePurpose + first, &connection)
            for name in names { try Self.detach(name, seal: seal, &connection) }
        }
        return Detached(partitions: names, seal: seal)
    }

    private static func partitions(
        before month: String, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> [String] {
        try connection.query(
            """
            SELECT relname::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = 'journal'::regclass AND relname ~ '^journal_[0-9]{6}$' AND relname < $1 ORDER BY relname
            """, [.text("journal_\(month)")]
        ).map { row throws(PostgresError) in try row.value(0) }
    }

    private static func keepBaselines(
        signedWith key: Seal.Key, madeAt: String, purpose: String, _ connection: inout PostgresConnection
    ) throws -> String {
        let baselines = try HistoryReader.baselines(&connection, in: "pg_temp.baseline")
        let seal = Seal(
            epoch: try epoch(&connection), madeAt: madeAt, purpose: purpose,
            heads: baselines.sorted { $0.key < $1.key }.map { Seal.Head($0.key, $0.value) })
        try connection.execute(
            """
            INSERT INTO journal_baseline SELECT * FROM pg_temp.baseline
            ON CONFLICT (key, kind, site) DO UPDATE SET version = EXCLUDED.version, chain_hash = EXCLUDED.chain_hash,
                at = EXCLUDED.at, schema = EXCLUDED.schema, state = EXCLUDED.state
            """)
        return try seal.signed(with: key)
    }

    /// What guards a partition against changes goes with the parent: it gets its own again. One that was attached again may have it
    /// still.
    private static func detach(
        _ name: String, seal: String, _ connection: inout PostgresConnection
    ) throws(PostgresError) {
        try connection.execute(
            """
            ALTER TABLE journal DETACH PARTITION \(name);
            ALTER TABLE \(name) SET SCHEMA archive;
            CREATE OR REPLACE TRIGGER archive_append_only BEFORE INSERT OR UPDATE OR DELETE ON archive.\(name)
                FOR EACH ROW EXECUTE FUNCTION gwanje_append_only()
            """)
        try connection.query(
            "INSERT INTO detached_partition VALUES ($1, now(), $2)", [.text(name), .text(seal)])
    }
}
