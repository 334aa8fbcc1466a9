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
    var device: Int?
    var reason: RefusalReason?

    var description: String { id }
    var bytes: [UInt8] { [UInt8](hex: hex) ?? [] }

    static let all = cas22 + and18 + seeds
    static let good = all.filter { $0.reason == nil }
    static let refused = all.filter { $0.reason != nil }

    static let cas22: [Vector] = [
        Vector("cas22-01", "53542c47532c30c42c3030303031332e35206b670d0a", "13.5", device: 0),
        Vector("cas22-02", "53542c47532c3de42c3030303235303030206b670d0a", "25000", device: 13),
        Vector("cas22-03", "55532c47532c31842c2020203134393830206b670d0a", "14980", stable: false, device: 1),
        Vector("cas22-05", "53542c4e542c31c22c2020202d34302e35206b670d0a", "-40.5", mode: .net, device: 1),
        Vector("cas22-06", "4f4c2c47532c31842c2020202020202020206b670d0a", nil, over: true, device: 1),
        Vector("cas22-07", "4f4c2c47532c31842c3030303830303230206b670d0a", nil, over: true, device: 1),
        Vector("cas22-12", "53542c47532c31c42c3030303132353030416b670d0a", "12500", device: 1),
        Vector("cas22-13", "53542c47532c31c42c3030306c32353030206b670d0a", refused: .weight),
        Vector("cas22-15", "53542c47532c31c42c3030303132353030206b670d", refused: .length),
        Vector("cas22-blank", "53542c47532c31c42c2020202020202020206b670d0a", refused: .weight),
        Vector("cas22-hold", "53542c47532c31d42c3030303132353030206b670d0a", "12500", stable: false, device: 1),
        Vector("cas22-tonne", "53542c47532c31c42c30303031322e353020740d0a", refused: .length),
        Vector("cas22-tonnes", "53542c47532c31c42c303031322e353030202074" + "0d0a", "12.500", unit: .tonne, device: 1),
        Vector("cas22-unit", "53542c47532c31c42c30303031323530302078780d0a", refused: .unit),
        Vector("cas22-status", "45522c47532c31c42c3030303132353030206b670d0a", refused: .status),
        // A lamp byte that looks like a carriage return once bit 7 is gone.
        Vector("cas22-lamp", "55532c47532c318d2c3030303132353030206b670d0a", "12500", stable: false, device: 1),
    ]

    static let and18: [Vector] = [
        Vector("and18-01", "53542c47532c2b30303132332e306b670d0a", "123.0"),
        Vector("and18-04", "53542c54522c2b303031303030306b670d0a", "10000", mode: .tare),
        Vector("and18-06", "4c4f2c47532c2d202020202020206b670d0a", nil, over: true),
        Vector("and18-07", "48442c47532c2b303031323530306b670d0a", "12500", stable: false),
        Vector("and18-09", "53542c47532c2b20202031322e336b670d0a", "12.3"),
        Vector("and18-10", "53542c47532c2b30303132350d0a", refused: .length),
        Vector("and18-reply", "3f0d0a", refused: .deviceError),
        Vector("and18-point", "4f4c2c47532c2b202020202e20206b670d0a", nil, over: true),
        Vector("and18-mode", "53542c58582c2b303031323530306b670d0a", refused: .mode),
    ]

    static let seeds: [Vector] = [
        Vector("seedA-01", "5354582c47572c30303031323530302c4b472c53542c455458", "12500"),
        Vector("seedA-02", "022c47572c30303031323530302c4b472c53542c03", "12500"),
        Vector("seedA-03", "0247572c30303031323530302c4b472c535403", "12500"),
        Vector("seedA-04", "0247572c30303031343938302c4b472c555303", "14980", stable: false),
        Vector("seedA-07", "0247572c303030314f3530302c4b472c535403", refused: .weight),
        Vector("seedA-cut", "0247572c303030313235302c4b472c535403", refused: .length),
        Vector("seedA-status", "0247572c30303031323530302c4b472c585803", refused: .status),
        Vector("seedA-over", "0247572c2020202020202020" + "2c4b472c4f4c03", nil, over: true),
        Vector("seedB-01", "0253542c47572c4b472c303030313235303003", "12500"),
        Vector("seedB-text", "5354582c53542c47572c4b472c30303031323530302c455458", "12500"),
        Vector("seedB-commas", "022c53542c47572c4b472c30303031323530302c03", "12500"),
    ]

    init(
        _ id: String, _ hex: String, _ value: String?, unit: WeightUnit = .kilogram, stable: Bool = true,
        mode: WeighMode = .gross, over: Bool = false, device: Int? = nil
    ) {
        self.id = id
        self.hex = hex
        profile = String(id.prefix { $0 != "-" })
        self.value = value
        self.unit = unit
        self.stable = stable && !over
        self.mode = mode
        overload = over
        self.device = device
    }

    init(_ id: String, _ hex: String, refused reason: RefusalReason) {
        self.id = id
        self.hex = hex
        profile = String(id.prefix { $0 != "-" })
        self.reason = reason
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
        if reading.overload != overload || reading.underload { differences.append("range") }
        if reading.zero != nil { differences.append("zero") }
        if reading.device != device { differences.append("device \(String(describing: reading.device))") }
        if reading.raw != bytes { differences.append("raw \(reading.raw.hex)") }
        return differences
    }
}
