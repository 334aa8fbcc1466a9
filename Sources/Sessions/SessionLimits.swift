/// The bounds of one connection. Reaching one has a defined answer.
package struct SessionLimits: Sendable {
    /// Time to say `hello`; then the session closes with 4104.
    package var helloTimeout: Duration = .seconds(10)
    /// Messages kept while the log-in is checked; past it `helloFirst`.
    package var heldMessageCountMax = 32
    /// And their bytes together.
    package var heldByteCountMax = 64 << 10
    /// Sessions that one account or device may have open, over all loops; past it `tooManySessions`.
    package var sessionsPerUserMax = 256
    /// Topics one session may follow; past it `tooManyTopics`.
    package var topicCountMax = 64
    /// Missed events that are sent one by one; further behind, the answer is a snapshot.
    package var replayCountMax = 1000
    /// Publications kept back while a replay is read; past it the answer is a snapshot.
    package var heldBackCountMax = 512
    /// Messages a second, other than weights, on average and at once. Past it `rateLimited`; for what cannot be read, the end.
    package var messagesPerSecond = 50.0
    package var messageBurst = 200.0
    /// Times a peer is told `rateLimited` in one go; who goes on all the same is sent away. They come back at the same rate.
    package var rateWarningBurst = 1000.0
    /// Live weights a second, of all stations of an edge; what comes beyond is not shown.
    package var liveValuesPerSecond = 100.0
    /// Settled weights of an edge that wait for their outcome, per station; past it `rateLimited`.
    package var settledWindow = 64
    /// Bytes waiting for a slow client before its subscriptions skip ahead instead of queueing.
    package var backlogByteCountMax = 256 << 10
    /// Before the token ends, the client is told once.
    package var expiryWarning: Duration = .seconds(300)

    package init() {}
}

/// How many messages a peer may send: refills with time, empties with use.
struct RateLimit {
    private let perSecond: Double
    private let burst: Double
    private var level: Double
    private var last: Int64?

    init(perSecond: Double, burst: Double) {
        self.perSecond = perSecond
        self.burst = burst
        level = burst
    }

    /// Nil when the message may pass, else how long to wait.
    mutating func take(atMillis now: Int64) -> Duration? {
        if let last { level = min(burst, level + Double(max(0, now - last)) / 1000 * perSecond) }
        last = now
        guard level >= 1 else { return .milliseconds(Int64((1 - level) / perSecond * 1000) + 1) }
        level -= 1
        return nil
    }
}
