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
            // A deck that is out of order or cut off cannot say who stands on it.
            if let station = entry.station, state.closed.contains(station) { return [] }
            return absent(entry, by: Personal("timer"), state, context)
        case .absenceOver(let id, let until):
            guard let entry = state.entry(id), entry.state == .absent, entry.absentUntil == until else { return [] }
            return [.expired(entry: entry)]
        case .truckArrived(let visit, let binding):
            guard var entry = state.entry(visit), entry.state == .called, entry.binding == binding, !entry.arrived
            else { return [] }
            entry.arrived = true
            return [.arrived(entry: entry, index: state.index(of: visit) ?? 0)]
        case .weighed(let visit, let vehicle, let pass, let station, let at):
            // A weight that staff assigned or typed in knows the truck, not the visit; one from before it checked in is of another.
            let other = state.entries.first { $0.vehicle == vehicle && at ?? $0.checkedInAt >= $0.checkedInAt }
            guard let entry = state.entry(visit) ?? other else { return [] }
            return weighed(entry, pass: pass, at: entry.id == visit ? station : nil, state, context)
        case .platformCleared(let station, let visit, let binding):
            // Late news must not free the slot of the truck that was called next.
            guard state.slots[station] == visit else { return [] }
            let free = Event.slotFreed(station: station, id: visit, by: platform)
            guard var entry = state.entry(visit), entry.state == .called else { return [free] }
            // Called anew in the meantime: that call stands. Else its weight was refused, and it has to be weighed again.
            guard entry.binding == binding else { return [] }
            entry.standInLine()
            return [.putBack(entry: entry, index: state.index(of: visit) ?? 0), free]
        case .closeStation(let station):
            return state.closed.contains(station) ? [] : [.stationClosed(station: station)]
        case .openStation(let station):
            guard state.closed.contains(station) else { return [] }
            return [.stationOpened(station: station)] + callAgain(to: station, state, context)
        default:
            throw .forbidden
        }
    }

    /// Whoever was called to a deck that was closed meanwhile gets his full time again.
    private static func callAgain(to station: String, _ state: State, _ context: Context) -> [Event] {
        guard let holder = state.slots[station], var entry = state.entry(holder), entry.state == .called, !entry.arrived
        else { return [] }
        entry.calls += 1
        entry.deadline = context.now + context.directory.site(context.id.site).callGrace
        return [.recalled(entry: entry, index: state.index(of: entry.id) ?? 0)]
    }

    private static func weighed(
        _ entry: Entry, pass: Int, at station: String?, _ state: State, _ context: Context
    ) -> [Event] {
        let seconds = max(0, Int((context.now - (entry.calledAt ?? entry.checkedInAt)).inMilliseconds / 1000))
        var after = state
        if entry.calledAt != nil { after.remember(seconds) }
        var events: [Event] = []
        if pass == 1 {
            // Called for its second weighing it may be weighed for the first time again: its open ticket was cancelled.
            guard entry.pass == 1 || entry.state == .called else { return [] }
            var away = entry
            away.standInLine()
            away.state = .away
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
        // The empty deck frees the slot, but only of the station where it was weighed: one that it was called or transferred to since
        // goes with the truck, and so does every slot after a weight that no deck gave for it.
        // Called anew to the same deck and not there yet, it was weighed there before: that deck has reported it already.
        if station != entry.station || !entry.arrived { events += freed(entry, state, context) }
        return events
    }
}
