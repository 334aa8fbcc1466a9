extension Master {
    package static func decide(
        _ command: Command, _ state: State, _ context: Context
    ) throws(Rejection) -> [Event] {
        guard context.principal.role == .admin || context.principal.role == .system else { throw .forbidden }
        guard let recordClass = context.id.recordClass, !context.id.recordID.isEmpty else {
            throw .unknownClass(context.id.key)
        }
        // A site's settings belong to the site: another one's are none of its admin's business.
        guard recordClass != .site || context.id.recordID == context.id.site else { throw .forbidden }
        switch command {
        case .create(let fields):
            guard !state.exists else { throw .exists(context.id.key) }
            try check(fields, recordClass, context)
            return [.created(fields: named(fields, in: context.id, recordClass))]
        case .change(let fields):
            guard state.exists else { throw .unknownRecord(context.id.key) }
            guard state.erasedAt == nil else { throw .erased }
            let fields = named(fields, in: context.id, recordClass)
            let changed = fields.filter { state.fields[$0.key, default: .none] != $0.value }
            guard !changed.isEmpty else { return [] }
            try check(state.fields.merging(fields) { $1 }, recordClass, context)
            let before = Dictionary(uniqueKeysWithValues: changed.keys.map { ($0, state.fields[$0, default: .none]) })
            // An old record says its texts without a person.
            return [.changed(before: named(before, in: context.id, recordClass), after: changed)]
        case .deactivate(let reason):
            guard state.exists else { throw .unknownRecord(context.id.key) }
            try context.check(reason: reason)
            return state.isActive ? [.deactivated(reason: reason)] : []
        case .reactivate:
            guard state.exists else { throw .unknownRecord(context.id.key) }
            guard state.erasedAt == nil else { throw .erased }
            return state.isActive ? [] : [.reactivated]
        case .erase(let reason):
            guard state.exists else { throw .unknownRecord(context.id.key) }
            let personal = state.fields.keys.filter { isPersonal($0, of: recordClass) }.sorted()
            guard !personal.isEmpty else { throw .nobody(context.id.key) }
            try context.check(reason: reason)
            return state.erasedAt == nil ? [.erased(fields: personal, by: context.by, reason: reason)] : []
        }
    }

    private static func check(
        _ fields: [String: FieldValue], _ recordClass: Class, _ context: Context
    ) throws(Rejection) {
        try checkTypes(fields, recordClass)
        if recordClass == .vehicle {
            guard let text = fields["plate"]?.text, let plate = Plate(text) else {
                throw .badField("plate", "차량번호 (예: 부산80바1234)")
            }
            if let other = context.directory.vehicleID(plate: plate.description, at: context.id.site),
                other != context.id.recordID,
                context.directory.vehicle(other, at: context.id.site)?.plate == plate
            {
                throw .exists(plate.description)
            }
        } else if recordClass == .user {
            guard let login = fields["login"]?.text, login.count >= 2, login.fits(50) else {
                throw .badField("login", "2–50자 로그인 이름")
            }
            guard let role = fields["role"]?.text.flatMap(Role.init), [.admin, .staff, .driver].contains(role) else {
                throw .badField("role", "ADMIN, STAFF, DRIVER 가운데 하나")
            }
            let directory = context.directory
            if let other = directory.accountID(login: login, at: context.id.site), other != context.id.recordID {
                throw .loginTaken(login)
            }
            if let driver = fields["driver"]?.text, directory.driver(driver, at: context.id.site) == nil {
                throw .unknownDriver(driver)
            }
        }
        if recordClass == .site, let names = fields["slipReceivers"]?.list {
            let isRight = Set(names).count == names.count && names.allSatisfy { StreamID.receiver(named: $0) != nil }
            guard names.count <= 8, isRight else {
                throw .badField("slipReceivers", "연계 시스템 이름 8개 이하, 문자·숫자와 - _ . : 만")
            }
        }
        if recordClass != .vehicle {
            guard let name = fields["name"]?.text, !name.isBlank else { throw .badField("name", "이름") }
            let max = recordClass == .driver || recordClass == .user ? 50 : 100
            guard name.fits(max) else { throw .tooLong("name", max: max) }
        }
    }
}

extension Rejection {
    static func unknownClass(_ key: String) -> Rejection {
        let classes = Master.Class.allCases.map(\.rawValue).joined(separator: ", ")
        return Rejection(
            "unknownRecord", "'\(key)'은(는) 기준정보의 이름이 아닙니다. 분류:번호 꼴이어야 합니다 (\(classes)).", ["key": key])
    }
    static func unknownRecord(_ key: String) -> Rejection {
        Rejection("unknownRecord", "'\(key)' 기준정보가 없습니다.", ["key": key])
    }
    static func nobody(_ key: String) -> Rejection {
        Rejection("nobody", "'\(key)'에는 삭제할 개인정보가 없습니다.", ["key": key])
    }
    static func loginTaken(_ login: String) -> Rejection {
        Rejection("loginTaken", "'\(login)'은(는) 다른 계정이 쓰는 로그인 이름입니다.", ["login": login])
    }
    static func exists(_ key: String) -> Rejection {
        Rejection("exists", "'\(key)'은(는) 이미 등록되어 있습니다.", ["key": key])
    }
    static func badField(_ field: String, _ expected: String) -> Rejection {
        Rejection(
            "badField", "'\(field)' 값이 올바르지 않습니다. \(expected)이(가) 필요합니다.",
            ["field": field, "expected": expected])
    }
}
