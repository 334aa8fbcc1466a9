internal import ArgumentParser
internal import Logging
internal import NIOCore

struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "모의 인디케이터: 가상 직렬 포트로 실제 프로토콜을 보냅니다. (An indicator without hardware, on a pty.)",
        discussion: """
            PATH 에 가상 포트로 가는 링크를 만들고 프로파일의 프레임을 보냅니다. --follow 가 있으면 계량대에 차량이
            호출될 때마다 트럭이 올라와 번호판과 차수로 정해지는 중량으로 멈추고, 계량이 끝나면 내려갑니다.
            (Makes a link at PATH and sends frames. With --follow a truck drives on for each call of the station, stands
            at a weight that follows from its plate and pass, and leaves when it was weighed, or after 20 s.)

            edge simulate --profile seedA --port /tmp/scale1 --follow ws://127.0.0.1:8080/ws \\
                --api-key-file edge.key --station ulsan/station/1
            edge simulate --profile cas22 --port /tmp/scale1 --every 60
            edge simulate --profile cas22 --port /tmp/scale1 --scenario day.json

            --follow 는 에지의 키로 접속하므로, 그동안 허브는 그 에지가 있다고 봅니다: 시연과 연습에만 쓰세요.
            (With --follow the hub takes it for the edge itself: for demonstrations and training only.)

            시나리오 파일은 단계의 목록입니다; 중량은 kg, 시간은 초 (A scenario is a list of steps, in kg and seconds):
            {"repeat": true, "steps": [{"empty": 5}, {"truck": 29840, "seconds": 20}, {"overload": 3}, {"noise": 2},
             {"damaged": 5, "seconds": 10}, {"cut": 8}, {"creep": 60, "seconds": 30}, {"hold": 12000, "seconds": 5},
             {"underload": 3}]}
            """)

    @Option(help: "프로파일 이름 또는 .json 파일 (A profile's id, or a profile file).")
    var profile: String

    @Option(help: "가상 포트의 링크를 둘 곳 (Where the link to the pseudo terminal is put).")
    var port: String

    @Option(help: ArgumentHelp("따를 허브 (The hub to follow).", valueName: "ws://…/ws"))
    var follow: String?

    @Option(help: "허브의 API 키 파일; --follow 와 함께 (The hub's API key, with --follow).")
    var apiKeyFile: String?

    @Option(help: "계량대의 토픽; --follow 와 함께 (The station's topic, with --follow), ulsan/station/1.")
    var station: String?

    @Option(help: "눈금, kg (The scale's division in kg).")
    var division: Int64 = 20

    @Option(help: "난수의 씨앗; 같은 씨앗은 같은 움직임 (The seed of noise and delays).")
    var seed: UInt64 = 1

    @Option(help: "인디케이터 번호; 폴링 프로토콜은 이 번호로 물을 때 답합니다 (The indicator's number, by which it is asked).")
    var device: Int?

    @Option(help: "초당 프레임 수; 폴링이면 물을 때마다 (Frames a second, where it is not asked).")
    var rate: Int = 10

    @Option(help: "--follow 없이: 몇 초마다 트럭 한 대 (Without --follow: a truck every so many seconds).")
    var every: Int?

    @Option(help: "시나리오 파일; --follow, --every 없이 (A scenario file, without --follow and --every).")
    var scenario: String?

    func validate() throws {
        guard scenario == nil || (follow == nil && every == nil) else {
            throw ValidationError("--scenario is for use without --follow and --every")
        }
        guard (1...10_000).contains(division) else {
            throw ValidationError("--division \(division); expected 1…10000 kg")
        }
        guard (0...99).contains(device ?? 1) else { throw ValidationError("--device \(device ?? 1); expected 0…99") }
        guard (1...100).contains(rate) else { throw ValidationError("--rate \(rate); expected 1…100 frames a second") }
        if follow != nil {
            guard apiKeyFile != nil, let station else {
                throw ValidationError("--follow needs --api-key-file FILE and --station SITE/station/ID")
            }
            let parts = station.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1] == "station", parts.allSatisfy({ !$0.isEmpty }) else {
                throw ValidationError("--station \(station); expected SITE/station/ID, as in ulsan/station/1")
            }
            guard every == nil else { throw ValidationError("--every is for use without --follow") }
        }
        if let every, every < 40 {
            throw ValidationError("--every \(every); expected at least 40 s, a truck needs them")
        }
    }

    func run() async throws {
        let indicator = try ProfileCatalogue.builtIn.load(profile)
        let hub = try follow.map { text throws in try HubAddress(parsing: text) }
        if hub?.secure == true { throw ValidationError("--follow takes ws:// addresses only") }
        if hub != nil, let apiKeyFile {
            do throws(APIKeyError) {
                _ = try APIKey.read(apiKeyFile)
            } catch {
                throw StartFailure(description: "--api-key-file \(error)")
            }
        }
        let played = try scenario.map { path throws in
            try Scenario.read(try FileBytes.read(path), source: path)
        }
        let terminal = try PseudoTerminal(link: port)
        let logger = Logger(label: "simulate") { _ in JSONLogHandler() }
        logger.notice(.simulating, ["profile": profile, "port": port, "device": terminal.path])
        let group = EdgeLoop.start()
        let agent = SimulatorAgent(
            terminal: terminal, profile: indicator, device: device, divisionGrams: division * 1000,
            interval: .seconds(1) / rate, seed: seed, scenario: played, on: group.next(), logger: logger)
        let followed = hub.map { ($0, apiKeyFile ?? "", station ?? "") }
        let every = every.map { Duration.seconds($0) }
        await withTaskGroup { tasks in
            tasks.addTask { await agent.run(follow: followed, every: every) }
            tasks.addTask {
                await Signals.termination()
                await agent.stop()
            }
            // It also ends by itself, when the hub does not let it follow.
            await tasks.next()
            tasks.cancelAll()
        }
        let denied = await agent.denied
        try await group.shutdownGracefully()
        if let denied { throw StartFailure(description: "--station \(denied): \(Logger.denial(of: denied))") }
    }
}
