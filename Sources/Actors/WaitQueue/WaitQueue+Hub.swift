extension WaitQueue {
    /// What stations, the register and timers report. A fact that no longer fits changes nothing.
    static func decideForHub(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        guard context.principal.role == .system else { throw .forbidden }
        switch command {
        case .noShow(let id, let calls):
            guard let entry = state.entry(id), entry.state == .called, entry.calls == calls, !entry.arrived else {
                return []
            }
            // A timer of an earlier call or pass may carry the same count.
            if let deadline = entry.deadline, context.now < deadline { return [] }
            return absent(entry, by: "timer", state, context)
        case .absenceOver(let id, let until):
            guard let entry = state.entry(id), entry.state == .absent, entry.absentUntil == until else { return [] }
            return [.expired(entry: entry)]
        case .truckArrived(let visit):
            guard var entry = state.entry(visit), entry.state == .called, !entry.arrived else { return [] }
            entry.arrived = true
            return [.arrived(entry: entry, index: state.index(of: visit) ?? 0)]
        case .weighed(let visit, let vehicle, let pass, let calledAt):
            // A weight that staff assigned or typed in knows the truck, not the visit.
            guard let entry = state.entry(visit) ?? state.entries.first(where: { $0.vehicle == vehicle }) else {
                return []
            }
            return weighed(entry, pass: pass, calledAt: calledAt, state, context)
        case .platformCleared(let station, let visit):
            // Late news must not free the slot of the truck that was called next.
            guard state.slots[station] == visit else { return [] }
            let free: [Event] = [.slotFreed(station: station, id: visit, by: platform)]
            // Off the deck and still called: the register refused its weight, so it waits for another try.
            guard var entry = state.entry(visit), entry.state == .called, entry.station == station else { return free }
            entry.standInLine()
            return free + [.putBack(entry: entry, index: state.index(of: visit) ?? 0)]
        case .closeStation(let station):
            return state.closed.contains(station) ? [] : [.stationClosed(station: station)]
        case .openStation(let station):
            return state.closed.contains(station) ? [.stationOpened(station: station)] : []
        default:
            throw .forbidden
        }
    }

    private static func weighed(
        _ entry: Entry, pass: Int, calledAt: Instant?, _ state: State, _ context: Context
    ) -> [Event] {
        let seconds = max(0, Int((context.now - (entry.calledAt ?? entry.checkedInAt)).inMilliseconds / 1000))
        var after = state
        after.remember(seconds)
        var events: [Event] = []
        if pass == 1 {
            // Weighed anew after its open ticket was cancelled, it goes away once more.
            guard entry.state != .away else { return [] }
            var away = entry
            away.standInLine()
            away.state = .away
            if entry.pass == 1 { away.calls = 0 }
            away.pass = 2
            away.priority = false
            events.append(
                .wentAway(
                    entry: away, index: state.index(of: entry.id) ?? 0, processSeconds: seconds,
                    averageSeconds: after.averageSeconds))
        } else {
            events.append(
                .finished(entry: entry, processSeconds: seconds, averageSeconds: after.averageSeconds))
        }
        // The empty deck frees the slot of the call that was weighed. The slot of a later call (it was taken back, or sent to another
        // deck, before the weight was heard of) goes with the truck, and so does any slot after a weight that no deck gave.
        if calledAt != entry.calledAt { events += freed(entry, state, context) }
        return events
    }
}
