import Actors

/// Somebody in the weighing office: calls, recalls, changes his mind, types weights by hand. Three of them do not agree on anything.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Officer: @unchecked Sendable {
    private let principal: Principal
    private unowned let world: World
    private var lastAsk: Ask?

    init(_ principal: Principal, world: World) {
        self.principal = principal
        self.world = world
    }

    func start() {
        for stream in [Yard.queue, Yard.register] + Yard.stations.map({ Yard.station($0) }) {
            world.follow(stream, principal)
        }
        tick()
    }

    private func tick() {
        guard !world.isClosing else { return }
        if !world.budgetIsSpent { act() }
        world.outside(after: world.luck.within(400...4000)) { [self] in tick() }
    }

    private func act() {
        let station = world.luck.pick(Yard.stations)
        let plate = Yard.plate(world.luck.within(1...Yard.vehicleCount))
        switch world.luck.below(100) {
        case 0..<34: queue("callNext", "{\"station\":\"\(station)\"}")
        case 34..<58: aboutEntry(station)
        case 58..<61: queue("checkIn", "{\"plate\":\"\(plate)\",\"priority\":\(world.luck.chance(40))}")
        case 61..<64: queue("freeSlot", "{\"station\":\"\(station)\",\"reason\":\"막힘\"}")
        case 64..<66: queue("pauseCheckIn", "{\"reason\":\"점심\"}")
        case 66..<70: queue("resumeCheckIn", "{}")
        case 70..<72: ask(Yard.station(station), "pause", "{\"reason\":\"점검\"}")
        case 72..<76: ask(Yard.station(station), "resume", "{}")
        case 76..<80: unmatched(station)
        case 80..<84:
            let grams = Int64(world.luck.within(12...45)) * 1_000_000
            ask(Yard.register, "enterManually", "{\"grams\":\(grams),\"plate\":\"\(plate)\",\"reason\":\"지시계 고장\"}")
        case 84..<86: ask(Yard.register, "completeWithStoredTare", "{\"plate\":\"\(plate)\"}")
        case 86..<88: ask(Yard.register, "cancelOpen", "{\"plate\":\"\(plate)\",\"reason\":\"취소\"}")
        case 88..<91: ticket()
        case 91..<96: order()
        case 96..<98: again()
        case 98: ask(Yard.register, "cancelOpen", "{\"plate\":\"\(plate)\",\"reason\":\"독약\"}")
        default: master()
        }
    }

    private func aboutEntry(_ station: String) {
        guard let entries = world.queueAsSeen()?.entries, !entries.isEmpty else { return }
        let id = world.luck.pick(entries).id
        switch world.luck.below(10) {
        case 0: queue("call", "{\"id\":\"\(id)\",\"station\":\"\(station)\"}")
        case 1: queue("recall", "{\"id\":\"\(id)\"}")
        case 2: queue("putBack", "{\"id\":\"\(id)\"}")
        case 3, 4: queue("skip", "{\"id\":\"\(id)\"}")
        case 5: queue("markAbsent", "{\"id\":\"\(id)\"}")
        case 6, 7: queue("transfer", "{\"id\":\"\(id)\",\"station\":\"\(station)\"}")
        case 8: queue("prioritise", "{\"id\":\"\(id)\",\"on\":\(world.luck.chance(60))}")
        default: queue("cancel", "{\"id\":\"\(id)\",\"reason\":\"요청\"}")
        }
    }

    private func unmatched(_ station: String) {
        let list = world.oracle.typedModel(WeighStation.self, station)?.state.unmatched ?? []
        guard let item = list.last else { return }
        let plate = Yard.plate(world.luck.within(1...Yard.vehicleCount))
        if world.luck.chance(40) {
            ask(
                Yard.station(station), "assignUnmatched",
                "{\"id\":\"\(item.id)\",\"plate\":\"\(plate)\",\"reason\":\"확인\"}")
        } else {
            ask(Yard.station(station), "dismissUnmatched", "{\"id\":\"\(item.id)\",\"reason\":\"시험\"}")
        }
    }

    private func ticket() {
        let slips = world.oracle.typedModel(WeighRegister.self, WeighRegister.key)?.state
        // The newest one, or the next, which is not born yet.
        let number =
            world.luck.chance(60)
            ? slips?.recent.first?.number
            : slips?.date.map { "WR\($0.compact)\(pad((slips?.lastSlip ?? 0) + 1, 4))" }
        guard let number else { return }
        let id = Yard.id(WeighTicket.name, number)
        if world.luck.chance(30) {
            ask(id, "void", "{\"reason\":\"오류\"}")
        } else {
            ask(id, "reprint", "{}")
        }
        if world.luck.chance(40) { world.followOnce(id, principal) }
    }

    private func order() {
        let id = Yard.id(Order.name, "DO-\(world.luck.within(1...World.orderCount))")
        switch world.luck.below(6) {
        case 0: ask(id, "create", "{\"details\":{\"type\":\"DELIVERY\"}}")
        case 1, 2: ask(id, "lock", "{\"type\":\"EDIT\"}")
        case 3: ask(id, "remark", "{\"text\":\"조심\"}")
        case 4: ask(id, "setStatus", "{\"status\":\"\(world.luck.pick(["IN_PROGRESS", "COMPLETE", "ISSUE"]))\"}")
        default: ask(id, "unlock", "{}")
        }
    }

    private func master() {
        let number = world.luck.within(1...Yard.vehicleCount)
        let fields = Yard.vehicleFields(number, tareGrams: Int64(world.luck.within(600...800)) * 20_000)
        let json = String(decoding: JSON.encode(["fields": fields]), as: UTF8.self)
        ask(Yard.id(Master.name, "vehicle:\(Yard.vehicle(number))"), world.luck.chance(50) ? "create" : "change", json)
    }

    /// The same frame long after its answer, or its key with another body.
    private func again() {
        guard let lastAsk else { return }
        let other = world.luck.chance(50)
        let ask = Ask(
            lastAsk.principal, lastAsk.to, lastAsk.name,
            other
                ? "{\"reason\":\"다른 내용\",\"station\":\"1\",\"id\":\"x\"}"
                : String(decoding: lastAsk.arguments, as: UTF8.self),
            key: lastAsk.key)
        world.spend()
        world.ask(ask)
    }

    private func queue(_ name: String, _ arguments: String) { ask(Yard.queue, name, arguments) }

    private func ask(_ id: StreamID, _ name: String, _ arguments: String) {
        let seen = world.luck.chance(5) ? world.oracle.store.version(of: id) - Int64(world.luck.below(3)) : nil
        let ask = Ask(principal, id, name, arguments, key: "o-\(world.nextKey())", expected: seen)
        if world.luck.chance(25) { lastAsk = ask }
        world.spend()
        world.ask(ask)
    }
}
