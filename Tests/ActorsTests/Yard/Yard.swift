@testable import Actors

/// A whole yard in memory: queue, stations, register and orders, the effects between them on their way, and trucks that really
/// stand on decks. Effects of one stream to another arrive in order, else in any; what staff and trucks do comes in between.
struct Yard {
    private(set) var queue = WaitQueue.State()
    private(set) var stations: [String: WeighStation.State] = [:]
    private(set) var register = WeighRegister.State()
    private(set) var orders: [String: Order.State] = [:]
    private(set) var slips: [WeighRegister.Slip] = []
    /// Weights that the hub ascribed to a truck that was not on the deck.
    private(set) var misattributed: [String] = []
    /// Calls that ended in a weight: their drivers do not drive on again.
    private(set) var weighedCalls: Set<String> = []
    var now = Instant.start

    /// Which truck stands on which deck, in the real world.
    private(set) var decks: [String: String] = [:]
    private(set) var weights: [String: Int64] = [:]
    private var underWay: [(from: StreamID, effect: Effect)] = []
    let directory: Directory

    init(in directory: Directory = .sample) {
        self.directory = directory
        for station in directory.activeStations(at: "ulsan") { stations[station] = WeighStation.State() }
    }

    /// Effects that are due.
    var dueCount: Int { underWay.count { $0.effect.due <= now } }

    // MARK: People and trucks

    @discardableResult
    mutating func office(_ command: WaitQueue.Command) -> Rejection? { ask(WaitQueue.self, "main", command, .office) }

    @discardableResult
    mutating func book(_ command: WeighRegister.Command) -> Rejection? {
        ask(WeighRegister.self, "main", command, .office)
    }

    @discardableResult
    mutating func station(_ key: String, _ command: WeighStation.Command) -> Rejection? {
        ask(WeighStation.self, key, command, .office)
    }

    mutating func driveOn(_ vehicle: String, weighing grams: Int64, to station: String) {
        guard decks[station] == nil, !decks.values.contains(vehicle) else { return }
        decks[station] = vehicle
        weights[vehicle] = grams
        observe(station)
    }

    mutating func driveOff(_ station: String) {
        decks[station] = nil
        observe(station)
    }

    /// The scale is at rest with a truck on it: the edge sends the weight for the binding it knows.
    mutating func settle(_ station: String) {
        guard let vehicle = decks[station], let grams = weights[vehicle] else { return }
        let reading = WeighStation.Settled(grams: grams, stable: true, at: now)
        let edge = Principal(
            id: "device:e", role: .device, site: "ulsan", name: "e", stations: Set(stations.keys))
        ask(
            WeighStation.self, station, .settle(binding: stations[station]?.binding?.id, reading: reading), edge)
    }

    // MARK: Effects

    /// Lets one due effect arrive; false when there is none.
    mutating func deliver(_ random: inout SplitMix64) -> Bool {
        var isFirst: [Int] = []
        var seen: Set<[StreamID]> = []
        for (index, item) in underWay.enumerated() where item.effect.due <= now {
            if seen.insert([item.from, item.effect.target]).inserted { isFirst.append(index) }
        }
        guard let index = isFirst.randomElement(using: &random) else { return false }
        let effect = underWay.remove(at: index).effect
        switch effect.command {
        case let command as WaitQueue.Command: ask(WaitQueue.self, "main", command, .hub)
        case let command as WeighStation.Command:
            ask(WeighStation.self, effect.target.key, command, .hub)
            observe(effect.target.key)
        case let command as WeighRegister.Command: ask(WeighRegister.self, "main", command, .hub)
        case let command as Order.Command: ask(Order.self, effect.target.key, command, .hub)
        default: preconditionFailure("nobody takes \(effect.command)")
        }
        return true
    }

    mutating func deliverAll(_ random: inout SplitMix64) { while deliver(&random) {} }

    /// The live weight, which comes ten times a second whatever else happens.
    private mutating func observe(_ station: String) {
        guard let state = stations[station] else { return }
        let grams = decks[station].flatMap { weights[$0] } ?? 0
        let live = WeighStation.Live(grams: grams, state: grams == 0 ? .zero : .stable, at: now)
        let id = StreamID(site: "ulsan", kind: WeighStation.name, key: station)
        let context = Context(id: id, now: now, principal: .hub, directory: directory)
        guard let command = WeighStation.observe(live, state, context) else { return }
        ask(WeighStation.self, station, command, .hub)
    }

    @discardableResult
    private mutating func ask<K: Kind>(
        _ kind: K.Type, _ key: String, _ command: K.Command, _ principal: Principal
    ) -> Rejection? {
        let id = StreamID(site: "ulsan", kind: K.name, key: key)
        guard var state = state(K.self, id) else { preconditionFailure("no \(id)") }
        do throws(Rejection) {
            let context = Context(id: id, now: now, principal: principal, directory: directory)
            for event in try K.decide(command, state, context) {
                K.evolve(&state, event, at: now)
                underWay += K.react(event, from: id, at: now).map { (id, $0) }
                witness(event, at: key)
            }
            keep(state, key)
            return nil
        } catch {
            return error
        }
    }

    private func state<K: Kind>(_ kind: K.Type, _ id: StreamID) -> K.State? {
        let held: Any? =
            switch K.name {
            case WaitQueue.name: queue
            case WeighStation.name: stations[id.key]
            case WeighRegister.name: register
            default: orders[id.key] ?? Order.State()
            }
        return held as? K.State
    }

    private mutating func keep<State>(_ state: State, _ key: String) {
        switch state {
        case let state as WaitQueue.State: queue = state
        case let state as WeighStation.State: stations[key] = state
        case let state as WeighRegister.State: register = state
        case let state as Order.State: orders[key] = state
        default: break
        }
    }

    /// Compares what the hub says with what stands on the deck.
    private mutating func witness(_ event: some Sendable, at key: String) {
        if case .weighed(let binding, _, _, _, _, _)? = event as? WeighStation.Event {
            weighedCalls.insert(binding.id)
            if binding.vehicle != decks[key] {
                misattributed.append("\(binding.vehicle) on \(key), where \(decks[key] ?? "nobody") stands")
            }
        }
        if case .completed(let slip, _, _, _, _)? = event as? WeighRegister.Event { slips.append(slip) }
    }
}
