internal import Histogram

/// Latencies, in an HdrHistogram: 1 µs to 10 minutes, with three digits.
struct Latencies: Sendable {
    private var histogram = Histogram<UInt64>(
        lowestDiscernibleValue: 1000, highestTrackableValue: 600_000_000_000, numberOfSignificantValueDigits: .three)

    init() {}

    init(_ nanoseconds: [Int64]) {
        for one in nanoseconds { record(one) }
    }

    var count: Int { Int(histogram.totalCount) }

    /// Longer ones count as ten minutes.
    mutating func record(_ nanoseconds: Int64) {
        histogram.record(min(UInt64(max(0, nanoseconds)), 600_000_000_000))
    }

    mutating func add(_ other: Latencies) { histogram.add(other.histogram) }

    /// Milliseconds that this part of all stays within; the largest for 1.
    func milliseconds(_ part: Double) -> Double {
        count == 0 ? .nan : Double(histogram.valueAtPercentile(part * 100)) / 1_000_000
    }
}
