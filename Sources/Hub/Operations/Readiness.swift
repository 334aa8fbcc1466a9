import Actors
import Synchronization

/// Why the hub cannot serve, if it cannot; asked at most once a second however often somebody wants to know.
final class Readiness: Sendable {
    private let latest = Mutex<(at: Instant, obstacle: String?)?>(nil)
    private let ask: @Sendable () async -> String?

    /// - Parameter ask: gives what stands in the way, nil when nothing does.
    init(ask: @escaping @Sendable () async -> String?) { self.ask = ask }

    func obstacle(at now: Instant) async -> String? {
        if let latest = latest.withLock({ $0 }), (.zero..<Duration.seconds(1)).contains(now - latest.at) {
            return latest.obstacle
        }
        let obstacle = await ask()
        latest.withLock { $0 = (now, obstacle) }
        return obstacle
    }
}
