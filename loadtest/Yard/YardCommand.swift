internal import ArgumentParser
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import UnixSignals

struct YardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "yard",
        abstract: "시연용 야드의 기사와 계량실 직원을 연기합니다. (Plays the people of the demonstration yard.)",
        discussion: """
            `hub demo` 의 기사들로 로그인해 접수하고, 호출되면 응답하고, 1차 계량 뒤 20–40초 뒤에 다시 옵니다. 빈 계량대는
            `yard` 계정이 몇 초 뒤에 다음 차량을 부르므로, 그 전에 사람이 먼저 부를 수 있습니다. 트럭과 계량은 `edge simulate`
            가 맡습니다. 허브가 멈추면 돌아올 때까지 기다립니다. SIGTERM 이나 Ctrl-C 로 마치고 로그아웃합니다.
            (Drivers check in, answer calls and come back; a free deck gets its next truck after a few seconds, so that a
            person can be first. Trucks and weights come from `edge simulate`. Reconnects for ever.)

            loadtest yard --url ws://127.0.0.1:8080/ws --site busan1 --password 'Gwanje!2026'
            """)

    @Option(help: ArgumentHelp("허브의 주소 (The hub's address).", valueName: "ws://…/ws"))
    var url = "ws://127.0.0.1:8080/ws"

    @Option(help: "사업장 (The site).")
    var site = "busan1"

    @Option(help: "모든 계정의 비밀번호 (The password that all accounts share).")
    var password: String

    @Option(help: "연기할 기사의 수 (How many drivers are played).")
    var drivers = 24

    @Option(help: "첫 기사의 번호 (Number of the first of them): 2 leaves driver1 to a person.")
    var firstDriver = 1

    @Option(name: .customLong("operator"), help: "계량실 계정 (The account that calls trucks).")
    var operatorLogin = "yard"

    @Option(help: "계량대, 쉼표로 나눔 (Stations, with commas).")
    var stations = "1,2,3"

    @Option(help: "대기 차량을 이만큼은 유지 (The line has at least about this many trucks).")
    var lineMin = 6

    @Option(help: "대기 차량이 이만큼이면 더 오지 않음 (Nobody new comes from here on).")
    var lineMax = 10

    @Option(help: "난수의 씨앗 (The seed of all intervals).")
    var seed: UInt64 = 1

    @Flag(help: "호출은 사람에게 맡김 (Calling trucks is left to people).")
    var handsOff = false

    @Flag(name: .shortAndLong, help: "명령마다 한 줄 (A line for each command).")
    var verbose = false

    func validate() throws {
        _ = try HubAddress(parsing: url)
        guard drivers > 0, firstDriver > 0 else { throw ValidationError("--drivers and --first-driver take 1 or more") }
        guard drivers + firstDriver <= 61 else {
            throw ValidationError("drivers up to number 60: a session follows 64 topics")
        }
        guard lineMin > 0, lineMax > lineMin else { throw ValidationError("expected 0 < --line-min < --line-max") }
    }

    func run() async throws {
        var logger = Logger(label: "yard") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbose ? .debug : .info
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let rest = REST(address: try HubAddress(parsing: url), group: group)
        logger.info("plays the yard", metadata: ["url": "\(url)", "drivers": "\(drivers)", "calls": "\(!handsOff)"])
        await play(rest, logger)
        logger.info("goes home")
        try await group.shutdownGracefully()
    }

    /// Until a signal comes; then everybody logs out.
    private func play(_ rest: REST, _ logger: Logger) async {
        let (roster, door) = (Roster(), Door())
        let last = firstDriver + drivers - 1
        var office = Operator.Habits(stations: stations.split(separator: ",").map(String.init), vehicleCount: last)
        if handsOff { office.call = nil }
        let habits = Driver.Habits(lineCount: lineMin...lineMax, driverCount: drivers, items: (1...7).map(String.init))
        await withTaskGroup { [office] tasks in
            tasks.addTask {
                let part = Operator(site: site, roster: roster, habits: office, seed: seed)
                var person = Person(
                    operatorLogin, password: password, rest: rest, door: nil, logger: logger, part: part)
                await person.live()
            }
            for number in firstDriver...last {
                tasks.addTask {
                    let part = Driver(
                        "\(number)", site: site, roster: roster, habits: habits, seed: seed &+ UInt64(number) << 32)
                    var person = Person(
                        "driver\(number)", password: password, rest: rest, door: door, logger: logger, part: part)
                    await person.live()
                }
            }
            tasks.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) { return }
            }
            // People never come to an end by themselves: the first task that does is the signal.
            await tasks.next()
            tasks.cancelAll()
        }
    }
}
