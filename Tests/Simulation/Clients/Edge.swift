import Actors

/// The edge of one station: it knows the binding from what the hub publishes, shows live weights, and settles one for each truck
/// on its deck. Sometimes it is late, sends again, or marks a weight with a binding that is over.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Edge: @unchecked Sendable {
    let station: String
    private let principal: Principal
    private unowned let world: World
    private let terminal: Terminal

    private var binding: String?
    private var oldBindings: [String] = []
    private var awaitingZero = false

    private var boot = 1
    private var number: Int64 = 0
    private var isSettled = false
    private var onDeckSince: Int64 = 0
    private var seenTruck: Int?
    private var cutOffUntil: Int64 = 0

    init(_ station: String, world: World) {
        self.station = station
        self.world = world
        principal = Yard.edge(station)
        terminal = world.terminal(principal)
    }

    func start() {
        world.follow(Yard.station(station), principal) { [self] in hear($0) }
        tick()
    }

    private func tick() {
        guard !world.isClosing else { return }
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
        live()
        guard !world.budgetIsSpent else { return }
        if truck != nil, !isSettled, world.scheduler.time - onDeckSince > 3000 { settle() }
        if world.luck.chance(3) { cutOff() }
        if world.luck.chance(5) {
            terminal.weights?.offerAgain()
            terminal.pump()
        }
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
        terminal.live(json, at: Yard.station(station))
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
        let reading =
            "{\"at\":\(now),\"grams\":\(settle.grams),\"offline\":\(isOffline),\"offsetMillis\":12,\"raw\":\"00\",\"stable\":\(settle.stable)}"
        let weight = WeightStore.Weight(
            station: Yard.station(station), boot: "\(station).\(boot)", n: number, settle: settle,
            reading: Array(reading.utf8))
        world.settles[weight.key] = settle
        world.spend()
        terminal.weights?.add(weight)
        terminal.pump()
    }

    /// While cut off, weights are kept and sent later; a restart starts a new row of numbers.
    private func cutOff() {
        let wait = world.luck.within(3000...40_000)
        cutOffUntil = world.scheduler.time + Int64(wait)
        boot += world.luck.below(2)
        terminal.stayAway(for: wait)
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
