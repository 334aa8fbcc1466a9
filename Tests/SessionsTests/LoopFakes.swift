import NIOCore
import Synchronization
import Wire

@testable import Actors
@testable import Sessions

/// A lane whose clock is moved by hand. `@unchecked Sendable`: a test uses it from one thread.
final class ManualLane: SerialExecutor, Lane, @unchecked Sendable {
    private var bodies: [@Sendable () -> Void] = []
    private var timers: [(due: Instant, body: @Sendable () -> Void)] = []
    private var time = at(100)

    var executor: any SerialExecutor { self }
    func enqueue(_ job: consuming ExecutorJob) { preconditionFailure("no actor runs on this lane") }
    func now() -> Instant { time }
    func post(_ body: @escaping @Sendable () -> Void) { bodies.append(body) }
    func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) { timers.append((time + delay, body)) }

    /// Runs what is posted, and what that posts.
    func run() {
        while !bodies.isEmpty { bodies.removeFirst()() }
    }

    func pass(_ span: Duration) {
        let end = time + span
        while let next = timers.map(\.due).min(), next <= end {
            time = max(time, next)
            let due = timers.filter { $0.due <= time }
            timers.removeAll { $0.due <= time }
            for timer in due { timer.body() }
            run()
        }
        time = end
    }
}

/// A socket that remembers what was written.
final class FakeConnection: SessionConnection {
    var pendingByteCount = 0
    var closed: [String] = []
    private var unread: [ByteBuffer] = []
    private var waiting: [@Sendable () -> Void] = []

    func whenDrained(_ callback: @escaping @Sendable () -> Void) { waiting.append(callback) }

    /// The peer has taken everything.
    func drain() {
        let callbacks = waiting
        waiting = []
        for callback in callbacks { callback() }
    }

    func send(_ message: [UInt8]) { unread.append(SharedFrame(message).bytes) }
    func send(_ frame: SharedFrame) { unread.append(frame.bytes) }
    func send(_ published: PublishedRun) { unread += published.frames.map { $0.frame.bytes } }
    func close(_ code: CloseCode, reason: String) { closed.append("\(code.rawValue) \(reason)") }

    /// What was written since the last call.
    func read() -> [String] {
        defer { unread = [] }
        return unread.map { brief(payload($0)) }
    }
}

/// The rest of the hub, which answers when the test says so. `@unchecked Sendable`: a test uses it from one thread.
final class FakeServices: SessionServices, @unchecked Sendable {
    let epoch = testEpoch
    var principal = staff
    var expiresAt: Instant?
    var logins: [@Sendable (AuthenticationResult) -> Void] = []
    var looks: [Look] = []
    var replays: [@Sendable ([StoredEvent]?) -> Void] = []
    /// The reads of the journal so far.
    var reads: [(after: Int64, count: Int)] = []
    var requests: [Request] = []
    var observed: [String] = []
    var linked: [Bool] = []
    /// What has become of accounts; nil for one that is gone.
    var changed: [String: Principal?] = [:]

    func standing(of principal: Principal) -> Principal? { changed[principal.id] ?? principal }

    func authenticate(
        _ credential: Credential, session: String, done: @escaping @Sendable (AuthenticationResult) -> Void
    ) { logins.append(done) }

    func view(_ principal: Principal, of stream: StreamID, mine: Bool) -> Session.ViewAnswer {
        whoSees(principal, stream, mine)
    }

    func look(_ look: Look, at stream: StreamID) { looks.append(look) }

    func replay(
        _ stream: StreamID, view: View, after seq: Int64, count: Int,
        done: @escaping @Sendable ([StoredEvent]?) -> Void
    ) {
        reads.append((seq, count))
        replays.append(done)
    }

    /// The journal answers whoever reads it, for as long as somebody does.
    func answerReplays(without hidden: Set<Int64> = []) {
        while !replays.isEmpty {
            let (after, count) = reads[reads.count - replays.count]
            replays.removeFirst()((after + 1...after + Int64(count)).filter { !hidden.contains($0) }.map { stored($0) })
        }
    }

    func send(_ request: Request, to stream: StreamID) { requests.append(request) }

    func observe(_ live: [UInt8], by principal: Principal, at stream: StreamID) {
        observed.append(String(decoding: live, as: UTF8.self))
    }

    func digest(_ parts: [[UInt8]]) -> [UInt8] { Array(parts.joined(separator: [0])) }

    func greeting(for principal: Principal) -> Greeting {
        Greeting(build: "b", principal: bytes("{}"), yard: bytes("{}"))
    }

    func deviceLinked(_ principal: Principal, _ isLinked: Bool) { linked.append(isLinked) }
}

/// A loop with fakes around it.
struct Yard {
    let lane = ManualLane()
    let services = FakeServices()
    let loop: SessionLoop
    /// Shares seats and replays with the first one, as the loops of a hub do.
    let otherLoop: SessionLoop

    init(limits: SessionLimits = SessionLimits()) {
        let seats = SessionSeats(countMax: limits.sessionsPerUserMax)
        let replays = SharedReplays(services)
        func loop(_ label: String, _ lane: ManualLane, _ services: FakeServices) -> SessionLoop {
            SessionLoop(
                lane: lane, label: label, services: services, limits: limits, seats: seats, replays: replays)
        }
        self.loop = loop("a", lane, services)
        otherLoop = loop("b", lane, services)
    }

    /// A client that is logged in, with what it was told read.
    func client(
        _ principal: Principal = staff, until: Instant? = nil, onOther isOnOther: Bool = false
    ) -> Client {
        let client = Client(isOnOther ? otherLoop : loop)
        client.say(#"{"op":"hello","token":"t"}"#)
        services.logins.removeFirst()(.accepted(Identity(principal: principal, expiresAt: until)))
        lane.run()
        _ = client.connection.read()
        return client
    }

    /// A client that follows the queue live as of `seq`.
    func follower(_ seq: Int64 = 4, _ principal: Principal = staff) -> Client {
        let client = client(principal)
        client.say(#"{"op":"sub","id":"s","topic":"ulsan/queue/main"}"#)
        answerLook(.seen(sight(seq)))
        _ = client.connection.read()
        return client
    }

    func answerLook(_ answer: Look.Answer) {
        services.looks.removeFirst().reply(answer)
        lane.run()
    }

    func publish(_ frames: PublishedFrame...) { loop.publish(PublishedRun.runs(of: frames)) }

    struct Client {
        let connection = FakeConnection()
        let id: Int
        private let loop: SessionLoop

        init(_ yard: Yard) { self.init(yard.loop) }

        fileprivate init(_ loop: SessionLoop) {
            self.loop = loop
            id = loop.opened(connection)
        }

        func say(_ json: String) { loop.received(bytes(json), from: id) }
    }
}
