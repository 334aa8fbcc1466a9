/// A point in time: milliseconds since 1970-01-01 UTC. The core never reads a clock; an instant always arrives as a value.
package struct Instant: Hashable, Sendable, Comparable, Codable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    /// Whole milliseconds are kept, the rest is dropped. Past the end of time it is the end of time.
    package static func + (left: Instant, right: Duration) -> Instant {
        let (sum, isBeyond) = left.milliseconds.addingReportingOverflow(right.inMilliseconds)
        return Instant(milliseconds: isBeyond ? (left.milliseconds < 0 ? .min : .max) : sum)
    }

    /// The longest there is, when it is longer: an instant may come from outside.
    package static func - (left: Instant, right: Instant) -> Duration {
        let (difference, isBeyond) = left.milliseconds.subtractingReportingOverflow(right.milliseconds)
        return .milliseconds(isBeyond ? (left.milliseconds < 0 ? .min : .max) : difference)
    }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension Duration {
    package var inMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
