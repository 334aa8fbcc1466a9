import Actors

/// The edge of one station: it knows the binding from what the hub publishes, shows live weights, and settles one for each truck
/// on its deck. Sometimes it is late, sends again, or marks a weight with a binding that is over.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Edge: @unchecked Sendable {
    let station: String
    private let principal: Principal
    private unowned let world: World
    private var subscription: Subscription?

    private var binding: String?
    private var oldBindings: [String] = []
    private var awaitingZero = false

    private var boot = 1
    private var number = 0
    private var isSettled = false
    private var onDeckSince: Int64 = 0
    private var seenTruck: Int?
    private var sent: [Ask] = []
    /// While cut off, weights are kept and sent later.
    private var cutOffUntil: Int64 = 0
    private var kept: [(ask: Ask, settle: Settle)] = []

    init(_ station: String, world: World) {
        self.station = station
        self.world = world
        principal = Yard.edge(station)
    }

    func start() {
        let subscription = Subscription(Yard.station(station), principal, world: world) { [self] in hear($0) }
        self.subscription = subscription
        world.subscriptions.append(subscription)
        subscription.connect()
        link(true)
        tick()
    }

    private func tick() {
        guard !world.isClosing else { return flush() }
        work()
        world.outside(after: world.luck.within(700...2500)) { [self] in tick() }
    }

    private func work() {
        let truck = world.decks[station]
        if truck != seenTruck {
            seenTruck = truck
            isSettled = false
            onDeckSince = world.scheduler.time
        }
        if world.scheduler.time < cutOffUntil {
            if truck != nil, !isSettled { settle() }
            return
        }
        flush()
        live()
        guard !world.budgetIsSpent else { return }
        if truck != nil, !isSettled, world.scheduler.time - onDeckSince > 3000 { settle() }
        if world.luck.chance(3) { cutOff() }
        if world.luck.chance(5), let ask = sent.last { world.ask(ask) }
        if world.luck.chance(1) { strayWeight() }
    }

    private func live() {
        let now = world.outsideLane.now().milliseconds
        let json: String
        if let truck = world.decks[station] {
            let grams = world.trucks[truck].grams
            json = "{\"at\":\(now),\"grams\":\(grams),\"state\":\"\(isSettled ? "stable" : "moving")\"}"
        } else {
            json = "{\"at\":\(now),\"grams\":\(world.luck.below(2) * 20000),\"state\":\"zero\"}"
        }
        guard let hub = world.frontHub(), !world.isLost() else { return }
        world.outside(after: world.luck.within(1...20)) { [self] in
            guard hub.isUp else { return }
            hub.registry.observe(Array(json.utf8), by: principal, at: Yard.station(station)) { [self] rejection in
                world.oracle.fail("a live value of station \(station) is refused: \(rejection.code)")
            }
        }
    }

    private func settle() {
        guard let truck = seenTruck else { return }
        isSettled = true
        var settle = Settle(binding: binding, grams: world.trucks[truck].grams, stable: true)
        switch world.luck.below(20) {
        case 0: settle.binding = oldBindings.last
        case 1: settle.binding = nil
        case 2: settle.stable = false
        case 3: settle.grams += 7
        default: break
        }
        // Wrong ones are measured again.
        if !settle.stable || settle.grams % Yard.divisionGrams != 0 { isSettled = false }
        submit(settle)
    }

    /// Something on an empty deck: it belongs to nobody.
    private func strayWeight() {
        submit(Settle(binding: oldBindings.last ?? binding, grams: 15_000_000, stable: true))
    }

    private func submit(_ settle: Settle) {
        number += 1
        let isOffline = world.scheduler.time < cutOffUntil
        let now = world.outsideLane.now().milliseconds
        let name = settle.binding.map { "\"binding\":\"\($0)\"," } ?? ""
        let arguments =
            "{\(name)\"reading\":{\"at\":\(now),\"grams\":\(settle.grams),\"offline\":\(isOffline),\"offsetMillis\":12,\"raw\":\"00\",\"stable\":\(settle.stable)}}"
        let ask = Ask(
            principal, Yard.station(station), "settle", arguments, key: "edge-\(station):\(boot):\(number)")
        world.settles[ask.key] = settle
        if isOffline { kept.append((ask, settle)) } else { send(ask) }
    }

    private func send(_ ask: Ask) {
        sent.append(ask)
        world.spend()
        world.ask(ask)
    }

    private func flush() {
        guard !kept.isEmpty else { return }
        let asks = kept.map(\.ask)
        kept = []
        for ask in asks { send(ask) }
    }

    private func cutOff() {
        cutOffUntil = world.scheduler.time + Int64(world.luck.within(3000...40_000))
        boot += world.luck.below(2)
        link(false)
        world.outside(after: Int(cutOffUntil - world.scheduler.time)) { [self] in link(true) }
    }

    /// What the hub tells the station when an edge connects or is gone.
    private func link(_ isUp: Bool) {
        let key = "link:\(station):\(world.nextKey())"
        let hub = Principal.system(site: Yard.site)
        world.ask(
            Ask(hub, Yard.station(station), isUp ? "link" : "unlink", "{\"device\":\"edge-\(station)\"}", key: key))
    }

    // MARK: What the hub publishes

    private struct Picture: Decodable { let binding: WeighStation.Binding? }
    private struct Bound: Decodable { let binding: WeighStation.Binding }

    private func hear(_ message: Subscription.Message) {
        switch message {
        case .snapshot(let data): know((try? JSON.decode(Picture.self, from: data))?.binding?.id)
        case .event("bound", let data): know((try? JSON.decode(Bound.self, from: data))?.binding.id)
        case .event("unbound", _): know(nil)
        case .event("platformCleared", _): know(binding)
        case .event("weighed", _): world.weighed(at: station)
        case .event, .state: break
        }
    }

    private func know(_ id: String?) {
        if let binding, binding != id { oldBindings.append(binding) }
        binding = id
    }
}

/// A weight as its edge sent it.
struct Settle: Sendable {
    var binding: String?
    var grams: Int64
    var stable: Bool
}
