internal import NIOCore

/// How long it took to serve again, by what had happened.
struct ChaosTimes: Sendable {
    struct One: Sendable {
        let title: String
        /// Milliseconds until a command that was given after the end of the fault was committed, from its start and from its
        /// end.
        let fromStart: Double
        let fromEnd: Double
        /// From its end until all clients were back and had a command committed.
        let everyone: Double
    }

    private(set) var all: [One] = []

    mutating func add(_ one: One) { all.append(one) }

    static let together = "two at once"

    /// A line for each kind, and one for all.
    func table() -> String {
        let head =
            "fault".padded(28) + column("count", 6) + "   serves again after ms: median / p95 / max".padded(46)
            + "from its end".padded(26) + "all clients, from its end"
        let kinds = Fault.Kind.allCases.map(\.rawValue) + [Self.together]
        var lines = [head]
        for kind in kinds {
            let some = all.filter { ($0.title.contains(" + ") ? Self.together : $0.title) == kind }
            if !some.isEmpty { lines.append(Self.line(kind, some)) }
        }
        return (lines + [Self.line("all", all)]).joined(separator: "\n")
    }

    private static func line(_ title: String, _ some: [One]) -> String {
        title.padded(28) + column("\(some.count)", 6) + "   "
            + text(some.map(\.fromStart)).padded(43) + text(some.map(\.fromEnd)).padded(26) + text(some.map(\.everyone))
    }

    private static func text(_ values: [Double]) -> String {
        let sorted = values.sorted()
        guard let last = sorted.last else { return "–" }
        let high = sorted[min(sorted.count - 1, Int((Double(sorted.count) * 0.95).rounded(.up)) - 1)]
        return "\(median(values).places(0)) / \(high.places(0)) / \(last.places(0))"
    }
}
