internal import ArgumentParser
internal import NIOCore

struct SocketsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sockets",
        abstract: "WebSocket 으로 보낸, 커밋된 명령의 처리량을 잽니다. (Durable commands over WebSocket.)",
        discussion: """
            허브를 임시로 띄우고, 클라이언트마다 자기 연결과 자기 주문을 두어 `assign` 명령을 보냅니다. 답은 커밋된 뒤에 오며,
            그때 다음 명령을 보냅니다. 마지막에 저널을 읽어, 답을 받은 명령이 정확히 한 번씩 있는지 봅니다.
            (Each client has a connection and an order of its own and keeps one command in flight: the next one is given when
            the last is durable. With --rate commands are given when they are due, whatever became of those before, and their
            time counts from then. In the end the journal is read: every acknowledged command is there exactly once.)

            loadtest sockets --start-hub .build/release/hub
            loadtest sockets --one-topic
            loadtest sockets --rate 5000
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "클라이언트의 수 (Clients).")
    var clients = 512

    @Option(help: "재는 시간, 초 (Seconds measured, after two for warming up).")
    var seconds = 10

    @Option(help: "초당 명령 수; 없으면 답이 오는 대로 (Commands a second, open loop; without it closed loop).")
    var rate: Int?

    @Flag(help: "모두 한 주문에 (All commands go to one order).")
    var oneTopic = false

    func validate() throws {
        guard (1...10_000).contains(clients) else { throw ValidationError("--clients takes 1 to 10000") }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds takes 1 to 600") }
        guard rate.map({ $0 > 0 }) ?? true else { throw ValidationError("--rate takes 1 or more") }
    }

    func run() async throws { try await options.run(clientCount: clients, measure) }

    private func measure(_ stage: Stage) async throws -> Report {
        let clerks = try await stage.clerks(clients, topicCount: oneTopic ? 1 : clients)
        let start = NIODeadline.now() + .milliseconds(100)
        let span = (start + .seconds(2))..<(start + .seconds(2 + Int64(seconds)))
        let clocks = stage.places.map { _ in StopWatch(span) }
        for (clerk, index) in zip(clerks, 0...) {
            let clock = clocks[index % clocks.count]
            let isClosedLoop = rate == nil
            try await clerk.place.run {
                clerk.onCommit = { [unowned clerk] due, at in
                    clock.note(due, at)
                    if isClosedLoop, at < span.upperBound { clerk.write(due: .now()) }
                }
            }
        }
        if let rate {
            _ = Pace.start(clerks, perSecond: Double(rate), from: start, to: span.upperBound)
        } else {
            for place in stage.places {
                let own = clerks.filter { $0.place.loop === place.loop }
                place.loop.execute { for clerk in own { clerk.write(due: .now()) } }
            }
        }
        try await stage.sleep(until: span.lowerBound)
        let before = cpu(stage)
        try await stage.sleep(until: span.upperBound)
        let after = cpu(stage)
        try await clerks.finish()
        var (latencies, repeats) = (Latencies(), [:] as [String: Int])
        for (place, clock) in zip(stage.places, clocks) { latencies.add(try await place.run { clock.latencies }) }
        for clerk in clerks {
            repeats.merge(try await clerk.place.run { clerk.commander.repeats }, uniquingKeysWith: +)
        }
        let count = try await clerks.count()
        try await clerks.stop()
        var report = Report("sockets", title)
        report.value(
            "commandsPerSecond", "durable commands", Double(latencies.count) / Double(seconds), unit: "/s", places: 0)
        report.latencies("millis", rate == nil ? "given → durable" : "due → durable", latencies)
        report.value(
            "hubMicrosPerCommand", "CPU of the hub", (after.hub - before.hub) / Double(latencies.count),
            unit: "µs per command")
        report.value(
            "databaseMicrosPerCommand", "CPU of its PostgreSQL",
            (after.database - before.database) / Double(latencies.count), unit: "µs per command")
        report.tally("repeats", "given once more, by reason", repeats)
        try JournalCheck(stage).add(to: &report, count)
        return report
    }

    private func cpu(_ stage: Stage) -> (hub: Double, database: Double) {
        (stage.hub.cpuMicroseconds() ?? .nan, stage.hub.databaseCPUMicroseconds() ?? .nan)
    }

    private var title: String {
        let pace = rate.map { "\($0) commands/s" } ?? "one command in flight each"
        return "\(clients) clients, \(oneTopic ? "one order" : "an order each"), \(pace), \(seconds) s"
    }
}

/// The latencies of what was answered in a span of time.
///
/// `@unchecked Sendable`: used on one loop only.
final class StopWatch: @unchecked Sendable {
    private let span: Range<NIODeadline>
    private(set) var latencies = Latencies()

    init(_ span: Range<NIODeadline>) { self.span = span }

    func note(_ due: NIODeadline, _ at: NIODeadline) {
        if span.contains(at) { latencies.record((at - due).nanoseconds) }
    }
}
