package import Actors
package import Wire

/// What a connection is apart from its socket: identity, subscriptions, commands under way. A state machine without I/O: inputs
/// are messages, answers and time; each returns what to do next.
package struct Session {
    package enum Action {
        case send([UInt8])
        /// Missed events and those held back meanwhile, in order, after what was sent.
        case sendShared([SharedFrame])
        case authenticate(Credential)
        /// Ask the actor for its picture, not before `after` has passed. `number` comes back with the answer.
        case look(StreamID, mine: Bool, number: Int, after: Duration)
        case replay(StreamID, view: View, after: Int64, count: Int, number: Int)
        case join(Topic)
        case promote(Topic)
        case leave(Topic)
        case command(ClientMessage.Command, StreamID)
        case settled(ClientMessage.Settled, StreamID)
        case live([UInt8], StreamID)
        case greet(Identity)
        case close(CloseCode, String)
    }

    enum State {
        case awaitingHello(since: Instant)
        /// What came meanwhile waits: a client need not wait for `welcome` before it subscribes.
        case authenticating(Credential, held: [[UInt8]])
        case open(Identity)
        case closed
    }

    let limits: SessionLimits
    let epoch: String
    /// Which view of a topic a principal gets; nil when it may not look or there is no such kind.
    let viewOf: @Sendable (Principal, StreamID, Bool) -> ViewAnswer
    var state: State
    var subscriptions: [Int: Subscription] = [:]
    var numbers: [Topic: Int] = [:]
    var nextNumber = 1
    var rate: RateLimit
    var warningRate: RateLimit
    var liveRate: RateLimit
    var refreshCount = 0
    var hasWarned = false
    var settledUnderWay = SettledWindow()

    package enum ViewAnswer: Sendable {
        case view(View)
        case forbidden
        case unknownKind
        /// The kind has no actor of this name.
        case unknownKey
    }

    package init(
        limits: SessionLimits, epoch: String, now: Instant,
        viewOf: @escaping @Sendable (Principal, StreamID, Bool) -> ViewAnswer
    ) {
        self.limits = limits
        self.epoch = epoch
        self.viewOf = viewOf
        state = .awaitingHello(since: now)
        rate = RateLimit(perSecond: limits.messagesPerSecond, burst: limits.messageBurst)
        warningRate = RateLimit(perSecond: limits.messagesPerSecond, burst: limits.rateWarningBurst)
        liveRate = RateLimit(perSecond: limits.liveValuesPerSecond, burst: limits.liveValuesPerSecond)
    }

    package var identity: Identity? { if case .open(let identity) = state { identity } else { nil } }

    /// The log-in was checked before the connection came here.
    package mutating func admitted(_ identity: Identity) -> [Action] {
        state = .open(identity)
        return [.greet(identity)]
    }

    /// A message from the client.
    package mutating func received(_ bytes: [UInt8], now: Instant) -> [Action] {
        if case .closed = state { return [] }
        if case .authenticating(let credential, var held) = state, held.count < limits.heldMessageCountMax,
            held.reduce(bytes.count, { $0 + $1.count }) <= limits.heldByteCountMax
        {
            held.append(bytes)
            state = .authenticating(credential, held: held)
            return []
        }
        let message: ClientMessage
        do throws(EnvelopeError) {
            message = try ClientMessage(bytes)
        } catch {
            return refuse(error.id, .init(error), now)
        }
        switch (state, message) {
        case (.awaitingHello, .hello(let token, _)): return authenticate(.token(token))
        case (.awaitingHello, .helloDevice(let key)): return authenticate(.apiKey(key))
        case (.awaitingHello, .ping), (.open, .ping), (.authenticating, .ping):
            if let wait = rate.take(atMillis: now.milliseconds) { return slowDown(message, wait, now) }
            return [.send(ServerMessage.pong(now: now.milliseconds))]
        case (.authenticating, .hello), (.authenticating, .helloDevice), (.open, .hello), (.open, .helloDevice):
            return refuse(nil, .helloTwice, now)
        case (.awaitingHello, _), (.authenticating, _):
            return refuse(message.id, .helloFirst, now)
        case (.open(let identity), _): return opened(message, identity, now)
        case (.closed, _): return []
        }
    }

    private mutating func authenticate(_ credential: Credential) -> [Action] {
        state = .authenticating(credential, held: [])
        return [.authenticate(credential)]
    }

    private mutating func opened(_ message: ClientMessage, _ identity: Identity, _ now: Instant) -> [Action] {
        switch message {
        case .live(let topic, let value):
            guard let stream = StreamID(topic), stream.kind == WeighStation.name, speaks(identity, for: stream) else {
                return refuse(nil, .forbidden, now)
            }
            // Newest counts, and an unchanged one is repeated within a second: what is too much is simply not shown.
            guard liveRate.take(atMillis: now.milliseconds) == nil else { return [] }
            return [.live(value, stream)]
        case .settled(let settled): return take(settled, identity, now)
        case .refresh, .subscribe, .unsubscribe, .command:
            if let wait = rate.take(atMillis: now.milliseconds) { return slowDown(message, wait, now) }
        case .hello, .helloDevice, .ping: return []
        }
        switch message {
        case .refresh(let token):
            refreshCount += 1
            return [.authenticate(.token(token))]
        case .subscribe(let id, let topic, let cursor): return subscribe(id, topic, cursor, identity)
        case .unsubscribe(let id, let topic): return unsubscribe(id, topic, identity)
        case .command(let command): return route(command)
        default: return []
        }
    }

    /// What nobody says often who means well: it costs as much as what is done, and a peer that says nothing else is sent away.
    private mutating func refuse(_ id: String?, _ fault: ServerMessage.Fault, _ now: Instant) -> [Action] {
        guard rate.take(atMillis: now.milliseconds) == nil else { return sendAway() }
        return [.send(ServerMessage.error(id: id, fault))]
    }

    /// Said a thousand times it is no longer heard.
    private mutating func slowDown(_ message: ClientMessage, _ wait: Duration, _ now: Instant) -> [Action] {
        guard warningRate.take(atMillis: now.milliseconds) == nil else { return sendAway() }
        let fault = ServerMessage.Fault.rateLimited(after: wait)
        if case .command(let command) = message { return [.send(ServerMessage.reply(id: command.id, fault))] }
        return [.send(ServerMessage.error(id: message.id, fault))]
    }

    private mutating func sendAway() -> [Action] {
        state = .closed
        return [.close(.policyViolation, "rateLimited")]
    }

    private func route(_ command: ClientMessage.Command) -> [Action] {
        guard let identity else { return [.send(ServerMessage.reply(id: command.id, .forbidden))] }
        switch Self.route(command, of: identity.principal, viewOf) {
        case .to(let stream): return [.command(command, stream)]
        case .refused(let fault): return [.send(ServerMessage.reply(id: command.id, fault))]
        }
    }

    /// Where a command goes.
    package enum Route {
        case to(StreamID)
        case refused(ServerMessage.Fault)
    }

    /// The way of a command to its actor, whichever way it came here.
    package static func route(
        _ command: ClientMessage.Command, of principal: Principal,
        _ viewOf: (Principal, StreamID, Bool) -> ViewAnswer
    ) -> Route {
        guard let stream = StreamID(command.topic) else { return .refused(.unknownTopic(command.topic)) }
        guard stream.site == principal.site else { return .refused(.forbidden) }
        switch viewOf(principal, stream, false) {
        case .unknownKind: return .refused(.unknownKind(stream.kind))
        case .unknownKey: return .refused(.unknownTopic(command.topic))
        // Who may command what, each kind decides.
        case .view, .forbidden: return .to(stream)
        }
    }

    private func speaks(_ identity: Identity, for stream: StreamID) -> Bool {
        stream.site == identity.principal.site && identity.principal.stations.contains(stream.key)
    }

    private mutating func take(_ settled: ClientMessage.Settled, _ identity: Identity, _ now: Instant) -> [Action] {
        guard let stream = StreamID(settled.topic), stream.kind == WeighStation.name, speaks(identity, for: stream)
        else { return refuse(nil, .forbidden, now) }
        switch settledUnderWay.begin(settled, atMost: limits.settledWindow) {
        case .send: return [.settled(settled, stream)]
        case .wait: return []
        case .full: return refuse(nil, .rateLimited(after: .seconds(1)), now)
        }
    }

    /// The answer to `authenticate`.
    package mutating func authenticated(_ result: AuthenticationResult, now: Instant) -> [Action] {
        switch (state, result) {
        case (.authenticating(_, let held), .accepted(let identity)):
            state = .open(identity)
            return held.reduce(into: [.greet(identity)]) { $0 += received($1, now: now) }
        case (.authenticating(let credential, _), .refused(let fault)):
            state = .closed
            let reason = if case .apiKey = credential { "keyInvalid" } else { fault.code }
            return [.send(ServerMessage.error(id: nil, fault)), .close(.loginRefused, reason)]
        case (.authenticating, .crowded(let max)):
            state = .closed
            return [.send(ServerMessage.error(id: nil, .tooManySessions(max))), .close(.crowded, "tooManySessions")]
        case (.authenticating, .unavailable):
            state = .closed
            return [.close(.tryAgainLater, "unavailable")]
        case (.open(let old), .accepted(let identity)) where refreshCount > 0:
            refreshCount -= 1
            guard identity.principal.id == old.principal.id else {
                return [.send(ServerMessage.error(id: nil, .tokenInvalid))]
            }
            hasWarned = false
            // The account is read anew: what it was granted may be less than before.
            return review(identity)
                + [.send(ServerMessage.refreshed(expiresAt: identity.expiresAt?.milliseconds ?? 0))]
        case (.open, .refused(let fault)) where refreshCount > 0:
            refreshCount -= 1
            return [.send(ServerMessage.error(id: nil, fault))]
        case (.open, .unavailable) where refreshCount > 0:
            refreshCount -= 1
            return [.send(ServerMessage.error(id: nil, .unavailable(after: .seconds(1))))]
        default: return []
        }
    }

    /// Time passes; called about once a second.
    package mutating func tick(now: Instant) -> [Action] {
        switch state {
        case .awaitingHello(let since) where now - since >= limits.helloTimeout:
            state = .closed
            return [.close(.helloTimeout, "helloTimeout")]
        case .open(let identity):
            guard let end = identity.expiresAt else { return [] }
            if now >= end {
                state = .closed
                return [.send(ServerMessage.error(id: nil, .tokenExpired)), .close(.tokenExpired, "tokenExpired")]
            }
            guard !hasWarned, end - now <= limits.expiryWarning else { return [] }
            hasWarned = true
            return [.send(ServerMessage.expiring(expiresAt: end.milliseconds))]
        case .awaitingHello, .authenticating, .closed: return []
        }
    }

    /// A command has its outcome.
    package func answered(_ id: String, _ outcome: Outcome) -> [Action] {
        if case .committed(let seq) = outcome { return [.send(ServerMessage.reply(id: id, seq: seq))] }
        guard let fault = ServerMessage.Fault(outcome) else { return [] }
        return [.send(ServerMessage.reply(id: id, fault))]
    }

    /// A settled weight has its outcome; the next one may go.
    package mutating func answered(_ settled: ClientMessage.Settled, _ outcome: Outcome) -> [Action] {
        guard let (ack, next) = settledUnderWay.end(settled, outcome) else { return [] }
        let following = next.flatMap { next in StreamID(next.topic).map { [Action.settled(next, $0)] } } ?? []
        return (ack.map { [.send($0)] } ?? []) + following
    }

    /// The socket is gone. Returns the topics to leave.
    package mutating func closed() -> [Action] {
        state = .closed
        let leaving = subscriptions.values.map { Action.leave($0.topic) }
        subscriptions = [:]
        numbers = [:]
        return leaving
    }
}

extension ClientMessage {
    fileprivate var id: String? {
        switch self {
        case .subscribe(let id, _, _), .unsubscribe(let id, _): id
        case .command(let command): command.id
        case .hello, .helloDevice, .refresh, .live, .settled, .ping: nil
        }
    }
}

/// The application's own close codes (docs/protocol.md).
extension CloseCode {
    package static let loginRefused = CloseCode(rawValue: 4001)
    package static let crowded = CloseCode(rawValue: 4105)
    package static let helloTimeout = CloseCode(rawValue: 4104)
    package static let replaced = CloseCode(rawValue: 4003)
    package static let tokenExpired = CloseCode(rawValue: 4101)
    package static let draining = CloseCode(rawValue: 4200)
}
