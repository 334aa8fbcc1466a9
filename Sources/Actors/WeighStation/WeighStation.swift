/// A truck scale: the truck it is bound to, its interlocks, and what came in that belongs to no truck.
///
/// The live weight is held in memory only, newest counts. A settled weight counts only for the binding it names; every other
/// one goes to the list of unmatched weights (미매칭 계량) and never to the truck that happens to stand there now.
package enum WeighStation: Kind {
    package static let name = "station"

    /// The newest reading, as the edge sees it. Names after OPC 40200.
    package struct Live: Codable, Sendable, Hashable {
        package enum Phase: String, Codable, Sendable {
            case stable, moving, zero, over, under, none
        }

        package let grams: Int64?
        package let state: Phase
        package let at: Instant
    }

    package static func initial(_ id: StreamID) -> State { State() }

    package static func view(for principal: Principal, key: String, mine: Bool) -> View? {
        guard !mine else { return nil }
        switch principal.role {
        case .admin, .staff: return .staff
        case .driver: return .driver
        case .device: return principal.stations.contains(key) ? .device : nil
        case .system: return nil
        }
    }

    package static func shows(_ event: Event, to view: View) -> Bool {
        switch (view, event) {
        case (.staff, _): true
        case (.device, .bound), (.device, .unbound), (.device, .weighed), (.device, .platformCleared),
            (.device, .paused), (.device, .resumed):
            true
        default: false
        }
    }

    package static var liveViews: [View] { [.staff, .driver] }

    package static func observe(_ live: Live, _ state: State, _ context: Context) -> Command? {
        let profile = context.directory.station(context.id.key, at: context.id.site)
        let band = profile?.zeroBandGrams ?? 0
        if state.awaitingZero || state.arrived, live.state == .zero {
            guard let grams = live.grams, (-band...band).contains(grams) else { return nil }
            return .clearPlatform
        }
        guard !state.awaitingZero, state.binding != nil, !state.arrived, live.state == .moving || live.state == .stable,
            let grams = live.grams, grams >= context.directory.site(context.id.site).weightMinGrams
        else { return nil }
        return .noticeTruck
    }

    package static func snapshot(
        _ state: State, live: Live?, view: View, _ context: Context
    ) -> any Encodable & Sendable {
        switch view {
        case .staff: Whole(state, live, context)
        case .device: DeviceView(state, context)
        case .driver, .person, .board: DriverView(state, context)
        }
    }

    struct Whole: Encodable, Sendable {
        let id: String
        let name: String
        let indicator: String
        let validUntil: BusinessDate?
        let divisionGrams: Int64
        let status: State.Status
        let paused: Pause?
        let fault: Fault?
        let linked: Bool?
        let binding: Binding?
        let arrived: Bool
        let weighed: Weighed?
        let awaitingZero: Bool
        let last: Last?
        let unmatched: [Unmatched]
        let live: Live?

        init(_ state: State, _ live: Live?, _ context: Context) {
            let profile = context.directory.station(context.id.key, at: context.id.site)
            id = context.id.key
            name = profile?.name ?? context.id.key
            indicator = profile?.indicator ?? ""
            validUntil = profile?.validUntil
            divisionGrams = profile?.divisionGrams ?? 0
            status = state.status
            paused = state.paused
            fault = state.fault
            linked = state.linked
            binding = state.binding
            arrived = state.arrived
            weighed = state.weighed
            awaitingZero = state.awaitingZero
            last = state.last
            unmatched = Array(state.unmatched.suffix(State.shownUnmatchedCountMax))
            self.live = live
        }
    }

    /// What the edge needs to mark its weights: no names, no companies.
    struct DeviceView: Encodable, Sendable {
        let id: String
        let binding: Binding?
        let awaitingZero: Bool
        let paused: Bool
        let divisionGrams: Int64

        init(_ state: State, _ context: Context) {
            let profile = context.directory.station(context.id.key, at: context.id.site)
            id = context.id.key
            binding = state.binding
            awaitingZero = state.awaitingZero
            paused = state.paused != nil
            divisionGrams = profile?.divisionGrams ?? 0
        }
    }

    struct DriverView: Encodable, Sendable {
        let id: String
        let name: String
        let status: State.Status

        init(_ state: State, _ context: Context) {
            id = context.id.key
            name = context.directory.station(context.id.key, at: context.id.site)?.name ?? context.id.key
            status = state.status
        }
    }
}
