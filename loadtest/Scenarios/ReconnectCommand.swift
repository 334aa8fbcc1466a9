internal import ArgumentParser
internal import NIOCore

struct ReconnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconnect",
        abstract: "허브를 다시 띄우고, 모두 돌아오기까지 잽니다. (The hub is restarted: everybody comes back.)",
        discussion: """
            많은 127/8 주소에서 온 클라이언트가 주문을 구독하고, 명령이 계속되는 동안 허브를 멈췄다 다시 띄웁니다. 포트가 다시
            열린 때부터 모두 이어받아 실시간이 될 때까지를 재고, 빠지거나 겹친 것이 없는지 봅니다.
            (Clients from many addresses follow orders; while commands go on, the hub is stopped by SIGTERM, or killed, and
            started again on the same port. Counted from when the port is open until everybody has caught up and is live, by
            the reconnect rules of docs/protocol.md. Then the journal's heads are compared with what each client saw.)

            loadtest reconnect --start-hub .build/release/hub
            loadtest reconnect --kill
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "클라이언트의 수 (Clients).")
    var clients = 5000

    @Option(help: "주문의 수 (Orders, each followed by an equal part of the clients).")
    var topics = 20

    @Option(help: "초당 명령 수 (Commands a second).")
    var rate = 20

    @Flag(help: "SIGKILL 로 죽임 (The hub is killed instead of asked to stop).")
    var kill = false

    func validate() throws {
        guard (1...20_000).contains(clients) else { throw ValidationError("--clients takes 1 to 20000") }
        guard (1...1000).contains(topics) else { throw ValidationError("--topics takes 1 to 1000") }
        guard (1...1000).contains(rate) else { throw ValidationError("--rate takes 1 to 1000") }
    }

    func run() async throws { try await options.run(clientCount: clients + topics, measure) }

    private func measure(_ stage: Stage) async throws -> Report {
        let clerks = try await stage.clerks(topics, topicCount: topics)
        let crowds = try await stage.crowds(clients, topics: clerks.map(\.topic))
        let dialsBefore = try await crowds.sight().dialCount
        let start = NIODeadline.now()
        let paces = Pace.start(clerks, perSecond: Double(rate), from: start, to: start + .minutes(3))
        try await stage.sleep(until: start + .seconds(2))
        let (toldAt, endedAt, openAt) = try await stage.hub.restart(kills: kill)
        let ownBefore = ProcessFigures.ownCPUMicroseconds()
        try await wait(upTo: .seconds(90), for: "all \(clients) clients are back and live") {
            try stage.hub.checkRunning()
            let sight = try await crowds.sight()
            if let failure = sight.failures.first { throw HubUnderTest.Failed(description: failure) }
            return sight.liveCount == clients
        }
        let (hubCPU, ownCPU) = (stage.hub.cpuMicroseconds() ?? .nan, ProcessFigures.ownCPUMicroseconds() - ownBefore)
        let returns = try await crowds.liveTimes()
        try await stage.sleep(until: .now() + .seconds(3))
        for pace in paces { try await pace.stop() }
        try await clerks.finish()
        let check = try JournalCheck(stage)
        let behindCount = try await crowds.catchUp(to: check.heads)
        let (sight, count) = (try await crowds.sight(), try await clerks.count())
        try await clerks.stop()
        try await crowds.stop()
        let last = returns.max() ?? openAt
        var report = Report(
            "reconnect",
            "\(clients) clients on \(topics) orders, \(rate) commands/s, hub \(kill ? "killed" : "drained") and restarted"
        )
        report.value("stopSeconds", "told to stop → ended", Self.seconds(endedAt - toldAt), unit: "s", places: 2)
        report.value("startSeconds", "started → port open", Self.seconds(openAt - endedAt), unit: "s", places: 2)
        report.value(
            "backSeconds", "all live again after", Self.seconds(last - openAt), unit: "s", places: 2, bar: 5)
        report.latencies("backMillis", "port open → live", Latencies(returns.map { ($0 - openAt).nanoseconds }))
        report.latencies(
            "firstPauseMillis", "end → first attempt", Latencies(sight.firstPauses.map { $0 * 1_000_000 }))
        report.value(
            "dialsPerClient", "attempts to connect", Double(sight.dialCount - dialsBefore) / Double(clients),
            unit: "per client", places: 2)
        report.value("hubCPUSeconds", "CPU of the hub from its start", hubCPU / 1_000_000, unit: "s", places: 2)
        report.value("loadCPUSeconds", "CPU of the clients meanwhile", ownCPU / 1_000_000, unit: "s", places: 2)
        check.add(to: &report, count)
        report.add(sight, behindCount: behindCount)
        return report
    }

    private static func seconds(_ amount: TimeAmount) -> Double { Double(amount.nanoseconds) / 1_000_000_000 }
}
