@testable import Edge

/// An uplink under test with a clock of its own and an outbox in memory.
struct UplinkBench {
    var machine: UplinkMachine
    private(set) var now = Duration.zero
    private(set) var sent: [EdgeMessage] = []
    private(set) var actions: [UplinkMachine.Action] = []
    var stored: [StoredWeight] = []
    /// What is offered again.
    var offered: [StoredWeight] = []
    /// Whether loads are answered at once.
    var answersLoads = true
    /// Whether the outbox takes note of a history at once.
    var adopts = true

    static let topic = "ulsan/station/1"

    init(topics: [String] = [topic], queue: String? = nil, seed: UInt64 = 1) {
        machine = UplinkMachine(topics: topics, queue: queue, seed: seed)
    }

    var moment: Moment { Moment(elapsed: now, millis: 1_000_000 + now.milliseconds) }

    /// Runs what the machine asks for; a load is answered from `stored`.
    mutating func run(_ actions: [UplinkMachine.Action]) {
        self.actions += actions
        for action in actions {
            switch action {
            case .send(let message): sent.append(message)
            case .adopt(let epoch) where adopts: adopt(epoch)
            case .load(let topic, let want) where answersLoads: answer(topic, want)
            case .settle(let topic, let boot, let n, _):
                stored.removeAll { $0.topic == topic && $0.boot == boot && $0.n <= n }
            case .settleAgain(let topic, let boot, let n, _):
                offered.removeAll { $0.topic == topic && $0.boot == boot && $0.n <= n }
            default: break
            }
        }
    }

    mutating func answer(_ topic: String, _ want: SendWindow.Want) {
        let rows = (want.again ? offered : stored).filter { $0.topic == topic && $0.n > want.after }.prefix(want.limit)
        run(machine.loaded(Array(rows), topic: topic, for: want, at: moment))
    }

    mutating func adopt(_ epoch: Epoch) {
        let counts = Dictionary(grouping: offered, by: \.topic).mapValues(\.count)
        run(machine.adopted(epoch, offering: counts))
    }

    /// The outbox cannot be written.
    mutating func failAdopt(_ epoch: Epoch) { machine.adoptFailed(epoch, at: moment) }

    mutating func welcome(now: Int64 = 1_000_500, epoch: String = "e1") {
        receive(.welcome(epoch: .text(epoch), now: now))
    }

    /// The outbox cannot be read.
    mutating func failLoad(_ want: SendWindow.Want) {
        machine.loadFailed(topic: Self.topic, for: want, at: moment)
    }

    mutating func start() { run(machine.start(at: moment)) }
    mutating func open() { run(machine.opened(at: moment)) }
    mutating func receive(_ message: HubMessage) { run(machine.received(message, at: moment)) }
    mutating func close(_ end: UplinkMachine.End) { run(machine.closed(end, at: moment)) }
    mutating func changeKey() { run(machine.keyChanged(at: moment)) }
    mutating func live(_ grams: Int64) {
        let live = LiveWeight(grams: grams, state: .moving, at: 0)
        run(machine.live(live, topic: Self.topic, at: moment))
    }
    mutating func health(_ health: IndicatorHealth, topic: String = UplinkBench.topic) {
        run(machine.health(health, topic: topic, at: moment))
    }

    /// The connection is cut, and the next one is welcomed.
    mutating func reconnect() {
        close(.lost("cut"))
        clear()
        wait(.seconds(1))
        open()
        welcome()
    }

    /// Lets time pass, running every deadline on its way.
    mutating func wait(_ span: Duration, ticking: Bool = false) {
        let end = now + span
        var nextTick = now + .seconds(1)
        while true {
            let due = [machine.deadline, ticking ? nextTick : nil].compactMap(\.self).min()
            guard let due, due <= end else { break }
            now = max(now, due)
            if ticking, now >= nextTick {
                nextTick += .seconds(1)
                receive(.tick(now: 0))
            }
            run(machine.elapse(to: moment))
        }
        now = end
    }

    /// Connected, welcomed and subscribed, with the first messages forgotten.
    mutating func becomeReady() {
        start()
        open()
        welcome()
        subscribe()
        clear()
    }

    mutating func subscribe(seq: Int64 = 10, binding: Binding? = nil) {
        let view = StationView(binding: binding, divisionGrams: nil)
        receive(.snapshot(topic: Self.topic, cursor: Cursor(epoch: .text("e1"), seq: seq), station: view))
    }

    mutating func clear() {
        sent = []
        actions = []
    }

    /// Settles weights with the numbers given.
    mutating func record(_ numbers: ClosedRange<Int64>) {
        for n in numbers {
            stored.append(Self.weight(n))
            run(machine.recorded(topic: Self.topic))
        }
    }

    /// Puts weights into the outbox as they are.
    mutating func store(_ weights: [StoredWeight]) {
        stored += weights
        run(machine.recorded(topic: Self.topic))
    }

    static func weight(_ n: Int64, boot: String = "boot") -> StoredWeight {
        let weight = SettledWeight(grams: n * 1000, binding: "b\(n)", at: n, raw: [2, 3])
        return StoredWeight(
            topic: topic, boot: boot, n: n, weight: weight, offsetMillis: 12, offline: false, state: .pending)
    }

    var sentAgain: [Int64] { sent.compactMap { if case .again(let stored) = $0 { stored.n } else { nil } } }
    var sentNumbers: [Int64] { sent.compactMap { if case .weight(let stored) = $0 { stored.n } else { nil } } }
    var sentLive: [Int64?] { sent.compactMap { if case .live(_, let live) = $0 { live.grams } else { nil } } }
    var sentHealth: [IndicatorHealth] {
        sent.compactMap { if case .health(_, _, _, let health) = $0 { health } else { nil } }
    }
    var commandKeys: [String] { sent.compactMap { if case .health(_, let key, _, _) = $0 { key } else { nil } } }
    /// What was asked of what waits for its answer.
    var loads: [SendWindow.Want] {
        actions.compactMap { if case .load(_, let want) = $0, !want.again { want } else { nil } }
    }
    var lookCount: Int { actions.filter { $0 == .lookForKey }.count }
    var adoptions: [Epoch] { actions.compactMap { if case .adopt(let epoch) = $0 { epoch } else { nil } } }
    var connectCount: Int { actions.filter { if case .connect = $0 { true } else { false } }.count }
    var notes: [UplinkNote] { actions.compactMap { if case .note(let note) = $0 { note } else { nil } } }
}

extension Duration {
    var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
