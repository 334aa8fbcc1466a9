internal import Actors
internal import NIOCore
internal import Persistence

/// How commands become durable.
enum Mode: String, Sendable, CaseIterable {
    /// One transaction for each command.
    case single
    /// As the hub does it: an actor decides what waits as one batch, the journal commits the batches that wait together.
    case grouped

    var title: String {
        switch self {
        case .single: "one transaction each"
        case .grouped: "group commit"
        }
    }

    var journal: PostgresJournal.Limits {
        var limits = PostgresJournal.Limits()
        if self == .single { limits.groupCommandCountMax = 1 }
        return limits
    }

    var runtime: Runtime.Limits {
        var limits = Runtime.Limits()
        if self == .single { limits.batchLengthMax = 1 }
        return limits
    }
}

/// What one round of one mode gave.
struct CommandFigures: Sendable {
    let mode: Mode
    let perSecond: Double
    let p50: Double
    let p99: Double
    /// CPU time of this process, actors and journal thread, without PostgreSQL.
    let microsecondsPerCommand: Double
    let commandsPerTransaction: Double
    let acknowledgedCount: Int
}

/// Actors, journal and producers of one round, on streams of their own.
struct CommandRound: Sendable {
    let mode: Mode
    let site: String
    let conninfo: String
    let ownerEpoch: Int64
    let lanes: [LoopLane]
    let producerCount: Int
    let streamCount: Int
    let seconds: Int
    let warmUp: TimeAmount = .seconds(1)

    struct Unsound: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    func run() async throws -> CommandFigures {
        let readers = ReadPool(conninfo: conninfo)
        let journal = PostgresJournal(
            conninfo: conninfo, readers: readers, keys: PersonKeys(master: [UInt8](repeating: 0, count: 32)),
            ownerEpoch: ownerEpoch, limits: mode.journal)
        let runtime = Runtime(
            journal: journal, publisher: Nobody(), directory: DirectoryStore(), limits: mode.runtime,
            dispatch: { _ in }, deposed: { preconditionFailure("somebody else has taken the throw-away database") })
        let registry = Registry(lanes: lanes, kinds: Kinds.all, runtime: runtime)
        let orders = (1...streamCount).map { StreamID(site: site, kind: Order.name, key: "DO-\($0)") }
        let principal = Principal(id: "user:load", role: .staff, site: site, name: "박정민")
        for order in orders {
            try await send("create", #"{"details":{"type":"DELIVERY"}}"#, to: order, registry, principal)
            try await send("lock", #"{"type":"ASSIGN"}"#, to: order, registry, principal)
        }
        let knownCount = try commandCount()
        let before = journal.counters
        let cpuBefore = ProcessFigures.ownCPUMicroseconds()
        let results = await produce(registry, orders, principal)
        let cpu = ProcessFigures.ownCPUMicroseconds() - cpuBefore
        let after = journal.counters
        journal.stop()
        readers.stop()
        let acknowledged = results.reduce(0) { $0 + $1.committedCount }
        if let refusal = results.flatMap({ $0.refusals.keys }).first { throw Unsound("refused: \(refusal)") }
        try check(acknowledged, knownCount)
        let latencies = Latencies(results.flatMap(\.latencies))
        return CommandFigures(
            mode: mode, perSecond: Double(latencies.count) / Double(seconds), p50: latencies.milliseconds(0.5),
            p99: latencies.milliseconds(0.99), microsecondsPerCommand: cpu / Double(acknowledged),
            commandsPerTransaction: Double(after.commandCount - before.commandCount)
                / Double(after.groupCount - before.groupCount),
            acknowledgedCount: acknowledged)
    }

    private func produce(
        _ registry: Registry, _ orders: [StreamID], _ principal: Principal
    ) async -> [Producer.Result] {
        let start = NIODeadline.now() + warmUp
        let span = start..<(start + .seconds(Int64(seconds)))
        return await withTaskGroup(of: Producer.Result.self) { tasks in
            for number in 1...producerCount {
                tasks.addTask {
                    await withCheckedContinuation { continuation in
                        Producer(
                            number, registry: registry, orders: orders, principal: principal, span: span,
                            done: { continuation.resume(returning: $0) }
                        ).next()
                    }
                }
            }
            return await tasks.reduce(into: []) { $0.append($1) }
        }
    }

    private func send(
        _ name: String, _ arguments: String, to order: StreamID, _ registry: Registry, _ principal: Principal
    ) async throws {
        let outcome = await withCheckedContinuation { continuation in
            registry.send(
                Request(
                    name: name, arguments: Array(arguments.utf8), key: "setup:\(name)", body: [], principal: principal
                ) { continuation.resume(returning: $0) }, to: order)
        }
        guard case .committed = outcome else { throw Unsound("\(name) was answered with \(outcome)") }
    }

    /// What was acknowledged is there, once each, and every stream counts 1, 2, 3 … to its head.
    private func check(_ acknowledged: Int, _ knownCount: Int64) throws {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        let rows = try connection.query(
            """
            SELECT (SELECT count(*) FROM journal WHERE site = $1 AND event = 'assigned'),
                (SELECT count(*) FROM command),
                (SELECT count(*) FROM delivery_order WHERE site = $1),
                (SELECT count(*) FROM (
                    SELECT FROM journal JOIN stream_head AS head USING (site, kind, key) WHERE site = $1
                    GROUP BY key, head.version
                    HAVING min(seq) <> 1 OR max(seq) <> head.version OR count(DISTINCT seq) <> head.version
                        OR count(*) <> head.version) AS broken)
            """, [.text(site)])
        let found: [Int64] = try (0..<4).map { try rows[0].value($0) }
        let expected: [Int64] = [Int64(acknowledged), knownCount + Int64(acknowledged), Int64(streamCount), 0]
        guard found == expected else {
            throw Unsound(
                "\(site): [events, commands, orders, streams with gaps] is \(found), expected \(expected)")
        }
    }

    private func commandCount() throws -> Int64 {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        return try connection.query("SELECT count(*) FROM command")[0].value(0)
    }

    /// Nobody follows these orders.
    private struct Nobody: Publisher {
        func publish(_ publications: [Publication]) {}
    }
}
