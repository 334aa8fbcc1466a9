internal import ArgumentParser
internal import NIOCore
internal import NIOPosix
internal import Persistence
internal import Wire

struct CommandsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commands",
        abstract: "커밋된 명령의 처리량을 잽니다. (Durable commands per second, grouped against one by one.)",
        discussion: """
            이 프로세스 안에서 허브와 같은 액터와 저널을 임시 PostgreSQL 위에 두고, 주문 `order/…` 의 `assign` 명령을 보냅니다.
            명령 하나는 이벤트 한 줄, 주문 한 줄, 멱등 키 한 줄입니다. 소켓은 쓰지 않습니다.
            (The hub's own actors and journal in this process, on a throw-away PostgreSQL with default durability. Each
            producer gives `assign` to one of the orders, waits until it is durable, and gives the next: one event, one
            projection row, one idempotency key. "one transaction each" limits batches and transactions to one command.
            Rounds alternate. Each checks that rows = acknowledged and that no stream has a gap.)

            Build with -c release: debug figures say nothing.
            """)

    @Option(help: "동시에 명령하는 수 (Producers).")
    var producers = 512

    @Option(help: "주문의 수 (Streams).")
    var streams = 200

    @Option(help: "한 번에 재는 시간, 초 (Seconds of each round).")
    var seconds = 10

    @Option(help: "방식마다 횟수 (Rounds of each mode).")
    var rounds = 3

    @Option(help: "이벤트 루프의 수 (Event loops).")
    var loops = 2

    @Option(help: "임시 데이터베이스를 둘 곳 (Where the throw-away database is made).")
    var directory = "/var/tmp"

    @Flag(help: "JSON 으로 출력 (Print JSON).")
    var json = false

    func validate() throws {
        guard producers > 0, streams > 0, rounds > 0, loops > 0 else { throw ValidationError("expected 1 or more") }
        guard (1...240).contains(seconds) else { throw ValidationError("--seconds takes 1 to 240: a lock lasts 300 s") }
    }

    func run() async throws {
        let scratch = try ScratchDirectory(in: directory)
        let path = scratch.path
        let database = Database(.privateCluster(ClusterConfiguration(directory: path)))
        let conninfo = try database.start()
        defer { try? database.stop() }
        let figures = try await interruptible {
            try? database.stop()
            ScratchDirectory.remove(path)
        } _: {
            try await measure(conninfo)
        }
        report(figures)
    }

    private func measure(_ conninfo: String) async throws -> [CommandFigures] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let lanes = group.makeIterator().map { LoopLane($0) }
        let claim = try HubDatabase(conninfo: conninfo).claim(now: lanes[0].now())
        var figures: [CommandFigures] = []
        if !json { print(Self.heading) }
        for round in 1...rounds {
            for mode in Mode.allCases {
                let one = try await CommandRound(
                    mode: mode, site: "\(mode)-\(round)", conninfo: conninfo, ownerEpoch: claim.ownerEpoch,
                    lanes: lanes, producerCount: producers, streamCount: streams, seconds: seconds
                ).run()
                figures.append(one)
                if !json { print(Self.line(one)) }
            }
        }
        try await group.shutdownGracefully()
        return figures
    }

    private func report(_ figures: [CommandFigures]) {
        func middle(_ mode: Mode) -> Double { median(figures.filter { $0.mode == mode }.map(\.perSecond)) }
        let ratio = middle(.grouped) / middle(.single)
        if json {
            print(String(decoding: document(figures, ratio), as: UTF8.self))
        } else {
            print("median: \(middle(.grouped).places(0)) / \(middle(.single).places(0)) = ×\(ratio.places(1))")
            print("rows = acknowledged and no gap in seq, in every round")
        }
    }

    private static let heading =
        "mode".padded(24) + column("commands/s", 12) + column("p50 ms", 10) + column("p99 ms", 10)
        + column("CPU µs/cmd", 12) + column("cmds/commit", 13)

    private static func line(_ figures: CommandFigures) -> String {
        figures.mode.title.padded(24) + column(figures.perSecond.places(0), 12) + column(figures.p50.places(2), 10)
            + column(figures.p99.places(2), 10) + column(figures.microsecondsPerCommand.places(1), 12)
            + column(figures.commandsPerTransaction.places(1), 13)
    }

    private func document(_ figures: [CommandFigures], _ ratio: Double) -> [UInt8] {
        let rounds = figures.map { one in
            var writer = JSONWriter()
            writer.member("mode", one.mode.rawValue)
            writer.member("commandsPerSecond", json: Array(one.perSecond.places(1).utf8))
            writer.member("p50Millis", json: Array(one.p50.places(3).utf8))
            writer.member("p99Millis", json: Array(one.p99.places(3).utf8))
            writer.member("cpuMicrosPerCommand", json: Array(one.microsecondsPerCommand.places(2).utf8))
            writer.member("commandsPerTransaction", json: Array(one.commandsPerTransaction.places(2).utf8))
            writer.member("acknowledged", Int64(one.acknowledgedCount))
            return writer.finish()
        }
        var writer = JSONWriter()
        writer.member("scenario", "commands")
        writer.member("producers", Int64(producers))
        writer.member("streams", Int64(streams))
        writer.member("seconds", Int64(seconds))
        writer.member("ratio", json: Array(ratio.places(2).utf8))
        writer.member("rounds", json: Array("[".utf8) + rounds.joined(separator: Array(",".utf8)) + Array("]".utf8))
        return writer.finish()
    }
}
