/// The closing handshake of one connection (RFC 6455 §7): who said goodbye, and what is left to do.
///
/// Exactly one `Closure` comes out of it, whatever the order in which our close, the peer's close, a violation, the
/// end of the stream and the clock arrive.
package struct CloseMachine: Sendable {
    package enum Action: Sendable, Hashable {
        /// Nothing follows from it.
        case ignore
        /// The connection is over; close the transport.
        case finish(Closure)
        /// Send this close frame; then the connection is over.
        case send(ClosePayload, then: Closure)
    }

    private enum State: Sendable {
        /// No close frame went either way.
        case open
        /// Ours went out first; only the peer's is awaited, and its data is no longer of interest.
        case closeSent(ClosePayload)
        /// The closure was given out.
        case closed
    }

    private var state = State.open

    package init() {}

    /// Whether data may still be sent: no close frame went either way.
    package var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Whether the closure was given out: what the peer sends no longer matters.
    package var isClosed: Bool {
        if case .closed = state { true } else { false }
    }

    /// The application says goodbye. True: send the close frame and await the peer's (§7.1.2).
    package mutating func closeRequested(_ payload: ClosePayload) -> Bool {
        guard case .open = state else { return false }
        state = .closeSent(payload)
        return true
    }

    /// The peer's close frame: echoed if it came first, the end of ours if not, also when both crossed (§5.5.1).
    package mutating func closeReceived(_ payload: ClosePayload) -> Action {
        switch state {
        case .open:
            state = .closed
            let closure = Closure(payload.code ?? .noStatus, reason: payload.reason, cause: .peer, isClean: true)
            return .send(ClosePayload(payload.code), then: closure)
        case .closeSent(let sent):
            state = .closed
            return .finish(Closure(sent.code ?? .noStatus, reason: sent.reason, cause: .local, isClean: true))
        case .closed:
            return .ignore
        }
    }

    /// The peer broke the protocol: say so, unless our close frame is out already (§7.1.7).
    package mutating func violated(_ error: FrameError) -> Action {
        switch state {
        case .open:
            state = .closed
            let payload = ClosePayload(error.closeCode, reason: error.description)
            let closure = Closure(error.closeCode, reason: payload.reason, cause: .violation(error), isClean: false)
            return .send(payload, then: closure)
        case .closeSent:
            return finishUnanswered()
        case .closed:
            return .ignore
        }
    }

    /// The peer's stream ended: without any close frame this is 1006 (§7.1.5).
    package mutating func streamEnded() -> Action {
        switch state {
        case .open:
            state = .closed
            return .finish(Closure(.abnormal, reason: "", cause: .lost, isClean: false))
        case .closeSent:
            return finishUnanswered()
        case .closed:
            return .ignore
        }
    }

    /// The shell waited long enough for the peer's close frame.
    package mutating func waitedTooLong() -> Action {
        switch state {
        case .closeSent: finishUnanswered()
        case .open, .closed: .ignore
        }
    }

    private mutating func finishUnanswered() -> Action {
        guard case .closeSent(let sent) = state else { return .ignore }
        state = .closed
        return .finish(Closure(sent.code ?? .noStatus, reason: sent.reason, cause: .local, isClean: false))
    }
}

/// How a connection ended.
package struct Closure: Sendable, Hashable {
    package enum Cause: Sendable, Hashable {
        /// The peer closed first.
        case peer
        /// We closed first.
        case local
        /// The peer broke the protocol or a limit.
        case violation(FrameError)
        /// The stream ended without a close frame.
        case lost
    }

    /// The code of whoever closed first; 1005 if it gave none, 1006 if the stream just ended.
    package var code: CloseCode
    package var reason: String
    package var cause: Cause
    /// Whether close frames went both ways.
    package var isClean: Bool

    package init(_ code: CloseCode, reason: String, cause: Cause, isClean: Bool) {
        self.code = code
        self.reason = reason
        self.cause = cause
        self.isClean = isClean
    }
}
