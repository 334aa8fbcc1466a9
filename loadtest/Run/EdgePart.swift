internal import Glibc
internal import NIOCore
internal import Wire

/// An edge: shows a moving weight ten times a second, and keeps every settled weight until the hub has acknowledged it.
///
/// `@unchecked Sendable`: used on the link's loop only.
final class EdgePart: LinkUser, @unchecked Sendable {
    struct Count: Sendable {
        var live = 0
        var settled = 0
        var acknowledged = 0
        /// Sent once more, after a cut or because the hub asked for it.
        var repeats = 0
        /// Lists of weights that were refused for good. None is expected.
        var refusals: [String] = []
        /// What else the hub refused, by code.
        var faults: [String: Int] = [:]
        /// From when a weight was due to its ack.
        var latencies = Latencies()

        mutating func add(_ other: Count) {
            live += other.live
            settled += other.settled
            acknowledged += other.acknowledged
            repeats += other.repeats
            refusals += other.refusals
            faults.merge(other.faults, uniquingKeysWith: +)
            latencies.add(other.latencies)
        }
    }

    private struct Waiting {
        let n: Int64
        let frame: [UInt8]
        let due: NIODeadline
    }

    /// What may be on its way without an ack (docs/protocol.md).
    private static let windowMax = 32
    private static let liveInterval = TimeAmount.milliseconds(100)

    let link: HubLink
    let topic: String
    private let boot = String(UInt32.random(in: 0 ... .max), radix: 36)
    private let settleInterval: TimeAmount
    private var n: Int64 = 0
    private var waiting: [Waiting] = []
    private(set) var count = Count()
    private(set) var isOpen = false

    init(_ link: HubLink, topic: String, settleInterval: TimeAmount) {
        self.link = link
        self.topic = topic
        self.settleInterval = settleInterval
        link.user = self
    }

    var waitingCount: Int { waiting.count }

    /// Weighs until `end`; what is due while the link is down is stored, and what is live is not.
    func weigh(from start: NIODeadline, to end: NIODeadline) {
        showLive(start, end)
        settle(start + settleInterval, end)
    }

    private func showLive(_ due: NIODeadline, _ end: NIODeadline) {
        guard due < end else { return }
        link.place.loop.assumeIsolated().scheduleTask(deadline: due) {
            if self.link.isOpen {
                self.count.live += 1
                let grams = Int64(self.count.live % 2000) * 20_000
                self.link.send(ClientSays.live(self.topic, grams: grams, at: Self.wallMillis()))
            }
            self.showLive(due + Self.liveInterval, end)
        }
    }

    private func settle(_ due: NIODeadline, _ end: NIODeadline) {
        guard due < end else { return }
        link.place.loop.assumeIsolated().scheduleTask(deadline: due) {
            self.n += 1
            self.count.settled += 1
            let frame = ClientSays.settled(
                self.topic, boot: self.boot, n: self.n, grams: 20_000_000 + self.n % 1000 * 20_000,
                at: Self.wallMillis())
            self.waiting.append(Waiting(n: self.n, frame: frame, due: due))
            if self.waiting.count <= Self.windowMax { self.link.send(frame) }
            self.settle(due + self.settleInterval, end)
        }
    }

    private func sendAgain() {
        let some = waiting.prefix(Self.windowMax)
        count.repeats += some.count
        for one in some { link.send(one.frame) }
    }

    // MARK: The link speaks

    func opened(epoch: String) {
        isOpen = true
        link.steady()
        link.send(ClientSays.subscribe(topic))
        sendAgain()
    }

    func lost() { isOpen = false }

    func heard(_ frame: HubSays, at: NIODeadline) {
        switch frame {
        case .ack(topic, boot, let n, let refused):
            if let refused { count.refusals.append(refused) }
            let done = waiting.prefix { $0.n <= n }
            let sentCount = min(waiting.count, Self.windowMax)
            for one in done { count.latencies.record((at - one.due).nanoseconds) }
            count.acknowledged += done.count
            waiting.removeFirst(done.count)
            // What did not fit goes now.
            for one in waiting.dropFirst(sentCount - done.count).prefix(done.count) { link.send(one.frame) }
        case .error(let fault):
            guard let after = fault.afterMillis else { return count.faults[fault.code, default: 0] += 1 }
            link.place.loop.assumeIsolated().scheduleTask(in: .milliseconds(after)) { self.sendAgain() }
        case .ended(_, let fault): count.faults[fault.code, default: 0] += 1
        default: break
        }
    }

    static func wallMillis() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
