import Synchronization

/// How many connections each client has, over all loops: an IPv4 address, or the /64 of an IPv6 address.
final class AddressCounts: Sendable {
    private struct State {
        var counts: [String: Int] = [:]
        /// Told once when nobody is connected.
        var waiting: [AsyncStream<Never>.Continuation] = []
    }

    /// Connections one of them may have at a time.
    let countMax: Int
    private let state = Mutex(State())

    init(countMax: Int) { self.countMax = countMax }

    /// Returns when nobody is connected, or the task is cancelled.
    func becomeEmpty() async {
        let (emptied, continuation) = AsyncStream<Never>.makeStream()
        state.withLock { if $0.counts.isEmpty { continuation.finish() } else { $0.waiting.append(continuation) } }
        for await _ in emptied {}
    }

    /// A place for one more, or nil when all are taken.
    ///
    /// - Parameter isTrusted: counted, but never refused.
    func take(_ address: String, isTrusted: Bool = false) -> Place? {
        let address = ClientAddresses.counted(address)
        let isFree = state.withLock { state in
            let count = state.counts[address, default: 0]
            guard isTrusted || count < countMax else { return false }
            state.counts[address] = count + 1
            return true
        }
        return isFree ? Place(address: address, counts: self) : nil
    }

    fileprivate func leave(_ address: String) {
        state.withLock { state in
            let count = state.counts[address, default: 0] - 1
            state.counts[address] = count > 0 ? count : nil
            guard state.counts.isEmpty else { return }
            for waiting in state.waiting { waiting.finish() }
            state.waiting = []
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
