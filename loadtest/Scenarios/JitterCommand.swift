internal import ArgumentParser
internal import NIOCore

struct JitterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jitter",
        abstract: "연결이 몇 초마다 끊겨도 빠지는 것이 없는지 봅니다. (Links are cut every few seconds: nothing is lost.)",
        discussion: """
            구독하는 연결과 명령하는 연결을 몇 초마다 끊습니다(RST). 구독자는 커서로 이어받고, 답을 못 받은 명령은 같은 키로 다시
            보냅니다. 모든 이벤트가 한 번씩, 순서대로 왔는지, 명령마다 정확히 한 번 커밋되었는지 봅니다.
            (Every link is reset at random intervals. Subscribers resume from their cursor; commands without an answer are given
            again with their key. Each event must come once and in order, and each command be committed once.)

            loadtest jitter --start-hub .build/release/hub
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "구독하는 클라이언트의 수 (Subscribers).")
    var clients = 500

    @Option(help: "주문의 수 (Orders).")
    var topics = 10

    @Option(help: "초당 명령 수 (Commands a second).")
    var rate = 100

    @Option(help: "연결이 끊기는 간격의 평균, 초 (Mean seconds between the cuts of a link).")
    var cutSeconds = 4

    @Option(help: "재는 시간, 초 (Seconds).")
    var seconds = 30

    func validate() throws {
        guard (1...20_000).contains(clients) else { throw ValidationError("--clients takes 1 to 20000") }
        guard (1...1000).contains(topics) else { throw ValidationError("--topics takes 1 to 1000") }
        guard (1...10_000).contains(rate) else { throw ValidationError("--rate takes 1 to 10000") }
        guard (1...600).contains(cutSeconds) else { throw ValidationError("--cut-seconds takes 1 to 600") }
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds takes 1 to 3600") }
    }

    func run() async throws { try await options.run(clientCount: clients + topics, measure) }

    private func measure(_ stage: Stage) async throws -> Report {
        let clerks = try await stage.clerks(topics, topicCount: topics)
        let crowds = try await stage.crowds(clients, topics: clerks.map(\.topic))
        let start = NIODeadline.now()
        let end = start + .seconds(Int64(seconds))
        var scissors: [Scissors] = []
        for crowd in crowds {
            let commanders = clerks.filter { $0.place.loop === crowd.place.loop }.map(\.commander.link)
            scissors.append(
                try await crowd.place.run {
                    Scissors(crowd.followers.map(\.link) + commanders, meanSeconds: cutSeconds, until: end)
                })
        }
        _ = Pace.start(clerks, perSecond: Double(rate), from: start, to: end)
        try await stage.sleep(until: end)
        try await clerks.finish(within: .seconds(60))
        let check = try JournalCheck(stage)
        let behindCount = try await crowds.catchUp(to: check.heads, within: .seconds(60))
        var (cuts, repeats) = (0, [:] as [String: Int])
        for (crowd, one) in zip(crowds, scissors) { cuts += try await crowd.place.run { one.cutCount } }
        for clerk in clerks {
            repeats.merge(try await clerk.place.run { clerk.commander.repeats }, uniquingKeysWith: +)
        }
        let (sight, count) = (try await crowds.sight(), try await clerks.count())
        try await clerks.stop()
        try await crowds.stop()
        var report = Report(
            "jitter",
            "\(clients) clients on \(topics) orders, \(rate) commands/s, each link cut about every \(cutSeconds) s, for \(seconds) s"
        )
        report.count("cuts", "links cut", cuts)
        report.tally("repeats", "commands given once more", repeats)
        check.add(to: &report, count)
        report.add(sight, behindCount: behindCount)
        report.require(cuts > 0, "no link was cut")
        return report
    }
}
