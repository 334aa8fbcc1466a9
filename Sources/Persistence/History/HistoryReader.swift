import Actors
import Crypto

/// The journal as it stands, stream by stream, in pages of many streams.
struct HistoryReader {
    /// The whole of every stream can be read: no partition was ever detached, or those that were are still in the database.
    let isWhole: Bool
    private let query: String

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

        /// SHA-256 over all that the chain does not cover, each part behind its length.
        var digest: [UInt8] {
            var hash = SHA256()
            for part in [ChainLink.bigEndian(at.milliseconds), ChainLink.bigEndian(Int64(schema)), state] {
                hash.update(data: ChainLink.bigEndian(Int64(part.count)))
                hash.update(data: part)
            }
            return Array(hash.finalize())
        }
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
        query = """
            SELECT site, key, seq, event, schema, payload, at, principal, command_key
            FROM (\(tables.map { "SELECT \(columns) FROM \($0)" }.joined(separator: " UNION ALL "))) AS history
            """
    }

    static func heads(_ connection: inout PostgresConnection) throws(PostgresError) -> [StreamID: Head] {
        var heads: [StreamID: Head] = [:]
        for row in try connection.query("SELECT site, kind, key, version, chain_hash FROM stream_head") {
            let id = StreamID(site: try row.value(0), kind: try row.value(1), key: try row.value(2))
            heads[id] = Head(version: try row.value(3), chain: ChainLink(try row.value(4)))
        }
        return heads
    }

    static func baselines(
        _ connection: inout PostgresConnection, in table: String = "journal_baseline"
    ) throws(PostgresError) -> [StreamID: Baseline] {
        var baselines: [StreamID: Baseline] = [:]
        for row in try connection.query(
            "SELECT site, kind, key, version, chain_hash, at, schema, state FROM \(table)")
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
    ///
    /// One cursor, so that the database goes over it once, however long a single stream is. In a transaction.
    func forEachRun(
        of kind: String, _ connection: inout PostgresConnection,
        _ body: (Run, inout PostgresConnection) throws -> Void
    ) throws {
        try connection.query(
            "DECLARE history NO SCROLL CURSOR FOR \(query) WHERE kind = '\(kind)' ORDER BY key, site, seq")
        while true {
            let page = try connection.query("FETCH \(Self.pageLength) FROM history")
            var stream: StreamID?
            var events: [StoredEvent] = []
            for row in page {
                let id = StreamID(site: try row.value(0), kind: kind, key: try row.value(1))
                if let before = stream, before != id {
                    try body(Run(stream: before, events: events), &connection)
                    events = []
                }
                stream = id
                events.append(try Self.event(row))
            }
            if let stream { try body(Run(stream: stream, events: events), &connection) }
            if page.count < Self.pageLength { break }
        }
        try connection.execute("CLOSE history")
    }

    private static func event(_ row: PostgresRow) throws(PostgresError) -> StoredEvent {
        StoredEvent(
            seq: try row.value(2), name: try row.value(3), schema: Int(try row.value(4, as: Int32.self)),
            payload: Array(try row.value(5, as: PostgresJSON.self).text.utf8),
            at: try row.value(6, as: PostgresTimestamp.self).instant, principal: try row.value(7),
            commandKey: try row.value(8))
    }
}
