package import Actors

/// What the reading side asks of the projections. Everything is one site's.
package struct RecordQueries: Sendable {
    package struct Filter: Sendable {
        package var from: BusinessDate
        package var to: BusinessDate
        /// Part of the plate; the last four digits are what people type.
        package var plate: String?
        package var driverName: String?
        /// Only this driver's.
        package var driver: String?
        package var page = 1
        package var limit = 20

        package init(from: BusinessDate, to: BusinessDate) {
            self.from = from
            self.to = to
        }
    }

    /// A ticket as the journal has it, and the driver's name as it is now.
    package struct Record: Sendable {
        package let ticket: WeighTicket.State
        package let driverName: String?
    }

    package struct Page: Sendable {
        package let records: [Record]
        package let total: Int
        /// Of all pages, without voided ones.
        package let netGrams: Int64
    }

    package struct Named: Sendable, Hashable, Encodable {
        package let id: String
        package let name: String
    }

    let readers: ReadPool
    let keys: PersonKeys

    package init(readers: ReadPool, keys: PersonKeys) {
        self.readers = readers
        self.keys = keys
    }

    package func page(_ site: String, _ filter: Filter) async throws -> Page {
        let parameters: [PostgresParameter] = [
            .text(site), .init(PostgresDate(days: Int32(filter.from.daysSinceEpoch))),
            .init(PostgresDate(days: Int32(filter.to.daysSinceEpoch))), .text(filter.plate.map(Self.pattern)),
            .text(filter.driverName.map(Self.pattern)), .text(filter.driver.map(Self.searchable)),
        ]
        let (limit, offset) = (Int64(filter.limit), Int64((filter.page - 1) * filter.limit))
        let (tickets, total, net) = try await readers.read {
            connection throws(PostgresError) -> ([([UInt8], String?)], Int64, Int64) in
            let totals = try connection.query(Self.totals, parameters)
            let rows = try connection.query(Self.list, parameters + [.int8(limit), .int8(offset)])
            return (
                try Self.tickets(rows), try totals[0].value(0),
                try totals[0].value(1, as: PostgresNumeric.self).gramsFromKilograms ?? 0
            )
        }
        return Page(records: try tickets.map(Self.record), total: Int(total), netGrams: net)
    }

    /// - Parameter driver: when given, only a slip of this driver is found.
    package func record(_ site: String, slip: String, driver: String? = nil) async throws -> Record? {
        let tickets = try await readers.read { connection throws(PostgresError) in
            try Self.tickets(
                try connection.query(Self.one, [.text(site), .text(Self.searchable(slip)), .text(driver)]))
        }
        return try tickets.first.map(Self.record)
    }

    /// Names of a class of master data, in order.
    package func names(_ site: String, _ recordClass: Master.Class) async throws -> [Named] {
        try await readers.read { [keys] connection throws(PostgresError) in
            let rows = try connection.query(Self.named, [.text(site), .text(recordClass.rawValue)])
            return try rows.map { row throws(PostgresError) in
                Named(id: try row.value(0), name: keys.shown(try row.value(1), at: site))
            }
        }
    }

    package func isReachable() async -> Bool {
        do throws(PostgresError) {
            return try await readers.read { connection throws(PostgresError) in
                try connection.query("SELECT 1").count == 1
            }
        } catch {
            return false
        }
    }

    // MARK: Statements

    private static let from = """
        FROM weigh_record r LEFT JOIN driver d ON d.site = r.site AND d.ref = r.driver_ref
        """
    private static let condition = """
        WHERE r.site = $1 AND r.business_date BETWEEN $2 AND $3 AND ($4::text IS NULL OR r.plate_number LIKE $4)
            AND ($5::text IS NULL OR d.name LIKE $5) AND ($6::text IS NULL OR r.driver_ref = $6)
        """
    private static let list = PostgresStatement(
        "record_list",
        "SELECT r.ticket, d.name \(from) \(condition) ORDER BY r.weighed_at DESC, r.slip_number DESC LIMIT $7 OFFSET $8"
    )
    private static let totals = PostgresStatement(
        "record_totals",
        "SELECT count(*), coalesce(sum(r.net_weight) FILTER (WHERE r.status <> 'VOID'), 0)::numeric(18,3) \(from) \(condition)"
    )
    private static let one = PostgresStatement(
        "record_one",
        "SELECT r.ticket, d.name \(from) WHERE r.site = $1 AND r.slip_number = $2 AND ($3::text IS NULL OR r.driver_ref = $3)"
    )
    private static let named = PostgresStatement(
        "master_names",
        """
        SELECT ref, coalesce(fields->>'name', fields->>'plate', ref) FROM master_record WHERE site = $1 AND class = $2 AND is_active
        ORDER BY length(ref), ref
        """)

    private static func tickets(_ rows: PostgresResult) throws(PostgresError) -> [([UInt8], String?)] {
        try rows.map { row throws(PostgresError) in
            (Array(try row.value(0, as: PostgresJSON.self).text.utf8), try row.optional(1, as: String.self))
        }
    }

    private static func record(_ ticket: [UInt8], _ driverName: String?) throws -> Record {
        Record(ticket: try JSON.decode(WeighTicket.State.self, from: ticket), driverName: driverName)
    }

    /// A typed text as a LIKE pattern: found anywhere, its own wildcards taken as they are.
    private static func pattern(_ text: String) -> String {
        "%" + searchable(text).flatMap { "%_\\".contains($0) ? ["\\", $0] : [$0] } + "%"
    }

    /// The server refuses U+0000, and no row has it: what stands for it finds nothing either.
    private static func searchable(_ text: String) -> String { text.replacing("\0", with: "\u{FFFD}") }
}
