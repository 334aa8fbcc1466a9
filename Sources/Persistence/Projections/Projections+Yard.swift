import Actors

extension Projections {
    static let queue = ProjectionTable(
        "wait_queue", key: [("site", .text), ("ref", .text)],
        [
            ("queue_number", .bigint), ("vehicle_ref", .text), ("plate_number", .text), ("driver_ref", .text),
            ("station_ref", .text), ("pass", .bigint), ("status", .text), ("calls", .bigint),
            ("checked_in_at", .timestamptz), ("called_at", .timestamptz), ("completed_at", .timestamptz),
        ])
    static let station = ProjectionTable(
        "weigh_station", key: [("site", .text), ("ref", .text)],
        [
            ("status", .text), ("plate_number", .text), ("is_paused", .bool), ("last_weight", .numeric),
            ("unmatched_count", .bigint), ("last_heartbeat", .timestamptz),
        ])
    static let unmatched = ProjectionTable(
        "unmatched_weight", key: [("site", .text), ("ref", .text)],
        [
            ("station", .text), ("weight", .numeric), ("reason", .text), ("source", .text),
            ("weighed_at", .timestamptz), ("received_at", .timestamptz), ("outcome", .text), ("resolved_by", .text),
        ])

    static func rows(_ event: WaitQueue.Event, of id: StreamID, _ at: Instant) -> [Row] {
        guard let entry = event.entry else { return [] }
        var done: Instant?
        let status: String
        switch event {
        case .cancelled, .expired:
            status = "CANCELLED"
            done = at
        case .finished:
            status = "COMPLETED"
            done = at
        default: status = entry.state.rawValue.uppercased()
        }
        return [
            Row(
                queue.name,
                [
                    .text(id.site), .text(entry.id), .int(Int64(entry.number)), .text(entry.vehicle),
                    .text(entry.plate.description), .text(entry.driver), .text(entry.station), .int(Int64(entry.pass)),
                    .text(status), .int(Int64(entry.calls)), .instant(entry.checkedInAt), .instant(entry.calledAt),
                    .instant(done),
                ])
        ]
    }

    static func rows(
        _ event: WeighStation.Event, _ state: WeighStation.State, of id: StreamID, _ at: Instant
    ) -> [Row] {
        var rows = [
            Row(
                station.name,
                [
                    .text(id.site), .text(id.key), .text(state.status.rawValue),
                    .text(state.binding?.plate.description), .bool(state.paused != nil), .grams(state.last?.grams),
                    .int(Int64(state.unmatched.count)), .instant(at),
                ])
        ]
        switch event {
        case .unmatched(let item): rows.append(row(item, id, outcome: nil, by: nil))
        case .unmatchedAssigned(let item, _, let plate, let by, _):
            rows.append(row(item, id, outcome: "assigned:\(plate)", by: by))
        case .unmatchedDismissed(let item, let by, _): rows.append(row(item, id, outcome: "dismissed", by: by))
        default: break
        }
        return rows
    }

    private static func row(
        _ item: WeighStation.Unmatched, _ id: StreamID, outcome: String?, by: Personal?
    ) -> Row {
        Row(
            unmatched.name,
            [
                .text(id.site), .text(item.id), .text(id.key), .grams(item.grams), .text(item.reason.rawValue),
                .text(item.source.rawValue), .instant(item.at), .instant(item.receivedAt), .text(outcome),
                .text(by?.coded),
            ])
    }
}
