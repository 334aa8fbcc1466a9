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
    /// A truck leaves the deck with every so many live weights.
    private static let emptyInterval = 25
    private static let liveInterval = TimeAmount.milliseconds(100)

    let link: HubLink
    let topic: String
    private let boot = String(UInt32.random(in: 0 ... .max), radix: 36)
    private let settleInterval: TimeAmount
    private var n: Int64 = 0
    private var waiting: [Waiting] = []
    private(set) var count = Count()
    private(set) var isOpen = false
    private var isStopped = false
    /// Weighs the trucks that are called to it; otherwise nobody's.
    var weighsTrucks = false
    /// What the hub knows the present call by.
    private var binding: String?
    /// What this edge's clock is ahead of ours.
    var clockLeadMillis: Int64 = 0
    /// Called with each weight that was acknowledged.
    var onAcknowledged: ((_ topic: String, _ key: String) -> Void)?

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

    /// Before its time.
    func stopWeighing() { isStopped = true }

    private func showLive(_ due: NIODeadline, _ end: NIODeadline) {
        guard due < end, !isStopped else { return }
        link.place.loop.assumeIsolated().scheduleTask(deadline: due) {
            if self.link.isOpen {
                self.count.live += 1
                let isEmpty = self.weighsTrucks && self.count.live % Self.emptyInterval == 0
                let grams = isEmpty ? 0 : Int64(self.count.live % 2000) * 20_000
                self.link.send(
                    ClientSays.live(
                        self.topic, grams: grams, state: isEmpty ? "zero" : "moving", at: self.clockMillis()))
            }
            self.showLive(due + Self.liveInterval, end)
        }
    }

    private func settle(_ due: NIODeadline, _ end: NIODeadline) {
        guard due < end, !isStopped else { return }
        link.place.loop.assumeIsolated().scheduleTask(deadline: due) {
            guard !self.isStopped else { return }
            self.n += 1
            self.count.settled += 1
            let frame = ClientSays.settled(
                self.topic, boot: self.boot, n: self.n, binding: self.weighsTrucks ? self.binding : nil,
                grams: 20_000_000 + self.n % 1000 * 20_000,
                at: self.clockMillis())
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
            for one in done {
                count.latencies.record((at - one.due).nanoseconds)
                onAcknowledged?(topic, "\(boot):\(one.n)")
            }
            count.acknowledged += done.count
            waiting.removeFirst(done.count)
            // What did not fit goes now.
            for one in waiting.dropFirst(sentCount - done.count).prefix(done.count) { link.send(one.frame) }
        case .error(let fault):
            guard let after = fault.afterMillis else { return count.faults[fault.code, default: 0] += 1 }
            link.place.loop.assumeIsolated().scheduleTask(in: .milliseconds(after)) { self.sendAgain() }
        case .snapshot(topic, _, _, let members): binding = Self.binding(members)
        case .event(topic, _, _, let members):
            switch members.string("name") {
            case "bound": binding = Self.binding(members)
            case "unbound", "platformCleared": binding = nil
            default: break
            }
        case .ended(_, let fault): count.faults[fault.code, default: 0] += 1
        default: break
        }
    }

    private static func binding(_ members: JSONMembers) -> String? {
        guard let data = members.object("data").flatMap({ try? JSONMembers($0) }) else { return nil }
        return data.object("binding").flatMap { try? JSONMembers($0) }?.string("id")
    }

    private func clockMillis() -> Int64 { Self.wallMillis() + clockLeadMillis }

    static func wallMillis() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
