internal import ArgumentParser
internal import Glibc
internal import NIOCore

struct ChaosCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chaos",
        abstract: "허브와 데이터베이스를 죽이고 멈추고 채우며, 잃은 것이 없는지 봅니다. (Fault upon fault: nothing acknowledged is lost.)",
        discussion: """
            직원, 기사, 에지가 쉬지 않고 일하는 동안 허브와 PostgreSQL 을 죽이거나 멈추고, 디스크를 채우고, 연결을 끊거나 늦추고,
            에지의 시계를 옮깁니다. 장애마다 다시 커밋되기까지의 시간을 재고, 확인된 명령과 중량이 저널에 정확히 한 번 있는지, 화면이
            본 것이 저널과 같은 순서, 같은 내용인지 봅니다.
            (Staff, drivers and edges work on while the hub, the postmaster and single backends are killed, the database is
            stopped for seconds, its disk is full, links are cut, silent or slow, and the edges' clocks are moved. After each
            fault: the time until commands are committed again; whether each acknowledged command and weight is in the journal
            exactly once; whether what each subscriber was shown is what the journal has, in its order, with no gap. At the end
            `hub verify` reads the whole history. The hub's
            data lie on a small file system of their own, which takes root; for others the disk is not filled. A line for each
            fault goes to stderr. The seed decides which faults come when, not how the threads run.)

            loadtest chaos --start-hub .build/release/hub --faults 200
            loadtest chaos --faults 20 --only "disk full" --only "hub killed"
            """)

    @OptionGroup var options: RunOptions

    @Option(help: "장애의 수 (Faults).")
    var faults = 200

    @Option(help: "장애의 종류와 순서를 정함; 없으면 임의 (Decides which faults come when; random by default).")
    var seed: UInt64?

    @Option(help: "이 종류만, 여러 번 쓸 수 있음 (Only faults of this kind; may be repeated).")
    var only: [String] = []

    @Option(help: "주문의 수; 하나에 직원이 한 명씩 있음 (Orders, each with a clerk).")
    var orders = 8

    @Option(help: "주문에 내리는 초당 명령 수 (Commands a second to the orders).")
    var rate = 40

    @Option(help: "기사의 수 (Drivers at the queue).")
    var drivers = 12

    @Option(help: "에지의 수 (Edges).")
    var edges = 3

    @Option(help: "화면의 수 (Screens).")
    var screens = 39

    @Option(help: "다시 일하기까지 기다리는 시간, 초 (Seconds in which the hub has to serve again).")
    var patience = 60

    func validate() throws {
        guard (1...100_000).contains(faults) else { throw ValidationError("--faults takes 1 to 100000") }
        guard (1...100).contains(orders) else { throw ValidationError("--orders takes 1 to 100") }
        guard (1...1000).contains(rate) else { throw ValidationError("--rate takes 1 to 1000") }
        guard (1...20).contains(drivers) else { throw ValidationError("--drivers takes 1 to 20") }
        guard (1...3).contains(edges) else { throw ValidationError("--edges takes 1 to 3") }
        guard (1...1000).contains(screens) else { throw ValidationError("--screens takes 1 to 1000") }
        guard (1...600).contains(patience) else { throw ValidationError("--patience takes 1 to 600") }
        for name in only where Fault.Kind(rawValue: name) == nil {
            let names = Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--only takes one of: \(names)")
        }
    }

    private static let diskByteCount = 1 << 30

    func run() async throws {
        try await options.run(
            clientCount: 4 * (orders + screens + 2 * drivers + edges + 10), diskByteCount: Self.diskByteCount, measure)
    }

    private func measure(_ stage: Stage) async throws -> Report {
        let seed = seed ?? UInt64.random(in: 0...999_999)
        let kinds = kinds(stage.hub)
        guard !kinds.isEmpty else { throw ValidationError("nothing is left to do") }
        let relay = try await Relay(to: stage.hub.address, on: stage.rest.group)
        let size = ChaosCrew.Size(orders: orders, drivers: drivers, edges: edges, screens: screens)
        let witness = Witness()
        let crew = try await ChaosCrew(
            try stage.through(relay.address), size, password: options.password, seed: seed, witness)
        let plan = FaultPlan(faults, kinds: kinds, seed: seed)
        Self.say("seed \(seed): \(faults) faults; the hub's data lie on \(stage.hub.disk?.kind ?? "the common disk")")
        let run = ChaosRun(
            crew: crew, relay: relay,
            reader: JournalReader(
                conninfo: stage.hub.conninfo, site: stage.site, personKey: try stage.hub.personKey()),
            probe: Probe(stage, witness), patience: .seconds(Int64(patience)))
        let outcome = try await run.carryOut(plan, rate: rate)
        try await relay.close()
        var report = Report(
            "chaos",
            "\(faults) faults, seed \(seed): \(orders) orders, \(rate) commands/s, \(drivers) drivers, \(edges) edges")
        outcome.add(to: &report)
        return report
    }

    private func kinds(_ hub: HubUnderTest) -> [Fault.Kind] {
        let wanted = only.isEmpty ? Fault.Kind.allCases : only.compactMap(Fault.Kind.init)
        guard hub.disk == nil, wanted.contains(.diskFull) else { return wanted }
        Self.say("디스크는 채우지 않습니다: root 만 할 수 있습니다. (The disk is not filled: only root may mount a small one.)")
        return wanted.filter { $0 != .diskFull }
    }

    static func say(_ line: String) {
        _ = (line + "\n").withCString { write(STDERR_FILENO, $0, strlen($0)) }
    }
}
