/// The tables of a profile: `maps` says once what the texts of a field mean, a field may have a table of its own.
struct ProfileTables {
    private typealias Fault = JSONPlace.Fault

    private enum Sign: String, CaseIterable {
        case plus = "+"
        case minus = "-"
    }

    /// What the texts of a table are.
    enum Key {
        /// As they stand in a frame, of so many bytes at most.
        case text(Int)
        /// Numbers of so many bits, written in digits.
        case bits(Int)

        var isBits: Bool { if case .bits = self { true } else { false } }
    }

    private let maps: JSONObject?

    init(_ place: JSONPlace?) throws(JSONPlace.Fault) {
        maps = try place?.object(["status", "mode", "unit", "zero", "sign", "decimals"])
        // Whether a table is used or not, it has to be sound.
        for name in ShapeData.Name.allCases where maps?[name.rawValue] != nil {
            _ = try fact(name, nil, nil, Self.anyText)
        }
    }

    /// What a field says.
    ///
    /// - Parameters:
    ///   - own: its own table; nil: that of its name in `maps`.
    func fact(_ field: JSONPlace, _ own: JSONPlace?, _ key: Key) throws(JSONPlace.Fault) -> ShapeData.Fact {
        // What is too long here may be right elsewhere.
        let key = own == nil && !key.isBits ? Self.anyText : key
        return try fact(try field.word(ShapeData.Name.self), own, field, key)
    }

    /// A text of `maps` is for one of the fields that are looked up there.
    func refuseLongTexts(_ shapes: [FrameShape]) throws(JSONPlace.Fault) {
        let parts = shapes.flatMap(\.parts).compactMap(\.data)
        for name in ShapeData.Name.allCases {
            let lengths = parts.filter { $0.fields.contains { $0.fact.name == name && $0.bits == nil } }.map(\.length)
            guard let map = maps?[name.rawValue], let most = lengths.map(\.upperBound).max() else { continue }
            for (text, meaning) in try map.members() { _ = try Self.bytes(text, most, meaning) }
        }
    }

    private static let anyText = Key.text(ProfileFrames.byteCountMax)

    private func fact(
        _ name: ShapeData.Name, _ own: JSONPlace?, _ field: JSONPlace?, _ key: Key
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
                try table(needed(), key) { place throws(Fault) in try place.word(IndicatorProfile.Status.self) })
        case .mode: return .mode(try table(needed(), key) { place throws(Fault) in try place.word(WeighMode.self) })
        case .unit: return .unit(try table(needed(), key) { place throws(Fault) in try place.word(WeightUnit.self) })
        case .zero: return .zero(try table(needed(), key) { place throws(Fault) in try place.flag() })
        case .sign:
            if map == nil, !key.isBits { return .isNegative(Self.signs) }
            return .isNegative(try table(needed(), key) { place throws(Fault) in try place.word(Sign.self) == .minus })
        case .decimals:
            if map == nil, !key.isBits { return .decimals(Self.digits) }
            return .decimals(try table(needed(), key) { place throws(Fault) in try place.number(in: -9...9) })
        case .device, .weight:
            if let own { throw own.fault("belongs to no table: \(name.rawValue) is read as it stands") }
            if key.isBits {
                throw field?.fault("is \(name.rawValue), which is no matter of bits") ?? Fault(description: "")
            }
            return name == .device ? .device : .weight
        }
    }

    /// `*` stands for every text that is not there, null for one that says nothing.
    private func table<Meaning>(
        _ place: JSONPlace, _ key: Key, _ read: (JSONPlace) throws(Fault) -> Meaning
    ) throws(Fault) -> MeaningTable<Meaning> {
        var entries: [MeaningTable<Meaning>.Entry] = []
        var other: MeaningTable<Meaning>.Entry?
        for (text, value) in try place.members() {
            let meaning = value.isNull ? nil : try read(value)
            if text == "*" {
                other = .init(text: [], meaning: meaning)
                continue
            }
            let bytes =
                switch key {
                case .text(let most): try Self.bytes(text, most, value)
                case .bits(let count): [try Self.number(text, count, value)]
                }
            entries.append(.init(text: bytes, meaning: meaning))
        }
        guard other != nil || !entries.isEmpty else { throw place.fault("is empty; a table has at least one text") }
        return MeaningTable(entries: entries, other: other)
    }

    private static func bytes(_ text: String, _ most: Int, _ place: JSONPlace) throws(Fault) -> [UInt8] {
        guard text.unicodeScalars.allSatisfy({ $0.value <= 0xFF }) else {
            throw place.fault("is of \"\(text)\", expected characters that are one byte each")
        }
        let bytes = text.frameBytes
        guard bytes.count <= most else {
            throw place.fault("is of \"\(text)\", which is longer than its field: \(most)")
        }
        return bytes
    }

    /// In digits and no other way: each number has one text.
    private static func number(_ text: String, _ bitCount: Int, _ place: JSONPlace) throws(Fault) -> UInt8 {
        let most = UInt8.max >> UInt8(8 - bitCount)
        guard let number = UInt8(text), number <= most, "\(number)" == text else {
            throw place.fault("is of \"\(text)\", expected a number 0…\(most)")
        }
        return number
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
