import Actors

/// A truck and its driver: checks in, drives onto the deck it is called to (or onto a wrong one, or not at all), is weighed, loads,
/// comes back. He knows the queue as his screen may show it: sometimes a few events old.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Truck: @unchecked Sendable {
    let number: Int
    private(set) var grams: Int64
    private unowned let world: World
    private let principal: Principal
    private var deck: String?
    private var mayLeave = false
    private var isAsking = false

    init(_ number: Int, world: World) {
        self.number = number
        self.world = world
        principal = Yard.driverPrincipal(number)
        grams = 14_000_000 + Int64(number) * 20_000
    }

    func start() {
        for stream in [Yard.queue, Yard.register] { world.follow(stream, principal, mine: true) }
        tick()
    }

    func weighed() { mayLeave = true }

    private func tick() {
        guard !world.isClosing else { return leaveDeck() }
        act()
        world.outside(after: world.luck.within(1000...6000)) { [self] in tick() }
    }

    private func act() {
        if deck != nil {
            if mayLeave ? world.luck.chance(60) : world.luck.chance(4) { leaveDeck() }
            return
        }
        guard !isAsking, !world.budgetIsSpent else { return }
        let entry = world.queueAsSeen()?.entries.last { $0.vehicle == Yard.vehicle(number) }
        guard let entry else { return checkIn(chance: 30) }
        switch entry.state {
        case .waiting:
            if world.luck.chance(1) { ask("cancelMine", "{\"reason\":\"고장\"}") }
            if world.luck.chance(1), let station = world.freeDeck() { driveOn(station) }
        case .called:
            if !entry.acknowledged, world.luck.chance(30) { ask("acknowledge", "{}") }
            guard let station = entry.station, world.luck.chance(60), world.decks[station] == nil else { return }
            driveOn(station)
        case .absent: if world.luck.chance(40) { ask("comeBack", "{}") }
        case .away: checkIn(chance: 40)
        }
    }

    private func checkIn(chance: Int) {
        guard world.luck.chance(chance) else { return }
        let order = world.luck.chance(40) ? ",\"order\":\"DO-\(world.luck.within(1...World.orderCount))\"" : ""
        ask("checkIn", "{\"plate\":\"\(Yard.plate(number))\"\(order)}")
    }

    private func ask(_ name: String, _ arguments: String) {
        isAsking = true
        world.spend()
        // The truck's other driver may bring it back.
        let other = Yard.driverPrincipal(number % Yard.vehicleCount + 1)
        let who = name == "checkIn" && world.luck.chance(8) ? other : principal
        world.ask(Ask(who, Yard.queue, name, arguments, key: "t\(number)-\(world.nextKey())")) { [self] in
            isAsking = false
        }
    }

    private func driveOn(_ station: String) {
        guard world.decks[station] == nil else { return }
        // Empty one time, loaded the next; now and then nothing has changed.
        if world.luck.chance(92) { grams = grams > 20_000_000 ? grams - 22_000_000 : grams + 22_000_000 }
        deck = station
        mayLeave = false
        world.decks[station] = number - 1
    }

    private func leaveDeck() {
        guard let station = deck else { return }
        world.decks[station] = nil
        deck = nil
    }
}
