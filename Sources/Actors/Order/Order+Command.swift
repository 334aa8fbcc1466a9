extension Order {
    package enum Command: Codable, Sendable {
        case create(details: Details)
        case lock(type: LockType)
        case unlock
        case forceUnlock(reason: String)
        case edit(details: Details)
        case setStatus(status: Status)
        case assign(driverName: String, driverContact: String, plate: String?)
        case remark(text: String)
        /// For good: those who are named in the order have asked for it, or their time is over.
        case erasePeople(reason: String)
        // The hub, as the truck goes over the scale.
        case start(visit: String)
        case finish(slip: String)
    }

    package static func decide(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        switch command {
        case .start, .finish:
            guard context.principal.role == .system else { throw .forbidden }
            return progress(command, state, context)
        case .create(let details):
            guard context.principal.isStaff else { throw .forbidden }
            guard state.details == nil else { throw .orderExists(context.id.key) }
            try check(details)
            return [.created(details: details.named(in: context.id), by: context.by)]
        case .erasePeople(let reason):
            guard context.principal.role == .admin || context.principal.role == .system else { throw .forbidden }
            guard state.details != nil else { throw .unknownOrder(context.id.key) }
            try context.check(reason: reason)
            return state.erasedAt == nil ? [.peopleErased(by: context.by, reason: reason)] : []
        default:
            guard context.principal.isStaff else { throw .forbidden }
            guard let details = state.details else { throw .unknownOrder(context.id.key) }
            return try decideForOffice(command, details, state, context)
        }
    }

    private static func decideForOffice(
        _ command: Command, _ details: Details, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        switch command {
        case .lock(let type):
            return try acquire(type, state, context)
        case .unlock:
            guard let lock = state.lock, lock.isHeld(at: context.now) else { return [] }
            guard lock.holder == context.principal.id else { throw .notHolder(lock) }
            return [.unlocked(by: context.by, reason: nil)]
        case .forceUnlock(let reason):
            guard context.principal.role == .admin else { throw .forbidden }
            try context.check(reason: reason)
            return state.lock == nil ? [] : [.unlocked(by: context.by, reason: reason)]
        case .edit(let after):
            try requireLock(state, context)
            try requirePeople(state)
            try check(after)
            let after = after.named(in: context.id)
            let before = details.named(in: context.id)
            return after == before ? [] : [.edited(before: before, after: after, by: context.by)]
        case .setStatus(let status):
            try requireLock(state, context)
            return try setStatus(status, state, context)
        case .assign(let name, let contact, let plate):
            try requireLock(state, context)
            try requirePeople(state)
            guard state.status == .waiting || context.principal.role == .admin else {
                throw .badTransition(from: state.status, to: state.status)
            }
            guard plate?.fits(20) ?? true else { throw .tooLong("plate", max: 20) }
            guard !name.isBlank, name.fits(50), contact.fits(30) else { throw .badField("driverName", "기사 이름") }
            return [
                .assigned(
                    driverName: context.id.named(name), driverContact: context.id.named(contact), plate: plate,
                    by: context.by)
            ]
        case .remark(let text):
            try requireLock(state, context)
            try requirePeople(state)
            guard !text.isBlank else { throw .badField("text", "내용") }
            guard text.fits(1000) else { throw .tooLong("text", max: 1000) }
            return [.remarked(remark: Remark(by: context.by, at: context.now, text: context.id.named(text)))]
        case .create, .start, .finish, .erasePeople:
            throw .forbidden
        }
    }

    private static func acquire(
        _ type: LockType, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        if let lock = state.lock, lock.isHeld(at: context.now) {
            guard lock.holder != context.principal.id else { return [] }
            throw .locked(lock)
        }
        return [
            .locked(
                lock: Lock(
                    holder: context.principal.id, holderName: context.by, type: type,
                    lockedAt: context.now, expiresAt: context.now + Lock.timeout))
        ]
    }

    /// Every write needs the lock, ADMIN's too; an expired editor is told, nothing is overwritten (DOMAIN.md 0.4, 0.7).
    private static func requireLock(_ state: State, _ context: Context) throws(Rejection) {
        guard let lock = state.lock, lock.isHeld(at: context.now) else { throw .notLocked }
        guard lock.holder == context.principal.id else { throw .locked(lock) }
    }

    /// Nobody comes in whose name could not be kept.
    private static func requirePeople(_ state: State) throws(Rejection) {
        guard state.erasedAt == nil else { throw .erased }
    }

    private static func setStatus(
        _ status: Status, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        guard status != state.status else { return [] }
        let allowed: Bool =
            switch (state.status, status) {
            case (.waiting, .inProgress), (.inProgress, .complete), (.inProgress, .issue), (.inProgress, .cancel),
                (.complete, .issue), (.complete, .cancel), (.issue, .complete), (.issue, .cancel),
                (.cancel, .complete), (.cancel, .issue):
                true
            default: context.principal.role == .admin
            }
        guard allowed else { throw .badTransition(from: state.status, to: status) }
        return [.statusChanged(from: state.status, to: status, by: context.by)]
    }

    /// The scale moves an order along whoever holds its lock: what happened on the deck is a fact.
    private static func progress(_ command: Command, _ state: State, _ context: Context) -> [Event] {
        guard state.details != nil else { return [] }
        let by = context.by
        switch command {
        case .start(let visit):
            let begun: [Event] = state.visit == visit ? [] : [.weighingStarted(visit: visit)]
            return begun + (state.status == .waiting ? [.statusChanged(from: .waiting, to: .inProgress, by: by)] : [])
        case .finish(let slip):
            let done: [Event] = state.slip == slip ? [] : [.weighingFinished(slip: slip)]
            guard state.status == .waiting || state.status == .inProgress else { return done }
            return done + [.statusChanged(from: state.status, to: .complete, by: by)]
        default:
            return []
        }
    }

    private static func check(_ details: Details) throws(Rejection) {
        let texts = [
            ("department", details.department, 50), ("warehouse", details.warehouse, 50),
            ("customer", details.customer?.shown, 100), ("address", details.address?.shown, 200),
            ("item", details.item, 64),
        ]
        for (name, text, max) in texts where !(text?.fits(max) ?? true) { throw .tooLong(name, max: max) }
    }
}

extension StreamID {
    /// A text about somebody who is known from this order alone.
    func named(_ text: String) -> Personal { Personal(text, of: "\(Order.name):\(key)") }
}

extension Order.Details {
    /// As they come from outside, and whose their texts are.
    fileprivate func named(in order: StreamID) -> Order.Details {
        var details = self
        details.customer = customer.map { order.named($0.shown) }
        details.address = address.map { order.named($0.shown) }
        return details
    }
}

extension Rejection {
    static func orderExists(_ number: String) -> Rejection {
        Rejection("exists", "이미 있는 주문번호입니다: \(number)", ["number": number])
    }
    static func unknownOrder(_ number: String) -> Rejection {
        Rejection("unknownOrder", "주문이 없습니다: \(number)", ["number": number])
    }
    static func locked(_ lock: Order.Lock) -> Rejection {
        Rejection(
            "locked", "다른 사용자가 수정 중입니다: \(lock.holderName.shown)",
            [
                "holder": lock.holder, "holderName": lock.holderName.shown,
                "expiresAt": String(lock.expiresAt.milliseconds),
            ])
    }
    static func notHolder(_ lock: Order.Lock) -> Rejection {
        Rejection("notHolder", "잠근 사람만 풀 수 있습니다: \(lock.holderName.shown)", ["holder": lock.holder])
    }
    static let notLocked = Rejection("notLocked", "잠금이 없거나 시간이 지났습니다. 다시 잠근 뒤 저장해 주세요.")
    static func badTransition(from: Order.Status, to: Order.Status) -> Rejection {
        Rejection(
            "badTransition", "상태를 \(from.rawValue)에서 \(to.rawValue)(으)로 바꿀 수 없습니다.",
            ["from": from.rawValue, "to": to.rawValue])
    }
}
