/// A finished ticket: it never changes. It can be corrected by a new version, voided, and printed again, each with a name to it
/// (DOMAIN.md 1.8). Born in the register's transaction; the key is the slip number.
///
/// The law makes the yard keep slips with their corrections and whoever made them: nothing of a ticket is a personal field that could
/// be erased. The driver is on it as an id alone; his name is that of his record.
package enum WeighTicket: Kind {
    package static let name = "ticket"
    package static var isBorn: Bool { true }

    package struct State: Codable, Sendable, Hashable {
        package var slip: WeighRegister.Slip?
        /// What may be corrected, as it stands after the last correction; empty before the first.
        package var corrected = Correction()
        package var history: [Change] = []
        package var voided: Void?
        package var reprints = 0
    }

    /// The fields that may be corrected; weights never are.
    package struct Correction: Codable, Sendable, Hashable {
        package var item: String?
        package var itemName: String?
        package var driver: String?
        package var company: String?
        package var companyName: String?
    }

    package struct Change: Codable, Sendable, Hashable {
        package let version: Int
        package let at: Instant
        package let by: String
        package let reason: String
        package let before: Correction
        package let after: Correction
    }

    package struct Void: Codable, Sendable, Hashable {
        package let by: String
        package let reason: String
        package let at: Instant
    }

    package enum Command: Codable, Sendable {
        case correct(item: String?, driver: String?, company: String?, reason: String)
        case void(reason: String)
        case reprint
    }

    package enum Event: Codable, Sendable, Hashable {
        /// `receivers`, here and below: those outside who are told of it, in this order of events.
        case issued(slip: WeighRegister.Slip, receivers: [String]?)
        case corrected(change: Change, receivers: [String]?)
        case voided(by: String, reason: String, at: Instant, receivers: [String]?)
        case reprinted(count: Int, by: String, at: Instant)
    }

    package static func initial(_ id: StreamID) -> State { State() }

    package static func decide(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        guard context.principal.isStaff else { throw .forbidden }
        guard let slip = state.slip else { throw .unknownTicket(context.id.key) }
        switch command {
        case .reprint:
            return [.reprinted(count: state.reprints + 1, by: context.principal.name, at: context.now)]
        case .void(let reason):
            guard context.principal.role == .admin else { throw .forbidden }
            try context.check(reason: reason)
            guard state.voided == nil else { throw .alreadyVoid(slip.number) }
            return [
                .voided(
                    by: context.principal.name, reason: reason, at: context.now, receivers: receivers(context))
            ]
        case .correct(let item, let driver, let company, let reason):
            guard context.principal.role == .admin else { throw .forbidden }
            try context.check(reason: reason)
            guard state.voided == nil else { throw .alreadyVoid(slip.number) }
            return [try correct(slip, item, driver, company, reason, state, context)]
        }
    }

    private static func correct(
        _ slip: WeighRegister.Slip, _ item: String?, _ driver: String?, _ company: String?, _ reason: String,
        _ state: State, _ context: Context
    ) throws(Rejection) -> Event {
        let site = context.id.site
        let load = slip.load
        let issued = Correction(
            item: load.item, itemName: load.itemName, driver: load.driver, company: load.company,
            companyName: load.companyName)
        let before = state.history.last?.after ?? issued
        var after = before
        if let item {
            guard let record = context.directory.item(item, at: site) else { throw .unknownItem(item) }
            after.item = item
            after.itemName = record.name
        }
        if let driver {
            guard context.directory.driver(driver, at: site) != nil else { throw .unknownDriver(driver) }
            after.driver = driver
        }
        if let company {
            guard let record = context.directory.company(company, at: site) else { throw .unknownCompany(company) }
            after.company = company
            after.companyName = record.name
        }
        guard after != before else { throw .nothingToChange }
        return .corrected(
            change: Change(
                version: state.history.count + 2, at: context.now, by: context.principal.name, reason: reason,
                before: before, after: after),
            receivers: receivers(context))
    }

    /// Who outside is told.
    private static func receivers(_ context: Context) -> [String]? {
        context.directory.site(context.id.site).slipReceivers
    }

    package static func evolve(_ state: inout State, _ event: Event, at: Instant) {
        switch event {
        case .issued(let slip, _): state.slip = slip
        case .corrected(let change, _):
            state.corrected = change.after
            state.history.append(change)
        case .voided(let by, let reason, let at, _): state.voided = Void(by: by, reason: reason, at: at)
        case .reprinted(let count, _, _): state.reprints = count
        }
    }

    package static func react(_ event: Event, from id: StreamID, at: Instant) -> [Effect] {
        switch event {
        case .issued(let slip, let receivers):
            Notice.slipIssued(slip: slip).effects(for: receivers, of: id.site, at: at)
        case .reprinted: []
        case .corrected(let change, let receivers):
            Notice.slipCorrected(number: id.key, change: change).effects(for: receivers, of: id.site, at: at)
        case .voided(let by, let reason, let at, let receivers):
            Notice.slipVoided(number: id.key, by: by, reason: reason, at: at).effects(
                for: receivers, of: id.site, at: at)
        }
    }

    package static func view(for principal: Principal, key: String, mine: Bool) -> View? {
        // A driver reads his slips over REST, where the slip's own driver is checked (DOMAIN.md 1.18).
        principal.isStaff && !mine ? .staff : nil
    }

    package static func snapshot(
        _ state: State, live: NoLive?, view: View, _ context: Context
    ) -> any Encodable & Sendable { state }
}

extension Rejection {
    static func unknownTicket(_ number: String) -> Rejection {
        Rejection("unknownTicket", "전표가 없습니다: \(number)", ["number": number])
    }
    static func alreadyVoid(_ number: String) -> Rejection {
        Rejection("alreadyVoid", "이미 무효 처리된 전표입니다: \(number)", ["number": number])
    }
    static func unknownCompany(_ company: String) -> Rejection {
        Rejection("unknownCompany", "등록되지 않은 회사입니다: \(company)", ["company": company])
    }
    static let nothingToChange = Rejection("nothingToChange", "바뀐 내용이 없습니다.")
}
