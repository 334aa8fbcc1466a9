import Synchronization
import Testing

@testable import Actors
@testable import Persistence

@Suite("The journal loses its connections")
struct LostConnectionTests {
    private static let streamCount = 40
    private static let commandCount = 50

    @Test(.timeLimit(.minutes(2))) func `every acknowledged command is there exactly once`() async throws {
        var limits = Runtime.Limits()
        limits.rememberedReplyCountMax = 8
        limits.snapshotInterval = 7
        let hub = try TestHub(limits: limits)
        defer { hub.stop() }
        let killer = Killer(hub.conninfo)
        async let kills = killer.run(until: 60)

        try await withThrowingTaskGroup(of: [Int64].self) { group in
            for stream in 0..<Self.streamCount {
                group.addTask { try await Self.act(hub, stream) }
            }
            for try await seqs in group {
                // One event per command, in the order in which they were asked for.
                #expect(seqs == Array(1...Int64(Self.commandCount)))
            }
        }
        killer.stop()
        #expect(try await kills > 0)

        // A query may still meet a dead connection.
        let check = try TestHub(conninfo: hub.conninfo)
        defer { check.stop() }
        let total = Self.streamCount * Self.commandCount
        #expect(try await check.read("SELECT count(*)::text FROM journal") == ["\(total)"])
        #expect(try await check.read("SELECT count(DISTINCT (key, seq))::text FROM journal") == ["\(total)"])
        #expect(try await check.read("SELECT count(*)::text FROM command") == ["\(total)"])
        #expect(
            try await check.read("SELECT DISTINCT version::text FROM stream_head") == ["\(Self.commandCount)"])
        for stream in 0..<Self.streamCount {
            let id = check.id("master", "item:\(stream)")
            #expect(try await check.load(id, schema: 0).events.map(\.seq) == Array(1...Int64(Self.commandCount)))
            #expect(try await check.chainHolds(id))
        }
        // What subscribers were shown has no gap and no repetition, whatever had to be looked up.
        var shown: [StreamID: Int64] = [:]
        for publication in hub.publications where publication.topic.view == .staff {
            #expect(publication.prev == shown[publication.topic.stream, default: 0])
            #expect(publication.seq == publication.prev + 1)
            shown[publication.topic.stream] = publication.seq
        }
        #expect(shown.count == Self.streamCount)
        #expect(shown.values.allSatisfy { $0 == Int64(Self.commandCount) })
        let counters = hub.journal.counters
        #expect(counters.inDoubtCount + counters.failureCount > 0, "no kill met a group: \(counters)")
    }

    /// One after another, each asked again with the same key until it is answered.
    private static func act(_ hub: TestHub, _ stream: Int) async throws -> [Int64] {
        let id = hub.id("master", "item:\(stream)")
        var seqs: [Int64] = []
        for number in 0..<commandCount {
            let name = number == 0 ? "create" : "change"
            asking: while true {
                let outcome = await hub.send(
                    name, #"{"fields":{"name":"\#(number)"}}"#, to: id, key: "key-\(number)", as: .boss)
                switch outcome {
                case .committed(let seq):
                    seqs.append(seq)
                    break asking
                case .unavailable, .busy: await hub.pause()
                case .rejected, .keyReused, .versionConflict: throw Unexpected(outcome: outcome)
                }
            }
        }
        return seqs
    }

    private struct Unexpected: Error { let outcome: Outcome }

    /// Ends the writer's and the readers' backends again and again.
    private final class Killer: Sendable {
        private let conninfo: String
        private let isStopped = Atomic(false)

        init(_ conninfo: String) { self.conninfo = conninfo }

        func stop() { isStopped.store(true, ordering: .relaxed) }

        @concurrent func run(until countMax: Int) async throws -> Int {
            var connection = try PostgresConnection.connect(conninfo, applicationName: "killer")
            var count = 0
            while !isStopped.load(ordering: .relaxed), count < countMax {
                // The server's own pause, so that work goes on between two kills.
                try connection.query("SELECT pg_sleep(0.01 + random() * 0.03)")
                count += try connection.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
                        AND (state = 'active' OR random() < 0.2)
                    """
                ).count
            }
            return count
        }
    }
}

extension TestHub {
    /// Whether the chain, computed anew from the rows, ends at the stream's head.
    func chainHolds(_ id: StreamID) async throws -> Bool {
        let loaded = try await load(id, schema: 0)
        // It covers what is stored, which is sealed.
        let stored = try await readers.read { connection throws(PostgresError) in
            try PostgresJournal.events(of: id, after: 0, limit: .max, &connection)
        }
        return stored.reduce(ChainLink()) { $0.next($1, of: id) } == loaded.chain
            && loaded.version == Int64(loaded.events.count)
    }
}
