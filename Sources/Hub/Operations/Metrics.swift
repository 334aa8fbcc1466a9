import Synchronization
import Wire

/// Counters and gauges in Prometheus' text format. Values are read when asked for.
final class MetricsPage: Sendable {
    struct Sample: Sendable {
        enum Kind: String, Sendable { case counter, gauge }
        let name: String
        let kind: Kind
        let help: String
        let value: Double
    }

    private let sources = Mutex<[@Sendable () -> [Sample]]>([])

    func add(_ source: @escaping @Sendable () -> [Sample]) { sources.withLock { $0.append(source) } }

    func text() -> String {
        let samples = sources.withLock { $0 }.flatMap { $0() }
        return samples.map { sample in
            """
            # HELP \(sample.name) \(sample.help)
            # TYPE \(sample.name) \(sample.kind.rawValue)
            \(sample.name) \(Self.number(sample.value))

            """
        }.joined()
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
