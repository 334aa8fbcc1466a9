package import Actors
import Synchronization

/// How many sessions every account and device has open, over all loops of a hub.
package final class SessionSeats: Sendable {
    /// Sessions one account or device may have at a time.
    package let countMax: Int
    private let counts = Mutex<[String: Int]>([:])

    package init(countMax: Int) { self.countMax = countMax }

    /// False when all are taken; else give it back with `leave`.
    package func take(_ principal: Principal) -> Bool {
        counts.withLock { counts in
            let count = counts[Self.name(principal), default: 0]
            guard count < countMax else { return false }
            counts[Self.name(principal)] = count + 1
            return true
        }
    }

    package func leave(_ principal: Principal) {
        counts.withLock { counts in
            let count = counts[Self.name(principal), default: 0] - 1
            counts[Self.name(principal)] = count > 0 ? count : nil
        }
    }

    private static func name(_ principal: Principal) -> String {
        principal.role == .device ? "device \(principal.id)" : "account \(principal.id)"
    }
}
