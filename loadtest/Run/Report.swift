internal import Wire

/// What a run found, as lines for people and as one JSON object.
struct Report: Sendable {
    private let scenario: String
    private var lines: [String] = []
    private var document = JSONWriter()
    /// What makes the figures worthless, or is a fault of the hub.
    private(set) var faults: [String] = []

    /// - Parameter title: what was done, with its parameters.
    init(_ scenario: String, _ title: String) {
        self.scenario = scenario
        lines.append(title)
        document.member("scenario", scenario)
        document.member("title", title)
    }

    var isSound: Bool { faults.isEmpty }

    mutating func count(_ key: StaticString, _ title: String, _ value: some BinaryInteger) {
        document.member(key, Int64(value))
        line(title, "\(value)")
    }

    /// - Parameters:
    ///   - key: names the unit, too.
    ///   - bar: what the value may be to be called good. Missing it does not make a run unsound: other work on the
    ///     machine can cause that.
    mutating func value(
        _ key: StaticString, _ title: String, _ value: Double, unit: String, places: Int = 1, bar: Double? = nil
    ) {
        document.member(key, json: Self.number(value, max(3, places)))
        let judged = bar.map { " (bar \($0.places($0 < 1 ? 1 : 0)) \(unit): \(value <= $0 ? "met" : "missed"))" } ?? ""
        line(title, "\(value.places(places)) \(unit)\(judged)")
    }

    mutating func latencies(_ key: StaticString, _ title: String, _ latencies: Latencies) {
        let parts: [(StaticString, Double)] = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1)]
        var writer = JSONWriter()
        for (name, part) in parts { writer.member(name, json: Self.number(latencies.milliseconds(part), 3)) }
        writer.member("count", Int64(latencies.count))
        document.member(key, json: writer.finish())
        let text = parts.map { "\($0.0) \(latencies.milliseconds($0.1).places(2))" }.joined(separator: "   ")
        line(title, text + "   ms")
    }

    /// How often each of these was seen; no line when none was.
    mutating func tally(_ key: StaticString, _ title: String, _ counts: [String: Int]) {
        let sorted = counts.sorted { $0.key < $1.key }
        let members = sorted.map { name, count in
            var text: [UInt8] = []
            JSONWriter.append(name, to: &text)
            return text + Array(":\(count)".utf8)
        }
        document.member(key, json: Array("{".utf8) + members.joined(separator: Array(",".utf8)) + Array("}".utf8))
        if !sorted.isEmpty { line(title, sorted.map { "\($0.key) ×\($0.value)" }.joined(separator: ", ")) }
    }

    /// Lines of their own.
    mutating func text(_ key: StaticString, _ text: String) {
        document.member(key, text)
        lines.append(text)
    }

    mutating func require(_ condition: Bool, _ fault: @autoclosure () -> String) {
        if !condition { faults.append(fault()) }
    }

    consuming func text(json: Bool) -> String {
        guard json else { return (lines + faults.map { "NOT SOUND: \($0)" }).joined(separator: "\n") }
        let texts = faults.map { fault in
            var text: [UInt8] = []
            JSONWriter.append(fault, to: &text)
            return text
        }
        document.member("isSound", faults.isEmpty)
        document.member(
            "faults", json: Array("[".utf8) + texts.joined(separator: Array(",".utf8)) + Array("]".utf8))
        return String(decoding: document.finish(), as: UTF8.self)
    }

    private mutating func line(_ title: String, _ text: String) { lines.append("  \(title.padded(34))\(text)") }

    private static func number(_ value: Double, _ places: Int) -> [UInt8] {
        Array((value.isFinite ? value.places(places) : "null").utf8)
    }
}
