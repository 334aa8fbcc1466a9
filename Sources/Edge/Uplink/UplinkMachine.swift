/// The edge's end of its connection to the hub, without I/O: what happened comes in, what to do comes out.
///
/// After every input the caller runs the actions in order and calls `elapse` at `deadline`. One connection exists at
/// a time: `connect` is followed by `opened` or `closed`, `disconnect` always by `closed`.
package struct UplinkMachine: Sendable {
    package enum Action: Equatable, Sendable {
        case connect
        /// Send `hello` with the API key as its file has it now.
        case hello
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
    /// The hub ticks every second; without anything for so long the connection is dead.
    static let silenceMax = Duration.seconds(10)
    /// A connection that held for so long was a good one.
    static let holdMin = Duration.seconds(5)

    var state = State.stopped
    var links: [StationLink]
    var clock = HubClock()
    var keyRefused = false
    /// The hub asked for a pause; until then no weights are sent.
    var pausedUntil: Duration?
    /// Of the hub that is connected; no weights are sent before the outbox knows of it.
    var history = History.unknown
    private var retry: RetryPolicy
    /// Begins the keys of our commands: the hub remembers those of earlier runs for a day.
    let run: String
    var commandCount = 0

    /// - Parameter seed: another one for each run.
    package init(topics: [String], seed: UInt64) {
        links = topics.enumerated().map { StationLink(topic: $1, index: $0) }
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
        case .opening(let deadline), .greeting(let deadline): deadline
        case .ready(_, let heardAt):
            (links.compactMap(\.deadline)
                + [heardAt + Self.silenceMax, pausedUntil, history.retryAt].compactMap(\.self))
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
        case .stopped, .waiting, .closing:
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
        let delay: Duration
        switch state {
        case .stopped, .waiting: return []
        case .closing(let told?): delay = told
        case .opening, .greeting, .ready, .closing(nil): delay = delayAfter(end, at: now)
        }
        state = .waiting(until: now.elapsed + delay)
        for index in links.indices { links[index].cut() }
        pausedUntil = nil
        history = .unknown
        let refused = keyRefused || end.isKeyRefused
        keyRefused = false
        return [.note(refused ? .keyRefused(end, retry: delay) : .lost(end, retry: delay))]
    }

    package mutating func elapse(to now: Moment) -> [Action] {
        switch state {
        case .stopped, .closing: []
        case .waiting(let until): now.elapsed >= until ? open(at: now) : []
        case .opening(let deadline), .greeting(let deadline):
            now.elapsed >= deadline ? drop(.tooSlow) : []
        case .ready(_, let heardAt):
            now.elapsed >= heardAt + Self.silenceMax ? drop(.silent) : runTimers(at: now)
        }
    }

    mutating func open(at now: Moment) -> [Action] {
        state = .opening(deadline: now.elapsed + Self.openingWait)
        return [.note(.connecting), .connect]
    }

    mutating func drop(_ note: UplinkNote) -> [Action] {
        state = .closing(retry: nil)
        return [.note(note), .disconnect(code: 1001)]
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
        case .refused(let status): status == 401 || status == 403
        case .noKey: true
        case .lost, .failed: false
        }
    }
}

/// What an operator may want to know about the connection.
package enum UplinkNote: Equatable, Sendable {
    case connecting
    case ready
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
