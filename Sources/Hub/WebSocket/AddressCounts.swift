import Synchronization

/// How many connections each address has, over all loops.
final class AddressCounts: Sendable {
    /// Connections one address may have at a time.
    let countMax: Int
    private let counts = Mutex<[String: Int]>([:])

    init(countMax: Int) { self.countMax = countMax }

    /// A place for one more, or nil when all are taken.
    ///
    /// - Parameter isTrusted: counted, but never refused.
    func take(_ address: String, isTrusted: Bool = false) -> Place? {
        let isFree = counts.withLock { counts in
            let count = counts[address, default: 0]
            guard isTrusted || count < countMax else { return false }
            counts[address] = count + 1
            return true
        }
        return isFree ? Place(address: address, counts: self) : nil
    }

    fileprivate func leave(_ address: String) {
        counts.withLock { counts in
            let count = counts[address, default: 0] - 1
            counts[address] = count > 0 ? count : nil
        }
    }

    /// Is given back when the last reference to it goes.
    final class Place: Sendable {
        private let address: String
        private let counts: AddressCounts

        fileprivate init(address: String, counts: AddressCounts) {
            self.address = address
            self.counts = counts
        }

        deinit { counts.leave(address) }
    }
}

/// Whose connection it is: the peer of the socket, or whom a reverse proxy of ours names.
package struct ClientAddresses: Sendable {
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed.
    package var trustedProxies: Set<String>

    package init(trustedProxies: Set<String> = []) { self.trustedProxies = trustedProxies }

    /// - Parameters:
    ///   - peer: of the socket; empty if it has none.
    ///   - forwardedFor: the values of `X-Forwarded-For`. The last entry is the trusted proxy's own; what stands before it anybody
    ///     may have written.
    package func client(peer: String, forwardedFor: [String]) -> String {
        guard trustedProxies.contains(peer), let entry = forwardedFor.last?.split(separator: ",").last else {
            return peer
        }
        let address = entry.filter { $0 != " " && $0 != "\t" }
        return address.isEmpty ? peer : address
    }
}
