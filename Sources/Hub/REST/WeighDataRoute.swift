import Actors
import Hummingbird
import Persistence
import Sessions
import Wire

/// `POST /internal/weigh-data`: the readings of a scale whose edge can have no WebSocket (seed 001 §4.8), with its `X-API-Key`.
///
/// A moving one is shown and forgotten. A stable one is a settled weight: for the truck it names, or for staff to decide. The same
/// reading again is the same weight.
struct WeighDataRoute: Sendable {
    let services: HubServices

    func add(to group: RouterGroup<HubContext>) {
        group.post("internal/weigh-data") { request, context in
            let principal = try context.requirePrincipal()
            let reading = try WeighData(try await request.members(), now: LoopLane.wallClock())
            guard principal.role == .device, principal.stations.contains(reading.station) else {
                throw RESTFault.forbidden
            }
            let station = StreamID(site: principal.site, kind: WeighStation.name, key: reading.station)
            guard let settled = reading.settled(at: station, digest: services.digest) else {
                services.observe(reading.live, by: principal, at: station)
                return success(Taken(outcome: "shown"))
            }
            let outcome = await withCheckedContinuation { continuation in
                services.settle(settled, of: principal, at: station) { continuation.resume(returning: $0) }
            }
            if let fault = ServerMessage.Fault(outcome) { throw RESTFault(fault) }
            return success(Taken(outcome: "recorded"))
        }
    }

    private struct Taken: Encodable {
        let outcome: String
    }
}

/// The body: `station_id`, `weight`, `unit`, `stable` and `timestamp` as the seed has them. What only an edge with a store knows is
/// optional: `state` of a live weight; `boot`, `n`, `binding`, `offset_millis`, `offline` and `raw` of a settled one.
struct WeighData {
    let station: String
    private let grams: Int64?
    private let state: String?
    private let isStable: Bool
    private let at: Instant
    private let number: (boot: String, n: Int64)?
    private let binding: String?
    private let offsetMillis: Int64
    private let isOffline: Bool
    private let raw: String

    /// Whoever says no offset has a clock that is right.
    private static let aheadMax = Duration.seconds(300)

    init(_ fields: JSONMembers, now: Instant) throws(RESTFault) {
        if let number = fields.integer("station_id") {
            station = String(number)
        } else {
            station = try fields.required("station_id", max: 64)
        }
        guard let stable = fields.flag("stable") else { throw .badField("stable", "true 또는 false") }
        isStable = stable
        state = fields.string("state")
        guard state != nil || fields.isMissingOrNull("state"),
            state == nil || WeighStation.Live.Phase(rawValue: state ?? "") != nil
        else {
            throw .badField("state", "stable, moving, zero, over, under, none")
        }
        grams = try Self.grams(fields, isOptional: state != nil)
        guard let at = fields.string("timestamp").flatMap({ Instant(rfc3339: $0) }) else {
            throw .badField("timestamp", "시간대가 있는 시각 (2026-01-25T14:30:00+09:00)")
        }
        self.at = at
        number = try Self.number(fields)
        binding = try fields.isMissingOrNull("binding") ? nil : fields.required("binding", max: 64)
        let offset = fields.integer("offset_millis")
        guard offset != nil || fields.isMissingOrNull("offset_millis") else {
            throw .badField("offset_millis", "정수 (밀리초)")
        }
        offsetMillis = offset ?? 0
        guard offset != nil || at <= now + Self.aheadMax else {
            throw .badField("timestamp", "지금보다 5분 넘게 앞서지 않은 시각")
        }
        let offline = fields.flag("offline")
        guard offline != nil || fields.isMissingOrNull("offline") else { throw .badField("offline", "true 또는 false") }
        isOffline = offline ?? false
        raw = try fields.isMissingOrNull("raw") ? "" : fields.required("raw", max: 256)
    }

    private static func grams(_ fields: JSONMembers, isOptional: Bool) throws(RESTFault) -> Int64? {
        if isOptional, fields.isMissingOrNull("weight") { return nil }
        let places: Int
        switch fields.string("unit")?.uppercased() {
        case "KG": places = 3
        case "T": places = 6
        case "G": places = 0
        default: throw .badField("unit", "KG, T 또는 G")
        }
        guard let literal = fields["weight"], let grams = WholeNumber.shifted(literal, by: places) else {
            throw .badField("weight", "1 g 단위까지의 수")
        }
        return grams
    }

    private static func number(_ fields: JSONMembers) throws(RESTFault) -> (boot: String, n: Int64)? {
        guard !fields.isMissingOrNull("boot") else { return nil }
        // Together they are the key of a command, of its alphabet and length.
        let boot = try fields.required("boot", max: 40)
        guard boot.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) }) else {
            throw .badField("boot", "1–40자의 영문·숫자")
        }
        guard let n = fields.integer("n"), n > 0 else { throw .badField("n", "1 이상의 정수") }
        return (boot, n)
    }

    /// As an edge would say it over its WebSocket, byte for byte: whichever way it comes, it is the same weight. Nil when it is a
    /// live one.
    func settled(at topic: StreamID, digest: ([[UInt8]]) -> [UInt8]) -> ClientMessage.Settled? {
        guard isStable, state == nil, let grams else { return nil }
        var reading = JSONWriter()
        reading.member("at", at.milliseconds)
        reading.member("grams", grams)
        reading.member("offline", isOffline)
        reading.member("offsetMillis", offsetMillis)
        reading.member("raw", raw)
        reading.member("stable", true)
        let body = reading.finish()
        // Without a number the reading itself is what tells it from others.
        let own = digest([Array(topic.description.utf8), body]).hex
        return ClientMessage.Settled(
            topic: topic.description, boot: number?.boot ?? "weighdata-\(own)", n: number?.n ?? 1, binding: binding,
            reading: body)
    }

    var live: [UInt8] {
        var live = JSONWriter()
        live.member("at", at.milliseconds)
        if let grams { live.member("grams", grams) }
        live.member("state", state ?? "moving")
        return live.finish()
    }
}

/// Decimal literals as whole numbers of a smaller unit.
enum WholeNumber {
    /// Nil when something is left over, it does not fit, or it is written with an exponent.
    static func shifted(_ literal: ArraySlice<UInt8>, by places: Int) -> Int64? {
        let text = String(decoding: literal, as: UTF8.self)
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let decimals = parts.count == 2 ? parts[1] : ""
        let rest = decimals.dropFirst(places)
        guard rest.allSatisfy({ $0 == "0" }), decimals.allSatisfy(\.isASCII) else { return nil }
        let kept = decimals.prefix(places)
        return Int64(parts[0] + kept + String(repeating: "0", count: places - kept.count))
    }
}
