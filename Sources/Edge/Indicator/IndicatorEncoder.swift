/// Writes frames as an indicator of a profile would: the simulator's half, proved by decoding what it wrote.
package struct IndicatorEncoder: Sendable {
    /// What the display shows.
    package struct Display: Equatable, Sendable {
        package var value: ExactDecimal
        package var unit: WeightUnit
        package var status: IndicatorProfile.Status
        package var mode: WeighMode
        /// nil: an indicator alone on its line, whose frames need not name it.
        package var device: Int?

        package init(
            value: ExactDecimal, unit: WeightUnit = .kilogram, status: IndicatorProfile.Status,
            mode: WeighMode = .gross, device: Int? = nil
        ) {
            self.value = value
            self.unit = unit
            self.status = status
            self.mode = mode
            self.device = device
        }

        var isOutOfRange: Bool { status == .over || status == .under }
    }

    private let profile: IndicatorProfile

    package init(profile: IndicatorProfile) { self.profile = profile }

    /// nil when the protocol has no text for what is shown: a status it does not know, or a number too long.
    package func encode(_ display: Display) -> [UInt8]? {
        let naming = profile.shapes.filter { $0.says(.device) == (display.device != nil) }
        for shape in naming + profile.shapes {
            if let frame = frame(shape, display) { return frame }
        }
        return nil
    }

    private func frame(_ shape: FrameShape, _ display: Display) -> [UInt8]? {
        var frame: [UInt8] = []
        // Somewhere it has to be said, but for `stable`, which some protocols say by saying nothing.
        var saysStatus = display.status == .stable
        var hasWeight = false
        for part in shape.parts {
            switch part {
            case .constant(let bytes): frame += bytes
            case .check(let checksum): frame += checksum.text(for: frame[...])
            case .data(let data):
                guard let (bytes, says) = encode(data, shape, display) else { return nil }
                frame += bytes
                saysStatus = saysStatus || says
                hasWeight = hasWeight || data.isWeight
            }
        }
        return saysStatus && (hasWeight || display.isOutOfRange) ? frame : nil
    }

    /// The bytes of one part, and whether they say the display's status.
    private func encode(_ data: ShapeData, _ shape: FrameShape, _ display: Display) -> (
        bytes: [UInt8], saysStatus: Bool
    )? {
        if data.fields.contains(where: { $0.bits != nil }) { return encodeBits(data, display) }
        guard let fact = data.fields.first?.fact else {
            return ([UInt8](repeating: data.fill, count: data.length.upperBound), false)
        }
        let text: [UInt8]
        var saysStatus = false
        switch fact {
        case .device: text = device(display.device ?? 1, width: data.length.upperBound)
        case .weight:
            guard let digits = weight(display, data, shape) else { return nil }
            text = digits
        default:
            guard let best = Self.text(for: data.fields.map(\.fact), display) else { return nil }
            (text, saysStatus) = best
        }
        guard text.count <= data.length.upperBound else { return nil }
        let blanks = [UInt8](repeating: UInt8(ascii: " "), count: max(0, data.length.lowerBound - text.count))
        return (data.isReversed ? (blanks + text).reversed() : blanks + text, saysStatus)
    }

    private func encodeBits(_ data: ShapeData, _ display: Display) -> (bytes: [UInt8], saysStatus: Bool)? {
        var byte = data.fill
        var saysStatus = false
        for field in data.fields {
            guard let bits = field.bits, let best = Self.text(for: [field.fact], display) else { return nil }
            byte |= (best.text.first ?? 0) << UInt8(bits.lowerBound)
            saysStatus = saysStatus || best.saysStatus
        }
        return ([byte], saysStatus)
    }

    /// Of the texts in the tables that which says most of what is shown, and nothing else.
    private static func text(for facts: [ShapeData.Fact], _ display: Display) -> (text: [UInt8], saysStatus: Bool)? {
        var best: (text: [UInt8], rank: Int, saysStatus: Bool)?
        for text in facts.flatMap(\.texts) {
            var (sum, saysStatus): (Int?, Bool) = (0, false)
            for fact in facts {
                let rank = rank(fact, text[...], display)
                sum = sum.flatMap { sum in rank.map { sum + $0 } }
                if case .status = fact, rank == Self.isSaid { saysStatus = true }
            }
            if let sum, sum > best?.rank ?? -1 { best = (text, sum, saysStatus) }
        }
        return best.map { ($0.text, $0.saysStatus) }
    }

    private static let isSaid = 3

    /// How well a text says what is shown; nil when it says something else.
    private static func rank(_ fact: ShapeData.Fact, _ text: ArraySlice<UInt8>, _ display: Display) -> Int? {
        func rank<Meaning: Equatable>(_ table: MeaningTable<Meaning>, _ shown: Meaning) -> Int? {
            guard let meaning = table.meaning(of: text) else { return nil }
            return meaning == shown ? isSaid : meaning == nil ? 2 : nil
        }
        return switch fact {
        // What is at rest in one place may be out of range in another.
        case .status(let table): rank(table, display.status) ?? rank(table, .stable).map { _ in 1 }
        case .mode(let table): rank(table, display.mode)
        case .unit(let table): rank(table, display.unit)
        case .zero(let table): rank(table, display.value.mantissa == 0)
        case .isNegative(let table): rank(table, display.value.mantissa < 0)
        case .decimals(let table): rank(table, display.value.scale)
        case .device, .weight: nil
        }
    }

    private func device(_ device: Int, width: Int) -> [UInt8] {
        if let base = profile.defaults.deviceBase { return [UInt8(truncatingIfNeeded: device + base)] }
        let digits = Array("\(device)".utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }

    /// Padded digits, blanks instead of them out of range.
    private func weight(_ display: Display, _ data: ShapeData, _ shape: FrameShape) -> [UInt8]? {
        let isNegative = display.value.mantissa < 0
        let hasSign = shape.says(.sign)
        let sign: [UInt8] =
            hasSign
            ? [] : isNegative ? [UInt8(ascii: "-")] : profile.defaults.writesPlus ? [UInt8(ascii: "+")] : []
        guard let number = digits(display.value, shape) else { return nil }
        let digits = number.filter { $0 != "-" }
        let width = data.isVariable ? sign.count + digits.utf8.count : data.length.upperBound
        let missing = width - sign.count - digits.utf8.count
        guard missing >= 0 else { return nil }
        if display.isOutOfRange { return sign + [UInt8](repeating: UInt8(ascii: " "), count: width - sign.count) }
        let isPlain = hasSign || !isNegative || profile.defaults.writesPlus
        let padding = [UInt8](repeating: isPlain ? profile.defaults.padding : UInt8(ascii: " "), count: missing)
        return (isPlain ? sign + padding : padding + sign) + Array(digits.utf8)
    }
}

extension IndicatorEncoder {
    /// The number as it is sent: its point may stand elsewhere, or nowhere.
    private func digits(_ value: ExactDecimal, _ shape: FrameShape) -> String? {
        if shape.says(.decimals) { return "\(value.mantissa)" }
        guard let places = profile.defaults.decimals else { return "\(value)" }
        if places >= 0 { return value.scale == places ? "\(value.mantissa)" : nil }
        let (digits, rest) = value.mantissa.quotientAndRemainder(dividingBy: ExactDecimal.powerOfTen(-places))
        return value.scale == 0 && rest == 0 ? "\(digits)" : nil
    }
}
