internal import ArgumentParser
internal import NIOCore
internal import Wire

struct EdgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge",
        abstract: "에지들이 보내는 중량이 빠짐없이 남는지 봅니다. (Edges stream weights: none is lost.)",
        discussion: """
            에지마다 실시간 중량을 초당 10번 보내고, 사이사이 안정된 중량을 보내 확인(ack)을 기다립니다. 연결이 가끔 끊기며, 확인되지
            않은 중량은 다시 보냅니다. 마지막에 저널에 정확히 한 번씩 있는지 봅니다.
            (Each edge shows a moving weight ten times a second, and sends settled ones, which it keeps until they are
            acknowledged; links are cut now and then. Screens follow the stations. In the end every settled weight is in the
            journal exactly once. Of the moving ones the newest counts: how many reach a screen is shown, not required.)

            loadtest edge --start-hub .build/release/hub
            loadtest edge --edges 50 --settle-millis 200
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "에지의 수; 계량대가 하나씩 있음 (Edges, each with a station).")
    var edges = 3

    @Option(help: "안정된 중량의 간격, 밀리초 (Milliseconds between two settled weights of an edge).")
    var settleMillis = 1000

    @Option(help: "계량대마다 화면의 수 (Screens that follow each station).")
    var screens = 10

    @Option(help: "연결이 끊기는 간격의 평균, 초; 0 이면 끊지 않음 (Mean seconds between the cuts of a link; 0: never).")
    var cutSeconds = 10

    @Option(help: "재는 시간, 초 (Seconds).")
    var seconds = 30

    func validate() throws {
        guard (1...500).contains(edges) else { throw ValidationError("--edges takes 1 to 500") }
        guard (20...60_000).contains(settleMillis) else { throw ValidationError("--settle-millis takes 20 to 60000") }
        guard (1...100).contains(screens) else { throw ValidationError("--screens takes 1 to 100") }
        guard (0...600).contains(cutSeconds) else { throw ValidationError("--cut-seconds takes 0 to 600") }
        guard (1...3600).contains(seconds) else { throw ValidationError("--seconds takes 1 to 3600") }
    }

    func run() async throws { try await options.run(clientCount: edges * (screens + 1), measure) }

    private func measure(_ stage: Stage) async throws -> Report {
        let fleet = try await EdgeFleet(
            stage, count: edges, settleMillis: Int64(settleMillis), password: options.password)
        let crowds = try await stage.crowds(edges * screens, topics: fleet.edges.map(\.topic))
        var views: [LiveView] = []
        for crowd in crowds { views.append(try await crowd.place.run { LiveView(crowd.followers) }) }
        let start = NIODeadline.now() + .milliseconds(100)
        let end = start + .seconds(Int64(seconds))
        var scissors: [Scissors] = []
        if cutSeconds > 0 {
            for place in stage.places {
                let links = fleet.edges.map(\.link).filter { $0.place.loop === place.loop }
                scissors.append(try await place.run { Scissors(links, meanSeconds: cutSeconds, until: end) })
            }
        }
        let before = stage.hub.cpuMicroseconds() ?? .nan
        fleet.weigh(from: start, to: end)
        try await stage.sleep(until: end)
        try await fleet.finish()
        let cpu = (stage.hub.cpuMicroseconds() ?? .nan) - before
        let behindCount = try await crowds.catchUp(to: try fleet.heads())
        let sight = try await crowds.sight()
        var (latencies, seen, cuts) = (Latencies(), 0, 0)
        for (crowd, view) in zip(crowds, views) { latencies.add(try await crowd.place.run { view.latencies }) }
        seen = latencies.count
        for (place, one) in zip(stage.places, scissors) { cuts += try await place.run { one.cutCount } }
        let live = try await fleet.count().live
        var report = Report(
            "edge",
            "\(edges) edges, 10 live weights/s and a settled one each \(settleMillis) ms, \(screens) screens each, \(seconds) s"
        )
        try await fleet.add(to: &report)
        try await fleet.stop()
        try await crowds.stop()
        report.count("cuts", "edge links cut", cuts)
        report.latencies("liveMillis", "live weight → screen", latencies)
        report.value(
            "liveShownPercent", "of the live weights shown", 100 * Double(seen) / Double(live * screens), unit: "%")
        report.value("cpuPercent", "CPU of the hub, of one core", cpu / Double(seconds) / 10_000, unit: "%")
        report.add(sight, behindCount: behindCount)
        report.require(seen > 0, "no live weight reached a screen")
        return report
    }
}

/// What live weights the screens of one place see, and how old they are then. The edges' clock is ours.
///
/// `@unchecked Sendable`: used on the loop of its place only.
final class LiveView: @unchecked Sendable {
    private(set) var latencies = Latencies()

    init(_ followers: [Follower]) {
        for follower in followers {
            follower.onLiveValue = { [unowned self] members, _ in
                let data = members.object("data").flatMap { try? JSONMembers($0) }
                guard let at = data?.integer("at") else { return }
                latencies.record((EdgePart.wallMillis() - at) * 1_000_000)
            }
        }
    }
}
