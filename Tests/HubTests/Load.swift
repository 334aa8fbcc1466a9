import Actors
import Synchronization
import Testing

@testable import Hub
@testable import Persistence

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

/// Fails when the history is not right in any way.
func expectRightHistory(
    _ conninfo: String, master: [UInt8] = TestHub.secret, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let report = try await TestDatabases.blocking {
        let database = HubDatabase(conninfo: conninfo)
        return try database.verify(keys: database.personKeys(master: master))
    }
    #expect(report.findings == [], sourceLocation: sourceLocation)
}
