import Testing

@testable import Edge

@Suite struct IndicatorEncoderTests {
    private static let displays: [IndicatorEncoder.Display] = [
        .init(value: ExactDecimal(mantissa: 0), status: .stable),
        .init(value: ExactDecimal(mantissa: 12500), status: .stable),
        .init(value: ExactDecimal(mantissa: 40460), status: .motion, mode: .net),
        .init(value: ExactDecimal(mantissa: -40), status: .motion),
        .init(value: ExactDecimal(mantissa: 12500, scale: 3), unit: .tonne, status: .stable),
        .init(value: ExactDecimal(mantissa: 99999), status: .over),
    ]

    @Test(
        "what the encoder writes, the decoder of the same profile reads as far as the protocol says it",
        arguments: ProfileCatalogue.builtIn.profiles.map(\.id), displays)
    func roundTrip(_ id: String, _ display: IndicatorEncoder.Display) throws {
        let profile = try ProfileCatalogue.builtIn.profile(id)
        guard let frame = IndicatorEncoder(profile: profile).encode(display) else {
            // Some have no tonnes, no net weight or no word for out of range; each has a weight in kilograms at rest.
            let isPlain = display.status == .stable && display.unit == .kilogram
            return #expect(!isPlain, "\(id) cannot show \(display)")
        }
        var decoder = IndicatorDecoder(profile: profile)
        let readings = decoder.feed(frame) + decoder.finish()
        #expect(readings.count == 1)
        let reading = try #require(readings.first)
        #expect(reading.reason == nil)
        #expect(reading.value == (display.status == .over ? nil : display.value))
        #expect(reading.unit ?? display.unit == display.unit)
        #expect(reading.mode ?? display.mode == display.mode)
        #expect(reading.stable ?? (display.status == .stable) == (display.status == .stable))
        #expect(reading.overload == (display.status == .over))
        #expect(reading.raw == frame)
    }

    @Test("the printed frames come out byte for byte")
    func printed() throws {
        let display = IndicatorEncoder.Display(value: ExactDecimal(mantissa: 12500), status: .stable)
        let seedA = IndicatorEncoder(profile: try ProfileCatalogue.builtIn.profile("seedA")).encode(display)
        #expect(seedA.map { String(decoding: $0, as: UTF8.self) } == "STX,GW,00012500,KG,ST,ETX")
        let and18 = IndicatorEncoder(profile: try ProfileCatalogue.builtIn.profile("and18")).encode(display)
        #expect(and18.map { String(decoding: $0, as: UTF8.self) } == "ST,GS,+0012500kg\r\n")
    }

    @Test("a number too long for the field is not written, nor what has no word")
    func tooLong() throws {
        let encoder = IndicatorEncoder(profile: try ProfileCatalogue.builtIn.profile("and18"))
        #expect(encoder.encode(.init(value: ExactDecimal(mantissa: 12_345_678), status: .stable)) == nil)
        #expect(encoder.encode(.init(value: ExactDecimal(mantissa: 1), status: .under)) == nil)
    }
}
