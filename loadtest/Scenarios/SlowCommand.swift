internal import ArgumentParser
internal import NIOCore

struct SlowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slow",
        abstract: "느린 화면 하나가 빠른 화면을 늦추는지 봅니다. (Does one slow screen hold up the fast ones?)",
        discussion: """
            빠른 화면 열 개가 한 주문을 구독합니다. 한 번은 그것만, 한 번은 초당 1 KB 만 읽는 화면과 함께, 번갈아 잽니다.
            (Ten screens follow an order, in turn alone and together with one that reads 1 KB/s from a small socket buffer.
            Latency counts from when each command was due. The slow one gets pictures instead of the events it cannot take, and
            what the hub keeps for it is bounded. Events are
            large, so that the kernel's buffers are full soon.)

            loadtest slow --start-hub .build/release/hub
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "빠른 화면의 수 (Fast screens).")
    var screens = 10

    @Option(help: "초당 명령 수 (Commands a second).")
    var rate = 200

    @Option(help: "한 번에 재는 시간, 초 (Seconds of each part).")
    var seconds = 20

    @Option(help: "횟수 (Rounds; each has a part without and a part with the slow one).")
    var rounds = 2

    func validate() throws {
        guard (1...1000).contains(screens) else { throw ValidationError("--screens takes 1 to 1000") }
        guard (1...10_000).contains(rate) else { throw ValidationError("--rate takes 1 to 10000") }
        guard seconds > 0, rounds > 0, seconds * rounds <= 3600 else { throw ValidationError("expected 1 to 3600 s") }
    }

    func run() async throws { try await options.run(clientCount: screens + 2, measure) }

    /// What the hub may keep for one that reads slowly, and some room for its own.
    private static let growthMax = 16 << 20

    private func measure(_ stage: Stage) async throws -> Report {
        let clerks = try await stage.clerks(1, topicCount: 1, deed: .edit, on: stage.places[0], keepsDues: true)
        let (clerk, topic) = (clerks[0], clerks[0].topic)
        let fast = try await stage.crowd(screens, topics: [topic], on: stage.places[1], keepsReceipts: true)
        var (alone, together) = (Latencies(), Latencies())
        _ = try await part(stage, clerk, fast)
        let before = stage.hub.residentBytes() ?? 0
        var (peak, lag) = (0, 0 as Int64)
        var slowOnes: [Crowd] = []
        for _ in 1...rounds {
            alone.add(try await part(stage, clerk, fast))
            // On the commander's loop: what it reads is not in the way of what is measured.
            let slow = try await stage.slowCrowd(topic: topic)
            together.add(try await part(stage, clerk, fast))
            peak = max(peak, stage.hub.residentBytes() ?? 0)
            let head = try JournalCheck(stage).heads[topic] ?? 0
            lag = max(lag, head - (try await slow.place.run { slow.followers[0].seq }))
            try await slow.place.run { for one in slow.followers { one.link.read(slowly: false) } }
            slowOnes.append(slow)
            let behindCount = try await [slow].catchUp(to: try JournalCheck(stage).heads)
            if behindCount > 0 { break }
            try await [slow].stop()
        }
        try await clerks.finish()
        let check = try JournalCheck(stage)
        let behindCount = try await [fast].catchUp(to: check.heads)
        let (sight, slowSight) = (try await [fast].sight(), try await slowOnes.sight())
        var report = Report(
            "slow",
            "\(screens) fast screens, \(rate) commands/s, \(rounds) × \(seconds) s without and with one at 1 KB/s")
        report.latencies("aloneMillis", "due → fast screen, alone", alone)
        report.latencies("togetherMillis", "due → fast screen, with the slow", together)
        report.value("growthMegabytes", "memory of the hub grew by", Double(peak - before) / 1_048_576, unit: "MiB")
        report.count("slowLag", "events the slow one was behind", lag)
        report.count("slowEvents", "the slow one saw events", slowSight.count.events)
        report.count("slowPictures", "and pictures in their place", slowSight.count.pictures)
        report.tally("slowEnds", "its connections ended, by code", slowSight.ends)
        report.require(peak - before <= Self.growthMax, "the hub grew by \((peak - before) >> 20) MiB")
        report.require(slowSight.count.gaps == 0 && slowSight.count.disorders == 0, "the slow one missed something")
        report.require(slowSight.count.repeats == 0, "the slow one had something twice")
        report.require(
            slowSight.count.pictures > 0, "the slow one was never too slow: more --seconds or a higher --rate")
        report.require(slowSight.failures.isEmpty, "the slow one gave up: \(slowSight.failures.first ?? "")")
        check.add(to: &report, try await clerks.count())
        report.add(sight, behindCount: behindCount)
        report.require(sight.count.pictures == 0 && sight.ends.isEmpty, "a fast screen was taken for a slow one")
        try await clerks.stop()
        try await [fast].stop()
        return report
    }

    private func part(_ stage: Stage, _ clerk: Clerk, _ fast: Crowd) async throws -> Latencies {
        let start = NIODeadline.now() + .milliseconds(100)
        let end = start + .seconds(Int64(seconds))
        _ = Pace.start([clerk], perSecond: Double(rate), from: start, to: end)
        try await stage.sleep(until: end)
        try await [clerk].finish()
        _ = try await [fast].catchUp(to: try JournalCheck(stage).heads)
        let dues = try await clerk.place.run { clerk.takeDues() }
        return try await fast.place.run {
            var latencies = Latencies()
            for receipt in fast.followers.flatMap({ $0.takeReceipts() }) {
                if let due = dues[receipt.seq] { latencies.record((receipt.at - due).nanoseconds) }
            }
            return latencies
        }
    }
}
