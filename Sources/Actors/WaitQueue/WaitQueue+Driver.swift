extension WaitQueue {
    /// Check-in by whoever stands at the gate, and what a driver may do about his own entry.
    static func decideForDriver(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        switch command {
        case .checkIn(let plate, let driver, let item, let order, let priority):
            return try checkIn(
                plate: plate, driver: driver, item: item, order: order, priority: priority ?? false, state, context)
        case .acknowledge:
            var entry = try own(state, context)
            guard entry.state == .called else { throw .notCalled(entry.number) }
            guard !entry.acknowledged else { return [] }
            entry.acknowledged = true
            return [.acknowledged(entry: entry, index: state.index(of: entry.id) ?? 0)]
        case .comeBack:
            var entry = try own(state, context)
            guard entry.state == .absent else { throw .notAbsent(entry.number) }
            entry.standInLine()
            var others = state
            others.entries.removeAll { $0.id == entry.id }
            return [.returned(entry: entry, index: others.firstWaitingIndex)]
        case .cancelMine(let reason):
            let entry = try own(state, context)
            guard entry.pass == 1, entry.state != .away else { throw .alreadyWeighed(entry.number) }
            return try cancel(entry, reason, state, context)
        default:
            throw .forbidden
        }
    }

    private static func checkIn(
        plate: String, driver: String?, item: String?, order: String?, priority: Bool, _ state: State,
        _ context: Context
    ) throws(Rejection) -> [Event] {
        let site = context.id.site
        guard context.principal.isStaff || context.principal.role == .driver else { throw .forbidden }
        guard plate.fits(20) else { throw .tooLong("plate", max: 20) }
        guard let vehicleID = context.directory.vehicleID(plate: plate, at: site),
            let vehicle = context.directory.vehicle(vehicleID, at: site)
        else { throw .unknownVehicle(Plate.tidy(plate)) }
        guard vehicle.isActive else { throw .vehicleInactive(vehicle.plate) }
        if context.principal.role == .driver {
            guard let own = context.principal.driver, vehicle.drivers.contains(own), driver == nil || driver == own,
                !priority
            else { throw .notYourVehicle(vehicle.plate) }
        }
        let driver = driver ?? context.principal.driver ?? (vehicle.drivers.count == 1 ? vehicle.drivers[0] : nil)
        if let driver, context.directory.driver(driver, at: site)?.isActive != true { throw .unknownDriver(driver) }
        if let item, context.directory.item(item, at: site)?.isActive != true { throw .unknownItem(item) }
        if let order, StreamID("\(site)/order/\(order)") == nil { throw .badField("order", "주문번호") }
        if let present = state.entries.first(where: { $0.vehicle == vehicleID }) {
            guard present.state == .away else { throw .alreadyWaiting(present.plate, number: present.number) }
            guard !state.slots.values.contains(present.id) else { throw .onDeck(present.number) }
            try checkFree(driver: driver ?? present.driver, state)
            return [rejoin(present, driver: driver, priority: priority, state, context)]
        }
        try checkFree(driver: driver, state)
        guard state.paused == nil else { throw .checkInPaused(state.paused?.reason ?? "") }
        return try join(
            Entry(
                id: "", number: 0, plate: vehicle.plate, vehicle: vehicleID, driver: driver, company: vehicle.company,
                companyName: context.directory.company(vehicle.company, at: site)?.name, item: item,
                itemName: context.directory.item(item, at: site)?.name, order: order,
                hasApp: context.directory.driver(driver, at: site)?.hasApp ?? false, priority: priority,
                checkedInAt: context.now), state, context)
    }

    private static func join(_ draft: Entry, _ state: State, _ context: Context) throws(Rejection) -> [Event] {
        let site = context.directory.site(context.id.site)
        // Never back, whatever is set about the site's day: a day's visits are named once.
        let date = BusinessDate(context.now, zone: site.clock)
        let today = state.date.map { max($0, date) } ?? date
        var events: [Event] = []
        var state = state
        if state.date != today {
            events.append(.dayChanged(date: today))
            evolve(&state, events[0], at: context.now)
        }
        guard let number = state.nextNumber(max: site.queueNumberMax) else {
            throw .queueFull(site.queueNumberMax)
        }
        let id = "\(today.compact)-\(pad(state.lastVisit + 1, 3))"
        let entry = Entry(
            id: id, number: number, plate: draft.plate, vehicle: draft.vehicle, driver: draft.driver,
            company: draft.company, companyName: draft.companyName, item: draft.item, itemName: draft.itemName,
            order: draft.order, hasApp: draft.hasApp, priority: draft.priority, checkedInAt: draft.checkedInAt)
        events.append(.checkedIn(entry: entry, index: state.joinIndex(priority: entry.priority)))
        return events
    }

    /// Back for the second weighing: the same number, at the end of the line.
    private static func rejoin(
        _ present: Entry, driver: String?, priority: Bool, _ state: State, _ context: Context
    ) -> Event {
        var entry = present
        entry.standInLine()
        entry.driver = driver ?? present.driver
        entry.priority = priority
        entry.checkedInAt = context.now
        var others = state
        others.entries.removeAll { $0.id == entry.id }
        return .rejoined(
            entry: entry, index: others.joinIndex(priority: priority),
            formerDriver: entry.driver == present.driver ? nil : present.driver)
    }

    /// Nobody drives two trucks at a time.
    private static func checkFree(driver: String?, _ state: State) throws(Rejection) {
        guard let driver, let other = state.entries.first(where: { $0.driver == driver && $0.state != .away }) else {
            return
        }
        throw .alreadyWaiting(other.plate, number: other.number)
    }

    private static func own(_ state: State, _ context: Context) throws(Rejection) -> Entry {
        guard let driver = context.principal.driver else { throw .forbidden }
        guard let entry = state.entry(ofDriver: driver) else { throw .notInQueue }
        return entry
    }
}
