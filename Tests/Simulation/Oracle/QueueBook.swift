import Actors

/// The drivers' queue as a plain list, kept by the rules of the yard and not by the indices in the events.
struct QueueBook {
    private struct Truck {
        let vehicle: String
        let number: Int
        var phase: WaitQueue.Entry.Phase
        var priority: Bool
        var pass: Int
        var station: String?
        var deadline: Instant?
    }

    private var line: [String] = []
    private var trucks: [String: Truck] = [:]
    private var slots: [String: String] = [:]
    private var closed: Set<String> = []
    private var visits: Set<String> = []

    mutating func check(_ step: Step<WaitQueue>, _ oracle: Oracle) {
        if let problem = apply(step, oracle) {
            return oracle.fail("\(step.id)#\(step.stored.seq) \(step.stored.name): \(problem)")
        }
        oracle.expect(
            line == step.after.entries.map(\.id),
            "\(step.id)#\(step.stored.seq) \(step.stored.name): the line is \(step.after.entries.map(\.id)), by the rules it is \(line)"
        )
        oracle.expect(
            slots == step.after.slots && closed.sorted() == step.after.closed,
            "\(step.id)#\(step.stored.seq) \(step.stored.name): slots are \(step.after.slots), by the rules \(slots)")
        oracle.expect(
            Set(slots.values).count == slots.count, "\(step.id)#\(step.stored.seq): a truck holds two slots: \(slots)")
    }

    private mutating func apply(_ step: Step<WaitQueue>, _ oracle: Oracle) -> String? {
        switch step.event {
        case .checkedIn(let entry, _): return checkIn(entry)
        case .rejoined(let entry, _, _):
            guard trucks[entry.id]?.phase == .away else { return "it was not away" }
            line.removeAll { $0 == entry.id }
            join(entry.id, priority: entry.priority)
        case .called(let entry, _):
            guard let phase = trucks[entry.id]?.phase, phase == .waiting || phase == .absent else {
                return "it was not waiting"
            }
            return take(entry)
        case .transferred(let entry, _, let from):
            guard trucks[entry.id]?.phase == .called else { return "it was not called" }
            guard slots[from] == nil || slots[from] == entry.id else {
                return "it takes the slot of \(slots[from] ?? "")"
            }
            slots[from] = nil
            return take(entry)
        case .recalled(let entry, _), .arrived(let entry, _), .acknowledged(let entry, _):
            guard trucks[entry.id]?.phase == .called else { return "it was not called" }
        case .putBack(let entry, _):
            guard trucks[entry.id]?.phase == .called else { return "it was not called" }
        case .skipped(let entry, _): return skip(entry.id)
        case .prioritised(let entry, _):
            guard trucks[entry.id]?.phase == .waiting else { return "it was not waiting" }
            if entry.priority {
                line.removeAll { $0 == entry.id }
                join(entry.id, priority: true)
            }
        case .markedAbsent(let entry, _, let by):
            guard let truck = trucks[entry.id], truck.phase == .called else { return "it was not called" }
            if by == Personal("timer"), let deadline = truck.deadline, step.stored.at < deadline {
                return "marked absent \(deadline.milliseconds - step.stored.at.milliseconds) ms before its deadline"
            }
        case .returned(let entry, _):
            guard trucks[entry.id]?.phase == .absent else { return "it was not absent" }
            line.removeAll { $0 == entry.id }
            line.insert(entry.id, at: firstWaiting)
        case .cancelled(let entry, _, _): return leave(entry.id)
        case .expired(let entry):
            guard trucks[entry.id]?.phase == .absent else { return "it was not absent" }
            return leave(entry.id)
        case .wentAway(let entry, _, _, _):
            // Called for its second pass, it may have its first again: staff cancelled its open ticket.
            guard let truck = trucks[entry.id], truck.pass == 1 || truck.phase == .called, entry.pass == 2 else {
                return "it was not in its first pass"
            }
        case .finished(let entry, _, _): return leave(entry.id)
        case .slotFreed(let station, let id, let by): return free(station, id, by, oracle)
        case .stationClosed(let station): closed.insert(station)
        case .stationOpened(let station): closed.remove(station)
        case .dayChanged, .checkInPaused, .checkInResumed: break
        }
        if let entry = step.event.entry, trucks[entry.id] != nil { remember(entry) }
        return nil
    }

    private mutating func checkIn(_ entry: WaitQueue.Entry) -> String? {
        guard visits.insert(entry.id).inserted else { return "visit \(entry.id) exists already" }
        for (id, truck) in trucks {
            guard truck.vehicle != entry.vehicle else { return "the truck is there already as \(id)" }
            guard truck.number != entry.number else { return "number \(entry.number) belongs to \(id)" }
        }
        remember(entry)
        trucks[entry.id]?.phase = .away
        join(entry.id, priority: entry.priority)
        remember(entry)
        return nil
    }

    private mutating func join(_ id: String, priority: Bool) {
        guard priority else { return line.append(id) }
        let last = line.lastIndex { trucks[$0]?.phase == .waiting && trucks[$0]?.priority == true }
        line.insert(id, at: last.map { $0 + 1 } ?? firstWaiting)
    }

    private mutating func take(_ entry: WaitQueue.Entry) -> String? {
        guard let station = entry.station else { return "without a station" }
        guard slots[station] == nil else { return "the slot of \(station) is \(slots[station] ?? "")'s" }
        guard !slots.values.contains(entry.id) else { return "it holds another slot already" }
        guard !closed.contains(station) else { return "station \(station) is closed" }
        slots[station] = entry.id
        remember(entry)
        return nil
    }

    private mutating func skip(_ id: String) -> String? {
        guard trucks[id]?.phase == .waiting, let index = line.firstIndex(of: id) else { return "it was not waiting" }
        guard let next = line[(index + 1)...].first(where: { trucks[$0]?.phase == .waiting }) else {
            return "nobody waits behind it"
        }
        line.remove(at: index)
        line.insert(id, at: (line.firstIndex(of: next) ?? index) + 1)
        return nil
    }

    private mutating func leave(_ id: String) -> String? {
        guard trucks.removeValue(forKey: id) != nil else { return "it is not in the queue" }
        line.removeAll { $0 == id }
        return nil
    }

    private mutating func free(_ station: String, _ id: String, _ by: Personal, _ oracle: Oracle) -> String? {
        guard slots[station] == id else { return "the slot of \(station) is \(slots[station] ?? "free")" }
        slots[station] = nil
        if by == Personal("platform"), oracle.isStrict, oracle.stationBooks[station]?.lastCleared != id {
            return
                "the deck of \(station) was cleared by \(oracle.stationBooks[station]?.lastCleared ?? "nobody"), not by \(id)"
        }
        return nil
    }

    private mutating func remember(_ entry: WaitQueue.Entry) {
        trucks[entry.id] = Truck(
            vehicle: entry.vehicle, number: entry.number, phase: entry.state, priority: entry.priority,
            pass: entry.pass, station: entry.station, deadline: entry.deadline)
    }

    private var firstWaiting: Int { line.firstIndex { trucks[$0]?.phase == .waiting } ?? line.count }

    /// What must not be left when nothing moves any more.
    func loose(_ oracle: Oracle) -> String? {
        for (station, id) in slots.sorted(by: { $0.key < $1.key }) {
            let bound = oracle.typedModel(WeighStation.self, station)?.state.binding?.visit
            guard bound == id else { return "slot \(station) is \(id)'s, the station is bound to \(bound ?? "nobody")" }
            guard oracle.stationBooks[station]?.isWeighed == true || trucks[id]?.phase == .called else {
                return "slot \(station) is held for \(id), which is not called there"
            }
        }
        for (id, truck) in trucks.sorted(by: { $0.key < $1.key }) where truck.phase == .called {
            guard let station = truck.station, slots[station] == id else { return "\(id) is called and holds no slot" }
        }
        return nil
    }
}
