extension WeighRegister {
    package enum Event: Codable, Sendable, Hashable {
        case dayChanged(date: BusinessDate)
        case firstWeighed(ticket: OpenTicket)
        /// `hour` is the site's local hour of completion; `visit` that of the second weighing when it is another than the slip's;
        /// `receivers` those outside who are told of it.
        case completed(slip: Slip, hour: Int, processSeconds: Int?, visit: String?, receivers: [String]?)
        case weighingRefused(refusal: Refusal)
        case openCancelled(load: Load, by: Personal, reason: String)

        var load: Load? {
            switch self {
            case .dayChanged: nil
            case .firstWeighed(let ticket): ticket.load
            case .completed(let slip, _, _, _, _): slip.load
            case .weighingRefused(let refusal): refusal.load
            case .openCancelled(let load, _, _): load
            }
        }
    }

    package static func evolve(_ state: inout State, _ event: Event, at: Instant) {
        switch event {
        case .dayChanged(let date):
            state.date = date
            state.lastSlip = 0
            state.today = Day()
            state.latest = [:]
        case .firstWeighed(let ticket):
            state.open[ticket.load.vehicle] = ticket
            state.today.count += 1
            settleRefusals(of: ticket.load.vehicle, &state)
            if ticket.first.source == .manual { state.manualCount += 1 }
        case .completed(let slip, let hour, let seconds, _, _):
            state.open[slip.load.vehicle] = nil
            state.lastSlip += 1
            state.recent = [slip] + state.recent.prefix(State.recentCountMax - 1)
            if let driver = slip.load.driver { state.latest[driver] = slip }
            if slip.second?.source == .manual { state.manualCount += 1 }
            settleRefusals(of: slip.load.vehicle, &state)
            count(slip, hour, seconds, &state.today)
        case .weighingRefused(let refusal):
            state.refused = state.refused.suffix(State.refusedCountMax - 1) + [refusal]
        case .openCancelled(let load, _, _):
            state.open[load.vehicle] = nil
            settleRefusals(of: load.vehicle, &state)
        }
    }

    package static func react(_ event: Event, from id: StreamID, at: Instant) -> [Effect] {
        switch event {
        case .firstWeighed(let ticket):
            return tellQueue(ticket.load, ticket.load.visit, pass: 1, ticket.first, id, at)
                + tellOrder(ticket.load, .start(visit: ticket.load.visit), id, at)
        case .completed(let slip, _, _, let visit, _):
            return tellQueue(slip.load, visit ?? slip.load.visit, pass: 2, slip.second, id, at)
                + tellOrder(slip.load, .finish(slip: slip.number), id, at)
        case .dayChanged, .weighingRefused, .openCancelled:
            return []
        }
    }

    package static func births(_ event: Event, from id: StreamID) -> [Birth] {
        guard case .completed(let slip, _, _, _, let receivers) = event else { return [] }
        let ticket = id.sibling(WeighTicket.name, slip.number)
        return [Birth(WeighTicket.self, ticket, .issued(slip: slip, receivers: receivers))]
    }

    private static func tellQueue(
        _ load: Load, _ visit: String, pass: Int, _ weighing: Weighing?, _ id: StreamID, _ at: Instant
    ) -> [Effect] {
        let command = WaitQueue.Command.weighed(
            visit: visit, vehicle: load.vehicle, pass: pass, station: weighing?.by == nil ? weighing?.station : nil,
            at: weighing?.at)
        return [Effect(WaitQueue.self, id.sibling(WaitQueue.name, WaitQueue.key), command, due: at)]
    }

    private static func tellOrder(
        _ load: Load, _ command: Order.Command, _ id: StreamID, _ at: Instant
    ) -> [Effect] {
        load.order.map { [Effect(Order.self, id.sibling(Order.name, $0), command, due: at)] } ?? []
    }

    private static func settleRefusals(of vehicle: String, _ state: inout State) {
        state.refused.removeAll { $0.load.vehicle == vehicle }
    }

    private static func count(_ slip: Slip, _ hour: Int, _ seconds: Int?, _ day: inout Day) {
        day.completed += 1
        day.netGrams += slip.netGrams
        day.hours[hour] += 1
        if let seconds {
            day.seconds += seconds
            day.timedCount += 1
        }
    }
}
