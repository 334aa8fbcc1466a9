extension WaitQueue {
    /// Facts. Those about a truck carry its whole row and its place in the list, so a reader needs nothing else.
    package enum Event: Codable, Sendable, Hashable {
        case dayChanged(date: BusinessDate)
        case checkedIn(entry: Entry, index: Int)
        /// `formerDriver` brought it for its first weighing, when another one is back with it.
        case rejoined(entry: Entry, index: Int, formerDriver: String?)
        case called(entry: Entry, index: Int)
        case recalled(entry: Entry, index: Int)
        case arrived(entry: Entry, index: Int)
        case acknowledged(entry: Entry, index: Int)
        case transferred(entry: Entry, index: Int, from: String)
        case putBack(entry: Entry, index: Int)
        case skipped(entry: Entry, index: Int)
        case prioritised(entry: Entry, index: Int)
        case markedAbsent(entry: Entry, index: Int, by: Personal)
        case returned(entry: Entry, index: Int)
        case cancelled(entry: Entry, by: Personal, reason: String)
        case expired(entry: Entry)
        /// Weighed once: away until it comes back.
        case wentAway(entry: Entry, index: Int, processSeconds: Int, averageSeconds: Int)
        /// Weighed for the last time: gone.
        case finished(entry: Entry, processSeconds: Int, averageSeconds: Int)
        case slotFreed(station: String, id: String, by: Personal)
        case stationClosed(station: String)
        case stationOpened(station: String)
        case checkInPaused(by: Personal, reason: String, at: Instant)
        case checkInResumed(by: Personal)

        /// The truck that the event is about.
        package var entry: Entry? {
            switch self {
            case .checkedIn(let entry, _), .rejoined(let entry, _, _), .called(let entry, _), .recalled(let entry, _),
                .arrived(let entry, _), .acknowledged(let entry, _), .transferred(let entry, _, _),
                .putBack(let entry, _), .skipped(let entry, _), .prioritised(let entry, _),
                .markedAbsent(let entry, _, _), .returned(let entry, _), .cancelled(let entry, _, _),
                .expired(let entry), .wentAway(let entry, _, _, _), .finished(let entry, _, _):
                entry
            case .dayChanged, .slotFreed, .stationClosed, .stationOpened, .checkInPaused, .checkInResumed: nil
            }
        }
    }

    package static func evolve(_ state: inout State, _ event: Event, at: Instant) {
        switch event {
        case .dayChanged(let date):
            state.date = date
            state.lastNumber = 0
            state.lastVisit = 0
        case .checkedIn(let entry, let index):
            state.lastNumber = entry.number
            state.lastVisit += 1
            state.entries.insert(entry, at: min(index, state.entries.count))
        case .rejoined(let entry, let index, _), .recalled(let entry, let index), .arrived(let entry, let index),
            .acknowledged(let entry, let index), .putBack(let entry, let index), .skipped(let entry, let index),
            .prioritised(let entry, let index), .markedAbsent(let entry, let index, _),
            .returned(let entry, let index):
            place(entry, at: index, &state)
        case .called(let entry, let index):
            place(entry, at: index, &state)
            if let station = entry.station { state.slots[station] = entry.id }
        case .transferred(let entry, let index, let from):
            place(entry, at: index, &state)
            // Freed before, it may be another truck's by now.
            if state.slots[from] == entry.id { state.slots[from] = nil }
            if let station = entry.station { state.slots[station] = entry.id }
        case .cancelled(let entry, _, _), .expired(let entry):
            state.entries.removeAll { $0.id == entry.id }
        case .wentAway(let entry, let index, let seconds, _):
            rememberCalled(entry.id, seconds, &state)
            place(entry, at: index, &state)
        case .finished(let entry, let seconds, _):
            rememberCalled(entry.id, seconds, &state)
            state.entries.removeAll { $0.id == entry.id }
        case .slotFreed(let station, _, _):
            state.slots[station] = nil
        case .stationClosed(let station):
            state.closed = (state.closed.filter { $0 != station } + [station]).sorted()
        case .stationOpened(let station):
            state.closed.removeAll { $0 == station }
        case .checkInPaused(let by, let reason, let at):
            state.paused = Pause(by: by, reason: reason, at: at)
        case .checkInResumed:
            state.paused = nil
        }
    }

    package static func react(_ event: Event, from id: StreamID, at: Instant) -> [Effect] {
        switch event {
        case .called(let entry, _):
            return bind(entry, id, at) + noShow(entry, id)
        case .recalled(let entry, _):
            return noShow(entry, id)
        case .transferred(let entry, _, let from):
            let release = Effect(
                WeighStation.self, id.sibling(WeighStation.name, from),
                .unbind(visit: entry.id, reason: "transferred"), due: at)
            return [release] + bind(entry, id, at) + noShow(entry, id)
        case .markedAbsent(let entry, _, _):
            guard let until = entry.absentUntil else { return [] }
            return [
                Effect(WaitQueue.self, id, .absenceOver(id: entry.id, until: until), due: until, facesPeople: true)
            ]
        case .cancelled(let entry, let by, let reason) where entry.pass == 2:
            let register = id.sibling(WeighRegister.name, WeighRegister.key)
            return [
                Effect(
                    WeighRegister.self, register,
                    .endVisit(visit: entry.id, vehicle: entry.vehicle, by: by, reason: reason), due: at)
            ]
        case .slotFreed(let station, let entry, let by) where by != platform:
            return [
                Effect(
                    WeighStation.self, id.sibling(WeighStation.name, station),
                    .unbind(visit: entry, reason: "released"), due: at)
            ]
        default:
            return []
        }
    }

    /// Who frees a slot when the truck has driven off.
    static let platform = Personal("platform")

    private static func bind(_ entry: Entry, _ id: StreamID, _ at: Instant) -> [Effect] {
        guard let station = entry.station, let name = entry.binding else { return [] }
        let binding = WeighStation.Binding(entry, named: name, at: at)
        return [Effect(WeighStation.self, id.sibling(WeighStation.name, station), .bind(binding: binding), due: at)]
    }

    private static func noShow(_ entry: Entry, _ id: StreamID) -> [Effect] {
        guard let deadline = entry.deadline else { return [] }
        let command = Command.noShow(id: entry.id, calls: entry.calls)
        return [Effect(WaitQueue.self, id, command, due: deadline, facesPeople: true)]
    }

    /// A truck that was weighed out of the line says nothing about the time on the deck.
    private static func rememberCalled(_ id: String, _ seconds: Int, _ state: inout State) {
        if state.entry(id)?.calledAt != nil { state.remember(seconds) }
    }

    private static func place(_ entry: Entry, at index: Int, _ state: inout State) {
        state.entries.removeAll { $0.id == entry.id }
        state.entries.insert(entry, at: min(index, state.entries.count))
    }
}
