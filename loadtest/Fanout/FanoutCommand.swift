internal import ArgumentParser
internal import NIOCore
internal import NIOPosix
internal import Wire

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
            loadtest fanout --url ws://127.0.0.1:8080/ws --subscribers 200 --rate 100 --seconds 20
            """)

    @Option(help: ArgumentHelp("실행 중인 허브 (A running hub).", valueName: "ws://…/ws"))
    var url = "ws://127.0.0.1:8080/ws"

    @Option(help: "이 프로그램으로 임시 시연 허브를 띄움 (Start a demonstration hub from this executable).")
    var startHub: String?

    @Option(help: "사업장 (The site).")
    var site = "busan1"

    @Option(help: "직원 계정, 쉼표로 나눔 (Staff accounts, with commas).")
    var logins = "staff,staff2"

    @Option(help: "그 비밀번호 (Their password).")
    var password = "Gwanje!2026"

    @Option(help: "구독하는 소켓의 수 (Subscribers).")
    var subscribers = 200

    @Option(help: "초당 명령 수 (Commands a second).")
    var rate = 100

    @Option(help: "재는 시간, 초 (Seconds).")
    var seconds = 20

    @Flag(help: "JSON 으로 출력 (Print JSON).")
    var json = false

    func validate() throws {
        _ = try HubAddress(parsing: url)
        guard subscribers > 0, rate > 0 else { throw ValidationError("expected 1 or more") }
        guard (1...240).contains(seconds) else { throw ValidationError("--seconds takes 1 to 240: a lock lasts 300 s") }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let figures: FanoutFigures
        var cpu: Double?
        if let startHub {
            let hub = try await HubUnderTest.start(startHub, on: group)
            let (address, tidy) = (hub.address, hub.tidy)
            do {
                let before = hub.cpuMicroseconds() ?? 0
                figures = try await interruptible(tidy: tidy) { try await measure(address, group) }
                cpu = hub.cpuMicroseconds().map { ($0 - before) / Double(max(1, figures.deliveredCount)) }
            } catch {
                hub.stop()
                throw error
            }
            hub.stop()
        } else {
            figures = try await measure(try HubAddress(parsing: url), group)
        }
        try await group.shutdownGracefully()
        print(json ? String(decoding: document(figures, cpu), as: UTF8.self) : table(figures, cpu))
        guard figures.isSound else { throw ExitCode.failure }
    }

    private func measure(_ address: HubAddress, _ group: any EventLoopGroup) async throws -> FanoutFigures {
        let rest = REST(address: address, group: group)
        var grants: [REST.Grant] = []
        for login in logins.split(separator: ",") {
            grants.append(try await rest.logIn(String(login), password: password))
        }
        let run = FanoutRun(
            address: address, site: site, grants: grants, subscriberCount: subscribers, rate: rate, seconds: seconds,
            group: group)
        let outcome: Result<FanoutFigures, any Error>
        do {
            outcome = .success(try await run.run())
        } catch {
            outcome = .failure(error)
        }
        for grant in grants { try? await rest.logOut(grant.refreshToken) }
        return try outcome.get()
    }

    private func table(_ figures: FanoutFigures, _ cpu: Double?) -> String {
        func row(_ title: String, _ latencies: Latencies) -> String {
            title.padded(36) + [0.5, 0.9, 0.99, 1].map { column(latencies.milliseconds($0).places(2), 10) }.joined()
        }
        var lines = [
            "\(subscribers) subscribers, \(rate) commands/s for \(seconds) s, latency in ms",
            "".padded(36) + ["p50", "p90", "p99", "max"].map { column($0, 10) }.joined(),
            row("command due → each subscriber", figures.latencies),
            row("command due → last subscriber", figures.lastLatencies),
            "commands \(figures.commandCount), acknowledged \(figures.acknowledgedCount), "
                + "delivered \(figures.deliveredCount) of \(figures.expectedCount), gaps \(figures.gapCount), "
                + "resyncs \(figures.resyncCount)",
        ]
        if let cpu {
            lines.append("CPU of the hub: \(cpu.places(1)) µs per delivered frame (start of sockets included)")
        }
        for (code, count) in figures.refusals.sorted(by: { $0.key < $1.key }) {
            lines.append("refused: \(code) ×\(count)")
        }
        if let first = figures.failures.first { lines.append("\(figures.failures.count) subscribers failed: \(first)") }
        return lines.joined(separator: "\n")
    }

    private func document(_ figures: FanoutFigures, _ cpu: Double?) -> [UInt8] {
        func row(_ latencies: Latencies) -> [UInt8] {
            var writer = JSONWriter()
            writer.member("p50", json: Array(latencies.milliseconds(0.5).places(3).utf8))
            writer.member("p90", json: Array(latencies.milliseconds(0.9).places(3).utf8))
            writer.member("p99", json: Array(latencies.milliseconds(0.99).places(3).utf8))
            writer.member("max", json: Array(latencies.milliseconds(1).places(3).utf8))
            return writer.finish()
        }
        var writer = JSONWriter()
        writer.member("scenario", "fanout")
        writer.member("subscribers", Int64(subscribers))
        writer.member("rate", Int64(rate))
        writer.member("seconds", Int64(seconds))
        writer.member("eachMillis", json: row(figures.latencies))
        writer.member("lastMillis", json: row(figures.lastLatencies))
        writer.member("acknowledged", Int64(figures.acknowledgedCount))
        writer.member("delivered", Int64(figures.deliveredCount))
        writer.member("expected", Int64(figures.expectedCount))
        writer.member("gaps", Int64(figures.gapCount))
        writer.member("resyncs", Int64(figures.resyncCount))
        if let cpu { writer.member("hubMicrosPerFrame", json: Array(cpu.places(2).utf8)) }
        writer.member("isSound", figures.isSound)
        return writer.finish()
    }
}
