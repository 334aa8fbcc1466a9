/// The edge's end of its connection to the hub, without I/O: what happened comes in, what to do comes out.
///
/// After every input the caller runs the actions in order and calls `elapse` at `deadline`. One connection exists at
/// a time: `connect` is followed by `opened` or `closed`, `disconnect` always by `closed`.
package struct UplinkMachine: Sendable {
    package enum Action: Equatable, Sendable {
        case connect(TransportKind)
        /// Send `hello` with the API key as its file has it now.
        case hello
        /// Look whether the file has another key than the one that was refused; the answer, if it has, is `keyChanged`.
        case lookForKey
        case send(EdgeMessage)
        case disconnect(code: UInt16)
        /// Tell the outbox whose history its weights are for from now on; the answer is `adopted`.
        case adopt(Epoch)
        /// Ask the outbox; the answer is `loaded`.
        case load(topic: String, SendWindow.Want)
        case markSent(topic: String, through: Int64)
        case settle(topic: String, boot: String, through: Int64, refused: [Int64: String])
        /// The same of what was offered again.
        case settleAgain(topic: String, boot: String, through: Int64, refused: [Int64: String])
        /// The truck called to a station is another one now.
        case bound(topic: String, Binding?)
        case weighed(topic: String, binding: String)
        /// What the board is to show; nil while it is not known.
        case queue(QueuePicture?)
        case note(UplinkNote)
    }

    /// How a connection, or the attempt at one, ended.
    package enum End: Equatable, Sendable {
        case closed(code: UInt16, reason: String)
        /// The opening handshake was answered with another status.
        case refused(status: Int)
        case lost(String)
        /// As `lost`, for a reason that an operator can do something about, with the error as it came.
        case failed(ConnectionFault, String)
        /// The API key cannot be read.
        case noKey(String)
    }

    enum State: Equatable, Sendable {
        case stopped
        /// Until the next attempt.
        case waiting(until: Duration)
        /// The same after a refused key; another key ends it. The file is looked at again then.
        case keyless(until: Duration, lookAt: Duration)
        /// The transport and the WebSocket are being opened.
        case opening(deadline: Duration)
        /// `hello` went out.
        case greeting(deadline: Duration)
        /// The hub welcomed us.
        case ready(since: Duration, heardAt: Duration)
        /// `disconnect` was given out; `closed` comes.
        case closing(retry: Duration?)
    }

    enum History: Equatable, Sendable {
        /// Not connected.
        case unknown
        /// The outbox was told and has not answered.
        case told(Epoch)
        /// The outbox could not write it down; it is told again then.
        case failed(Epoch, retryAt: Duration)
        /// The outbox knows what of its weights this history may not have.
        case adopted
    }

    static let openingWait = Duration.seconds(10)
    /// After so many attempts in a row that were refused or not answered, requests are tried in turn with a WebSocket.
    static let blockedCountMax = 2
    /// Between two looks at the file of a refused key.
    static let lookInterval = Duration.seconds(1)
    /// For a WebSocket that could not be had before: no longer than the hub waits until it says that the edge is gone.
    static let blockedWait = Duration.seconds(3)
    /// While requests carry everything, a WebSocket is tried once in so long.
    static let webSocketInterval = Duration.seconds(3_600)
    /// The hub ticks every second; without anything for so long the connection is dead.
    static let silenceMax = Duration.seconds(10)
    /// A connection that held for so long was a good one.
    static let holdMin = Duration.seconds(5)

    var state = State.stopped
    var links: [StationLink]
    /// nil when there is no board.
    var queue: QueueLink?
    var clock = HubClock()
    var keyRefused = false
    /// The hub asked for a pause; until then no weights are sent.
    var pausedUntil: Duration?
    /// Of the hub that is connected; no weights are sent before the outbox knows of it.
    var history = History.unknown
    /// Of the connection that is there, or of the latest attempt.
    private(set) var transport = TransportKind.webSocket
    private var blockedCount = 0
    private var retry: RetryPolicy
    /// Begins the keys of our commands: the hub remembers those of earlier runs for a day.
    let run: String
    var commandCount = 0

    /// - Parameters:
    ///   - topics: of the stations.
    ///   - queue: the topic of the queue, for who has a board to show it on.
    ///   - seed: another one for each run.
    package init(topics: [String], queue: String? = nil, seed: UInt64) {
        links = topics.enumerated().map { StationLink(topic: $1, index: $0) }
        self.queue = queue.map { QueueLink(topic: $0) }
        retry = RetryPolicy(seed: seed)
        run = String(seed, radix: 16)
    }

    package var isReady: Bool { if case .ready = state { true } else { false } }

    package var offsetMillis: Int64? { clock.offsetMillis }

    /// When `elapse` has something to do; nil while only the outside can cause anything.
    package var deadline: Duration? {
        switch state {
        case .stopped, .closing: nil
        case .waiting(let until): until
        case .keyless(let until, let lookAt): min(until, lookAt)
        case .opening(let deadline), .greeting(let deadline): deadline
        case .ready(let since, let heardAt):
            (links.compactMap(\.deadline)
                + [heardAt + Self.silenceMax, pausedUntil, history.retryAt, queue?.deadline, webSocketAgainAt(since)]
                .compactMap(\.self))
                .min()
        }
    }

    package mutating func start(at now: Moment) -> [Action] {
        guard case .stopped = state else { return [] }
        return open(at: now)
    }

    /// Says goodbye; nothing follows but `closed`.
    package mutating func stop() -> [Action] {
        switch state {
        case .opening, .greeting, .ready:
            state = .stopped
            return [.disconnect(code: 1001)]
        case .stopped, .waiting, .keyless, .closing:
            state = .stopped
            return []
        }
    }

    /// The WebSocket is open.
    package mutating func opened(at now: Moment) -> [Action] {
        guard case .opening = state else { return [.disconnect(code: 1001)] }
        state = .greeting(deadline: now.elapsed + Self.openingWait)
        return [.hello]
    }

    package mutating func closed(_ end: End, at now: Moment) -> [Action] {
        switch state {
        case .opening where end.isFromServer, .greeting where end.isFromServer: noteBlocked()
        default: break
        }
        let delay: Duration
        switch state {
        case .stopped, .waiting, .keyless: return []
        case .closing(let told?): delay = told
        case .opening where isBlocked && !end.isKeyRefused, .greeting where isBlocked && !end.isKeyRefused,
            .closing(nil) where isBlocked:
            delay = .zero
        case .opening, .greeting, .ready, .closing(nil): delay = delayAfter(end, at: now)
        }
        let until = now.elapsed + delay
        let refused = keyRefused || end.isKeyRefused
        state = refused ? .keyless(until: until, lookAt: now.elapsed + Self.lookInterval) : .waiting(until: until)
        for index in links.indices { links[index].cut() }
        pausedUntil = nil
        history = .unknown
        keyRefused = false
        return [.note(refused ? .keyRefused(end, retry: delay) : .lost(end, retry: delay))] + loseQueue()
    }

    /// The file has another key than the one that was refused: it is tried at once.
    package mutating func keyChanged(at now: Moment) -> [Action] {
        guard case .keyless = state else { return [] }
        return open(at: now)
    }

    package mutating func elapse(to now: Moment) -> [Action] {
        switch state {
        case .stopped, .closing: []
        case .waiting(let until): now.elapsed >= until ? open(at: now) : []
        case .keyless(let until, _) where now.elapsed >= until: open(at: now)
        case .keyless(let until, let lookAt): now.elapsed >= lookAt ? look(until: until, at: now) : []
        case .opening(let deadline), .greeting(let deadline):
            now.elapsed >= deadline ? dropUnopened() : []
        case .ready(let since, let heardAt):
            now.elapsed >= heardAt + Self.silenceMax
                ? drop(.silent)
                : webSocketAgainAt(since).map { now.elapsed >= $0 } ?? false ? tryWebSocket() : runTimers(at: now)
        }
    }

    mutating func open(at now: Moment) -> [Action] {
        transport = isBlocked ? .requests : .webSocket
        let wait = transport == .webSocket && blockedCount >= Self.blockedCountMax ? Self.blockedWait : Self.openingWait
        state = .opening(deadline: now.elapsed + wait)
        return [.note(.connecting), .connect(transport)]
    }

    // MARK: Where no WebSocket can be had

    /// The latest attempt was one of several that got no WebSocket: the next one is by requests, at once.
    private var isBlocked: Bool { transport == .webSocket && blockedCount >= Self.blockedCountMax }

    /// It is welcome: nothing is in the way.
    mutating func noteOpen() {
        if transport == .webSocket { blockedCount = 0 }
    }

    private mutating func noteBlocked() {
        if transport == .webSocket { blockedCount = min(blockedCount + 1, Self.blockedCountMax) }
    }

    private mutating func dropUnopened() -> [Action] {
        noteBlocked()
        return drop(.tooSlow)
    }

    private func webSocketAgainAt(_ since: Duration) -> Duration? {
        transport == .requests ? since + Self.webSocketInterval : nil
    }

    private mutating func tryWebSocket() -> [Action] {
        state = .closing(retry: .zero)
        return [.disconnect(code: 1000)]
    }

    mutating func drop(_ note: UplinkNote) -> [Action] {
        state = .closing(retry: nil)
        return [.note(note), .disconnect(code: 1001)]
    }

    private mutating func look(until: Duration, at now: Moment) -> [Action] {
        state = .keyless(until: until, lookAt: now.elapsed + Self.lookInterval)
        return [.lookForKey]
    }

    private mutating func delayAfter(_ end: End, at now: Moment) -> Duration {
        if case .ready(let since, _) = state, now.elapsed - since >= Self.holdMin { retry.reset() }
        if keyRefused || end.isKeyRefused { return RetryPolicy.slow }
        switch end {
        case .closed(4000..<4100, _): return RetryPolicy.slow
        case .closed(4200..<4300, _), .closed(1012, _): return retry.spread(.seconds(1))
        case .closed, .refused, .lost, .failed, .noKey: return retry.next()
        }
    }
}

extension UplinkMachine.History {
    var retryAt: Duration? { if case .failed(_, let retryAt) = self { retryAt } else { nil } }
}

extension UplinkMachine.End {
    /// Another key, or the same one put right, is needed before anything can work.
    var isKeyRefused: Bool {
        switch self {
        case .closed(let code, _): code == 4001
        case .noKey: true
        case .refused, .lost, .failed: false
        }
    }

    /// Of an attempt: something was there, and did not let us in.
    fileprivate var isFromServer: Bool {
        switch self {
        case .refused, .lost: true
        case .closed, .failed, .noKey: false
        }
    }
}

/// What an operator may want to know about the connection.
package enum UplinkNote: Equatable, Sendable {
    case connecting
    case ready(TransportKind)
    case lost(UplinkMachine.End, retry: Duration)
    case keyRefused(UplinkMachine.End, retry: Duration)
    /// The hub asked us to come back later.
    case draining(after: Duration)
    /// Connected, but the hub fell silent.
    case silent
    case tooSlow
    case subscriptionRefused(topic: String, HubError)
    case refused(HubError)
    /// An event that should be known is not what the protocol says; a fresh picture takes its place.
    case unreadable(topic: String, event: String)
    case weightRefused(topic: String, n: Int64, code: String)
    /// The hub's history is another one than that which had these weights: so many of this station are offered again.
    case offeringAgain(topic: String, count: Int)
    /// Nothing was answered for too long; what is on its way is sent again.
    case resending(topic: String)
    case divisionIs(topic: String, hubGrams: Int64)
}
