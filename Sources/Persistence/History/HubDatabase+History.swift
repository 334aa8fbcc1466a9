import Actors

/// The history as a whole: checked, made anew from, sealed, and its oldest months set aside. All calls block.
extension HubDatabase {
    /// Follows every chain from its first event to its head, and compares everything that was written besides with what follows from
    /// the events. Changes nothing; a hub may run on the database.
    ///
    /// - Parameters:
    ///   - keys: of the persons; what they do not open is taken for erased.
    ///   - seals: signed heads that the chains have to go through.
    ///   - publicKey: whose signature the baselines of detached partitions must have; nil leaves them unchecked.
    ///   - snapshotInterval: events after which a stream has a snapshot.
    package func verify(
        keys: PersonKeys, seals: [Seal] = [], publicKey: String? = nil,
        snapshotInterval: Int64 = Runtime.Limits().snapshotInterval
    ) throws -> HistoryReport {
        var connection = try PostgresConnection.connect(conninfo)
        return try Self.pass(seals, keys, publicKey: publicKey, snapshotInterval, &connection) { _, _ in }
    }

    /// Makes every projection and snapshot say what the events say; rows that are right are not touched. In one transaction.
    ///
    /// Throws `InUse` while a hub runs, and `HistoryBroken` when events themselves are not right: from those nothing can follow.
    /// The report tells what was not right before; effects are left as they are.
    @discardableResult
    package func rebuild(
        keys: PersonKeys, publicKey: String? = nil, snapshotInterval: Int64 = Runtime.Limits().snapshotInterval
    ) throws -> HistoryReport {
        var connection = try PostgresConnection.connect(conninfo)
        try Self.lockOut(&connection)
        return try Self.pass([], keys, publicKey: publicKey, snapshotInterval, &connection) { pass, connection in
            guard pass.report.count(.journal) == 0 else { throw HistoryBroken(report: pass.report) }
            for table in Projections.tables.values.sorted(by: { $0.name < $1.name }) {
                try table.mend(isWhole: pass.isWhole, &connection)
            }
            try connection.execute(
                """
                DELETE FROM snapshot WHERE NOT EXISTS (
                    SELECT FROM stream_head AS head WHERE head.version >= snapshot.version
                        AND (head.key, head.kind, head.site) = (snapshot.key, snapshot.kind, snapshot.site))
                """)
            try pass.keepKeys(&connection)
            for (stream, snapshot) in pass.betterSnapshots { try Self.save(snapshot, of: stream, &connection) }
        }
    }

    /// The events themselves are not as they were written.
    package struct HistoryBroken: Error {
        package let report: HistoryReport
    }

    /// The heads of all chains, as they stand.
    package func heads(madeAt: String, purpose: String) throws -> Seal {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        let rows = try connection.query(
            "SELECT site, kind, key, version, chain_hash FROM stream_head WHERE version > 0")
        let heads = try rows.map { row in
            Seal.Head(
                stream: StreamID(site: try row.value(0), kind: try row.value(1), key: try row.value(2)),
                version: try row.value(3), chain: try row.value(4))
        }
        return Seal(
            epoch: try Self.epoch(&connection), madeAt: madeAt, purpose: purpose,
            heads: heads.sorted { $0.stream < $1.stream })
    }

    /// Part of every cursor and seal; changes when a backup is restored.
    package func epoch() throws -> String {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        return try Self.epoch(&connection)
    }

    static func epoch(_ connection: inout PostgresConnection) throws(PostgresError) -> String {
        try connection.query("SELECT value FROM hub_meta WHERE key = 'epoch'")[0].value(0)
    }

    /// Holds the lock that every hub's writer holds, for as long as the connection lives.
    static func lockOut(_ connection: inout PostgresConnection) throws {
        let lock = try connection.query("SELECT pg_try_advisory_lock(\(Self.lock))")
        guard try lock[0].value(0, as: Bool.self) else { throw InUse() }
    }

    static func pass(
        _ seals: [Seal], _ keys: PersonKeys, publicKey: String?, _ snapshotInterval: Int64,
        _ connection: inout PostgresConnection, keepingBaselinesBefore boundary: Instant? = nil,
        then: (inout HistoryPass, inout PostgresConnection) throws -> Void
    ) throws -> HistoryReport {
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        do {
            var pass = try HistoryPass(
                seals: seals, keys: keys, snapshotInterval: snapshotInterval, boundary: boundary, &connection)
            try pass.run(&connection)
            if let publicKey { try pass.checkBaselines(publicKey: publicKey, &connection) }
            try pass.compare(&connection)
            try then(&pass, &connection)
            try connection.execute("COMMIT")
            return pass.report
        } catch {
            if connection.isInTransaction { _ = try? connection.execute("ROLLBACK") }
            throw error
        }
    }

    static func save(
        _ snapshot: Snapshot, of stream: StreamID, _ connection: inout PostgresConnection
    ) throws(PostgresError) {
        try connection.query(
            """
            INSERT INTO snapshot (site, kind, key, schema, version, state) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (site, kind, key, schema) DO UPDATE SET version = EXCLUDED.version, state = EXCLUDED.state
            """,
            [
                .text(stream.site), .text(stream.kind), .text(stream.key), .int4(Int32(snapshot.schema)),
                .int8(snapshot.version), .init(PostgresJSON(snapshot.state)),
            ])
    }
}
