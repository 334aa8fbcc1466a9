import Testing

@testable import Edge

@Suite struct ExactDecimalTests {
    @Test(
        "a weight text reads exactly",
        arguments: [
            ("00012500", "12500"), ("000013.5", "13.5"), ("+   12.3", "12.3"), ("   -40.5", "-40.5"),
            ("-  40.50", "-40.50"),
            ("0", "0"), ("0.000", "0.000"), ("-0.5", "-0.5"),
        ])
    func reads(_ text: String, _ expected: String) {
        #expect(ExactDecimal(weightText: Array(text.utf8))?.description == expected)
    }

    @Test(
        "what is no weight text is refused",
        arguments: [
            "", "        ", "-", ".", "12.", ".5", "1 2", "12 ", "1.2.3", "--1", "+-1", "O", "12,500", "1e3",
            "99999999999999999999",
            "0.0000000001",
        ])
    func refuses(_ text: String) {
        #expect(ExactDecimal(weightText: Array(text.utf8)) == nil)
    }

    @Test("grams are exact, and rounded half away from zero where they cannot be")
    func grams() {
        #expect(ExactDecimal(mantissa: 12500).grams(in: .kilogram) == 12_500_000)
        #expect(ExactDecimal(mantissa: 12500, scale: 3).grams(in: .tonne) == 12_500_000)
        #expect(ExactDecimal(mantissa: -1130254, scale: 4).grams(in: .kilogram) == -113_025)
        #expect(ExactDecimal(mantissa: 5, scale: 4).grams(in: .kilogram) == 1)
        #expect(ExactDecimal(mantissa: -5, scale: 4).grams(in: .kilogram) == -1)
        #expect(ExactDecimal(mantissa: 4, scale: 4).grams(in: .kilogram) == 0)
        #expect(ExactDecimal(mantissa: 27500).grams(in: .pound) == 12_473_790)
        #expect(ExactDecimal(mantissa: .max).grams(in: .gram) == .max)
        #expect(ExactDecimal(mantissa: .max).grams(in: .kilogram) == nil)
    }

    @Test("an implied decimal place moves the point")
    func shifted() {
        #expect(ExactDecimal(mantissa: 1205).shifted(decimals: 1)?.description == "120.5")
        #expect(ExactDecimal(mantissa: 1250).shifted(decimals: -1)?.description == "12500")
        #expect(ExactDecimal(mantissa: 1).shifted(decimals: 10) == nil)
    }
}
