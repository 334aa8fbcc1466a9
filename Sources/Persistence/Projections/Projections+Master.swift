import Actors

extension Projections {
    static let master = ProjectionTable(
        "master_record", key: [("site", .text), ("class", .text), ("ref", .text)],
        [("fields", .json), ("is_active", .bool), ("updated_at", .timestamptz)])
    static let company = ProjectionTable(
        "company", key: [("site", .text), ("ref", .text)],
        [
            ("name", .text), ("business_no", .text), ("contact", .text), ("address", .text), ("is_active", .bool),
            ("updated_at", .timestamptz),
        ])
    static let vehicle = ProjectionTable(
        "vehicle", key: [("site", .text), ("ref", .text)],
        [
            ("plate_number", .text), ("vehicle_type", .text), ("tare_weight", .numeric), ("max_load", .numeric),
            ("company_ref", .text), ("is_active", .bool), ("updated_at", .timestamptz),
        ])
    static let driver = ProjectionTable(
        "driver", key: [("site", .text), ("ref", .text)],
        [
            ("name", .text), ("company_ref", .text), ("has_app", .bool), ("is_active", .bool),
            ("updated_at", .timestamptz),
        ])
    static let appUser = ProjectionTable(
        "app_user", key: [("site", .text), ("ref", .text)],
        [
            ("login_id", .text), ("name", .text), ("role", .text), ("driver_ref", .text), ("is_active", .bool),
            ("updated_at", .timestamptz),
        ])

    static func rows(_ state: Master.State, of id: StreamID, _ at: Instant) -> [Row] {
        guard let recordClass = id.recordClass else { return [] }
        let site = Row.Value.text(id.site)
        let ref = Row.Value.text(id.recordID)
        let active = Row.Value.bool(state.isActive)
        let when = Row.Value.instant(at)
        /// Names are searched for, and so stay as they are.
        func text(_ field: String) -> Row.Value { .text(state.fields[field]?.text) }
        func personal(_ field: String) -> Row.Value { .text(state.fields[field]?.personal?.coded) }
        let general = Row(
            master.name,
            [site, .text(recordClass.rawValue), ref, .bytes(JSON.encode(state.fields)), active, when])
        switch recordClass {
        case .company:
            return [
                general,
                Row(
                    company.name,
                    [
                        site, ref, text("name"), text("businessNumber"), personal("contact"), personal("address"),
                        active, when,
                    ]),
            ]
        case .vehicle:
            return [
                general,
                Row(
                    vehicle.name,
                    [
                        site, ref, text("plate"), text("vehicleType"), .grams(state.fields["tareGrams"]?.number),
                        .grams(state.fields["maxLoadGrams"]?.number), text("company"), active, when,
                    ]),
            ]
        case .driver:
            return [
                general,
                Row(
                    driver.name,
                    [
                        site, ref, text("name"), text("company"), .bool(state.fields["hasApp"]?.flag ?? false), active,
                        when,
                    ]),
            ]
        case .user:
            return [
                general,
                Row(
                    appUser.name,
                    [site, ref, text("login"), text("name"), text("role"), text("driver"), active, when]),
            ]
        case .site, .item, .station:
            return [general]
        }
    }
}
