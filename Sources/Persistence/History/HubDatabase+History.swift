package import Actors

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
        keys: PersonKeys, seals: [Seal] = [], publicKey: String? = nil, now: Instant,
        snapshotInterval: Int64 = Runtime.Limits().snapshotInterval
    ) throws -> HistoryReport {
        var connection = try PostgresConnection.connect(conninfo)
        return try Self.pass(seals, keys, now, snapshotInterval, &connection) { pass, connection in
            if let publicKey { try pass.checkBaselines(publicKey: publicKey, &connection) }
        }
    }

    /// Makes every projection and snapshot say what the events say; rows that are right are not touched. In one transaction.
    ///
    /// Throws `InUse` while a hub runs, and `HistoryBroken` when events themselves are not right: from those nothing can follow.
    /// The report tells what was not right before.
    @discardableResult
    package func rebuild(
        now: Instant, keys: PersonKeys, snapshotInterval: Int64 = Runtime.Limits().snapshotInterval
    ) throws -> HistoryReport {
        var connection = try PostgresConnection.connect(conninfo)
        try Self.lockOut(&connection)
        return try Self.pass([], keys, now, snapshotInterval, &connection) { pass, connection in
            guard pass.report.brokenCount == 0 else { throw HistoryBroken(report: pass.report) }
            for table in Projections.tables.values.sorted(by: { $0.name < $1.name }) {
                try table.mend(isWhole: pass.isWhole, &connection)
            }
            try connection.execute(
                """
                DELETE FROM snapshot USING stream_head AS head
                WHERE (snapshot.site, snapshot.kind, snapshot.key) = (head.site, head.kind, head.key)
                    AND snapshot.version > head.version
                """)
            if !pass.fresh.isEmpty {
                let call = keys.keep(pass.fresh)
                try connection.query(call.statement, call.parameters)
            }
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
        return try Self.seal(
            madeAt: madeAt, purpose: purpose, "SELECT site, kind, key, version, chain_hash FROM stream_head",
            &connection)
    }

    static func seal(
        madeAt: String, purpose: String, _ heads: String, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> Seal {
        let epoch = try connection.query("SELECT value FROM hub_meta WHERE key = 'epoch'")[0].value(0, as: String.self)
        let rows = try connection.query(
            "SELECT * FROM (\(heads)) AS head (site, kind, key, version, chain) WHERE version > 0")
        let list = try rows.map { row throws(PostgresError) in
            Seal.Head(
                stream: StreamID(site: try row.value(0), kind: try row.value(1), key: try row.value(2)),
                version: try row.value(3), chain: try row.value(4))
        }
        return Seal(epoch: epoch, madeAt: madeAt, purpose: purpose, heads: list.sorted { $0.stream < $1.stream })
    }

    /// Holds the lock that every hub's writer holds, for as long as the connection lives.
    static func lockOut(_ connection: inout PostgresConnection) throws {
        let lock = try connection.query("SELECT pg_try_advisory_lock(\(Self.lock))")
        guard try lock[0].value(0, as: Bool.self) else { throw InUse() }
    }

    static func pass(
        _ seals: [Seal], _ keys: PersonKeys, _ now: Instant, _ snapshotInterval: Int64,
        _ connection: inout PostgresConnection,
        keepingBaselinesBefore boundary: Instant? = nil,
        then: (inout HistoryPass, inout PostgresConnection) throws -> Void
    ) throws -> HistoryReport {
        var marks: [StreamID: [HistoryPass.SealedHead]] = [:]
        for seal in seals {
            for head in seal.heads {
                let mark = HistoryPass.SealedHead(
                    version: head.version, chain: ChainLink(head.chain), seal: "the seal of \(seal.madeAt)")
                marks[head.stream, default: []].append(mark)
            }
        }
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        do {
            var pass = try HistoryPass(
                sealed: marks, keys: keys, snapshotInterval: snapshotInterval, boundary: boundary, &connection)
            try pass.run(&connection)
            let oldest = now + .seconds(-settledLifetimeSeconds + 86_400)
            try pass.compare(effectsSince: oldest, &connection)
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
