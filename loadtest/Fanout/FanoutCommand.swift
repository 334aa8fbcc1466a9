internal import ArgumentParser
internal import NIOCore

struct FanoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fanout",
        abstract: "명령이 모든 구독자에게 닿기까지의 시간을 잽니다. (From a command to every subscriber's socket.)",
        discussion: """
            실제 소켓으로 한 토픽을 구독하고, 정해진 시각마다 명령을 보냅니다. 지연은 보내기로 한 시각부터 구독자마다 읽은
            시각까지이며, 늦게 보낸 것도 늦은 것으로 셉니다.
            (Subscribers are real sockets on one topic; commands `order/… assign` are given at a fixed rate, open loop.
            Latency counts from when a command was due to when its event was read, at each subscriber. seq and prev are
            checked for gaps.)

            loadtest fanout --start-hub .build/release/hub
            loadtest fanout --subscribers 2000 --rate 20 --seconds 20
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "구독하는 소켓의 수 (Subscribers).")
    var subscribers = 200

    @Option(help: "초당 명령 수 (Commands a second).")
    var rate = 100

    @Option(help: "재는 시간, 초 (Seconds).")
    var seconds = 20

    func validate() throws {
        guard (1...20_000).contains(subscribers) else { throw ValidationError("--subscribers takes 1 to 20000") }
        guard rate > 0 else { throw ValidationError("--rate takes 1 or more") }
        guard (1...240).contains(seconds) else { throw ValidationError("--seconds takes 1 to 240: a lock lasts 300 s") }
    }

    func run() async throws { try await options.run(clientCount: subscribers, measure) }

    private func measure(_ stage: Stage) async throws -> Report {
        let run = FanoutRun(stage: stage, subscriberCount: subscribers, rate: rate, seconds: seconds)
        let figures = try await run.run()
        var report = Report(
            "fanout", "\(subscribers) subscribers of one topic, \(rate) commands/s for \(seconds) s")
        report.latencies("eachMillis", "command due → each subscriber", figures.latencies)
        report.latencies("lastMillis", "command due → last subscriber", figures.lastLatencies)
        report.count("delivered", "delivered", figures.deliveredCount)
        report.count("expected", "of", figures.expectedCount)
        report.value(
            "hubMicrosPerFrame", "CPU of the hub", figures.cpuMicroseconds / Double(max(1, figures.deliveredCount)),
            unit: "µs per delivered frame")
        report.require(figures.deliveredCount == figures.expectedCount, "not everything was delivered")
        let check = try JournalCheck(stage)
        check.add(to: &report, figures.count)
        report.count("gaps", "gaps", figures.heard.gapCount)
        report.count("behind", "subscribers that miss something", figures.heard.behindCount)
        report.require(figures.heard.gapCount == 0, "\(figures.heard.gapCount) gaps")
        report.require(figures.heard.behindCount == 0, "\(figures.heard.behindCount) have not heard everything")
        report.require(figures.heard.pictureCount == 0, "a subscriber was too slow: the hub sent it a picture")
        return report
    }
}
