extension WaitQueue {
    package enum Command: Codable, Sendable {
        // The office, and drivers for their own trucks.
        case checkIn(plate: String, driver: String?, item: String?, order: String?, priority: Bool?)
        // The office.
        case callNext(station: String)
        case call(id: String, station: String)
        case recall(id: String)
        case putBack(id: String)
        case skip(id: String)
        case markAbsent(id: String)
        case transfer(id: String, station: String)
        case prioritise(id: String, on: Bool)
        case cancel(id: String, reason: String)
        case pauseCheckIn(reason: String)
        case resumeCheckIn
        case freeSlot(station: String, reason: String)
        // Drivers, about themselves.
        case acknowledge
        case comeBack
        case cancelMine(reason: String)
        // The hub.
        case noShow(id: String, calls: Int)
        case absenceOver(id: String, until: Instant)
        case truckArrived(visit: String, binding: String)
        /// `station` is the deck that its binding was weighed on; nil for a weight that staff assigned or typed in.
        /// `at` is when the indicator showed it.
        case weighed(visit: String, vehicle: String, pass: Int, station: String?, at: Instant?)
        case platformCleared(station: String, visit: String, binding: String)
        case closeStation(station: String)
        case openStation(station: String)
    }

    package static func decide(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        switch command {
        case .checkIn, .acknowledge, .comeBack, .cancelMine:
            try decideForDriver(command, state, context)
        case .noShow, .absenceOver, .truckArrived, .weighed, .platformCleared, .closeStation, .openStation:
            try decideForHub(command, state, context)
        default:
            try decideForOffice(command, state, context)
        }
    }

    private static func decideForOffice(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        guard context.principal.isStaff else { throw .forbidden }
        switch command {
        case .callNext(let station):
            guard let next = state.entries.first(where: { $0.state == .waiting }) else { throw .queueEmpty }
            return [try call(next, to: station, state, context)]
        case .call(let id, let station):
            let entry = try find(id, state)
            guard entry.state == .waiting || entry.state == .absent else { throw .notWaiting(entry.number) }
            return [try call(entry, to: station, state, context)]
        case .recall(let id):
            return [try recall(try find(id, state), state, context)]
        case .putBack(let id):
            var entry = try calledEntry(id, state)
            guard !entry.arrived else { throw .onDeck(entry.number) }
            let free = freed(entry, state, context)
            entry.standInLine()
            return [.putBack(entry: entry, index: state.index(of: id) ?? 0)] + free
        case .skip(let id):
            return try skip(id, state)
        case .markAbsent(let id):
            let entry = try calledEntry(id, state)
            guard !entry.arrived else { throw .onDeck(entry.number) }
            return absent(entry, by: context.by, state, context)
        case .transfer(let id, let station):
            return [try transfer(id, to: station, state, context)]
        case .prioritise(let id, let on):
            return try prioritise(id, on, state)
        case .cancel(let id, let reason):
            return try cancel(try find(id, state), reason, state, context)
        case .pauseCheckIn(let reason):
            try context.check(reason: reason)
            return state.paused == nil
                ? [.checkInPaused(by: context.by, reason: reason, at: context.now)] : []
        case .resumeCheckIn:
            return state.paused == nil ? [] : [.checkInResumed(by: context.by)]
        case .freeSlot(let station, let reason):
            try context.check(reason: reason)
            return try freeSlot(station, state, context)
        default:
            throw .forbidden
        }
    }

    // MARK: Calls

    private static func call(
        _ entry: Entry, to station: String, _ state: State, _ context: Context
    ) throws(Rejection) -> Event {
        try checkFree(station, state, context)
        var entry = entry
        entry.state = .called
        entry.station = station
        entry.calls += 1
        entry.calledAt = context.now
        entry.deadline = context.now + context.directory.site(context.id.site).callGrace
        entry.acknowledged = false
        entry.arrived = false
        entry.absentUntil = nil
        entry.nameBinding(at: context.now)
        return .called(entry: entry, index: state.index(of: entry.id) ?? 0)
    }

    private static func recall(_ entry: Entry, _ state: State, _ context: Context) throws(Rejection) -> Event {
        switch entry.state {
        case .called:
            var entry = entry
            entry.calls += 1
            entry.deadline = context.now + context.directory.site(context.id.site).callGrace
            // Asked again, so he answers again.
            entry.acknowledged = false
            return .recalled(entry: entry, index: state.index(of: entry.id) ?? 0)
        case .absent:
            guard let station = entry.station else { throw .notCalled(entry.number) }
            return try call(entry, to: station, state, context)
        case .waiting, .away:
            throw .notCalled(entry.number)
        }
    }

    private static func transfer(
        _ id: String, to station: String, _ state: State, _ context: Context
    ) throws(Rejection) -> Event {
        var entry = try calledEntry(id, state)
        guard let from = entry.station, !entry.arrived else { throw .onDeck(entry.number) }
        guard from != station else { throw .stationOccupied(station, by: entry.number) }
        try checkFree(station, state, context)
        entry.station = station
        // A call of its own: a new binding, and a timer of its own.
        entry.calls += 1
        entry.deadline = context.now + context.directory.site(context.id.site).callGrace
        entry.acknowledged = false
        entry.nameBinding(at: context.now)
        return .transferred(entry: entry, index: state.index(of: id) ?? 0, from: from)
    }

    private static func checkFree(_ station: String, _ state: State, _ context: Context) throws(Rejection) {
        // By its one spelling: the deck is an actor of that name.
        guard StreamID("\(context.id.site)/\(WeighStation.name)/\(station)") != nil,
            let profile = context.directory.station(station, at: context.id.site), profile.isActive
        else { throw .unknownStation(station) }
        guard !state.closed.contains(station) else { throw .stationClosed(station) }
        if let holder = state.slots[station] {
            throw .stationOccupied(station, by: state.entry(holder)?.number)
        }
    }

    // MARK: Order of the line

    private static func skip(_ id: String, _ state: State) throws(Rejection) -> [Event] {
        let entry = try waitingEntry(id, state)
        guard let index = state.index(of: id),
            let next = state.entries[(index + 1)...].firstIndex(where: { $0.state == .waiting })
        else { return [] }
        return [.skipped(entry: entry, index: next)]
    }

    private static func prioritise(_ id: String, _ on: Bool, _ state: State) throws(Rejection) -> [Event] {
        var entry = try waitingEntry(id, state)
        guard entry.priority != on else { return [] }
        entry.priority = on
        var others = state
        others.entries.removeAll { $0.id == id }
        let index = on ? others.joinIndex(priority: true) : state.index(of: id) ?? 0
        return [.prioritised(entry: entry, index: index)]
    }

    // MARK: Leaving

    static func absent(_ entry: Entry, by: Personal, _ state: State, _ context: Context) -> [Event] {
        var absent = entry
        absent.state = .absent
        absent.deadline = nil
        absent.acknowledged = false
        absent.arrived = false
        absent.binding = nil
        absent.absentUntil = context.now + context.directory.site(context.id.site).absentGrace
        return [.markedAbsent(entry: absent, index: state.index(of: entry.id) ?? 0, by: by)]
            + freed(entry, state, context)
    }

    static func cancel(
        _ entry: Entry, _ reason: String, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        try context.check(reason: reason)
        guard !entry.arrived else { throw .onDeck(entry.number) }
        return [.cancelled(entry: entry, by: context.by, reason: reason)] + freed(entry, state, context)
    }

    /// A stuck slot: the truck goes back into the line unless it has been weighed already.
    private static func freeSlot(
        _ station: String, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        guard let id = state.slots[station] else { return [] }
        let free: [Event] = [.slotFreed(station: station, id: id, by: context.by)]
        guard var entry = state.entry(id), entry.state == .called else { return free }
        entry.standInLine()
        return [.putBack(entry: entry, index: state.index(of: id) ?? 0)] + free
    }

    /// The entry lets go of the slot it holds, if any.
    static func freed(_ entry: Entry, _ state: State, _ context: Context) -> [Event] {
        guard let station = entry.station, state.slots[station] == entry.id else { return [] }
        return [.slotFreed(station: station, id: entry.id, by: context.by)]
    }

    // MARK: Finding

    static func find(_ id: String, _ state: State) throws(Rejection) -> Entry {
        guard let entry = state.entry(id) else { throw .unknownEntry(id) }
        return entry
    }

    private static func waitingEntry(_ id: String, _ state: State) throws(Rejection) -> Entry {
        let entry = try find(id, state)
        guard entry.state == .waiting else { throw .notWaiting(entry.number) }
        return entry
    }

    private static func calledEntry(_ id: String, _ state: State) throws(Rejection) -> Entry {
        let entry = try find(id, state)
        guard entry.state == .called else { throw .notCalled(entry.number) }
        return entry
    }
}
