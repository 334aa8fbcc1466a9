internal import NIOCore
internal import Wire

/// Somebody who follows one topic by the rule of the protocol, over any number of connections, and counts what breaks
/// it.
///
/// `@unchecked Sendable`: used on the link's loop only.
final class Follower: LinkUser, @unchecked Sendable {
    struct Receipt: Sendable {
        let seq: Int64
        let at: NIODeadline
    }

    struct Count: Sendable {
        /// Events applied, each once.
        var events = 0
        /// `prev` was beyond the last seq: something is missing.
        var gaps = 0
        /// `seq` was not beyond the last one. The rule ignores such a repeat; a hub that resumes exactly sends none.
        var repeats = 0
        /// Missed events came one by one.
        var resumes = 0
        /// Pictures after the first: the hub gave up sending events one by one.
        var pictures = 0
        /// Events that a picture stands for.
        var coveredEvents: Int64 = 0
        /// Pictures older than what had been seen, and answers for another topic.
        var disorders = 0
        /// What the hub refused, by code.
        var faults: [String: Int] = [:]

        mutating func add(_ other: Count) {
            events += other.events
            gaps += other.gaps
            repeats += other.repeats
            resumes += other.resumes
            pictures += other.pictures
            coveredEvents += other.coveredEvents
            disorders += other.disorders
            faults.merge(other.faults, uniquingKeysWith: +)
        }
    }

    let link: HubLink
    let topic: String
    /// Seq of the first picture.
    private(set) var startSeq: Int64?
    private(set) var cursor: ClientSays.Cursor?
    private(set) var count = Count()
    /// When the newest connection had caught up; nil while it has not.
    private(set) var liveAt: NIODeadline?
    /// Seq that has to be reached before the newest connection counts as live.
    private var awaitedSeq: Int64 = .max
    /// A `sub` is under way. What was sent before its answer is of no interest.
    private var isAsking = false
    private let keepsReceipts: Bool
    private var receipts: [Receipt] = []
    /// Called when a connection has caught up.
    var onLive: ((Follower) -> Void)?
    var onEvent: ((JSONMembers, NIODeadline) -> Void)?
    /// Called with the seq of each picture.
    var onPicture: ((Int64) -> Void)?
    var onLiveValue: ((JSONMembers, NIODeadline) -> Void)?

    /// - Parameter keepsReceipts: notes when each event came; `takeReceipts` has to empty it.
    init(_ link: HubLink, topic: String, keepsReceipts: Bool = false) {
        self.link = link
        self.topic = topic
        self.keepsReceipts = keepsReceipts
        link.user = self
    }

    var isLive: Bool { liveAt != nil }
    var seq: Int64 { cursor?.seq ?? 0 }

    func takeReceipts() -> [Receipt] {
        defer { receipts = [] }
        return receipts
    }

    /// Nothing was missed, doubled or out of order so far.
    var isSound: Bool {
        count.gaps == 0 && count.repeats == 0 && count.disorders == 0 && count.faults.isEmpty
            && link.record.failure == nil
    }

    /// Everything up to `head` was seen, as an event or in a picture.
    func hasAll(to head: Int64) -> Bool {
        guard let startSeq else { return false }
        return seq == head && Int64(count.events) + count.coveredEvents == head - startSeq
    }

    // MARK: The link speaks

    func opened(epoch: String) {
        subscribe()
    }

    func lost() { liveAt = nil }

    func heard(_ frame: HubSays, at: NIODeadline) {
        switch frame {
        case .event(topic, let seq, let prev, let members): take(seq, prev, members, at)
        case .snapshot(topic, let epoch, let seq, _): takePicture(epoch, seq, at)
        case .resumed(topic, let epoch, let seq):
            count.resumes += 1
            if epoch != cursor?.epoch { count.disorders += 1 }
            answered(seq, at)
        case .live(topic, let members): onLiveValue?(members, at)
        case .snapshot, .event, .resumed, .live: count.disorders += 1
        case .ended(_, let fault), .error(let fault): refused(fault)
        default: break
        }
    }

    private func take(_ seq: Int64, _ prev: Int64, _ members: JSONMembers, _ at: NIODeadline) {
        guard var place = cursor else { return count.disorders += 1 }
        guard seq > place.seq else { return count.repeats += 1 }
        guard prev <= place.seq else {
            if isAsking { return }
            count.gaps += 1
            return subscribe()
        }
        place.seq = seq
        cursor = place
        count.events += 1
        if keepsReceipts { receipts.append(Receipt(seq: seq, at: at)) }
        onEvent?(members, at)
        if liveAt == nil { noteLive(at) }
    }

    private func takePicture(_ epoch: String, _ seq: Int64, _ at: NIODeadline) {
        if let old = cursor {
            count.pictures += 1
            if seq < old.seq || epoch != old.epoch { count.disorders += 1 }
            count.coveredEvents += seq - old.seq
        } else {
            startSeq = seq
        }
        cursor = ClientSays.Cursor(epoch: epoch, seq: seq)
        onPicture?(seq)
        answered(seq, at)
    }

    private func subscribe() {
        liveAt = nil
        awaitedSeq = .max
        isAsking = true
        link.send(ClientSays.subscribe(topic, from: cursor))
    }

    private func answered(_ newest: Int64, _ at: NIODeadline) {
        isAsking = false
        awaitedSeq = newest
        noteLive(at)
    }

    private func noteLive(_ at: NIODeadline) {
        guard liveAt == nil, seq >= awaitedSeq else { return }
        liveAt = at
        link.steady()
        onLive?(self)
    }

    /// What may succeed later is asked again; the rest is a finding.
    private func refused(_ fault: HubSays.Fault) {
        guard let after = fault.afterMillis else { return count.faults[fault.code, default: 0] += 1 }
        let connection = link.record.welcomeCount
        link.place.loop.assumeIsolated().scheduleTask(in: .milliseconds(after)) {
            if self.isAsking, self.link.record.welcomeCount == connection { self.subscribe() }
        }
    }
}
