/// How long to wait before the next attempt: the first within a second, doubling up to 15 s, spread by half so that a
/// yard's edges do not come back in step. Retries never end.
package struct RetryPolicy: Sendable {
    package static let delayMax = Duration.seconds(15)
    /// After a refused key, and after being told to stop: something must be changed by hand first.
    package static let slow = Duration.seconds(60)

    private var attempt = 0
    private var generator: SplitMix64

    package init(seed: UInt64) { generator = SplitMix64(seed: seed) }

    package mutating func next() -> Duration {
        let bound = min(Duration.seconds(1 << min(attempt, 4)), Self.delayMax)
        attempt += 1
        return bound / 2 + spread(bound / 2)
    }

    /// A random part of a span.
    package mutating func spread(_ span: Duration) -> Duration {
        span * Int64.random(in: 0...1024, using: &generator) / 1024
    }

    /// The connection held; the next attempt is a first one again.
    package mutating func reset() { attempt = 0 }
}

/// A generator that gives the same numbers for the same seed (Steele, Lea, Flood 2014).
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
