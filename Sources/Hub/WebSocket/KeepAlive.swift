/// Whether a peer is still there, judged once per ping interval; the interval itself is the caller's.
///
/// A flag per read instead of a time stamp: a busy connection pays nothing for it.
struct KeepAlive {
    enum Action: Hashable {
        case sendPing
        case giveUp
    }

    private let silentIntervalCountMax: Int
    private var hasHeard = false
    private var silentIntervalCount = 0

    /// - Parameter silentIntervalCountMax: whole intervals without a byte before the peer is given up.
    init(silentIntervalCountMax: Int) {
        self.silentIntervalCountMax = silentIntervalCountMax
    }

    /// Any byte from the peer.
    mutating func heard() {
        hasHeard = true
    }

    /// An interval has passed.
    mutating func intervalPassed() -> Action {
        silentIntervalCount = hasHeard ? 0 : silentIntervalCount + 1
        hasHeard = false
        return silentIntervalCount < silentIntervalCountMax ? .sendPing : .giveUp
    }
}
