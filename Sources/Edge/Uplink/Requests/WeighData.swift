internal import FoundationEssentials

/// One reading as `POST /internal/weigh-data` takes it: a live one, or a settled weight with its number (`docs/protocol.md`, Edges).
struct WeighData: Encodable {
    private enum CodingKeys: String, CodingKey {
        case weight, unit, stable, timestamp, state, boot, n, binding, offline, raw
        case station = "station_id"
        case offsetMillis = "offset_millis"
    }

    private let station: String
    private let weight: Decimal?
    private let unit = "KG"
    private let stable: Bool
    private let timestamp: String
    private var state: LiveWeight.State?
    private var boot: String?
    private var n: Int64?
    private var binding: String?
    private var offsetMillis: Int64?
    private var offline: Bool?
    private var raw: String?

    init(_ live: LiveWeight, topic: String) {
        station = Self.station(topic)
        weight = live.grams.map(Self.kilograms)
        stable = live.state == .stable || live.state == .zero
        timestamp = Self.text(live.at)
        state = live.state
    }

    init(_ stored: StoredWeight) {
        station = Self.station(stored.topic)
        weight = Self.kilograms(stored.weight.grams)
        stable = true
        timestamp = Self.text(stored.weight.at)
        boot = stored.boot
        n = stored.n
        binding = stored.weight.binding
        offsetMillis = stored.offsetMillis
        offline = stored.offline
        raw = stored.weight.raw.hex
    }

    private static func station(_ topic: String) -> String { String(topic.split(separator: "/").last ?? "") }

    private static func kilograms(_ grams: Int64) -> Decimal { Decimal(grams) / 1000 }

    /// RFC 3339, to the millisecond: with any other the hub would take it for another weight.
    private static func text(_ millis: Int64) -> String {
        let (seconds, rest) = millis.quotientAndRemainder(dividingBy: 1000)
        let date = Date(timeIntervalSince1970: Double(rest < 0 ? seconds - 1 : seconds)).ISO8601Format().dropLast()
        let fraction = String(1000 + (rest < 0 ? rest + 1000 : rest)).dropFirst()
        return "\(date).\(fraction)Z"
    }
}
