package import Actors
import Synchronization
import Wire

/// The sessions of one event loop, and the table of who follows what there. Everything happens on `lane`.
///
/// `@unchecked Sendable`: the state is touched on `lane` only; the few entries from other threads post to it.
package final class SessionLoop: PublicationLoop, @unchecked Sendable {
    final class Member: Hashable, Comparable {
        let id: Int
        let name: String
        let connection: any SessionConnection
        var session: Session
        /// Whose seat it has taken; given back at its end.
        var seat: Principal?
        /// Topics that skip until the peer has caught up.
        var lagging: Set<Topic> = []

        init(_ id: Int, _ name: String, _ connection: any SessionConnection, _ session: Session) {
            self.id = id
            self.name = name
            self.connection = connection
            self.session = session
        }

        static func == (one: Member, other: Member) -> Bool { one === other }
        static func < (one: Member, other: Member) -> Bool { one.id < other.id }
        func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
    }

    /// Moved only on the loop; read by the metrics from anywhere through a post.
    package struct Counters: Sendable {
        package var sessionCount = 0
        package var deliveredCount = 0
        package var skippedCount = 0
        package var resyncCount = 0
        package init() {}
    }

    package let lane: any Lane
    let services: any SessionServices
    let limits: SessionLimits
    let seats: SessionSeats
    let replays: SharedReplays
    var members: [Int: Member] = [:]
    var table = TopicTable<Member>()
    private var counters = Counters()
    /// What the metrics page reads, from any thread; at most a second old.
    private let latest = Mutex(Counters())
    private var nextID = 1
    private let label: String
    private var isTicking = false
    private var isDraining = false

    /// - Parameters:
    ///   - label: makes session names unique between loops and runs.
    ///   - seats: shared by all loops of a hub, as are the replays; by default this loop's own.
    package init(
        lane: any Lane, label: String, services: any SessionServices, limits: SessionLimits = SessionLimits(),
        seats: SessionSeats? = nil, replays: SharedReplays? = nil
    ) {
        self.lane = lane
        self.label = label
        self.services = services
        self.limits = limits
        self.seats = seats ?? SessionSeats(countMax: limits.sessionsPerUserMax)
        self.replays = replays ?? SharedReplays(services)
    }

    package var published: Counters { latest.withLock { $0 } }

    // MARK: From the socket

    /// A connection is open. Returns its handle for the calls below.
    package func opened(_ connection: any SessionConnection) -> Int {
        let id = nextID
        nextID += 1
        let services = services
        let session = Session(limits: limits, epoch: services.epoch, now: lane.now()) { principal, stream, mine in
            services.view(principal, of: stream, mine: mine)
        }
        members[id] = Member(id, "\(label)-\(id)", connection, session)
        counters.sessionCount = members.count
        // Accepted just before the port closed: it is not told to come back by `drain`, which has been.
        if isDraining { connection.close(.draining, reason: "drain") }
        return id
    }

    package enum Admission: Sendable {
        /// The connection's handle.
        case opened(Int)
        /// As many sessions are open as the account may have.
        case crowded(max: Int)
        case draining
    }

    /// A connection is open whose log-in was checked before it came here: it is greeted, and says no `hello`.
    package func opened(_ connection: any SessionConnection, as identity: Identity) -> Admission {
        guard !isDraining else { return .draining }
        guard seats.take(identity.principal) else { return .crowded(max: seats.countMax) }
        let id = opened(connection)
        guard let member = members[id] else { preconditionFailure("a session is there once it was opened") }
        member.seat = identity.principal
        run(member.session.admitted(identity), id, member)
        return .opened(id)
    }

    package func received(_ bytes: [UInt8], from id: Int) {
        guard let member = members[id] else { return }
        run(member.session.received(bytes, now: lane.now()), id, member)
    }

    package func closed(_ id: Int) {
        guard let member = members.removeValue(forKey: id) else { return }
        if let seat = member.seat { seats.leave(seat) }
        if let principal = member.session.identity?.principal, principal.role == .device {
            services.deviceLinked(principal, false)
        }
        for action in member.session.closed() {
            if case .leave(let topic) = action { table.leave(topic, member) }
        }
        counters.sessionCount = members.count
    }

    // MARK: From the hub

    /// Hands publications to everyone here who follows their topics, in order.
    package func publish(_ runs: [PublishedRun]) {
        for published in runs {
            for member in table.live(published.topic) { deliver(published, to: member) }
            for member in table.waiting(published.topic).sorted() where !member.lagging.contains(published.topic) {
                for frame in published.frames { run(member.session.published(frame), member.id, member) }
            }
        }
    }

    private func deliver(_ published: PublishedRun, to member: Member) {
        guard member.connection.pendingByteCount <= limits.backlogByteCountMax else {
            counters.skippedCount += published.frames.count
            // A live value is simply old by the time it could be sent; the rest is made good by a picture.
            guard !published.isLive else { return }
            if member.lagging.isEmpty { member.connection.whenDrained { [self, id = member.id] in drained(id) } }
            member.lagging.insert(published.topic)
            table.join(published.topic, member)
            return
        }
        member.connection.send(published)
        counters.deliveredCount += published.frames.count
    }

    /// The peer has taken what was waiting: subscriptions that skipped get a fresh picture.
    private func drained(_ id: Int) {
        guard let member = members[id], !member.lagging.isEmpty else { return }
        let topics = member.lagging.sorted()
        member.lagging = []
        counters.resyncCount += topics.count
        for topic in topics { run(member.session.resync(topic), id, member) }
    }

    /// Starts the second hand: screens see that the hub is there, sessions notice that time passes. Each member's second is over at
    /// another tenth: ticks to thousands at one moment would hold up what is published at that moment.
    package func startTicking() {
        lane.post { [self] in
            isTicking = true
            again(tenth: 1)
        }
    }

    package func stopTicking() { lane.post { [self] in isTicking = false } }

    private func again(tenth: Int) {
        lane.after(.milliseconds(100)) { [self] in
            guard isTicking else { return }
            let now = lane.now()
            let counters = counters
            latest.withLock { $0 = counters }
            let tick = SharedFrame(ServerMessage.tick(now: now.milliseconds))
            let due = members.lazy.filter { $0.key % 10 == tenth }
            for (id, member) in due.sorted(by: { $0.key < $1.key }) {
                run(member.session.tick(now: now), id, member)
                review(id, member)
                guard member.session.identity != nil, member.connection.pendingByteCount == 0 else { continue }
                member.connection.send(tick)
            }
            again(tenth: (tenth + 1) % 10)
        }
    }

    /// Tells every client to come back, spread over `spread`, and closes.
    package func drain(spread: Duration) {
        lane.post { [self] in
            isDraining = true
            let total = Int64(max(1, members.count))
            for (index, (_, member)) in members.sorted(by: { $0.key < $1.key }).enumerated() {
                let wait = spread.inMilliseconds * Int64(index) / total
                member.connection.drain(afterMillis: wait)
            }
        }
    }

    /// Closes the sessions of log-ins that newer ones have pushed out, or that were ended by log-out.
    package func end(logins: Set<String>) {
        lane.post { [self] in
            for (_, member) in members.sorted(by: { $0.key < $1.key }) {
                guard let login = member.session.identity?.login, logins.contains(login) else { continue }
                member.connection.close(.replaced, reason: "loginEnded")
            }
        }
    }

    /// What an account may do can change while it is here: what it may no longer see ends within a second.
    private func review(_ id: Int, _ member: Member) {
        guard let identity = member.session.identity else { return }
        guard let principal = services.standing(of: identity.principal) else {
            return member.connection.close(.loginRefused, reason: "revoked")
        }
        guard principal != identity.principal else { return }
        run(
            member.session.review(Identity(principal: principal, expiresAt: identity.expiresAt, login: identity.login)),
            id, member)
    }
}
