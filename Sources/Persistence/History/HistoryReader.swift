import Actors

/// The journal as it stands, stream by stream, in pages of many streams.
struct HistoryReader {
    /// The whole of every stream can be read: no partition was ever detached, or those that were are still in the database.
    let isWhole: Bool
    private let page: PostgresStatement

    /// Events read at once.
    static let pageLength = 5000

    struct Head {
        let version: Int64
        let chain: ChainLink
    }

    /// Where the events begin that are still here; what was before is in detached partitions.
    struct Baseline {
        let version: Int64
        let chain: ChainLink
        let at: Instant
        let schema: Int
        /// As a snapshot keeps it.
        let state: [UInt8]
    }

    /// Events of one stream, in order.
    struct Run {
        let stream: StreamID
        let events: [StoredEvent]
    }

    init(_ connection: inout PostgresConnection) throws(PostgresError) {
        let detached = try connection.query(
            "SELECT name, to_regclass('archive.' || name) IS NOT NULL FROM detached_partition ORDER BY name"
        ).map { row throws(PostgresError) in
            (name: try row.value(0, as: String.self), isHere: try row.value(1, as: Bool.self))
        }
        isWhole = detached.allSatisfy(\.isHere)
        let columns = "site, kind, key, seq, event, schema, payload, at, principal, command_key"
        let tables = ["journal"] + (isWhole ? detached.map { "archive.\($0.name)" } : [])
        page = PostgresStatement(
            "history_page",
            """
            SELECT site, key, seq, event, schema, payload, at, principal, command_key
            FROM (\(tables.map { "SELECT \(columns) FROM \($0)" }.joined(separator: " UNION ALL "))) AS history
            WHERE kind = $1 AND (key, site, seq) > ($2, $3, $4) ORDER BY key, site, seq LIMIT $5
            """)
    }

    static func heads(_ connection: inout PostgresConnection) throws(PostgresError) -> [StreamID: Head] {
        var heads: [StreamID: Head] = [:]
        for row in try connection.query("SELECT site, kind, key, version, chain_hash FROM stream_head") {
            let id = StreamID(site: try row.value(0), kind: try row.value(1), key: try row.value(2))
            heads[id] = Head(version: try row.value(3), chain: ChainLink(try row.value(4)))
        }
        return heads
    }

    static func baselines(_ connection: inout PostgresConnection) throws(PostgresError) -> [StreamID: Baseline] {
        var baselines: [StreamID: Baseline] = [:]
        for row in try connection.query(
            "SELECT site, kind, key, version, chain_hash, at, schema, state FROM journal_baseline")
        {
            let id = StreamID(site: try row.value(0), kind: try row.value(1), key: try row.value(2))
            baselines[id] = Baseline(
                version: try row.value(3), chain: ChainLink(try row.value(4)),
                at: try row.value(5, as: PostgresTimestamp.self).instant, schema: Int(try row.value(6, as: Int32.self)),
                state: Array(try row.value(7, as: PostgresJSON.self).text.utf8))
        }
        return baselines
    }

    /// Hands the whole history of a kind over: the streams in the order of their keys, the events of a stream in one or more runs.
    func forEachRun(
        of kind: String, _ connection: inout PostgresConnection,
        _ body: (Run, inout PostgresConnection) throws -> Void
    ) throws {
        var last = (key: "", site: "", seq: Int64(-1))
        while true {
            let page = try connection.query(
                self.page,
                [.text(kind), .text(last.key), .text(last.site), .int8(last.seq), .int8(Int64(Self.pageLength))])
            var stream: StreamID?
            var events: [StoredEvent] = []
            for row in page {
                last = (key: try row.value(1), site: try row.value(0), seq: try row.value(2))
                let id = StreamID(site: last.site, kind: kind, key: last.key)
                if let before = stream, before != id {
                    try body(Run(stream: before, events: events), &connection)
                    events = []
                }
                stream = id
                events.append(try Self.event(row))
            }
            if let stream { try body(Run(stream: stream, events: events), &connection) }
            if page.count < Self.pageLength { return }
        }
    }

    private static func event(_ row: PostgresRow) throws(PostgresError) -> StoredEvent {
        StoredEvent(
            seq: try row.value(2), name: try row.value(3), schema: Int(try row.value(4, as: Int32.self)),
            payload: Array(try row.value(5, as: PostgresJSON.self).text.utf8),
            at: try row.value(6, as: PostgresTimestamp.self).instant, principal: try row.value(7),
            commandKey: try row.value(8))
    }
}
