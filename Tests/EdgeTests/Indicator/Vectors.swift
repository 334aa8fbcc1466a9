@testable import Edge

/// A frame and what a decoder must say about it.
struct Vector: Sendable, CustomStringConvertible {
    let id: String
    let profile: String
    let hex: String
    var value: String?
    var unit: WeightUnit?
    var stable: Bool? = true
    var mode: WeighMode? = .gross
    var overload = false
    var underload = false
    var zero: Bool?
    var device: Int?
    var reason: RefusalReason?

    var description: String { id }
    var bytes: [UInt8] { [UInt8](hex: hex) ?? [] }

    static let all = shipped + own
    static let good = all.filter { $0.reason == nil }
    static let refused = all.filter { $0.reason != nil }

    /// Besides those of the manuals.
    static let own: [Vector] = [
        Vector("cas22-blank", "53542c47532c31c42c2020202020202020206b670d0a", refused: .weight),
        Vector("cas22-hold", "53542c47532c31d42c3030303132353030206b670d0a", "12500", stable: false, device: 1),
        Vector("cas22-tonne", "53542c47532c31c42c30303031322e353020740d0a", refused: .length),
        Vector(
            "cas22-tonnes", "53542c47532c31c42c303031322e3530302020740d0a", "12.500", unit: .tonne, device: 1),
        Vector("cas22-unit", "53542c47532c31c42c30303031323530302078780d0a", refused: .unit),
        Vector("cas22-status", "45522c47532c31c42c3030303132353030206b670d0a", refused: .status),
        // A lamp byte that looks like a carriage return once bit 7 is gone.
        Vector(
            "cas22-lamp", "55532c47532c318d2c3030303132353030206b670d0a", "12500", stable: false, zero: true, device: 1),
        // The lamp says that it moves, or that it is at zero; a digit more than the field has.
        Vector("cas22-lamps", "53542c47532c31842c3030303132353030206b670d0a", "12500", stable: false, device: 1),
        Vector("cas22-zero", "53542c47532c31c52c2020202020202030206b670d0a", "0", zero: true, device: 1),
        Vector("cas22-relay", "53542c47532c31c42c3030303031323530306b670d0a", refused: .weight),
        // A check value that looks like the next start: a wrong one, and a right one.
        Vector("toledo-start", "022a30203031323530303030303030300d02", refused: .checksum),
        Vector("toledo-two", "022a30203839393939393030303030300d02", "899999"),
        Vector("and18-reply", "3f0d0a", refused: .deviceError),
        Vector("and18-not-now", "490d0a", refused: .deviceError),
        Vector("and18-point", "4f4c2c47532c2b202020202e20206b670d0a", nil, stable: false, over: true),
        Vector("and18-mode", "53542c58582c2b303031323530306b670d0a", refused: .mode),
        // Minus overload: twelve blanks, and no unit (KERN KXS-TM §14.1).
        Vector(
            "andvar-minus", "4f4c2c47532c2d2020202020202020202020200d0a", nil, unit: nil, stable: false, over: true),
        Vector("andvar-unit", "53542c47532c2b30303132332e3020787878780d0a", refused: .unit),
        Vector("andvar-letter", "53542c47532c2b3030316c332e306b670d0a", refused: .weight),
        Vector("andvar-hold", "48442c47532c2b3132352e306b670d0a", "125.0", stable: false),
        // The last digit ten and a hundred times as much; net; with parity bits; before it was zeroed.
        Vector("toledo-ten", "022930203030313235303030303030300d", "12500"),
        Vector("toledo-hundred", "022830203030303132353030303030300d", "12500"),
        Vector("toledo-net", "022a31203031323530303030303030300d", "12500", mode: .net),
        Vector("toledo-places", "022f30203132333435363030303030300d", "1.23456"),
        Vector("toledo-parity", "82aab0a0b0b1b2b5b0b0b0b0b0b0b0b08d", "12500"),
        Vector("toledo-power", "022a70203031323530303030303030300d", "12500", stable: false),
        Vector("toledo-grams", "022a30213031323530303030303030300d", "12500", unit: .gram),
        Vector("toledo-unit", "022a30233031323530303030303030300d", refused: .unit),
        // The sign has a place of its own, and stands among the digits all the same.
        Vector("toledo-sign", "022a30202d31323530303030303030300d", refused: .weight),
        Vector("rin1-sign", "02202b3031323530304703", refused: .weight),
        // As liden sends it, which is another profile; and the other way round.
        Vector("toledo-dialect", "025220203031323530303030303030300d", refused: .status),
        Vector("toledo-liden:kg", "025220203031323530303030303030300d", "12500"),
        Vector("toledo-liden:lb", "025220213031323530303030303030300d", "12500", unit: .pound),
        Vector("toledo-liden:other", "022a30203031323530303030303030300d", refused: .status),
        Vector(
            "mtsics-dynamic", "53204420202020203132332e3435206b670d0a", "123.45", stable: false, mode: nil),
        Vector("mtsics-long", "532053202020203132333435362e37206c620d0a", refused: .length),
        Vector("mtsics-syntax", "45530d0a", refused: .deviceError),
        Vector("mtsics-unit", "5320532020202020202020302e3520637420" + "0d0a", refused: .unit),
        Vector("sma-moving", "0a2031474d2020202020372e3635306b67200d", refused: .length),
        Vector("sma-motion", "0a2031474d202020202020372e3635306b67200d", "7.650", stable: false),
        Vector("sma-error", "0a4531472020202020202020302e30306b67200d", refused: .deviceError),
        Vector("sma-high", "0a20316e20202020202020372e3635306b67200d", "7.650", mode: .net),
        Vector("rin1-motion", "0220202031323530304d03", "12500", unit: nil, stable: false, mode: nil),
        Vector("rin1-over", "0220202039393939394f03", nil, unit: nil, stable: false, mode: nil, over: true),
        Vector("rin1-under", "022d202039393939395503", nil, unit: nil, stable: false, mode: nil, under: true),
        Vector("rin1-status", "0220202031323530305803", refused: .status),
        Vector(
            "rin2-moving", "02202020313235303047 4d202d20202003".filter { $0 != " " }, "12500", unit: nil,
            stable: false, zero: false),
        Vector("rin2-zero", "0220202020202020304720" + "5a2d206b6703", "0", zero: true),
        Vector("rin3-gross", "022020203132353030475349" + "20202003", "12500", unit: nil, zero: false),
        Vector(
            "rin3-over", "02202020313235303047534f" + "20202003", nil, unit: nil, stable: false, over: true, zero: false
        ),
        Vector("rin5-net", "2d202020202034304b4e200d0a", "-40", mode: .net),
        Vector("condec-over", "0220202039393939394b474f0d0a", nil, stable: false, over: true),
        Vector("condec-minus", "022d20202020 2034304b4e200d0a".filter { $0 != " " }, "-40", mode: .net),
        Vector("condec-ounce", "0220202031323530304f47200d0a", refused: .unit),
        Vector("cardinal-motion", "0d2d3030303034306d206b67206e202003", "-40", stable: false, mode: .net),
        Vector("weightronix-gross", "2047202d20203132352e206b670d0a", refused: .weight),
        Vector("weightronix-net", "204e202d2020203132206b670d0a", refused: .length),
        Vector("weightronix-kilograms", "20472020203031323530206b670d0a", "1250", stable: nil),
        Vector("fairbanks-gross", "2020313235303020 4b472047520d0a".filter { $0 != " " }, "12500"),
        Vector("fairbanks-moving", "20203132353030206c62206e740d0a", "12500", unit: .pound, stable: false, mode: .net),
        Vector("fairbanks-over", "202d2d6f4c2d2d204b472047520d0a", nil, stable: false, over: true),
        // Out of range where the unit would be.
        Vector("fairbanks-legend", "20303132353030202d2d6f4c2d2d2047520d0a", nil, unit: nil, stable: false, over: true),
        Vector(
            "fairbanks-below", "20202020202020202d2d754c2d2d206e740d0a", nil, unit: nil, stable: false, mode: .net,
            under: true),
        Vector("xk3190-minus", "022d30303034303330314103", "-403", unit: nil, stable: nil, mode: nil),
        Vector("xk3190-places", "022b30303037303035313903", refused: .weight),
        Vector("xkrev-letter", "3d30303532316f3030", refused: .weight),
        Vector(
            "xka12e-over", "2020202020202020204f4c32330d0a", nil, unit: nil, stable: false, mode: nil, over: true),
        Vector("xka12e-check", "57473030342e3133396b6733450d0a", refused: .checksum),
        Vector("sewha-over", "023031524357544f4750302b303031323530306b6703", nil, stable: false, over: true, device: 1),
        Vector("sewha-moving", "02303152435754554750302b303031323530306b6703", "12500", stable: false, device: 1),
        Vector("sewha-status", "02303152435754584750302b303031323530306b6703", refused: .status),
        Vector("sewha-device", "02306f52435754534750302b303031323530306b6703", refused: .device),
        Vector("sewha44-seven", "0230315243575453542c4e542c2b303031323530306b6703", "12500", mode: .net, device: 1),
        Vector("sewha44w8-net", "0230315243575453542c47532c2b30303031323530306b6703", "12500", device: 1),
        Vector("dini-address", "303353542c47532c20202031323530302c6b670d0a", "12500", device: 3),
        Vector("dini-under", "554c2c47532c20202020202020202c6b670d0a", nil, stable: false, under: true),
        Vector("dini-tare", "53542c50542c20202031323530302c6b670d0a", "12500", mode: .tare),
        Vector("ww-minus", "77772d303031352e3030306b670d0a", "-15.000", stable: nil),
        Vector("seedA-cut", "0247572c303030313235302c4b472c535403", refused: .length),
        Vector("seedA-status", "0247572c30303031323530302c4b472c585803", refused: .status),
        Vector("seedA-over", "0247572c20202020202020202c4b472c4f4c03", nil, stable: false, over: true),
        Vector("seedA-tonnes", "0247572c303031322e3530302c542c535403", "12.500", unit: .tonne),
        Vector("seedB-text", "5354582c53542c47572c4b472c30303031323530302c455458", "12500"),
        Vector("seedB-commas", "022c53542c47572c4b472c30303031323530302c03", "12500"),
    ]

    init(
        _ id: String, _ hex: String, _ value: String?, unit: WeightUnit? = .kilogram, stable: Bool? = true,
        mode: WeighMode? = .gross, over: Bool = false, under: Bool = false, zero: Bool? = nil, device: Int? = nil
    ) {
        self.id = id
        self.hex = hex
        profile = Self.profile(id)
        self.value = value
        self.unit = unit
        self.stable = stable
        self.mode = mode
        overload = over
        underload = under
        self.zero = zero
        self.device = device
    }

    init(_ id: String, _ hex: String, refused reason: RefusalReason) {
        self.id = id
        self.hex = hex
        profile = Self.profile(id)
        self.reason = reason
    }

    /// A name of a profile that has a dash in it ends with a colon.
    private static func profile(_ id: String) -> String {
        String(id.prefix { $0 != (id.contains(":") ? ":" : "-") })
    }

    /// What a decoder says when the bytes come in these pieces and the line then falls silent.
    func decode(_ pieces: [[UInt8]]) throws -> [Reading] {
        var decoder = IndicatorDecoder(profile: try ProfileCatalogue.builtIn.profile(profile))
        return pieces.flatMap { decoder.feed($0) } + decoder.finish()
    }

    /// Nothing when the reading says what the vector expects, else the differences.
    func differences(_ reading: Reading) -> [String] {
        guard reading.reason == reason else { return ["reason \(String(describing: reading.reason))"] }
        guard reason == nil else { return reading.value == nil ? [] : ["a value in a refused frame"] }
        var differences: [String] = []
        if reading.value?.description != value { differences.append("value \(String(describing: reading.value))") }
        if reading.unit != unit { differences.append("unit \(String(describing: reading.unit))") }
        if reading.stable != stable { differences.append("stable \(String(describing: reading.stable))") }
        if reading.mode != mode { differences.append("mode \(String(describing: reading.mode))") }
        if reading.overload != overload { differences.append("over \(reading.overload)") }
        if reading.underload != underload { differences.append("under \(reading.underload)") }
        if reading.zero != zero { differences.append("zero \(String(describing: reading.zero))") }
        if reading.device != device { differences.append("device \(String(describing: reading.device))") }
        if reading.raw != bytes { differences.append("raw \(reading.raw.hex)") }
        return differences
    }
}
