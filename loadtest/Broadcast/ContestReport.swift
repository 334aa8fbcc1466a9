internal import Wire

/// A contest as a table, or as JSON.
struct ContestReport: Sendable {
    /// One line: the medians of a server's rounds.
    struct Row: Sendable {
        let name: String
        let work: Contest.Work
        let cpuMicrosPerFrame: Double
        let framesPerSecond: Double
        let p50Millis: Double
        let p99Millis: Double
        /// CPU per frame, divided by that of the first server in the same round; the median of the rounds.
        let ratio: Double
        let cpuRounds: [Double]
        let failure: String?
    }

    private let scenario: String
    let rows: [Row]
    private let baseline: String

    /// - Parameter baseline: the name of the server that the others are divided by.
    init(_ scenario: String, _ results: [Contest.Result], baseline: String) {
        self.scenario = scenario
        self.baseline = baseline
        rows = results.map { result in
            let base = results.first { $0.name == baseline && $0.work == result.work }
            let rounds = result.rounds.compactMap(\.self)
            return Row(
                name: result.name, work: result.work,
                cpuMicrosPerFrame: median(rounds.compactMap(\.cpuMicrosPerFrame)),
                framesPerSecond: median(rounds.map(\.framesPerSecond)),
                p50Millis: median(rounds.map { $0.latencies.milliseconds(0.5) }),
                p99Millis: median(rounds.map { $0.latencies.milliseconds(0.99) }),
                ratio: base.map { Self.ratio(result, $0) } ?? .nan, cpuRounds: rounds.compactMap(\.cpuMicrosPerFrame),
                failure: result.failure)
        }
    }

    /// The baseline's CPU per frame divided by that of `name`; nil when one of them was not there.
    func baselineRatio(to name: String, _ work: Contest.Work) -> Double? {
        rows.first { $0.name == name && $0.work == work }.map { 1 / $0.ratio }.flatMap { $0.isFinite ? $0 : nil }
    }

    var isSound: Bool { rows.allSatisfy { $0.failure == nil } }

    func table() -> String {
        let heads = ["CPU µs/frame", baseline.count > 8 ? "ratio" : "÷ \(baseline)", "frames/s", "p50 ms", "p99 ms"]
        var lines: [String] = []
        var work: Contest.Work?
        for row in rows {
            if row.work != work {
                work = row.work
                let title = "\(row.work.subscriberCount) subscribers, \(row.work.inFlight) in flight"
                lines += ["", title.padded(34) + heads.map { column($0, 14) }.joined()]
            }
            let values = [
                row.cpuMicrosPerFrame.places(3), row.ratio.places(2), row.framesPerSecond.places(0),
                row.p50Millis.places(2), row.p99Millis.places(2),
            ]
            lines.append("  " + row.name.padded(32) + values.map { column($0, 14) }.joined())
        }
        for row in rows {
            guard let failure = row.failure else { continue }
            lines.append("FAILED: \(row.name), \(row.work.subscriberCount)/\(row.work.inFlight): \(failure)")
        }
        return lines.dropFirst().joined(separator: "\n")
    }

    func json() -> String {
        var document = JSONWriter()
        document.member("scenario", scenario)
        document.member("baseline", baseline)
        document.member("messageBytes", Int64(NumberedMessage.byteCount))
        document.member("rows", json: Self.list(rows.map(Self.json)))
        document.member("isSound", isSound)
        return String(decoding: document.finish(), as: UTF8.self)
    }

    private static func json(_ row: Row) -> [UInt8] {
        var writer = JSONWriter()
        writer.member("server", row.name)
        writer.member("subscribers", Int64(row.work.subscriberCount))
        writer.member("inFlight", Int64(row.work.inFlight))
        writer.member("cpuMicrosPerFrame", json: number(row.cpuMicrosPerFrame, 4))
        writer.member("cpuRatio", json: number(row.ratio, 4))
        writer.member("framesPerSecond", json: number(row.framesPerSecond, 0))
        writer.member("p50Millis", json: number(row.p50Millis, 3))
        writer.member("p99Millis", json: number(row.p99Millis, 3))
        writer.member("cpuMicrosPerFrameOfRounds", json: list(row.cpuRounds.map { number($0, 4) }))
        if let failure = row.failure { writer.member("failure", failure) }
        return writer.finish()
    }

    private static func ratio(_ one: Contest.Result, _ base: Contest.Result) -> Double {
        median(
            zip(one.rounds, base.rounds).compactMap { one, base in
                guard let cpu = one?.cpuMicrosPerFrame, let baseCPU = base?.cpuMicrosPerFrame else { return nil }
                return cpu / baseCPU
            })
    }

    private static func number(_ value: Double, _ places: Int) -> [UInt8] {
        Array((value.isFinite ? value.places(places) : "null").utf8)
    }

    private static func list(_ items: [[UInt8]]) -> [UInt8] {
        Array("[".utf8) + items.joined(separator: Array(",".utf8)) + Array("]".utf8)
    }
}
