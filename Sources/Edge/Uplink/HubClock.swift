/// How far the edge's clock is from the hub's, from the times the hub sends.
///
/// A message is always late, so the largest difference of the last ones is the nearest to the truth.
package struct HubClock: Sendable {
    private static let sampleCountMax = 16
    private var samples: [Int64] = []

    package init() {}

    /// Milliseconds to add to the edge's clock to get the hub's; nil before the hub has ever spoken.
    package var offsetMillis: Int64? { samples.max() }

    package mutating func heard(hubMillis: Int64, at now: Moment) {
        samples.append(hubMillis - now.millis)
        if samples.count > Self.sampleCountMax { samples.removeFirst() }
    }
}
