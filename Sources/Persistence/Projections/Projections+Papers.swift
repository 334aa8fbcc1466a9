import Actors

extension Projections {
    static let record = ProjectionTable(
        "weigh_record", key: [("site", .text), ("slip_number", .text)],
        [
            ("business_date", .date), ("visit", .text), ("vehicle_ref", .text), ("plate_number", .text),
            ("driver_ref", .text), ("company_ref", .text), ("company_name", .text), ("item_ref", .text),
            ("item_name", .text), ("order_ref", .text), ("station_ref", .text), ("gross_weight", .numeric),
            ("tare_weight", .numeric), ("net_weight", .numeric), ("tare_source", .text), ("is_manual", .bool),
            ("weighed_at", .timestamptz), ("status", .text), ("version", .bigint), ("reprints", .bigint),
            ("ticket", .json),
        ])
    static let order = ProjectionTable(
        "delivery_order", key: [("site", .text), ("order_no", .text)],
        [
            ("type", .text), ("status", .text), ("department", .text), ("warehouse", .text), ("customer", .text),
            ("address", .text), ("item_ref", .text), ("eta", .timestamptz), ("driver_name", .text),
            ("driver_contact", .text), ("plate_number", .text), ("create_time", .timestamptz),
            ("depart_time", .timestamptz), ("complete_time", .timestamptz), ("cancelled_at", .timestamptz),
            ("visit", .text), ("slip_number", .text), ("locked_by", .text), ("locked_at", .timestamptz),
            ("lock_type", .text), ("lock_expires_at", .timestamptz),
        ])

    /// A finished ticket is readable the moment the register says so; its own stream begins in the same transaction.
    static func rows(_ event: WeighRegister.Event, of id: StreamID) -> [Row] {
        guard case .completed(let slip, _, _, _, _) = event else { return [] }
        var ticket = WeighTicket.initial(id)
        WeighTicket.evolve(&ticket, .issued(slip: slip, receivers: nil), at: slip.completedAt)
        return rows(ticket, of: id.sibling(WeighTicket.name, slip.number))
    }

    static func rows(_ state: WeighTicket.State, of id: StreamID) -> [Row] {
        guard let slip = state.slip else { return [] }
        let load = slip.load
        let corrected = state.corrected
        return [
            Row(
                record.name,
                [
                    .text(id.site), .text(slip.number), .day(slip.date), .text(load.visit), .text(load.vehicle),
                    .text(load.plate.description), .text(corrected.driver ?? load.driver),
                    .text(corrected.company ?? load.company), .text(corrected.companyName ?? load.companyName),
                    .text(corrected.item ?? load.item), .text(corrected.itemName ?? load.itemName), .text(load.order),
                    .text(slip.second?.station ?? slip.first.station), .grams(slip.grossGrams), .grams(slip.tareGrams),
                    .grams(slip.netGrams), .text(slip.tareSource.rawValue), .bool(slip.isManual),
                    .instant(slip.completedAt), .text(state.voided == nil ? "COMPLETED" : "VOID"),
                    .int(Int64(state.history.count + 1)), .int(Int64(state.reprints)), .bytes(JSON.encode(state)),
                ])
        ]
    }

    static func rows(_ state: Order.State, of id: StreamID) -> [Row] {
        guard let details = state.details else { return [] }
        return [
            Row(
                order.name,
                [
                    .text(id.site), .text(id.key), .text(details.type.rawValue), .text(state.status.rawValue),
                    .text(details.department), .text(details.warehouse), .text(details.customer?.coded),
                    .text(details.address?.coded), .text(details.item), .instant(details.eta),
                    .text(state.driverName?.coded),
                    .text(state.driverContact?.coded), .text(state.plate), .instant(state.createdAt),
                    .instant(state.departedAt), .instant(state.completedAt), .instant(state.cancelledAt),
                    .text(state.visit), .text(state.slip), .text(state.lock?.holder), .instant(state.lock?.lockedAt),
                    .text(state.lock?.type.rawValue), .instant(state.lock?.expiresAt),
                ])
        ]
    }
}
