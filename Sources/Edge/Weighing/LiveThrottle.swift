/// Lets through at most one live weight per interval; of those that wait, only the newest.
package struct LiveThrottle: Sendable {
    package static let interval = Duration.milliseconds(100)

    private var pending: LiveWeight?
    private var lastSentAt: Duration?

    package init() {}

    /// When `due` has something to send; nil while nothing waits.
    package var deadline: Duration? {
        guard pending != nil else { return nil }
        return lastSentAt.map { $0 + Self.interval } ?? .zero
    }

    /// A new live weight: comes back at once when the interval has passed, else waits for `due`.
    package mutating func offer(_ live: LiveWeight, at now: Duration) -> LiveWeight? {
        pending = live
        return due(at: now)
    }

    package mutating func due(at now: Duration) -> LiveWeight? {
        guard let live = pending, let deadline, now >= deadline else { return nil }
        pending = nil
        lastSentAt = now
        return live
    }

    /// Nothing is connected; what waits is dropped.
    package mutating func clear() { pending = nil }
}
