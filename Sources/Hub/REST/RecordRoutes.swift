import Actors
import HTTPTypes
import Hummingbird
import Persistence

/// Slips and what a terminal asks for once: seed 001 §4.3–4.7, in grams and milliseconds as everywhere.
struct RecordRoutes: Sendable {
    let queries: RecordQueries
    let directory: DirectoryStore

    static let pageLimitMax = 100

    /// A slip as it is printed: what was issued, what was corrected, and the yard.
    struct Slip: Encodable {
        struct Yard: Encodable {
            let name: String
            let phone: String?
        }

        let number: String
        let date: BusinessDate
        let visit: String
        let plate: Plate
        let vehicle: String
        let driver: String?
        let driverName: String?
        let company: String?
        let companyName: String?
        let item: String?
        let itemName: String?
        let order: String?
        let first: WeighRegister.Weighing
        let second: WeighRegister.Weighing?
        let grossGrams: Int64
        let tareGrams: Int64
        let netGrams: Int64
        let tareSource: WeighRegister.TareSource
        let tareDate: BusinessDate?
        let completedAt: Instant
        let state: String
        let version: Int
        let reprints: Int
        let manual: Bool
        let history: [WeighTicket.Change]
        let voided: WeighTicket.Void?
        let yard: Yard

        init?(_ record: RecordQueries.Record, _ site: Directory.Site) {
            guard let slip = record.ticket.slip else { return nil }
            let corrected = record.ticket.corrected
            number = slip.number
            date = slip.date
            visit = slip.load.visit
            plate = slip.load.plate
            vehicle = slip.load.vehicle
            driver = corrected.driver ?? slip.load.driver
            driverName = record.driverName
            company = corrected.company ?? slip.load.company
            companyName = corrected.companyName ?? slip.load.companyName
            item = corrected.item ?? slip.load.item
            itemName = corrected.itemName ?? slip.load.itemName
            order = slip.load.order
            first = slip.first
            second = slip.second
            grossGrams = slip.grossGrams
            tareGrams = slip.tareGrams
            netGrams = slip.netGrams
            tareSource = slip.tareSource
            tareDate = slip.tareDate
            completedAt = slip.completedAt
            state = record.ticket.voided == nil ? "COMPLETE" : "VOID"
            version = record.ticket.history.count + 1
            reprints = record.ticket.reprints
            manual = slip.isManual
            history = record.ticket.history
            voided = record.ticket.voided
            yard = Yard(name: site.name, phone: site.phone)
        }
    }

    private struct Listing: Encodable {
        struct Pagination: Encodable {
            let page: Int
            let limit: Int
            let total: Int
            let totalPages: Int

            enum CodingKeys: String, CodingKey {
                case page, limit, total
                case totalPages = "total_pages"
            }
        }

        let items: [Slip]
        let pagination: Pagination
        let netGrams: Int64
    }

    func add(to group: RouterGroup<HubContext>) {
        group.get("weigh-records") { request, context in
            let principal = try context.requireStaff()
            return try await list(principal.site, try filter(request))
        }
        group.get("weigh-records/:slip") { _, context in
            let principal = try context.requireStaff()
            return try await slip(principal.site, context.parameters.get("slip") ?? "", driver: nil)
        }
        group.get("mobile/slip/:slip") { _, context in
            let (principal, driver) = try context.requireDriver()
            return try await slip(principal.site, context.parameters.get("slip") ?? "", driver: driver)
        }
        group.get("mobile/records/today") { _, context in
            let (principal, driver) = try context.requireDriver()
            return try await own(principal.site, driver, days: 1)
        }
        group.get("mobile/records/history") { _, context in
            let (principal, driver) = try context.requireDriver()
            return try await own(principal.site, driver, days: 30)
        }
        group.get("stations") { _, context in try await names(context, .station) }
        group.get("items") { _, context in try await names(context, .item) }
        group.get("companies") { _, context in try await names(context, .company, staffOnly: true) }
        group.get("drivers") { _, context in try await names(context, .driver, staffOnly: true) }
    }

    private func filter(_ request: Request) throws -> RecordQueries.Filter {
        let query = request.uri.queryParameters
        guard let from = query.get("start_date").flatMap({ BusinessDate($0) }) else {
            throw RESTFault.badField("start_date", "YYYY-MM-DD")
        }
        guard let to = query.get("end_date").flatMap({ BusinessDate($0) }) else {
            throw RESTFault.badField("end_date", "YYYY-MM-DD")
        }
        guard from <= to else { throw RESTFault.badField("end_date", "start_date 이후 날짜") }
        var filter = RecordQueries.Filter(from: from, to: to)
        filter.plate = query.get("vehicle_plate").map { Plate.tidy($0) }
        filter.driverName = query.get("driver_name")
        if let text = query.get("page") {
            guard let page = Int(text), (1...100_000).contains(page) else {
                throw RESTFault.badField("page", "1 이상의 정수")
            }
            filter.page = page
        }
        if let text = query.get("limit") {
            guard let limit = Int(text), (1...Self.pageLimitMax).contains(limit) else {
                throw RESTFault.badField("limit", "1–\(Self.pageLimitMax)")
            }
            filter.limit = limit
        }
        return filter
    }

    private func own(_ site: String, _ driver: String, days: Int) async throws -> Response {
        let today = BusinessDate(LoopLane.wallClock(), zone: directory.current.site(site).clock)
        var filter = RecordQueries.Filter(
            from: BusinessDate(daysSinceEpoch: today.daysSinceEpoch - days + 1), to: today)
        filter.driver = driver
        filter.limit = Self.pageLimitMax
        return try await list(site, filter)
    }

    private func list(_ site: String, _ filter: RecordQueries.Filter) async throws -> Response {
        let page = try await reading { try await queries.page(site, filter) }
        let record = directory.current.site(site)
        return success(
            Listing(
                items: page.records.compactMap { Slip($0, record) },
                pagination: .init(
                    page: filter.page, limit: filter.limit, total: page.total,
                    totalPages: (page.total + filter.limit - 1) / filter.limit), netGrams: page.netGrams))
    }

    /// What is not the asker's is not there for him (DOMAIN.md 1.18).
    private func slip(_ site: String, _ number: String, driver: String?) async throws -> Response {
        let record = try await reading { try await queries.record(site, slip: number, driver: driver) }
        guard let record, let slip = Slip(record, directory.current.site(site)) else { throw RESTFault.notFound }
        return success(slip)
    }

    private func names(_ context: HubContext, _ recordClass: Master.Class, staffOnly: Bool = false) async throws
        -> Response
    {
        let principal = staffOnly ? try context.requireStaff() : try context.requirePrincipal()
        return success(try await reading { try await queries.names(principal.site, recordClass) })
    }

    private func reading<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch is PostgresError {
            throw RESTFault.unavailable
        }
    }
}
