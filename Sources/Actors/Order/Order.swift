/// A delivery order (000): its status, its driver, and the lock that whoever edits it holds.
package enum Order: Kind {
    package static let name = "order"

    package enum Status: String, Codable, Sendable {
        case waiting = "WAITING"
        case inProgress = "IN_PROGRESS"
        case complete = "COMPLETE"
        case issue = "ISSUE"
        case cancel = "CANCEL"
    }

    package enum Direction: String, Codable, Sendable {
        case delivery = "DELIVERY"
        case returning = "RETURN"
    }

    package enum LockType: String, Codable, Sendable {
        case edit = "EDIT"
        case status = "STATUS"
        case assign = "ASSIGN"
        case remark = "REMARK"
    }

    /// Held by one person for a fixed time, not extended; expiry is judged in the same decision that asks.
    package struct Lock: Codable, Sendable, Hashable {
        package let holder: String
        package let holderName: Personal
        package let type: LockType
        package let lockedAt: Instant
        package let expiresAt: Instant

        package static let timeout: Duration = .seconds(300)

        package func isHeld(at now: Instant) -> Bool { now < expiresAt }
    }

    package struct Details: Codable, Sendable, Hashable {
        package var type: Direction
        package var department: String?
        package var warehouse: String?
        package var customer: Personal?
        package var address: Personal?
        package var item: String?
        package var eta: Instant?
    }

    package struct Remark: Codable, Sendable, Hashable {
        package let by: Personal
        package let at: Instant
        package let text: Personal
    }

    package struct State: Codable, Sendable, Hashable {
        package var details: Details?
        package var status = Status.waiting
        package var createdAt: Instant?
        package var departedAt: Instant?
        package var completedAt: Instant?
        package var cancelledAt: Instant?
        package var driverName: Personal?
        package var driverContact: Personal?
        package var plate: String?
        package var remarks: [Remark] = []
        package var lock: Lock?
        package var visit: String?
        package var slip: String?
        /// When those who are named in it were erased: it takes no others.
        package var erasedAt: Instant?
    }

    package static func initial(_ id: StreamID) -> State { State() }

    package static func view(for principal: Principal, key: String, mine: Bool) -> View? {
        principal.isStaff && !mine ? .staff : nil
    }

    package static func snapshot(
        _ state: State, live: NoLive?, view: View, _ context: Context
    ) -> any Encodable & Sendable {
        var shown = state
        if let lock = state.lock, !lock.isHeld(at: context.now) { shown.lock = nil }
        return shown
    }
}
