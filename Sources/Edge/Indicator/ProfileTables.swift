/// The tables of a profile: `maps` says once what the texts of a field mean, a field may have a table of its own.
struct ProfileTables {
    private typealias Fault = JSONPlace.Fault

    private enum Sign: String, CaseIterable {
        case plus = "+"
        case minus = "-"
    }

    private let maps: JSONObject?

    init(_ place: JSONPlace?) throws(JSONPlace.Fault) {
        maps = try place?.object(["status", "mode", "unit", "zero", "sign", "decimals"])
        // Whether a table is used or not, it has to be sound.
        for name in ShapeData.Name.allCases where maps?[name.rawValue] != nil {
            _ = try fact(name, nil, nil, isBits: false)
        }
    }

    /// What a field says.
    ///
    /// - Parameters:
    ///   - own: its own table; nil: that of its name in `maps`.
    ///   - isBits: the table is of numbers, written as texts.
    func fact(_ field: JSONPlace, _ own: JSONPlace?, isBits: Bool) throws(JSONPlace.Fault) -> ShapeData.Fact {
        try fact(try field.word(ShapeData.Name.self), own, field, isBits: isBits)
    }

    private func fact(
        _ name: ShapeData.Name, _ own: JSONPlace?, _ field: JSONPlace?, isBits: Bool
    ) throws(JSONPlace.Fault) -> ShapeData.Fact {
        let map = own ?? maps?[name.rawValue]
        func needed() throws(JSONPlace.Fault) -> JSONPlace {
            guard let map else {
                throw field?.fault(
                    "is \(name.rawValue), whose table is missing: \"map\" here, or \"maps.\(name.rawValue)\"")
                    ?? JSONPlace.Fault(description: name.rawValue)
            }
            return map
        }
        switch name {
        case .status where map?.saysStableOfAnything == true:
            throw try needed().fault("says stable of every other text: what is unknown is never stable")
        case .status:
            return .status(
                try table(needed(), isBits) { place throws(Fault) in try place.word(IndicatorProfile.Status.self) })
        case .mode: return .mode(try table(needed(), isBits) { place throws(Fault) in try place.word(WeighMode.self) })
        case .unit: return .unit(try table(needed(), isBits) { place throws(Fault) in try place.word(WeightUnit.self) })
        case .zero: return .zero(try table(needed(), isBits) { place throws(Fault) in try place.flag() })
        case .sign:
            guard let map else { return .isNegative(Self.signs) }
            return .isNegative(try table(map, isBits) { place throws(Fault) in try place.word(Sign.self) == .minus })
        case .decimals:
            guard let map else { return .decimals(Self.digits) }
            return .decimals(try table(map, isBits) { place throws(Fault) in try place.number(in: -9...9) })
        case .device, .weight:
            if let own { throw own.fault("belongs to no table: \(name.rawValue) is read as it stands") }
            if isBits {
                throw field?.fault("is \(name.rawValue), which is no matter of bits") ?? Fault(description: "")
            }
            return name == .device ? .device : .weight
        }
    }

    /// `*` stands for every text that is not there, null for one that says nothing.
    private func table<Meaning>(
        _ place: JSONPlace, _ isBits: Bool, _ read: (JSONPlace) throws(Fault) -> Meaning
    ) throws(Fault) -> MeaningTable<Meaning> {
        var entries: [MeaningTable<Meaning>.Entry] = []
        var other: MeaningTable<Meaning>.Entry?
        for (key, value) in try place.members() {
            let meaning = value.isNull ? nil : try read(value)
            if key == "*" {
                other = .init(text: [], meaning: meaning)
            } else if isBits {
                guard let number = UInt8(key) else { throw value.fault("is of \"\(key)\", expected a number 0…255") }
                entries.append(.init(text: [number], meaning: meaning))
            } else {
                guard key.unicodeScalars.allSatisfy({ $0.value <= 0xFF }) else {
                    throw value.fault("is of \"\(key)\", expected characters that are one byte each")
                }
                entries.append(.init(text: key.frameBytes, meaning: meaning))
            }
        }
        return MeaningTable(entries: entries, other: other)
    }

    private static let signs = MeaningTable(
        entries: [(" ", false), ("-", true), ("+", false), ("0", false)].map {
            .init(text: $0.0.frameBytes, meaning: $0.1)
        },
        other: nil)
    private static let digits = MeaningTable<Int>(
        entries: (0...5).map { digit in MeaningTable<Int>.Entry(text: [UInt8(0x30 + digit)], meaning: digit) },
        other: nil)
}

extension JSONPlace {
    fileprivate var saysStableOfAnything: Bool {
        (try? members())?.contains { $0.key == "*" && (try? $0.place.text()) == "stable" } ?? false
    }
}
