extension WeighStation {
    package enum Event: Codable, Sendable, Hashable {
        case bound(binding: Binding)
        case unbound(binding: String, visit: String, reason: String)
        case arrived(binding: String, visit: String, at: Instant)
        case weighed(
            binding: Binding, weighing: String, grams: Int64, source: WeighRegister.Source, at: Instant, raw: String)
        /// `visit` is the truck that was there and has left, `binding` its call; nil when it had been released before.
        case platformCleared(at: Instant, visit: String?, binding: String?)
        case unmatched(item: Unmatched)
        case unmatchedAssigned(item: Unmatched, vehicle: String, plate: Plate, by: Personal, reason: String)
        case unmatchedDismissed(item: Unmatched, by: Personal, reason: String)
        case paused(by: Personal, reason: String, at: Instant)
        case resumed(by: Personal, isOpen: Bool)
        case linked(device: String, isOpen: Bool)
        case linkLost(device: String, at: Instant)
        case faulted(code: String, at: Instant)
        case recovered(isOpen: Bool)
    }

    package static func evolve(_ state: inout State, _ event: Event, at: Instant) {
        switch event {
        case .bound(let binding):
            state.binding = binding
            state.arrived = false
            state.weighed = nil
        case .unbound:
            // A truck that nobody expects any more is still on the deck: its weight must not become the next one's.
            if state.arrived { state.awaitingZero = true }
            state.binding = nil
            state.arrived = false
            state.weighed = nil
        case .arrived:
            state.arrived = true
        case .weighed(let binding, _, let grams, _, let at, _):
            state.weighed = Weighed(grams: grams, pass: binding.pass, at: at)
            state.last = Last(grams: grams, plate: binding.plate, pass: binding.pass, at: at)
            state.awaitingZero = true
            state.weighingCount += 1
        case .platformCleared(_, _, let binding):
            state.awaitingZero = false
            // A binding made while the deck was still occupied waits for its own truck.
            guard binding != nil, state.binding?.id == binding else { return }
            state.binding = nil
            state.arrived = false
            state.weighed = nil
        case .unmatched(let item):
            state.weighingCount += 1
            state.unmatched = state.unmatched.suffix(State.unmatchedCountMax - 1) + [item]
        case .unmatchedAssigned(let item, _, _, _, _):
            state.unmatched.removeAll { $0.id == item.id }
        case .unmatchedDismissed(let item, _, _):
            state.unmatched.removeAll { $0.id == item.id }
        case .paused(let by, let reason, let at):
            state.paused = Pause(by: by, reason: reason, at: at)
        case .resumed:
            state.paused = nil
        case .linked:
            state.linked = true
        case .linkLost:
            state.linked = false
        case .faulted(let code, let at):
            state.fault = Fault(code: code, at: at)
        case .recovered:
            state.fault = nil
        }
    }

    package static func react(_ event: Event, from id: StreamID, at: Instant) -> [Effect] {
        let queue = id.sibling(WaitQueue.name, WaitQueue.key)
        let register = id.sibling(WeighRegister.name, WeighRegister.key)
        func tell(_ command: WaitQueue.Command) -> [Effect] { [Effect(WaitQueue.self, queue, command, due: at)] }
        switch event {
        case .arrived(let binding, let visit, _):
            return tell(.truckArrived(visit: visit, binding: binding))
        case .weighed(let binding, let weighing, let grams, let source, let when, _):
            let weighing = WeighRegister.Weighing(
                id: weighing, grams: grams, at: when, station: id.key, source: source)
            let weigh = WeighRegister.Command.weigh(load: WeighRegister.Load(binding), weighing: weighing)
            return [Effect(WeighRegister.self, register, weigh, due: at)]
        case .unmatchedAssigned(let item, let vehicle, let plate, let by, let reason):
            let weighing = WeighRegister.Weighing(
                id: item.id, grams: item.grams, at: item.at, station: id.key, source: item.source, by: by.shown,
                reason: reason)
            let load = WeighRegister.Load(visit: "U-\(item.id)", plate: plate, vehicle: vehicle)
            return [Effect(WeighRegister.self, register, .weigh(load: load, weighing: weighing), due: at)]
        case .platformCleared(_, let visit, let binding):
            guard let visit, let binding else { return [] }
            return tell(.platformCleared(station: id.key, visit: visit, binding: binding))
        case .paused, .faulted, .linkLost:
            return tell(.closeStation(station: id.key))
        case .resumed(_, let isOpen), .linked(_, let isOpen), .recovered(let isOpen):
            return isOpen ? tell(.openStation(station: id.key)) : []
        case .bound, .unbound, .unmatched, .unmatchedDismissed:
            return []
        }
    }
}
