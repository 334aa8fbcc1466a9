import Actors
import Sessions

/// A yard with its hubs, journal and clients, all from one seed.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class World: @unchecked Sendable {
    let scheduler: Scheduler
    let oracle: Oracle
    let journal: SimJournal
    let profile: Profile
    /// Where clients live; it survives every hub.
    let outsideLane: SimLane
    /// The luck of clients and network.
    var luck: Random

    /// Who is told of slips.
    private(set) var receivers: Receivers!
    private(set) var hubs: [SimHub] = []
    private var hubCount = 0
    private(set) var crashCount = 0
    var trucks: [Truck] = []
    private(set) var terminals: [String: Terminal] = [:]
    private(set) var subscriptions: [(Subscription, Terminal)] = []
    /// Times that a slow terminal skipped ahead.
    var resyncCount = 0
    /// Index of the truck on each deck.
    var decks: [String: Int] = [:]
    /// Every weight that an edge sent, by command key.
    var settles: [String: Settle] = [:]
    private(set) var isClosing = false
    private(set) var spentCount = 0
    private(set) var openAskCount = 0
    private var keyCount = 0
    private var followed: Set<StreamID> = []

    static let orderCount = 3

    init(seed: UInt64, commandCount: Int, detail: Trace.Detail) {
        var random = Random(seed: seed)
        let trace = Trace(detail)
        scheduler = Scheduler(random: random.fork(), trace: trace)
        profile = Profile(&random, commandCount: commandCount)
        outsideLane = scheduler.makeLane("outside", clock: Yard.opensAt)
        oracle = Oracle(scheduler: scheduler)
        journal = SimJournal(
            scheduler: scheduler, oracle: oracle, random: random.fork(), faults: profile.faults)
        luck = random.fork()
        receivers = Receivers(world: self, random: random.fork())
        oracle.world = self
        oracle.isStrict = !profile.hasTwoWriters
        trace.line("seed \(seed): \(profile.summary)")
    }

    /// Runs the world to its end. Nil when nothing was wrong.
    func run(stepCountMax: Int) -> String? {
        startHub()
        populate()
        plan()
        if !scheduler.run(stepCountMax: stepCountMax), oracle.violation == nil {
            oracle.fail("the world does not come to rest within \(stepCountMax) steps")
        }
        if oracle.violation == nil { checkAtRest(stepCountMax: stepCountMax) }
        for hub in hubs {
            for loop in hub.loops { resyncCount += loop.published.resyncCount }
            hub.release()
        }
        return oracle.violation
    }

    private func populate() {
        for number in 1...Yard.vehicleCount { trucks.append(Truck(number, world: self)) }
        for truck in trucks { truck.start() }
        for station in Yard.stations { Edge(station, world: self).start() }
        for number in 1...2 { Officer(Yard.officer(number), world: self).start() }
        Officer(Yard.admin, world: self).start()
        follow(Yard.queue, Yard.driverPrincipal(1))
        for (_, terminal) in terminals.sorted(by: { $0.key < $1.key }) { terminal.connect() }
        dropLinks()
    }

    /// Now and then a connection breaks and comes back.
    private func dropLinks() {
        guard !isClosing else { return }
        let terminal = luck.pick(subscriptions).1
        switch luck.below(10) {
        case 0, 1: terminal.connect()
        case 2: terminal.followAgain()
        default: break
        }
        outside(after: luck.within(2000...8000)) { [self] in dropLinks() }
    }

    // MARK: Time

    private func plan() {
        for crash in profile.crashes { outside(after: Int(crash.at)) { [self] in crashHub(downFor: crash.downFor) } }
        if let rivalAt = profile.rivalAt {
            outside(after: Int(rivalAt)) { [self] in
                guard !isClosing, let first = hubs.first(where: \.isUp) else { return }
                if profile.rivalTakesOver { first.cutOff() }
                startHub()
            }
        }
        outside(after: Int(Profile.openFor)) { [self] in close() }
    }

    private func crashHub(downFor: Int64) {
        guard !isClosing, let hub = hubs.filter(\.isUp).first else { return }
        crashCount += 1
        let isInOrder = luck.chance(25)
        if isInOrder { hub.drain() }
        outside(after: isInOrder ? luck.within(1...1500) : 0) { [self] in
            guard hub.isUp else { return }
            scheduler.trace.line("\(scheduler.time) hub \(hub.number) crashes")
            hub.crash()
            outside(after: Int(downFor)) { [self] in
                hub.cutOff()
                if !hubs.contains(where: \.isUp) { startHub() }
            }
        }
    }

    func hubCrashed(_ hub: SimHub) {
        for (_, terminal) in terminals.sorted(by: { $0.key < $1.key }) { terminal.hubCrashed(hub) }
    }

    private func startHub() {
        hubCount += 1
        scheduler.trace.line("\(scheduler.time) hub \(hubCount) starts")
        hubs.removeAll { !$0.isUp }
        let hub = SimHub(number: hubCount, world: self, random: &luck)
        if isClosing { hub.stopClocks() }
        hubs.append(hub)
    }

    private func close() {
        guard !isClosing else { return }
        scheduler.trace.line("\(scheduler.time) the yard closes")
        isClosing = true
        journal.heal()
        // Of two writers neither knows all that the other did: a third one starts from the journal.
        for hub in profile.hasTwoWriters ? hubs : hubs.dropLast() {
            hub.cutOff()
            hub.crash()
        }
        if let hub = hubs.last, !hub.isUp {
            hub.cutOff()
            startHub()
        }
        for hub in hubs where hub.isUp { hub.stopClocks() }
    }

    // MARK: For the clients

    /// A hub that takes connections; with two of them, either.
    func frontHub() -> SimHub? {
        let up = hubs.filter(\.isUp)
        return up.isEmpty ? nil : luck.pick(up)
    }

    func hub(of lane: SimLane) -> SimHub? { hubs.first { $0.owns(lane) } }

    func outside(after milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        scheduler.after(Int64(milliseconds), on: outsideLane, body)
    }

    /// Whether the link breaks under the next frame.
    func isCut() -> Bool { !isClosing && luck.below(1000) < profile.cutPerMille }

    func terminal(_ principal: Principal) -> Terminal {
        if let terminal = terminals[principal.id] { return terminal }
        let terminal = Terminal(principal, world: self)
        terminals[principal.id] = terminal
        return terminal
    }

    func ask(_ ask: Ask, then: @escaping @Sendable () -> Void = {}) {
        openAskCount += 1
        scheduler.trace.line("\(scheduler.time) \(ask)")
        let caller = Caller(ask) { [self] in
            openAskCount -= 1
            then()
        }
        terminal(ask.principal).call(caller)
    }

    func nextKey() -> Int {
        keyCount += 1
        return keyCount
    }

    /// One of the commands that this world has to give.
    func spend() {
        spentCount += 1
        if budgetIsSpent { outside(after: 20_000) { [self] in close() } }
    }

    var budgetIsSpent: Bool { spentCount >= profile.commandCount }

    /// The queue as somebody's screen shows it: a little late.
    func queueAsSeen() -> WaitQueue.State? {
        guard let states = oracle.typedModel(WaitQueue.self, WaitQueue.key)?.states else { return nil }
        return states[max(0, states.count - 1 - (luck.chance(70) ? 0 : luck.below(5)))]
    }

    func freeDeck() -> String? { Yard.stations.first { decks[$0] == nil } }

    func weighed(at station: String) {
        if let truck = decks[station] { trucks[truck].weighed() }
    }

    func follow(
        _ id: StreamID, _ principal: Principal, mine: Bool = false,
        receive: @escaping @Sendable (Subscription.Message) -> Void = { _ in }
    ) {
        let subscription = Subscription(id, principal, mine: mine, oracle: oracle, receive: receive)
        let terminal = terminal(principal)
        subscriptions.append((subscription, terminal))
        terminal.follow(subscription)
    }

    /// One of the office opens a ticket.
    func followOnce(_ id: StreamID, _ principal: Principal) {
        if followed.insert(id).inserted { follow(id, principal) }
    }

    func directoryFromJournal() -> Directory {
        var directory = Yard.directory()
        for (id, model) in oracle.models.sorted(by: { $0.key < $1.key }) {
            guard let master = model as? Model<Master>, master.version > 0 else { continue }
            directory.learn(id, fields: master.state.fields, isActive: master.state.isActive)
        }
        return directory
    }
}
