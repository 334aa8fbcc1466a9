/// One part of a frame's shape.
enum ShapePart: Equatable, Sendable {
    /// Always the same bytes.
    case constant([UInt8])
    case data(ShapeData)
    case check(Checksum)

    var data: ShapeData? { if case .data(let data) = self { data } else { nil } }

    var byteCountMax: Int {
        switch self {
        case .constant(let bytes): bytes.count
        case .data(let data): data.length.upperBound
        case .check(let checksum): checksum.byteCount
        }
    }

    var byteCountMin: Int {
        if case .data(let data) = self { data.length.lowerBound } else { byteCountMax }
    }
}

/// Bytes that say something: one thing or several, or nothing that matters.
struct ShapeData: Equatable, Sendable {
    /// Bytes; a range for a text that ends where another begins.
    let length: ClosedRange<Int>
    let fields: [Field]
    /// The text stands backwards.
    let isReversed: Bool
    /// What the simulator writes where no field says anything.
    let fill: UInt8

    struct Field: Equatable, Sendable {
        let fact: Fact
        /// The bits of the one byte that count; nil: all of the text.
        let bits: Range<Int>?
    }

    /// As a profile's file calls what a field says.
    enum Name: String, CaseIterable, Sendable {
        case status, mode, unit, zero, sign, decimals, device, weight
    }

    /// What a text, or a number of bits, can mean. A text that is in no table refuses the frame.
    enum Fact: Equatable, Sendable {
        case status(MeaningTable<IndicatorProfile.Status>)
        case mode(MeaningTable<WeighMode>)
        case unit(MeaningTable<WeightUnit>)
        case zero(MeaningTable<Bool>)
        case isNegative(MeaningTable<Bool>)
        case decimals(MeaningTable<Int>)
        case device
        case weight
    }

    /// Control characters end a text: a frame whose texts have any is cut.
    var isText: Bool { !fields.isEmpty && fields.allSatisfy { $0.bits == nil } }
    var isVariable: Bool { length.lowerBound < length.upperBound }
    var isWeight: Bool { says(.weight) }

    func says(_ name: Name) -> Bool { fields.contains { $0.fact.name == name } }

    /// Whether a text of variable length may go on with this byte.
    func goesOn(with byte: UInt8) -> Bool {
        isWeight
            ? ExactDecimal.isWeightText(byte)
            : byte == UInt8(ascii: " ") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// Whether every table knows these bytes; false when there is no table at all.
    func isKnown(_ bytes: ArraySlice<UInt8>) -> Bool {
        var isKnown = false
        for field in fields {
            switch field.knows(bytes) {
            case true?: isKnown = true
            case false?: return false
            case nil: continue
            }
        }
        return isKnown
    }
}

extension ShapeData.Field {
    /// The text that a table is asked for: of bits, their number as a byte.
    func text(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let bits, let byte = bytes.first else { return bytes }
        return [byte >> UInt8(bits.lowerBound) & UInt8.max >> UInt8(8 - bits.count)]
    }

    fileprivate func knows(_ bytes: ArraySlice<UInt8>) -> Bool? {
        let text = text(bytes)
        return switch fact {
        case .status(let table): table.meaning(of: text) != nil
        case .mode(let table): table.meaning(of: text) != nil
        case .unit(let table): table.meaning(of: text) != nil
        case .zero(let table): table.meaning(of: text) != nil
        case .isNegative(let table): table.meaning(of: text) != nil
        case .decimals(let table): table.meaning(of: text) != nil
        case .device, .weight: nil
        }
    }
}

extension ShapeData.Fact {
    var name: ShapeData.Name {
        switch self {
        case .status: .status
        case .mode: .mode
        case .unit: .unit
        case .zero: .zero
        case .isNegative: .sign
        case .decimals: .decimals
        case .device: .device
        case .weight: .weight
        }
    }

    /// All texts of its table, in the order of the profile.
    var texts: [[UInt8]] {
        switch self {
        case .status(let table): table.entries.map(\.text)
        case .mode(let table): table.entries.map(\.text)
        case .unit(let table): table.entries.map(\.text)
        case .zero(let table): table.entries.map(\.text)
        case .isNegative(let table): table.entries.map(\.text)
        case .decimals(let table): table.entries.map(\.text)
        case .device, .weight: []
        }
    }
}

/// Texts with what they mean, in the order of the profile; a text may be known and mean nothing.
struct MeaningTable<Meaning: Equatable & Sendable>: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        let text: [UInt8]
        let meaning: Meaning?
    }

    let entries: [Entry]
    /// Of every text that is not among them; nil: such a text refuses the frame.
    let other: Entry?

    /// As the text stands, or without its blanks. Nil when it is unknown; `.some(nil)` when it means nothing.
    func meaning(of text: ArraySlice<UInt8>) -> Meaning?? {
        if let entry = entry(text) { return .some(entry.meaning) }
        let rest = text.drop { $0 == UInt8(ascii: " ") }
        let last = rest.lastIndex { $0 != UInt8(ascii: " ") }
        if let entry = entry(last.map { rest[...$0] } ?? []) { return .some(entry.meaning) }
        return other.map(\.meaning)
    }

    private func entry(_ text: ArraySlice<UInt8>) -> Entry? { entries.first { $0.text.elementsEqual(text) } }
}
