import Actors
import Synchronization
import Testing

@testable import Persistence

/// A position in the write-ahead log.
struct LogPosition: Comparable {
    let value: UInt64

    init?(_ text: String) {
        let parts = text.split(separator: "/").map { UInt64($0, radix: 16) }
        guard parts.count == 2, let high = parts[0], let low = parts[1] else { return nil }
        value = high << 32 | low
    }

    static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// Commands one after the other by one client, each with what it was told.
final class Load: Sendable {
    struct Acknowledged: Sendable {
        let key: String
        let seq: Int64
        /// The end of the write-ahead log once the answer was there: the command is before it.
        let position: LogPosition
        let at: ContinuousClock.Instant
    }

    private let conninfo: String
    private let state = Mutex<(all: [Acknowledged], isStopped: Bool)>(([], false))

    init(conninfo: String) { self.conninfo = conninfo }

    var acknowledged: [Acknowledged] { state.withLock { $0.all } }
    var count: Int { state.withLock { $0.all.count } }

    func stop() { state.withLock { $0.isStopped = true } }

    func reach(_ wanted: Int) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while count < wanted {
            guard ContinuousClock.now < end else { throw TestClient.Refused(description: "\(wanted) commands") }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func run(_ client: TestClient) async throws {
        let watcher = Mutex(try PostgresConnection.connect(conninfo))
        while !state.withLock({ $0.isStopped }) {
            let number = count
            let key = "load-\(number)"
            let seq = try await Self.step(client, number: number, key: key)
            let text = try watcher.withLock {
                try $0.query("SELECT pg_current_wal_insert_lsn()::text")[0].value(0, as: String.self)
            }
            guard let position = LogPosition(text) else { throw TestClient.Refused(description: text) }
            state.withLock { $0.all.append(.init(key: key, seq: seq, position: position, at: .now)) }
        }
    }

    /// One command that makes one event on the queue, if they are numbered one after the other.
    @discardableResult
    static func step(_ client: TestClient, number: Int, key: String? = nil) async throws -> Int64 {
        let isEven = number.isMultiple(of: 2)
        return try await client.succeed(
            TestHub.queue, isEven ? "pauseCheckIn" : "resumeCheckIn", isEven ? ["reason": "x"] : [:], key: key)
    }
}

/// Keys of every command of which the journal has an event.
func commandKeys(_ conninfo: String) async throws -> Set<String> {
    try await TestDatabases.blocking {
        var connection = try PostgresConnection.connect(conninfo)
        let rows = try connection.query("SELECT DISTINCT command_key FROM journal")
        return Set(try rows.map { try $0.value(0, as: String.self) })
    }
}

/// Fails when a stream's events do not follow each other, or do not lead to its chain head.
func expectWholeChains(_ conninfo: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let broken = try await TestDatabases.blocking {
        var connection = try PostgresConnection.connect(conninfo)
        let heads = try connection.query("SELECT site, kind, key, version, chain_hash FROM stream_head")
        return try heads.filter { head in
            let stream = StreamID(
                site: try head.value(0), kind: try head.value(1, as: String.self), key: try head.value(2))
            let rows = try connection.query(
                """
                SELECT seq, event, schema, payload, (extract(epoch FROM at) * 1000)::bigint, principal, command_key
                FROM journal WHERE site = $1 AND kind = $2 AND key = $3 ORDER BY seq
                """, [.text(stream.site), .text(stream.kind), .text(stream.key)])
            let events = try rows.map { row in
                StoredEvent(
                    seq: try row.value(0), name: try row.value(1), schema: Int(try row.value(2, as: Int32.self)),
                    payload: Array(try row.value(3, as: PostgresJSON.self).text.utf8),
                    at: Instant(milliseconds: try row.value(4)), principal: try row.value(5),
                    commandKey: try row.value(6))
            }
            let append = StreamAppend(stream: stream, expected: 0, chain: ChainLink(), events: events)
            let (version, hash) = (try head.value(3, as: Int64.self), try head.value(4, as: [UInt8].self))
            return events.map(\.seq) != Array(1..<(version + 1)) || GroupTransaction.chain(append).bytes != hash
        }.count
    }
    #expect(broken == 0, sourceLocation: sourceLocation)
}
