/// The drivers' queue of a yard: who waits, who is called, and which truck may drive onto which deck.
///
/// It owns the station slots, because every rule that must hold at one instant has one owning stream (DOMAIN.md 1.9). A truck
/// keeps its entry, and its number, from check-in to its last weighing; between the two weighings it is `away`.
package enum WaitQueue: Kind {
    package static let name = "queue"
    /// A yard has one queue.
    package static let key = "main"
    package static func isKey(_ key: String) -> Bool { key == Self.key }

    package static func initial(_ id: StreamID) -> State { State() }

    package static func view(for principal: Principal, key: String, mine: Bool) -> View? {
        switch principal.role {
        case .admin, .staff: mine ? nil : .staff
        case .driver: mine ? principal.driver.map { .person($0) } : .driver
        // For the board beside the scale: numbers and decks, as on every driver's terminal.
        case .device: mine ? nil : .driver
        case .system: nil
        }
    }

    package static func stateViews(after event: Event) -> [View] {
        var views: [View] = [.driver]
        if let driver = event.entry?.driver { views.append(.person(driver)) }
        // It is no longer his.
        if case .rejoined(_, _, let former?) = event { views.append(.person(former)) }
        return views
    }

    package static func snapshot(
        _ state: State, live: NoLive?, view: View, _ context: Context
    ) -> any Encodable & Sendable {
        switch view {
        case .person(let driver): Mine(state, driver: driver, context)
        case .driver, .board: Line(state, context)
        case .staff, .device: Whole(state, context)
        }
    }

    /// The office's picture: everything.
    struct Whole: Encodable, Sendable {
        let date: BusinessDate?
        let paused: Pause?
        let entries: [Entry]
        let slots: [String: String]
        let closed: [String]
        let averageSeconds: Int
        let openStations: Int
        let lastNumber: Int

        init(_ state: State, _ context: Context) {
            date = state.date
            paused = state.paused
            entries = state.entries
            slots = state.slots
            closed = state.closed
            averageSeconds = state.averageSeconds
            openStations = state.openStations(context)
            lastNumber = state.lastNumber
        }
    }

    /// What all drivers share: numbers only, no plates. One encoding serves every terminal.
    struct Line: Encodable, Sendable {
        struct Call: Encodable, Sendable {
            let number: Int
            let station: String
            let stationName: String
            let deadline: Instant?
        }

        let line: [Int]
        let called: [Call]
        let averageSeconds: Int
        let openStations: Int
        let paused: Bool

        init(_ state: State, _ context: Context) {
            line = state.entries.filter { $0.state == .waiting }.map(\.number)
            called = state.entries.compactMap { entry in
                guard entry.state == .called, let station = entry.station else { return nil }
                return Call(
                    number: entry.number, station: station, stationName: context.stationName(station),
                    deadline: entry.deadline)
            }
            averageSeconds = state.averageSeconds
            openStations = state.openStations(context)
            paused = state.paused != nil
        }
    }

    /// One driver's own entry.
    struct Mine: Encodable, Sendable {
        let entry: Entry?
        let stationName: String?

        init(_ state: State, driver: String, _ context: Context) {
            entry = state.entry(ofDriver: driver)
            stationName = entry?.station.map { context.stationName($0) }
        }
    }
}

extension Context {
    fileprivate func stationName(_ station: String) -> String {
        directory.station(station, at: id.site)?.name ?? station
    }
}
