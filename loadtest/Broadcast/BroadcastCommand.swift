internal import ArgumentParser
internal import Glibc

struct BroadcastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broadcast",
        abstract: "메시지 하나를 모두에게 보내는 비용을 잽니다. (What it costs to send one message to everyone.)",
        discussion: """
            허브의 웹소켓 서버와 방송기만 따로 띄워, 300바이트 메시지를 모든 소켓에 보내게 합니다. 서버는 코어 하나, 부하는
            다른 코어에 둡니다.
            (`hub echo --broadcast`, with direct writes and without, and any other server that sends every text message to all
            its sockets. 300-byte messages; the next is sent when one has reached everyone. CPU is that of the server's
            processes, for each frame delivered. Servers run on one core, the load on another; rounds are interleaved, and
            medians are shown.)

            loadtest broadcast
            loadtest broadcast --subscribers 200 --in-flight 1 --rounds 7
            loadtest broadcast --server ws://127.0.0.1:9002/ --pid 4711
            """)

    @OptionGroup var options: ContestOptions

    @Option(help: ArgumentHelp("이미 실행 중인 서버 (A server that runs already).", valueName: "ws://127.0.0.1:…/"))
    var server: String?

    @Option(help: "그 프로세스 번호; CPU 를 재는 데 씀 (Its process, whose CPU is then counted; pin it yourself).")
    var pid: pid_t?

    func validate() throws {
        guard try address?.host ?? "127.0.0.1" == "127.0.0.1" else {
            throw ValidationError("--server must be on 127.0.0.1")
        }
    }

    func run() throws {
        var contestants = [
            Contestant.hub(options.hub),
            Contestant.hub(options.hub, name: "hub --no-direct-writes", options: ["--no-direct-writes"]),
        ]
        if let address = try address {
            contestants.append(
                Contestant(
                    name: "\(address.authority)\(address.target)", dialect: .plain(target: address.target),
                    programs: [],
                    running: (address.port, pid)))
        }
        let results = try options.contest(contestants).run(progress: ContestOptions.say)
        let report = ContestReport("broadcast", results, baseline: contestants[0].name)
        print(options.json ? report.json() : report.table())
        guard report.isSound else { throw ExitCode.failure }
    }

    private var address: HubAddress? {
        get throws { try server.map { try HubAddress(parsing: $0) } }
    }
}
