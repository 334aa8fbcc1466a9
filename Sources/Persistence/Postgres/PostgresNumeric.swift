/// `numeric` as an integer and a scale: `unscaled` × 10^-`scale`. 1,234,560 g at scale 3 is 1234.560 kg.
///
/// Equality is of both parts; compare amounts with `unscaled(atScale:)`.
package struct PostgresNumeric: PostgresScalar, Hashable {
    package var unscaled: Int64
    /// Digits behind the decimal point, 0 to 1000.
    package var scale: Int

    package init(unscaled: Int64, scale: Int) {
        precondition((0...1000).contains(scale), "scale \(scale) is outside 0...1000")
        self.unscaled = unscaled
        self.scale = scale
    }

    /// A weight in grams as kilograms, for columns such as `numeric(10,2)`. The server rounds what the column lacks.
    package init(kilogramsFromGrams grams: Int64) { self.init(unscaled: grams, scale: 3) }

    /// The amount counted in units of 10^-`scale`; `nil` when that is not a whole number or does not fit.
    package func unscaled(atScale wanted: Int) -> Int64? {
        var value = unscaled
        var scale = scale
        while scale > wanted {
            guard value % 10 == 0 else { return nil }
            value /= 10
            scale -= 1
        }
        while scale < wanted, value != 0 {
            let (next, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = next
            scale += 1
        }
        return value
    }

    /// A weight in kilograms as whole grams; `nil` when finer than a gram or too large.
    package var gramsFromKilograms: Int64? { unscaled(atScale: 3) }
}

/// The binary form (`numeric_send`): digit count, weight of the first digit, sign and display scale as 16-bit
/// integers, then digits to the base 10,000, which start at the decimal point and go both ways.
extension PostgresNumeric {
    package static var postgresType: PostgresType { .numeric }
    private static let base: UInt128 = 10_000
    private static let baseDigits = 4
    private static let negative: UInt16 = 0x4000

    package func encode(into bytes: inout [UInt8]) {
        // Pad the fraction to whole groups: 3 digits become one group of 4. At most ×1000, which UInt128 holds.
        let padding = (Self.baseDigits - scale % Self.baseDigits) % Self.baseDigits
        var rest = UInt128(unscaled.magnitude)
        for _ in 0..<padding { rest *= 10 }
        let fractionGroups = (scale + padding) / Self.baseDigits

        var groups: [UInt16] = []  // least significant first
        var groupCount = 0
        while rest > 0 {
            let group = UInt16(rest % Self.base)
            if group != 0 || !groups.isEmpty { groups.append(group) }
            groupCount += 1
            rest /= Self.base
        }
        bytes.append(bigEndian: Int16(groups.count))
        bytes.append(bigEndian: Int16(groups.isEmpty ? 0 : groupCount - fractionGroups - 1))
        bytes.append(bigEndian: unscaled < 0 ? Self.negative : 0)
        bytes.append(bigEndian: Int16(scale))
        for group in groups.reversed() { bytes.append(bigEndian: group) }
    }

    package init?(postgres bytes: UnsafeRawBufferPointer, oid: UInt32) {
        guard oid == PostgresType.numeric.oid,
            let groupCount = bytes.bigEndian(at: 0, as: Int16.self), groupCount >= 0,
            let weight = bytes.bigEndian(at: 2, as: Int16.self),
            let sign = bytes.bigEndian(at: 4, as: UInt16.self), sign == 0 || sign == Self.negative,  // else NaN, ±∞
            let scale = bytes.bigEndian(at: 6, as: Int16.self), (0...1000).contains(scale),
            bytes.count == 8 + 2 * Int(groupCount)
        else { return nil }
        // Count in units of 10^-scale: a group at weight w is worth 10^(4w + scale) of them; groups before the end
        // of the scale may have a negative exponent, whose digits are zero by definition of the display scale.
        var magnitude: UInt128 = 0
        for index in 0..<Int(groupCount) {
            guard let group = bytes.bigEndian(at: 8 + 2 * index, as: UInt16.self) else { return nil }
            let exponent = (Int(weight) - index) * Self.baseDigits + Int(scale)
            guard let value = Self.scaled(UInt128(group), by: exponent) else { return nil }
            let (sum, overflow) = magnitude.addingReportingOverflow(value)
            guard !overflow else { return nil }
            magnitude = sum
        }
        let signed =
            sign == Self.negative ? -Int128(truncatingIfNeeded: magnitude) : Int128(truncatingIfNeeded: magnitude)
        guard magnitude <= UInt128(Int64.max) + 1, let unscaled = Int64(exactly: signed) else { return nil }
        self.init(unscaled: unscaled, scale: Int(scale))
    }

    private static func scaled(_ value: UInt128, by exponent: Int) -> UInt128? {
        guard value != 0 else { return 0 }
        guard exponent <= 38 else { return nil }
        var value = value
        if exponent < 0 {
            for _ in 0..<(-exponent) {
                guard value % 10 == 0 else { return nil }
                value /= 10
            }
            return value
        }
        for _ in 0..<exponent {
            let (next, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = next
        }
        return value
    }
}
