import Logging
import NIOCore
import NIOPosix
import Synchronization

@testable import Edge
@testable import Hub
@testable import Persistence

/// The edge's own agent at a hub, in this process: station 1, an indicator of maker A on a pty, a store in a directory.
final class TestEdgeAgent: Sendable {
    let outbox: Outbox
    let log = Log()
    private let terminal: Terminal
    private let encoder: IndicatorEncoder

    /// Connected for as long as the body lasts; what was settled before stays in `directory`.
    ///
    /// - Parameters:
    ///   - path: where it looks for the hub's WebSocket.
    ///   - more: of its configuration, with a comma behind.
    static func run<T>(
        at hub: TestHub, in directory: String, path: String = "ws", more: String = "",
        _ body: (TestEdgeAgent) async throws -> T
    ) async throws -> T {
        let terminal = Terminal(try PseudoTerminal())
        try FileSystem.createDirectories(directory, mode: 0o700)
        try write("\(directory)/edge.key", DemoYard.edgeKeys["1"] ?? "")
        try write(
            "\(directory)/edge.json",
            """
            {"hub": "ws://127.0.0.1:\(hub.port)/\(path)", "apiKeyFile": "edge.key", "site": "\(TestHub.site)", "dataDirectory": ".",
             "statusPort": 0, \(more)
             "stations": [{"id": "1", "profile": "seedA", "port": "\(terminal.path)", "divisionGrams": 20000,
                           "engageGrams": 500000, "zeroBandGrams": 40000, "silenceSeconds": 600}]}
            """)
        let edge = TestEdgeAgent(
            try Outbox(path: "\(directory)/edge.sqlite"), terminal,
            IndicatorEncoder(profile: try ProfileCatalogue.builtIn.profile("seedA")))
        let disk = NIOThreadPool(numberOfThreads: 1)
        disk.start()
        let group = EdgeLoop.start()
        let agent = EdgeAgent(
            try EdgeConfiguration.load("\(directory)/edge.json"), outbox: edge.outbox, disk: disk, tls: nil,
            on: group.next(), logger: Logger(label: "edge") { [log = edge.log] _ in Handler(log: log) })
        // Runs beside the body, and ends with `stop`.
        let running = Task { await agent.run() }
        let outcome: Result<T, any Error>
        do {
            try await edge.log.wait(for: "lineOpened")
            try await edge.log.wait(for: "hubReady")
            outcome = .success(try await body(edge))
        } catch {
            outcome = .failure(error)
        }
        await agent.stop()
        await running.value
        try await disk.shutdownGracefully()
        try await group.shutdownGracefully()
        return try outcome.get()
    }

    private static func write(_ path: String, _ text: String) throws {
        try FileSystem.remove(path)
        try FileSystem.create(path, text: text, mode: 0o600)
    }

    private init(_ outbox: Outbox, _ terminal: Terminal, _ encoder: IndicatorEncoder) {
        self.outbox = outbox
        self.terminal = terminal
        self.encoder = encoder
    }

    /// An empty deck, a truck that drives on and stands, an empty deck again.
    func weigh(kilograms: Int64) {
        let shows: [(Int64, IndicatorProfile.Status)] = [
            (0, .stable), (kilograms / 2, .motion), (kilograms, .stable), (0, .stable),
        ]
        // Each twice: without a check value one reading is not believed.
        for (shown, status) in shows.flatMap({ [$0, $0] }) {
            terminal.write(encoder.encode(.init(value: ExactDecimal(mantissa: shown), status: status)) ?? [])
        }
    }

    var weights: [StoredWeight] { get throws { try outbox.all(topic: TestHub.station("1")) } }

    /// Returns once every weight has its answer.
    func answered() async throws {
        let end = ContinuousClock.now + .seconds(20)
        while try weights.contains(where: { $0.state != .acked && $0.state != .refused }) {
            guard ContinuousClock.now < end else { throw Inbox.TimedOut(description: "weights without an answer") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private final class Terminal: Sendable {
        private let terminal: PseudoTerminal
        init(_ terminal: consuming PseudoTerminal) { self.terminal = terminal }
        var path: String { terminal.path }
        func write(_ bytes: [UInt8]) { terminal.write(bytes) }
    }

    /// What the agent has logged: the names of its notices with what they say.
    final class Log: Sendable {
        private let lines = Mutex<[(event: String, facts: [String: String])]>([])

        fileprivate func add(_ event: String, _ facts: [String: String]) {
            lines.withLock { $0.append((event, facts)) }
        }

        func facts(of event: String) -> [[String: String]] {
            lines.withLock { $0.filter { $0.event == event }.map(\.facts) }
        }

        func wait(for event: String, count: Int = 1) async throws {
            let end = ContinuousClock.now + .seconds(20)
            while facts(of: event).count < count {
                guard ContinuousClock.now < end else { throw Inbox.TimedOut(description: event) }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private struct Handler: LogHandler {
        let log: Log
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).mapValues { "\($0)" }
            log.add(facts["event"] ?? "", facts)
        }
    }
}
