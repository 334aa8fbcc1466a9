/// Reads the fields of one whole frame. Everything unknown refuses the frame: a weight is never guessed.
struct FieldReader: Sendable {
    private let profile: IndicatorProfile

    init(profile: IndicatorProfile) { self.profile = profile }

    /// - Parameters:
    ///   - frame: as the profile takes it, without parity bits.
    ///   - raw: as it came.
    func read(_ frame: [UInt8], _ match: FrameMatch, raw: [UInt8]) -> Reading {
        do throws(RefusalReason) {
            let parts = zip(profile.shapes[match.shape].parts, match.ranges)
            // First of all: what the line has damaged says nothing.
            for case (.check(let checksum), let range) in parts {
                guard checksum.holds(for: frame, at: range.lowerBound) else { throw RefusalReason.checksum }
            }
            var says = Says()
            var isBehindWeight = false
            for (part, range) in parts {
                guard case .data(let data) = part else {
                    isBehindWeight = false
                    continue
                }
                // One character that means nothing takes no digit of the number before it.
                if isBehindWeight, data.fields.isEmpty, data.length == 1...1,
                    ExactDecimal.isDigitOrPoint(frame[range.lowerBound])
                {
                    throw RefusalReason.weight
                }
                try says.take(data, frame[range], profile.defaults)
                isBehindWeight = data.isWeight
            }
            return try says.reading(profile.defaults, raw: raw)
        } catch {
            return .refused(error, raw: raw)
        }
    }
}

/// What the fields of a frame say, gathered.
private struct Says {
    private var status: Set<IndicatorProfile.Status> = []
    private var mode: WeighMode?
    private var unit: WeightUnit?
    private var zero: Bool?
    private var isNegative: Bool?
    private var hasSign = false
    private var decimals: Int?
    private var device: Int?
    private var weight: [UInt8]?
    private var isVariable = false

    mutating func take(
        _ data: ShapeData, _ bytes: ArraySlice<UInt8>, _ defaults: IndicatorProfile.Defaults
    ) throws(RefusalReason) {
        for field in data.fields {
            let text = field.text(bytes)
            switch field.fact {
            case .status(let table): if let one = try table.known(text, or: .status) { status.insert(one) }
            case .mode(let table): mode = try table.known(text, or: .mode) ?? mode
            case .unit(let table): unit = try table.known(text, or: .unit) ?? unit
            case .zero(let table): zero = try table.known(text, or: .status) ?? zero
            case .isNegative(let table):
                isNegative = try table.known(text, or: .weight) ?? isNegative
                hasSign = true
            case .decimals(let table): decimals = try table.known(text, or: .weight) ?? decimals
            case .device: device = try Self.device(text, defaults)
            case .weight:
                // Up to the unit, blanks between them included.
                let digits =
                    data.isVariable ? text[...(text.lastIndex { $0 != UInt8(ascii: " ") } ?? text.startIndex)] : text
                weight = data.isReversed ? digits.reversed() : Array(digits)
                isVariable = data.isVariable
            }
        }
    }

    private static func device(
        _ text: ArraySlice<UInt8>, _ defaults: IndicatorProfile.Defaults
    ) throws(RefusalReason) -> Int {
        if let base = defaults.deviceBase {
            guard let byte = text.first, Int(byte) >= base else { throw .device }
            return Int(byte) - base
        }
        guard text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(String(decoding: text, as: UTF8.self))
        else { throw .device }
        return number
    }

    func reading(_ defaults: IndicatorProfile.Defaults, raw: [UInt8]) throws(RefusalReason) -> Reading {
        guard !status.contains(.error) else { throw .deviceError }
        guard !status.contains(.busy) else { throw .busy }
        var reading = Reading(raw: raw)
        reading.overload = status.contains(.over)
        reading.underload = status.contains(.under)
        reading.hold = status.contains(.hold)
        reading.stable = status.isEmpty ? nil : status == [.stable]
        reading.mode = mode
        reading.unit = unit ?? defaults.unit
        reading.zero = zero
        reading.device = device
        try weigh(defaults, into: &reading)
        return reading
    }

    /// Out of range there is no value, whatever digits the indicator still shows.
    private func weigh(_ defaults: IndicatorProfile.Defaults, into reading: inout Reading) throws(RefusalReason) {
        if reading.overload || reading.underload {
            guard weight?.allSatisfy(ExactDecimal.isWeightText) ?? true else { throw .weight }
            return
        }
        guard let weight else { throw .weight }
        // A number that no unit closes may be the beginning of a longer one.
        if isVariable, unit == nil { throw .length }
        // Its sign stands elsewhere: one among the digits is none of this number.
        if hasSign, weight.contains(where: ExactDecimal.isSign) { throw .weight }
        let sign = isNegative == true ? [UInt8(ascii: "-")] : []
        guard var value = ExactDecimal(weightText: sign + weight) else { throw .weight }
        if let shift = decimals ?? defaults.decimals {
            guard value.scale == 0, let shifted = value.shifted(decimals: shift) else { throw .weight }
            value = shifted
        }
        reading.value = value
        guard let unit = reading.unit else { return }
        guard let grams = value.grams(in: unit) else { throw .weight }
        reading.grams = grams
    }
}

extension MeaningTable {
    fileprivate func known(_ text: ArraySlice<UInt8>, or reason: RefusalReason) throws(RefusalReason) -> Meaning? {
        guard let meaning = meaning(of: text) else { throw reason }
        return meaning
    }
}
