import Actors

/// What the reading side gets from each kind: whole rows computed from an event and the state after it. Pure, so that a rebuild from
/// the journal gives the same rows.
enum Projections {
    static let tables: [String: ProjectionTable] = Dictionary(
        uniqueKeysWithValues: [
            master, company, vehicle, driver, appUser, station, unmatched, queue, record, order,
        ].map { ($0.name, $0) })

    /// One line per kind.
    static func rows<K: Kind>(_ kind: K.Type, _ event: K.Event, _ state: K.State, of id: StreamID, at: Instant) -> [Row]
    {
        switch (event, state) {
        case (let event as WaitQueue.Event, _): rows(event, of: id, at)
        case (let event as WeighStation.Event, let state as WeighStation.State): rows(event, state, of: id, at)
        case (let event as WeighRegister.Event, _): rows(event, of: id)
        case (_, let state as WeighTicket.State): rows(state, of: id)
        case (_, let state as Order.State): rows(state, of: id)
        case (_, let state as Master.State): rows(state, of: id, at)
        default: []
        }
    }
}
