/// The yard's book (계량대장): open tickets, two-pass weighing, slip numbers.
///
/// One owner makes "no gap in the numbers" and "one open ticket per truck" plain facts of one stream (DOMAIN.md 1.4, 1.5, 1.7).
/// A finished ticket is born as its own stream in the same transaction.
package enum WeighRegister: Kind {
    package static let name = "register"
    /// A yard has one register.
    package static let key = "main"
    package static func isKey(_ key: String) -> Bool { key == Self.key }

    package static func initial(_ id: StreamID) -> State { State() }

    package static func view(for principal: Principal, key: String, mine: Bool) -> View? {
        switch principal.role {
        case .admin, .staff: mine ? nil : .staff
        case .driver: mine ? principal.driver.map { .person($0) } : nil
        case .device, .system: nil
        }
    }

    package static func stateViews(after event: Event) -> [View] {
        event.load?.driver.map { [.person($0)] } ?? []
    }

    package static func snapshot(
        _ state: State, live: NoLive?, view: View, _ context: Context
    ) -> any Encodable & Sendable {
        switch view {
        case .person(let driver): Mine(state, driver: driver)
        case .staff, .driver, .device, .board: Whole(state)
        }
    }

    struct Whole: Encodable, Sendable {
        let date: BusinessDate?
        let today: Day
        let open: [OpenTicket]
        let recent: [Slip]
        let refused: [Refusal]

        init(_ state: State) {
            date = state.date
            today = state.today
            open = state.open.values.sorted { ($0.first.at, $0.load.plate) < ($1.first.at, $1.load.plate) }
            recent = state.recent
            refused = state.refused
        }
    }

    struct Mine: Encodable, Sendable {
        let open: OpenTicket?
        let latest: Slip?
        let refused: Refusal?

        init(_ state: State, driver: String) {
            // The newest: a driver may have several trucks open, and a dictionary has no order.
            open = state.open.values.filter { $0.load.driver == driver }.max {
                ($0.first.at, $0.load.plate) < ($1.first.at, $1.load.plate)
            }
            latest = state.latest[driver]
            refused = state.refused.last { $0.load.driver == driver }
        }
    }
}
