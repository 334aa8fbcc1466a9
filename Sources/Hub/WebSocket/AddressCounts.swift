import Synchronization

/// How many connections each client has, over all loops: an IPv4 address, or the /64 of an IPv6 address.
final class AddressCounts: Sendable {
    /// Connections one of them may have at a time.
    let countMax: Int
    private let counts = Mutex<[String: Int]>([:])

    init(countMax: Int) { self.countMax = countMax }

    /// A place for one more, or nil when all are taken.
    ///
    /// - Parameter isTrusted: counted, but never refused.
    func take(_ address: String, isTrusted: Bool = false) -> Place? {
        let address = ClientAddresses.counted(address)
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
