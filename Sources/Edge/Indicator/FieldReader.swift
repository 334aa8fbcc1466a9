/// Reads the fields of one whole frame. Everything unknown refuses the frame: a weight is never guessed.
struct FieldReader: Sendable {
    private let profile: IndicatorProfile
    private let marks: [(start: [UInt8], end: [UInt8])]

    init(profile: IndicatorProfile) {
        self.profile = profile
        switch profile.framing {
        case .fixed: marks = []
        case .delimited(let delimited): marks = delimited.pairs.map { ($0.start.frameBytes, $0.end.frameBytes) }
        }
    }

    func read(_ frame: [UInt8]) -> Reading {
        do throws(RefusalReason) {
            if let checksum = profile.checksum, !checksum.holds(for: frame) { throw RefusalReason.checksum }
            return try reading(Texts(groups: try groups(of: frame), frame: frame, profile: profile))
        } catch {
            return .refused(error, raw: frame)
        }
    }

    private func reading(_ texts: Texts) throws(RefusalReason) -> Reading {
        let status = try texts.lookUp(.status, in: profile.maps.status, or: .status)
        guard status != .error else { throw .deviceError }
        var reading = Reading(raw: texts.frame)
        reading.stable = status.map { $0 == .stable }
        reading.overload = status == .over
        reading.underload = status == .under
        reading.mode = try texts.lookUp(.mode, in: profile.maps.mode, or: .mode)
        reading.unit = try texts.lookUp(.unit, in: profile.maps.unit, or: .unit) ?? profile.common?.defaultUnit
        reading.zero = try texts.lookUp(.zero, in: profile.maps.zero, or: .status)
        reading.device = try device(texts)
        reading.hold = try texts.bit(.hold) ?? false || status == .hold
        if reading.hold { reading.stable = false }
        try weigh(texts, into: &reading)
        return reading
    }

    /// Out of range there is no value, whatever digits the indicator still shows.
    private func weigh(_ texts: Texts, into reading: inout Reading) throws(RefusalReason) {
        guard let text = try texts.text(.weight) else { throw .weight }
        if reading.overload || reading.underload {
            guard text.allSatisfy({ Self.outOfRangeCharacters.contains($0) }) else { throw .weight }
            return
        }
        if profile.field(.weight)?.length == nil, try texts.text(.unit) == nil { throw .length }
        guard var value = ExactDecimal(weightText: try signed(text, texts)) else { throw .weight }
        if let shift = try decimals(texts) {
            guard value.scale == 0, let shifted = value.shifted(decimals: shift) else { throw .weight }
            value = shifted
        }
        reading.value = value
        guard let unit = reading.unit else { return }
        guard let grams = value.grams(in: unit) else { throw .weight }
        reading.grams = grams
    }

    private static let outOfRangeCharacters = Set(" +-.0123456789".utf8)

    private func signed(_ text: ArraySlice<UInt8>, _ texts: Texts) throws(RefusalReason) -> [UInt8] {
        guard let sign = try texts.text(.sign) else { return Array(text) }
        switch sign.first {
        case UInt8(ascii: "-"), UInt8(ascii: "+"): return Array(sign) + text
        case UInt8(ascii: " "), UInt8(ascii: "0"): return Array(text)
        default: throw .weight
        }
    }

    private func decimals(_ texts: Texts) throws(RefusalReason) -> Int? {
        guard let text = try texts.text(.decimals) else { return profile.common?.impliedDecimals }
        guard let digit = text.first, (UInt8(ascii: "0")...UInt8(ascii: "5")).contains(digit) else { throw .weight }
        return Int(digit - UInt8(ascii: "0"))
    }

    private func device(_ texts: Texts) throws(RefusalReason) -> Int? {
        guard let text = try texts.text(.device) else { return nil }
        if let base = profile.common?.deviceBase {
            guard let byte = text.first, Int(byte) >= base else { throw .device }
            return Int(byte) - base
        }
        guard let number = Int(String(decoding: text, as: UTF8.self)), number >= 0 else { throw .device }
        return number
    }

    /// The separated texts between the marks; the whole frame for fixed framing.
    private func groups(of frame: [UInt8]) throws(RefusalReason) -> [ArraySlice<UInt8>] {
        guard case .delimited(let delimited) = profile.framing else { return [] }
        guard let pair = marks.first(where: { match($0.start, frame[...]) == .full }) else { throw .length }
        let content = frame.dropFirst(pair.start.count).dropLast(pair.end.count)
        let groups = content.split(separator: delimited.separator.frameBytes[0], omittingEmptySubsequences: false)
        guard groups.count == delimited.groups else { throw .length }
        return groups
    }
}

/// The texts of one frame, found by field name.
private struct Texts {
    let groups: [ArraySlice<UInt8>]
    let frame: [UInt8]
    let profile: IndicatorProfile

    func text(_ name: IndicatorProfile.Field.Name) throws(RefusalReason) -> ArraySlice<UInt8>? {
        guard let field = profile.field(name), field.bit == nil else { return nil }
        if let group = field.group {
            guard field.length == nil || groups[group].count == field.length else { throw .length }
            return groups[group]
        }
        return frame.dropFirst(field.at ?? 0).prefix(field.length ?? 1)
    }

    func bit(_ name: IndicatorProfile.Field.Name) throws(RefusalReason) -> Bool? {
        guard let field = profile.field(name), let bit = field.bit, let at = field.at else { return nil }
        return frame[at] & (1 << UInt8(bit)) != 0
    }

    /// The meaning of a field's text, as it stands or without its blanks; nil only when the profile has no such field.
    func lookUp<Meaning>(
        _ name: IndicatorProfile.Field.Name, in map: [String: Meaning]?, or reason: RefusalReason
    ) throws(RefusalReason) -> Meaning? {
        guard let map, let bytes = try text(name) else { return nil }
        let exact = String(String.UnicodeScalarView(bytes.map { UnicodeScalar($0) }))
        if let meaning = map[exact] { return meaning }
        let trimmed = exact.split(separator: " ")
        guard trimmed.count == 1, let meaning = map[String(trimmed[0])] else { throw reason }
        return meaning
    }
}

extension IndicatorProfile {
    func field(_ name: Field.Name) -> Field? { fields.first { $0.name == name } }
}
