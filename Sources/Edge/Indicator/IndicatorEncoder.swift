/// Writes frames as an indicator of a profile would: the simulator's half, proved by decoding what it wrote.
package struct IndicatorEncoder: Sendable {
    /// What the display shows.
    package struct Display: Equatable, Sendable {
        package var value: ExactDecimal
        package var unit: WeightUnit
        package var status: IndicatorProfile.Status
        package var mode: WeighMode
        package var device: Int

        package init(
            value: ExactDecimal, unit: WeightUnit = .kilogram, status: IndicatorProfile.Status,
            mode: WeighMode = .gross, device: Int = 1
        ) {
            self.value = value
            self.unit = unit
            self.status = status
            self.mode = mode
            self.device = device
        }
    }

    private let profile: IndicatorProfile
    private let encoding: IndicatorProfile.Encoding

    package init(profile: IndicatorProfile) throws(ProfileError) {
        guard let encoding = profile.encoding else {
            throw ProfileError(profile: profile.id, problem: "no \"encoding\"; the simulator cannot write it")
        }
        self.profile = profile
        self.encoding = encoding
    }

    /// nil when the protocol has no text for what is shown: a status it does not know, or a number too long.
    package func encode(_ display: Display) -> [UInt8]? {
        var texts: [IndicatorProfile.Field.Name: [UInt8]] = [:]
        for field in profile.fields where field.bit == nil {
            guard let text = text(of: field, display) else { return nil }
            texts[field.name] = text
        }
        switch profile.framing {
        case .fixed(let fixed): return fixedFrame(fixed, texts, display)
        case .delimited(let delimited): return delimitedFrame(delimited, texts)
        }
    }

    private func text(of field: IndicatorProfile.Field, _ display: Display) -> [UInt8]? {
        switch field.name {
        case .status: encoding.status[display.status.rawValue]?.frameBytes
        case .mode: encoding.mode[display.mode.rawValue]?.frameBytes
        case .unit: encoding.unit[display.unit.rawValue]?.frameBytes
        case .weight: weightText(display, length: field.length)
        case .device: [UInt8(truncatingIfNeeded: display.device + (profile.common?.deviceBase ?? 0x30))]
        case .sign: [UInt8(ascii: display.value.mantissa < 0 ? "-" : " ")]
        case .decimals: [UInt8(truncatingIfNeeded: 0x30 + display.value.scale)]
        case .zero: encoding.status["zero"]?.frameBytes
        case .hold: []
        }
    }

    /// Digits padded with zeros, blanks instead of digits out of range.
    private func weightText(_ display: Display, length: Int?) -> [UInt8]? {
        let signed = encoding.sign == true
        let negative = display.value.mantissa < 0
        let sign: [UInt8] = negative ? [UInt8(ascii: "-")] : signed ? [UInt8(ascii: "+")] : []
        let digits = Array(display.value.description.utf8.drop { $0 == UInt8(ascii: "-") })
        let width = (length ?? sign.count + digits.count) - sign.count
        guard digits.count <= width else { return nil }
        if display.status == .over || display.status == .under {
            return sign + [UInt8](repeating: UInt8(ascii: " "), count: width)
        }
        let padding = width - digits.count
        guard negative && !signed else { return sign + [UInt8](repeating: UInt8(ascii: "0"), count: padding) + digits }
        return [UInt8](repeating: UInt8(ascii: " "), count: padding) + sign + digits
    }

    private func fixedFrame(
        _ fixed: Framing.Fixed, _ texts: [IndicatorProfile.Field.Name: [UInt8]], _ display: Display
    ) -> [UInt8]? {
        var frame = [UInt8](repeating: UInt8(ascii: " "), count: fixed.lengths[0])
        for literal in fixed.literals { frame.replace(at: literal.at, with: literal.text.frameBytes) }
        for (name, text) in texts {
            guard let field = profile.field(name), let at = field.at, text.count <= field.length ?? 1 else {
                return nil
            }
            frame.replace(at: at, with: text)
        }
        for (at, values) in encoding.bytes ?? [:] {
            guard let at = Int(at), frame.indices.contains(at), let value = values[display.status.rawValue] else {
                return nil
            }
            frame[at] = value
        }
        // A shorter variant of the frame ends before it.
        if let checksum = profile.checksum, checksum.at + checksum.byteCount <= frame.count {
            frame.replace(at: checksum.at, with: checksum.text(for: frame))
        }
        return frame
    }

    private func delimitedFrame(
        _ delimited: Framing.Delimited, _ texts: [IndicatorProfile.Field.Name: [UInt8]]
    ) -> [UInt8] {
        var groups = [[UInt8]](repeating: [], count: delimited.groups)
        for (name, text) in texts {
            if let group = profile.field(name)?.group { groups[group] = text }
        }
        let pair = delimited.pairs[0]
        return pair.start.frameBytes + groups.joined(separator: delimited.separator.frameBytes) + pair.end.frameBytes
    }
}

extension [UInt8] {
    fileprivate mutating func replace(at offset: Int, with bytes: [UInt8]) {
        replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
}
