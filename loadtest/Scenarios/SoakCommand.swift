internal import ArgumentParser
internal import Glibc
internal import NIOCore

struct SoakCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "모든 것을 천천히 오래 돌리며 메모리를 봅니다. (Everything at a modest rate, for long; memory over time.)",
        discussion: """
            화면들이 주문을 구독하고, 명령이 계속되며, 에지가 중량을 보내고, 연결이 가끔 끊기고, 하나는 느리게 읽습니다.
            (Screens follow orders while commands go on, edges weigh, links are cut now and then, and one screen reads 1 KB/s.
            Nothing may be lost or doubled, and the memory of the hub must come to rest: after the first quarter it may grow by
            24 MiB at most. A line a minute goes to stderr.)

            loadtest soak --start-hub .build/release/hub --minutes 60
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "돌리는 시간, 분 (Minutes).")
    var minutes = 10

    @Option(help: "화면의 수 (Screens).")
    var clients = 300

    @Option(help: "주문의 수 (Orders).")
    var topics = 10

    @Option(help: "초당 명령 수 (Commands a second).")
    var rate = 50

    @Option(help: "에지의 수 (Edges).")
    var edges = 3

    @Option(help: "연결이 끊기는 간격의 평균, 초 (Mean seconds between the cuts of a link).")
    var cutSeconds = 30

    func validate() throws {
        guard (1...10_000).contains(minutes) else { throw ValidationError("--minutes takes 1 to 10000") }
        guard (1...20_000).contains(clients) else { throw ValidationError("--clients takes 1 to 20000") }
        guard (1...1000).contains(topics) else { throw ValidationError("--topics takes 1 to 1000") }
        guard (1...10_000).contains(rate) else { throw ValidationError("--rate takes 1 to 10000") }
        guard (1...500).contains(edges) else { throw ValidationError("--edges takes 1 to 500") }
        guard (1...600).contains(cutSeconds) else { throw ValidationError("--cut-seconds takes 1 to 600") }
    }

    func run() async throws { try await options.run(clientCount: clients + topics + edges + 1, measure) }

    private static let growthMax = 24 << 20

    private func measure(_ stage: Stage) async throws -> Report {
        let clerks = try await stage.clerks(topics, topicCount: topics)
        let fleet = try await EdgeFleet(stage, count: edges, settleMillis: 2000, password: options.password)
        let crowds = try await stage.crowds(clients, topics: clerks.map(\.topic))
        let slow = try await stage.slowCrowd(topic: clerks[0].topic)
        let start = NIODeadline.now() + .milliseconds(100)
        let end = start + .minutes(Int64(minutes))
        let watches = stage.places.map { _ in StopWatch(start..<end) }
        var scissors: [Scissors] = []
        for ((place, watch), crowd) in zip(zip(stage.places, watches), crowds) {
            let own = clerks.filter { $0.place.loop === place.loop }
            let weighing = fleet.edges.map(\.link).filter { $0.place.loop === place.loop }
            scissors.append(
                try await place.run {
                    for clerk in own { clerk.onCommit = { watch.note($0, $1) } }
                    let links = crowd.followers.map(\.link) + own.map(\.commander.link) + weighing
                    return Scissors(links, meanSeconds: cutSeconds, until: end)
                })
        }
        _ = Pace.start(clerks, perSecond: Double(rate), from: start, to: end)
        fleet.weigh(from: start, to: end)
        let memory = try await watchMemory(stage, crowds, from: start, to: end)
        try await clerks.finish(within: .seconds(60))
        try await fleet.finish()
        try await slow.place.run { for one in slow.followers { one.link.read(slowly: false) } }
        let check = try JournalCheck(stage)
        let behindCount = try await (crowds + [slow]).catchUp(to: check.heads, within: .seconds(60))
        let (sight, count) = (try await (crowds + [slow]).sight(), try await clerks.count())
        var (latencies, cuts) = (Latencies(), 0)
        for (place, watch) in zip(stage.places, watches) { latencies.add(try await place.run { watch.latencies }) }
        for (place, one) in zip(stage.places, scissors) { cuts += try await place.run { one.cutCount } }
        var report = Report(
            "soak",
            "\(minutes) min: \(clients) screens, \(rate) commands/s on \(topics) orders, \(edges) edges, one slow screen"
        )
        report.latencies("millis", "command due → durable", latencies)
        report.count("cuts", "links cut", cuts)
        memory.add(to: &report, growthMax: Self.growthMax)
        check.add(to: &report, count)
        try await fleet.add(to: &report)
        report.add(sight, behindCount: behindCount)
        try await fleet.stop()
        try await clerks.stop()
        try await (crowds + [slow]).stop()
        return report
    }

    private func watchMemory(
        _ stage: Stage, _ crowds: [Crowd], from start: NIODeadline, to end: NIODeadline
    ) async throws -> Memory {
        var memory = Memory()
        var next = start
        while next < end {
            try await stage.sleep(until: next)
            let bytes = stage.hub.residentBytes() ?? 0
            memory.samples.append(bytes)
            if memory.samples.count % 6 == 1 {
                let live = try await crowds.sight().liveCount
                let line = "\(memory.samples.count / 6) min: \(bytes >> 20) MiB, \(live) of \(clients) screens live\n"
                _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
            }
            // A token is good for an hour.
            if memory.samples.count % 120 == 0 { for account in stage.accounts { try await account.renew() } }
            next = next + .seconds(10)
        }
        try await stage.sleep(until: end)
        return memory
    }
}

/// Resident memory of the hub, every ten seconds.
private struct Memory {
    var samples: [Int] = []

    func add(to report: inout Report, growthMax: Int) {
        func megabytes(_ bytes: Int) -> Double { Double(bytes) / 1_048_576 }
        let settled = samples.isEmpty ? 0 : samples[samples.count / 4]
        let (last, peak) = (samples.last ?? 0, samples.max() ?? 0)
        report.value("firstMegabytes", "resident at first", megabytes(samples.first ?? 0), unit: "MiB")
        report.value("settledMegabytes", "after a quarter", megabytes(settled), unit: "MiB")
        report.value("lastMegabytes", "in the end", megabytes(last), unit: "MiB")
        report.value("peakMegabytes", "at most", megabytes(peak), unit: "MiB")
        report.require(last - settled <= growthMax, "the hub's memory grew by \((last - settled) >> 20) MiB")
    }
}
