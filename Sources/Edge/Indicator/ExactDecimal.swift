/// A number exactly as an indicator showed it: `mantissa / 10^scale`, trailing zeros kept ("123.0" stays "123.0").
///
/// Weights never pass through floating point; `grams(in:)` is the only rounding and happens once.
package struct ExactDecimal: Hashable, Sendable {
    package static let scaleMax = 9

    package let mantissa: Int64
    package let scale: Int

    /// - Precondition: `scale` is within 0…9.
    package init(mantissa: Int64, scale: Int = 0) {
        precondition((0...Self.scaleMax).contains(scale), "scale \(scale) is outside 0…\(Self.scaleMax)")
        self.mantissa = mantissa
        self.scale = scale
    }

    /// Reads `[blanks][sign][blanks]digits[.digits]` and nothing else; nil for every other text, an all-blank one included.
    package init?(weightText text: some Collection<UInt8>) {
        var rest = text.drop { $0 == UInt8(ascii: " ") }
        var negative = false
        if let sign = rest.first, Self.isSign(sign) {
            negative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst().drop { $0 == UInt8(ascii: " ") }
        }
        guard let magnitude = Magnitude(digits: rest) else { return nil }
        mantissa = negative ? -magnitude.mantissa : magnitude.mantissa
        scale = magnitude.scale
    }

    /// Whether a weight's text may have this byte.
    static func isWeightText(_ byte: UInt8) -> Bool { isNumberText(byte) || byte == UInt8(ascii: " ") }

    /// The same but for blanks.
    static func isNumberText(_ byte: UInt8) -> Bool {
        isDigitOrPoint(byte) || isSign(byte)
    }

    static func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }

    static func isDigitOrPoint(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ".")
    }

    /// The weight in whole grams, rounded half away from zero; nil when it does not fit 64 bits.
    package func grams(in unit: WeightUnit) -> Int64? {
        let (factor, factorScale) = unit.gramsFactor
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        let divisor = Self.powerOfTen(scale + factorScale)
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: divisor)
        guard remainder.magnitude * 2 >= divisor.magnitude else { return quotient }
        return quotient + (product < 0 ? -1 : 1)
    }

    /// The same number with the point moved: what an implied decimal place or a ×10 multiplier of a site means.
    package func shifted(decimals: Int) -> ExactDecimal? {
        let target = scale + decimals
        if (0...Self.scaleMax).contains(target) { return ExactDecimal(mantissa: mantissa, scale: target) }
        guard target < 0, target >= -Self.scaleMax else { return nil }
        let (product, overflow) = mantissa.multipliedReportingOverflow(by: Self.powerOfTen(-target))
        return overflow ? nil : ExactDecimal(mantissa: product)
    }

    static func powerOfTen(_ exponent: Int) -> Int64 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}

extension ExactDecimal: CustomStringConvertible {
    package var description: String {
        let digits = String(mantissa.magnitude)
        let padded = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
        let sign = mantissa < 0 ? "-" : ""
        guard scale > 0 else { return sign + padded }
        return sign + padded.dropLast(scale) + "." + padded.suffix(scale)
    }
}

/// The unsigned part of a weight text.
private struct Magnitude {
    var mantissa: Int64 = 0
    var scale = 0

    init?(digits: some Sequence<UInt8>) {
        var digitCount = 0
        var pointSeen = false
        var lastWasDigit = false
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (tens, tensOverflow) = mantissa.multipliedReportingOverflow(by: 10)
                let (sum, sumOverflow) = tens.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
                guard !tensOverflow, !sumOverflow else { return nil }
                mantissa = sum
                digitCount += 1
                if pointSeen { scale += 1 }
                lastWasDigit = true
            case UInt8(ascii: ".") where !pointSeen && digitCount > 0:
                pointSeen = true
                lastWasDigit = false
            default:
                return nil
            }
        }
        guard lastWasDigit, scale <= ExactDecimal.scaleMax else { return nil }
    }
}

/// Units an indicator may print.
package enum WeightUnit: String, Codable, Sendable, CaseIterable {
    case gram = "g"
    case kilogram = "kg"
    case tonne = "t"
    case pound = "lb"

    /// One unit = `factor / 10^scale` grams, exactly (a pound is 453.59237 g).
    var gramsFactor: (factor: Int64, scale: Int) {
        switch self {
        case .gram: (1, 0)
        case .kilogram: (1_000, 0)
        case .tonne: (1_000_000, 0)
        case .pound: (45_359_237, 5)
        }
    }
}
