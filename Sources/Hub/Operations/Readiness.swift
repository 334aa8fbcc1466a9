import Actors
import Synchronization

/// Whether the hub can serve, asked at most once a second however often somebody wants to know.
final class Readiness: Sendable {
    private let latest = Mutex<(at: Instant, isReady: Bool)?>(nil)
    private let ask: @Sendable () async -> Bool

    init(ask: @escaping @Sendable () async -> Bool) { self.ask = ask }

    func isReady(at now: Instant) async -> Bool {
        if let latest = latest.withLock({ $0 }), (.zero..<Duration.seconds(1)).contains(now - latest.at) {
            return latest.isReady
        }
        let isReady = await ask()
        latest.withLock { $0 = (now, isReady) }
        return isReady
    }
}
