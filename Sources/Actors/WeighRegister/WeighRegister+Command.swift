extension WeighRegister {
    package enum Command: Codable, Sendable {
        // The hub, on behalf of a station.
        case weigh(load: Load, weighing: Weighing)
        /// Staff have cancelled the visit: its first weight waits for nothing any more.
        case endVisit(visit: String, vehicle: String, by: Personal, reason: String)
        // The office.
        case enterManually(plate: String, grams: Int64, reason: String, station: String?)
        case completeWithStoredTare(plate: String)
        case cancelOpen(plate: String, reason: String)
    }

    package static func decide(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        switch command {
        case .weigh(let load, let weighing):
            guard context.principal.role == .system else { throw .forbidden }
            return weigh(load, weighing, state, context)
        case .endVisit(let visit, let vehicle, let by, let reason):
            guard context.principal.role == .system else { throw .forbidden }
            guard let open = state.open[vehicle], open.load.visit == visit else { return [] }
            return today(state, context) + [.openCancelled(load: open.load, by: by, reason: reason)]
        case .enterManually(let plate, let grams, let reason, let station):
            guard context.principal.isStaff else { throw .forbidden }
            return try enterManually(plate, grams, reason, station, state, context)
        case .completeWithStoredTare(let plate):
            guard context.principal.isStaff else { throw .forbidden }
            return try completeWithStoredTare(plate, state, context)
        case .cancelOpen(let plate, let reason):
            guard context.principal.isStaff else { throw .forbidden }
            try context.check(reason: reason)
            let (ticket, _) = try openTicket(plate, state, context)
            return today(state, context) + [.openCancelled(load: ticket.load, by: context.by, reason: reason)]
        }
    }

    /// A fact from the deck. It is never turned away: what cannot become a weighing is recorded as refused, for staff.
    private static func weigh(
        _ load: Load, _ weighing: Weighing, _ state: State, _ context: Context
    ) -> [Event] {
        guard let open = state.open[load.vehicle] else {
            return today(state, context) + [.firstWeighed(ticket: OpenTicket(load: load, first: weighing))]
        }
        do throws(Rejection) {
            return today(state, context) + [try complete(open, load, second: weighing, state, context)]
        } catch {
            let refusal = Refusal(load: load, weighing: weighing, code: error.code, message: error.message)
            return today(state, context) + [.weighingRefused(refusal: refusal)]
        }
    }

    private static func enterManually(
        _ plate: String, _ grams: Int64, _ reason: String, _ station: String?, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        try context.check(reason: reason)
        let (vehicle, record) = try vehicle(plate, context)
        let site = context.directory.site(context.id.site)
        guard grams >= site.weightMinGrams, grams <= site.weightMaxGrams else {
            throw .weightOutOfRange(grams, site.weightMinGrams...site.weightMaxGrams)
        }
        if let station, context.directory.station(station, at: context.id.site) == nil {
            throw .unknownStation(station)
        }
        try check(grams, onDivisionOf: station ?? state.open[vehicle]?.first.station, context)
        let id = "M-\(pad(state.manualCount + 1, 6))"
        let weighing = Weighing(
            id: id, grams: grams, at: context.now, station: station, source: .manual, by: context.principal.name,
            reason: reason)
        let load = Load(
            visit: id, plate: record.plate, vehicle: vehicle,
            driver: record.drivers.count == 1 ? record.drivers[0] : nil,
            company: record.company,
            companyName: context.directory.company(record.company, at: context.id.site)?.name, item: nil,
            itemName: nil, order: nil, calledAt: nil)
        guard let open = state.open[vehicle] else {
            return today(state, context) + [.firstWeighed(ticket: OpenTicket(load: load, first: weighing))]
        }
        return today(state, context) + [try complete(open, open.load, second: weighing, state, context)]
    }

    private static func completeWithStoredTare(
        _ plate: String, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        let (open, record) = try openTicket(plate, state, context)
        guard let tare = record.tareGrams, let date = record.tareDate else { throw .noStoredTare(record.plate) }
        let site = context.directory.site(context.id.site)
        let age = BusinessDate(context.now, zone: site.clock).daysSinceEpoch - date.daysSinceEpoch
        guard (0...site.tareValidityDays).contains(age) else {
            throw .storedTareExpired(date, days: site.tareValidityDays)
        }
        try check(tare, onDivisionOf: open.first.station, context)
        let slip = try slip(
            open.load, open.first, nil, gross: open.first.grams, tare: tare, .preset, date, state, context)
        return today(state, context) + [completed(slip, seconds: nil, context)]
    }

    /// What any truck on any deck can weigh; a deck and a site allow less. Beyond it there is no arithmetic.
    private static let weightRange: ClosedRange<Int64> = 0...200_000_000

    /// The larger weight is the gross one, whatever the order (DOMAIN.md 1.4).
    private static func complete(
        _ open: OpenTicket, _ load: Load, second: Weighing, _ state: State, _ context: Context
    ) throws(Rejection) -> Event {
        let gross = max(open.first.grams, second.grams)
        let tare = min(open.first.grams, second.grams)
        guard weightRange.contains(tare), weightRange.contains(gross) else {
            throw .weightOutOfRange(weightRange.contains(tare) ? gross : tare, weightRange)
        }
        guard gross != tare else { throw .sameWeight(gross) }
        // A weight typed in says nothing about the time on the deck.
        let calledAt = second.source == .manual ? nil : load.calledAt
        let known = Load(
            visit: open.load.visit, plate: load.plate, vehicle: load.vehicle, driver: load.driver ?? open.load.driver,
            company: load.company ?? open.load.company, companyName: load.companyName ?? open.load.companyName,
            item: load.item ?? open.load.item, itemName: load.itemName ?? open.load.itemName,
            order: load.order ?? open.load.order, calledAt: calledAt)
        let slip = try slip(
            known, open.first, second, gross: gross, tare: tare, .measured, nil, state, context)
        let seconds = calledAt.map { max(0, Int((context.now - $0).inMilliseconds / 1000)) }
        return completed(slip, seconds: seconds, visit: load.visit, context)
    }

    /// - Parameter visit: of the weighing that completes the slip, which keeps the one of its first.
    private static func completed(_ slip: Slip, seconds: Int?, visit: String? = nil, _ context: Context) -> Event {
        let site = context.directory.site(context.id.site)
        return .completed(
            slip: slip, hour: site.clock.hour(of: slip.completedAt), processSeconds: seconds,
            visit: visit == slip.load.visit ? nil : visit, receivers: site.slipReceivers)
    }

    /// Gross, tare and net of a slip are multiples of one division (DOMAIN.md 1.6).
    private static func check(
        _ grams: Int64, onDivisionOf station: String?, _ context: Context
    ) throws(Rejection) {
        let division = station.flatMap { context.directory.station($0, at: context.id.site)?.divisionGrams } ?? 1000
        guard grams % division == 0 else { throw .divisionMismatch(grams, division: division) }
    }

    private static func slip(
        _ load: Load, _ first: Weighing, _ second: Weighing?, gross: Int64, tare: Int64, _ source: TareSource,
        _ tareDate: BusinessDate?, _ state: State, _ context: Context
    ) throws(Rejection) -> Slip {
        let site = context.directory.site(context.id.site)
        let net = gross - tare
        guard net >= site.netMinGrams else { throw .netTooSmall(net, min: site.netMinGrams) }
        let date = date(state, context)
        let number = (state.date == date ? state.lastSlip : 0) + 1
        return Slip(
            number: "WR\(date.compact)\(pad(number, 4))", date: date, load: load, first: first, second: second,
            grossGrams: gross, tareGrams: tare, netGrams: net, tareSource: source, tareDate: tareDate,
            completedAt: context.now)
    }

    /// The first event of a business day says so: counters start anew.
    private static func today(_ state: State, _ context: Context) -> [Event] {
        let date = date(state, context)
        return state.date == date ? [] : [.dayChanged(date: date)]
    }

    /// Never back, whatever is set about the site's day: a day's numbers are given out once.
    private static func date(_ state: State, _ context: Context) -> BusinessDate {
        let date = BusinessDate(context.now, zone: context.directory.site(context.id.site).clock)
        return state.date.map { max($0, date) } ?? date
    }

    private static func vehicle(
        _ plate: String, _ context: Context
    ) throws(Rejection) -> (id: String, record: Directory.Vehicle) {
        guard plate.fits(20), let id = context.directory.vehicleID(plate: plate, at: context.id.site),
            let record = context.directory.vehicle(id, at: context.id.site)
        else { throw .unknownVehicle(Plate.tidy(plate)) }
        return (id, record)
    }

    private static func openTicket(
        _ plate: String, _ state: State, _ context: Context
    ) throws(Rejection) -> (OpenTicket, Directory.Vehicle) {
        let (id, record) = try vehicle(plate, context)
        guard let ticket = state.open[id] else { throw .noOpenTicket(record.plate) }
        return (ticket, record)
    }
}

extension Rejection {
    static func noOpenTicket(_ plate: Plate) -> Rejection {
        Rejection("noOpenTicket", "1차 계량이 없는 차량입니다: \(plate)", ["plate": plate.description])
    }
    static func sameWeight(_ grams: Int64) -> Rejection {
        Rejection(
            "sameWeight", "1차와 2차 중량이 같습니다 (\(grams / 1000) kg). 다시 계량해 주세요.", ["grams": String(grams)])
    }
    static func netTooSmall(_ grams: Int64, min: Int64) -> Rejection {
        Rejection(
            "netTooSmall", "순중량이 너무 작습니다: \(grams / 1000) kg (최소 \(min / 1000) kg)",
            ["grams": String(grams), "min": String(min)])
    }
    static func noStoredTare(_ plate: Plate) -> Rejection {
        Rejection("noStoredTare", "등록된 공차중량이 없습니다: \(plate)", ["plate": plate.description])
    }
    static func storedTareExpired(_ date: BusinessDate, days: Int) -> Rejection {
        Rejection(
            "storedTareExpired", "등록공차의 유효기간(\(days)일)이 지났습니다: \(date) 측정",
            ["date": date.description, "days": String(days)])
    }
}
