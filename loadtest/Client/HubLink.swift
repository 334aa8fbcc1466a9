internal import NIOCore
internal import Wire

/// What stands on a `HubLink`. Called on the link's loop.
protocol LinkUser: AnyObject {
    /// Logged in: the first of each connection.
    func opened(epoch: String)
    /// Every frame but `tick`, and what concerns the connection itself.
    func heard(_ frame: HubSays, at: NIODeadline)
    /// The connection is gone. The link comes back by itself unless it was stopped.
    func lost()
}

/// A connection that says hello and comes back for ever, by the rules of the protocol.
///
/// `@unchecked Sendable`: used on its loop only.
final class HubLink: @unchecked Sendable {
    enum Credential: Sendable {
        case user(TokenSource)
        case device(apiKey: String)
    }

    /// What the life of the link was like.
    struct Record: Sendable {
        /// Attempts to connect.
        var dialCount = 0
        var welcomeCount = 0
        /// By close code; 0 stands for a connection that was cut or never there. Those that we ended are not counted.
        var ends: [UInt16: Int] = [:]
        /// Milliseconds from each end to the first attempt to come back.
        var firstPauses: [Int64] = []
        /// Why it will not come back; nil as long as it does.
        var failure: String?
    }

    /// From dialling to `welcome`, then the attempt is given up.
    private static let openTimeout = TimeAmount.seconds(15)
    private static let pingInterval = TimeAmount.seconds(10)

    let place: Place
    private let credential: Credential
    private let manner: HubSocket.Manner
    /// Asks for a pong every 10 s, as a peer does that cannot answer the hub's pings in time because it reads slowly.
    private let pings: Bool
    private var socket: HubSocket?
    private var policy = ReturnPolicy()
    private var random = SystemRandomNumberGenerator()
    private var timer: Scheduled<Void>?
    private var drainMillis: Int64?
    private var isStopped = true
    weak var user: (any LinkUser)?
    private(set) var isOpen = false
    /// When the newest attempt to connect began.
    private(set) var dialledAt = NIODeadline.distantPast
    private(set) var record = Record()

    init(_ place: Place, _ credential: Credential, manner: HubSocket.Manner = .init(), pings: Bool = false) {
        self.place = place
        self.credential = credential
        self.manner = manner
        self.pings = pings
    }

    func start() {
        isStopped = false
        dial()
    }

    /// Leaves with a goodbye, for good.
    func stop() {
        isStopped = true
        timer?.cancel()
        socket?.close()
    }

    /// Dropped while the link is not open.
    func send(_ text: [UInt8]) {
        if isOpen { socket?.send(text) }
    }

    /// A hard cut; the link comes back as after any other.
    func cut() { socket?.cut() }

    func read(slowly: Bool) { socket?.read(slowly: slowly) }

    /// The line has held.
    func steady() { policy.held() }

    private func dial() {
        record.dialCount += 1
        dialledAt = .now()
        drainMillis = nil
        timer = place.loop.assumeIsolated().scheduleTask(in: Self.openTimeout) { self.socket?.cut() }
        let opening = HubSocket.open(place, manner) { [weak self] event in self?.hear(event) }
        // A port that nobody listens on may have answered already.
        if !opening.isEnded { socket = opening }
    }

    private func hear(_ event: HubSocket.Event) {
        switch event {
        case .opened:
            switch credential {
            case .user(let source): socket?.send(ClientSays.hello(token: source.token))
            case .device(let key): socket?.send(ClientSays.hello(apiKey: key))
            }
        case .frame(let bytes, let at):
            do throws(JSONMembers.Failure) {
                take(try HubSays(bytes), at)
            } catch {
                fail("a frame is no JSON object: \(error)")
            }
        case .ended(let end): ended(end)
        }
    }

    private func take(_ frame: HubSays, _ at: NIODeadline) {
        switch frame {
        case .tick: return
        case .welcome(let epoch):
            timer?.cancel()
            isOpen = true
            record.welcomeCount += 1
            if pings { ping(record.welcomeCount) }
            user?.opened(epoch: epoch)
        case .drain(let millis): drainMillis = millis
        case .expiring: if case .user(let source) = credential { send(ClientSays.refresh(token: source.token)) }
        default: user?.heard(frame, at: at)
        }
    }

    private func ping(_ connection: Int) {
        guard isOpen, record.welcomeCount == connection else { return }
        send(ClientSays.ping)
        place.loop.assumeIsolated().scheduleTask(in: Self.pingInterval) { self.ping(connection) }
    }

    private func ended(_ end: HubSocket.End) {
        let wasOpen = isOpen
        timer?.cancel()
        socket = nil
        isOpen = false
        if !isStopped { record.ends[end.code?.rawValue ?? 0, default: 0] += 1 }
        user?.lost()
        guard !isStopped else { return }
        guard let wait = policy.ended(end.code, drainMillis: drainMillis, using: &random) else {
            return fail(end.description)
        }
        if wasOpen { record.firstPauses.append(wait) }
        timer = place.loop.assumeIsolated().scheduleTask(in: .milliseconds(wait)) { self.dial() }
    }

    private func fail(_ reason: String) {
        record.failure = record.failure ?? reason
        isStopped = true
        timer?.cancel()
        socket?.cut()
    }
}
