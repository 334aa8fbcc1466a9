/// What the records of each class may say. A mistyped field is an error, not a field of its own: a scale with the wrong division is
/// worse than a refused edit. Fields of a site's own begin with `x_` and are kept as they come.
extension Master {
    enum FieldType: Sendable {
        case text
        case date
        case number(ClosedRange<Int64>)
        case flag
        case list

        /// In Korean, for the one who typed it.
        var expected: String {
            switch self {
            case .text: "글자"
            case .date: "날짜 (예: 2026-11-20)"
            case .number(let range): "정수 \(range.lowerBound)–\(range.upperBound)"
            case .flag: "true 또는 false"
            case .list: "글자 목록"
            }
        }

        func fits(_ value: FieldValue) -> Bool {
            switch (self, value) {
            // Taken away.
            case (_, .none): true
            case (.text, .text), (.text, .personal), (.flag, .flag), (.list, .list): true
            case (.date, .text(let text)): BusinessDate(text) != nil
            case (.number(let range), .number(let number)): range.contains(number)
            default: false
            }
        }
    }

    static let ownFieldPrefix = "x_"

    private static let grams = FieldType.number(0...200_000_000)

    static func fieldTypes(of recordClass: Class) -> [String: FieldType] {
        switch recordClass {
        case .site: siteFields
        case .company:
            ["name": .text, "businessNumber": .text, "contact": .text, "address": .text, "note": .text]
        case .vehicle:
            [
                "plate": .text, "vehicleType": .text, "company": .text, "tareGrams": grams, "tareDate": .date,
                "maxLoadGrams": grams, "drivers": .list, "note": .text,
            ]
        case .driver: ["name": .text, "company": .text, "contact": .text, "hasApp": .flag, "note": .text]
        case .item: ["name": .text, "note": .text]
        case .station: stationFields
        case .user: ["login": .text, "name": .text, "role": .text, "driver": .text, "note": .text]
        }
    }

    /// Whether a field says something about a person, whose key is then that of the record. A log-in name stays: it is what the history
    /// and the pages know an account by. So does a company's name, which is on its slips.
    static func isPersonal(_ field: String, of recordClass: Class) -> Bool {
        switch recordClass {
        case .driver: ["name", "contact", "note"].contains(field) || field.hasPrefix(ownFieldPrefix)
        case .user: ["name", "note"].contains(field) || field.hasPrefix(ownFieldPrefix)
        case .company: ["contact", "address", "note"].contains(field) || field.hasPrefix(ownFieldPrefix)
        case .site, .vehicle, .item, .station: false
        }
    }

    /// As they come from outside, and which of them are personal.
    static func named(_ fields: [String: FieldValue], in id: StreamID, _ recordClass: Class) -> [String: FieldValue] {
        var named = fields
        for (name, value) in fields where isPersonal(name, of: recordClass) {
            if case .text(let text) = value { named[name] = .personal(Personal(text, of: id.key)) }
        }
        return named
    }

    private static let siteFields: [String: FieldType] = [
        "name": .text, "phone": .text, "utcOffsetMinutes": .number(-720...840), "dayCutMinutes": .number(0...1439),
        "queueNumberMax": .number(0...9999), "callGraceSeconds": .number(0...86_400),
        "absentGraceSeconds": .number(0...86_400), "netMinGrams": grams, "weightMinGrams": grams,
        "weightMaxGrams": grams, "tareValidityDays": .number(0...3650), "slipReceivers": .list, "note": .text,
    ]

    private static let stationFields: [String: FieldType] = [
        "name": .text, "indicator": .text, "divisionGrams": .number(0...1_000_000),
        "zeroBandGrams": .number(0...10_000_000), "capacityGrams": grams, "validUntil": .date, "note": .text,
    ]

    /// Names, types, lengths and ranges of all fields.
    static func checkTypes(_ fields: [String: FieldValue], _ recordClass: Class) throws(Rejection) {
        guard fields.count <= 40 else { throw .badField("fields", "40개 이하") }
        let types = fieldTypes(of: recordClass)
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let type = types[name] {
                guard type.fits(value) else { throw .badField(name, type.expected) }
            } else if !name.hasPrefix(ownFieldPrefix) || !name.fits(40) {
                throw .badField(
                    String(name.unicodeScalars.prefix(40)), types.keys.sorted().joined(separator: ", ") + ", x_…")
            }
            if types[name] == nil, isPersonal(name, of: recordClass) {
                // Only a text can be kept under somebody's key.
                switch value {
                case .text, .personal, .flag, .none: break
                case .number, .list: throw .badField(name, "문자 또는 true/false")
                }
            }
            if let list = value.list, list.count > 50 { throw .badField(name, "50개 이하") }
            let texts = value.list ?? (value.text.map { [$0] } ?? [])
            guard texts.allSatisfy({ $0.fits(200) }) else { throw .tooLong(name, max: 200) }
        }
    }
}
