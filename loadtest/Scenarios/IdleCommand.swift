internal import ArgumentParser
internal import NIOCore

struct IdleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "조용한 연결 하나가 차지하는 메모리를 잽니다. (Memory of an idle connection.)",
        discussion: """
            로그인하고 구독한 연결을 여러 주소에서 열어 두고, 허브의 상주 메모리가 는 만큼을 연결의 수로 나눕니다.
            (The hub's resident memory before and after, divided by the connections: logged in, subscribed to one topic, without
            compression, silent but for the tick of each second. A few hundred connections come and go before, so that what
            the hub needs only once is not counted.)

            loadtest idle --start-hub .build/release/hub
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "연결의 수 (Connections).")
    var clients = 5000

    @Option(help: "열고 나서 기다리는 시간, 초 (Seconds of rest before it is measured).")
    var seconds = 10

    func validate() throws {
        guard (1...20_000).contains(clients) else { throw ValidationError("--clients takes 1 to 20000") }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds takes 1 to 600") }
    }

    func run() async throws { try await options.run(clientCount: clients, measure) }

    private func measure(_ stage: Stage) async throws -> Report {
        let topics = ["\(stage.site)/queue/main"]
        let first = try await stage.crowds(200, topics: topics)
        try await first.stop()
        try await stage.sleep(until: .now() + .seconds(3))
        let before = stage.hub.residentBytes() ?? 0
        let crowds = try await stage.crowds(clients, topics: topics)
        let opened = stage.hub.residentBytes() ?? 0
        let cpuBefore = stage.hub.cpuMicroseconds() ?? .nan
        try await stage.sleep(until: .now() + .seconds(Int64(seconds)))
        let after = stage.hub.residentBytes() ?? 0
        let cpu = (stage.hub.cpuMicroseconds() ?? .nan) - cpuBefore
        let sight = try await crowds.sight()
        try await crowds.stop()
        try await stage.sleep(until: .now() + .seconds(3))
        let left = stage.hub.residentBytes() ?? 0
        var report = Report("idle", "\(clients) connections, logged in and subscribed, at rest for \(seconds) s")
        report.value(
            "bytesPerConnection", "resident, per connection", Double(after - before) / Double(clients), unit: "bytes",
            places: 0, bar: 8192)
        report.value("beforeMegabytes", "resident before", Self.megabytes(before), unit: "MiB")
        report.value("openedMegabytes", "all open", Self.megabytes(opened), unit: "MiB")
        report.value("afterMegabytes", "at rest", Self.megabytes(after), unit: "MiB")
        report.value("leftMegabytes", "all gone", Self.megabytes(left), unit: "MiB")
        report.value("cpuPercent", "CPU at rest, of one core", cpu / Double(seconds) / 10_000, unit: "%")
        report.require(sight.liveCount == clients, "only \(sight.liveCount) of the connections lasted")
        report.require(sight.ends.isEmpty, "connections ended: \(sight.ends)")
        return report
    }

    private static func megabytes(_ bytes: Int) -> Double { Double(bytes) / 1_048_576 }
}
