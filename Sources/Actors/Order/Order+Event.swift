extension Order {
    package enum Event: Codable, Sendable, Hashable {
        case created(details: Details, by: Personal)
        case locked(lock: Lock)
        case unlocked(by: Personal, reason: String?)
        case edited(before: Details, after: Details, by: Personal)
        case statusChanged(from: Status, to: Status, by: Personal)
        case assigned(driverName: Personal, driverContact: Personal, plate: String?, by: Personal)
        case remarked(remark: Remark)
        case weighingStarted(visit: String)
        case weighingFinished(slip: String)
        /// Nobody is named in the order any more: neither customer nor driver, and no remark says anything.
        case peopleErased(by: Personal, reason: String)
    }

    package static func evolve(_ state: inout State, _ event: Event, at: Instant) {
        switch event {
        case .created(let details, _):
            state.details = details
            state.createdAt = at
        case .locked(let lock): state.lock = lock
        case .unlocked: state.lock = nil
        case .edited(_, let after, _): state.details = after
        case .statusChanged(_, let status, _): change(to: status, at, &state)
        case .assigned(let name, let contact, let plate, _):
            state.driverName = name
            state.driverContact = contact
            state.plate = plate
        case .remarked(let remark): state.remarks.append(remark)
        case .weighingStarted(let visit): state.visit = visit
        case .weighingFinished(let slip): state.slip = slip
        case .peopleErased: erasePeople(at, &state)
        }
    }

    private static func erasePeople(_ at: Instant, _ state: inout State) {
        if let details = state.details {
            state.details?.customer = details.customer?.erased()
            state.details?.address = details.address?.erased()
        }
        state.driverName = state.driverName?.erased()
        state.driverContact = state.driverContact?.erased()
        state.remarks = state.remarks.map { Remark(by: $0.by, at: $0.at, text: $0.text.erased()) }
        state.erasedAt = at
    }

    /// Going back clears the later times (DOMAIN.md 0.8).
    private static func change(to status: Status, _ at: Instant, _ state: inout State) {
        state.status = status
        switch status {
        case .waiting:
            state.departedAt = nil
            state.completedAt = nil
            state.cancelledAt = nil
        case .inProgress:
            state.departedAt = state.departedAt ?? at
            state.completedAt = nil
            state.cancelledAt = nil
        case .complete, .issue:
            state.departedAt = state.departedAt ?? at
            state.completedAt = at
            state.cancelledAt = nil
        case .cancel:
            state.completedAt = nil
            state.cancelledAt = at
        }
    }
}
