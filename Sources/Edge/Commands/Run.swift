internal import ArgumentParser
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "설정 파일의 계량대들을 허브에 잇습니다. (Connects the stations of a configuration to the hub.)",
        discussion: """
            설정은 JSON 파일 하나입니다 (The configuration is one JSON file):

            {"hub": "wss://hub.example/ws", "apiKeyFile": "edge.key", "site": "ulsan",
             "dataDirectory": "/var/lib/gwanje-edge",
             "stations": [{"id": "1", "profile": "seedA", "port": "/dev/ttyUSB0", "baud": 9600, "settings": "8N1",
                           "divisionGrams": 20000, "engageGrams": 500000, "zeroBandGrams": 40000}]}

            port 는 /dev/…, tcp://host:port 또는 listen://host:port 입니다 (docs/indicators.md). baud 와 settings 를 쓰지 않으면 프로파일의 값입니다.
            그만큼 값이 오지 않으면 장애로 알립니다: 계량대마다 "silenceSeconds" (3).
            "profiles": ["b.json"] 으로 프로파일 파일을, "caFile": "ca.pem" 으로 사설 인증서를 더합니다.
            "board": {"port": "tcp://10.0.0.9:5000"} 로 전광판에 호출 번호와 다음 세 번호를 보입니다 (docs/edge.md).
            상태는 edge status, 브라우저로 http://127.0.0.1:9180, 지표는 /metrics 입니다: "statusPort" (9180, 0 은 끔).
            상대 경로는 설정 파일의 폴더에서 시작합니다. 기록은 표준 오류에 JSON 한 줄씩 남습니다.
            SIGTERM 이나 SIGINT 로 마칩니다. (Stops cleanly on SIGTERM or SIGINT.)
            """)

    @Option(help: "설정 파일 (The configuration file).")
    var config: String

    func run() async throws {
        let configuration = try EdgeConfiguration.load(config)
        let directory = try Self.dataDirectory(configuration, config)
        let outbox = try Outbox(path: configuration.dataDirectory + "/edge.sqlite")
        let tls = try configuration.hub.secure ? HubTLS(authorities: configuration.authorities()) : nil
        let logger = Logger(label: "edge") { _ in JSONLogHandler() }
        let group = EdgeLoop.start()
        let disk = NIOThreadPool(numberOfThreads: 1)
        disk.start()
        let agent = EdgeAgent(
            configuration, outbox: outbox, disk: disk, tls: tls, on: group.next(), logger: logger)
        await withTaskGroup { tasks in
            tasks.addTask { await agent.run() }
            tasks.addTask {
                await Signals.termination()
                await agent.stop()
            }
            await tasks.waitForAll()
        }
        try await disk.shutdownGracefully()
        try await group.shutdownGracefully()
        directory.release()
    }

    private static func dataDirectory(
        _ configuration: EdgeConfiguration, _ file: String
    ) throws -> DataDirectory {
        let path = configuration.dataDirectory
        do throws(SystemError) {
            return try DataDirectory(path)
        } catch {
            if error.isInUse { throw StartFailure(description: "Another edge is using \(path).") }
            let problem = error.code == ENOTDIR ? "is not a directory" : "cannot be used: \(error.reason)"
            throw ConfigurationError(file: file, problem: "\"dataDirectory\" \(path) \(problem)")
        }
    }
}
