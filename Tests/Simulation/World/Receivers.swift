import Actors

/// An ERP and a printer beside the yard. They outlive every hub, and are as unreliable as the network to them.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Receivers: @unchecked Sendable {
    private final class Desk: Receiver {
        let policy: DeliveryPolicy
        let name: String
        private unowned let receivers: Receivers

        init(_ name: String, _ policy: DeliveryPolicy, _ receivers: Receivers) {
            self.name = name
            self.policy = policy
            self.receivers = receivers
        }

        func deliver(_ effect: OutboxEntry, _ done: @escaping @Sendable (DeliveryOutcome) -> Void) {
            receivers.received(effect, self, done)
        }
    }

    static let erp = "erp"
    static let printer = "printer"
    static let names = [erp, printer]

    private unowned let world: World
    private var random: Random
    /// How often each effect was done, whoever asked.
    private(set) var deeds: [String: Int] = [:]
    /// Effects of which nobody told the hub what came of them.
    private var unanswered: Set<String> = []
    /// The last thing that the ERP was told of a ticket.
    private var lastSeqs: [Substring: Int64] = [:]

    init(world: World, random: Random) {
        self.world = world
        self.random = random
    }

    func all() -> [StreamID: any Receiver] {
        [
            .receiver(Self.erp, of: Yard.site): Desk(Self.erp, .atLeastOnce, self),
            .receiver(Self.printer, of: Yard.site): Desk(Self.printer, .atMostOnce, self),
        ]
    }

    private func received(
        _ effect: OutboxEntry, _ desk: Desk, _ done: @escaping @Sendable (DeliveryOutcome) -> Void
    ) {
        let dice = Self.isRefused(effect.id) ? 99 : random.below(98)
        let answer: @Sendable (Int, DeliveryOutcome) -> Void = { [self] delay, outcome in
            if outcome == .unknown { unanswered.insert(effect.id) }
            world.outside(after: delay) { done(outcome) }
        }
        let delay = random.within(1...400)
        world.outside(after: delay) { [self] in
            switch dice {
            case ..<65:
                act(effect, desk)
                answer(random.within(1...200), .done)
            case ..<75:
                act(effect, desk)
                answer(random.within(200...5000), .unknown)
            case ..<82: answer(random.within(1...5000), .unknown)
            case ..<95: answer(1, .notDone)
            case ..<98 where desk.policy == .atMostOnce:
                // Stuck on the way, and there after all.
                answer(1, .unknown)
                world.outside(after: random.within(1...30_000)) { [self] in act(effect, desk) }
            case ..<98: answer(1, .unknown)
            default: answer(1, .refused(code: "noPaper"))
            }
        }
    }

    /// Some are refused, whenever they come.
    private static func isRefused(_ id: String) -> Bool {
        id.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % 25 == 0
    }

    private func act(_ effect: OutboxEntry, _ desk: Desk) {
        let oracle = world.oracle
        oracle.expect(
            oracle.store.effect(effect.id) == effect, "\(desk.name) is told of \(effect.id) before it is durable")
        let count = deeds[effect.id, default: 0] + 1
        deeds[effect.id] = count
        if desk.policy == .atMostOnce {
            oracle.expect(count == 1, "\(desk.name) does \(effect.id) \(count) times")
            oracle.expect(
                oracle.store.settled[effect.id] != nil,
                "\(desk.name) does \(effect.id), and nothing says that it may have")
        } else if count == 1, oracle.isStrict {
            let source = effect.id.prefix { $0 != "#" }
            let seq = Int64(effect.id.dropFirst(source.count + 1).prefix { $0 != "." }) ?? 0
            oracle.expect(seq > lastSeqs[source, default: 0], "\(desk.name) is told of \(effect.id) late")
            lastSeqs[source] = seq
        }
    }

    /// At rest: what is said to be done was done, and what was refused was not.
    func check() {
        let oracle = world.oracle
        for (id, outcome) in oracle.store.settled.sorted(by: { $0.key < $1.key }) {
            guard let entry = oracle.store.effect(id), entry.isOutside else { continue }
            let count = deeds[id, default: 0]
            switch outcome {
            case "done": oracle.expect(count > 0, "\(id) is done, and \(entry.target.key) knows nothing of it")
            case Settlement.uncertain:
                oracle.expect(entry.target.key == Self.printer, "\(id) is uncertain at \(entry.target.key)")
                // Only an answer that is missing, a hub that is, or a mark that nobody knows of can have left it so.
                oracle.expect(
                    unanswered.contains(id) || world.crashCount > 0 || world.profile.rivalAt != nil
                        || world.profile.faults.losesAnswers, "\(id) is uncertain for no reason")
            default: oracle.expect(count == 0, "\(id) is \(outcome), and \(entry.target.key) has done it")
            }
        }
    }
}
