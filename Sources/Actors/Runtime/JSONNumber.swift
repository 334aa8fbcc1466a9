/// Numbers as JSON writes them.
enum JSONNumber {
    /// The integer that a literal says, also as `1.0` or `1e2`; nil when the literal is malformed, is no integer, or does not
    /// fit.
    static func integer<Number: FixedWidthInteger>(_ literal: ArraySlice<UInt8>) -> Number? {
        var rest = literal
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        guard let first = rest.first, first != UInt8(ascii: "0") || rest.count == 1 else {
            return viaDouble(literal)
        }
        var magnitude: UInt64 = 0
        for byte in rest {
            let digit = byte &- 0x30
            // What is too big here, an exponent may make small again.
            guard digit < 10, let next = timesTen(magnitude, plus: UInt64(digit)) else { return viaDouble(literal) }
            magnitude = next
        }
        return signed(magnitude, isNegative)
    }

    private static func signed<Number: FixedWidthInteger>(_ magnitude: UInt64, _ isNegative: Bool) -> Number? {
        guard isNegative else { return Number(exactly: magnitude) }
        return magnitude == 1 << 63
            ? Number(exactly: Int64.min) : Int64(exactly: magnitude).flatMap { Number(exactly: -$0) }
    }

    private static func viaDouble<Number: FixedWidthInteger>(_ literal: ArraySlice<UInt8>) -> Number? {
        guard let parts = Parts(literal), let double = Double(String(decoding: literal, as: UTF8.self)),
            let number = Number(exactly: double)
        else { return nil }
        // From here on neighbouring integers are one Double.
        guard double.magnitude >= 0x1p53 else { return number }
        return parts.magnitude.flatMap { signed($0, parts.isNegative) }
    }

    /// Nil when the literal is malformed, too big, or so small that only zero is left of it.
    static func double(_ literal: ArraySlice<UInt8>) -> Double? {
        guard let parts = Parts(literal), let double = Double(String(decoding: literal, as: UTF8.self)),
            double.isFinite, double != 0 || parts.isZero
        else { return nil }
        return double
    }

    fileprivate static func timesTen(_ number: UInt64, plus digit: UInt64) -> UInt64? {
        let (product, isTooBig) = number.multipliedReportingOverflow(by: 10)
        let (sum, isTooBigNow) = product.addingReportingOverflow(digit)
        return isTooBig || isTooBigNow ? nil : sum
    }

    /// A well-formed literal in its parts.
    private struct Parts {
        private(set) var isNegative = false
        private var digits: ArraySlice<UInt8> = []
        private var decimals: ArraySlice<UInt8> = []
        private var exponent = 0

        init?(_ literal: ArraySlice<UInt8>) {
            var rest = literal
            isNegative = Self.pass(&rest, "-")
            digits = Self.digits(&rest)
            guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
            if Self.pass(&rest, ".") {
                decimals = Self.digits(&rest)
                guard !decimals.isEmpty else { return nil }
            }
            if Self.pass(&rest, "e") || Self.pass(&rest, "E") {
                let isSmall = Self.pass(&rest, "-")
                if !isSmall { _ = Self.pass(&rest, "+") }
                let power = Self.digits(&rest)
                guard !power.isEmpty else { return nil }
                // Beyond every number: more is all the same.
                exponent = power.reduce(0) { min($0 * 10 + Int($1 - 0x30), 1_000_000_000) } * (isSmall ? -1 : 1)
            }
            guard rest.isEmpty else { return nil }
        }

        var isZero: Bool { digits.allSatisfy { $0 == 0x30 } && decimals.allSatisfy { $0 == 0x30 } }

        /// Without its sign and its fraction; nil when it does not fit, or its digits do not.
        var magnitude: UInt64? {
            var all = digits + decimals
            var power = exponent - decimals.count
            while all.last == 0x30 {
                all.removeLast()
                power += 1
            }
            var result: UInt64 = 0
            for digit in all {
                guard let next = JSONNumber.timesTen(result, plus: UInt64(digit - 0x30)) else { return nil }
                result = next
            }
            while power != 0, result != 0 {
                guard power > 0 else {
                    result /= 10
                    power += 1
                    continue
                }
                guard let next = JSONNumber.timesTen(result, plus: 0) else { return nil }
                result = next
                power -= 1
            }
            return result
        }

        private static func pass(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest[digits.endIndex...]
            return digits
        }
    }
}
