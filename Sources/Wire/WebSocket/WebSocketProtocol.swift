package import NIOCore

/// What one peer may make us hold. Beyond a bound the connection fails with the code given.
package struct WebSocketLimits: Sendable, Hashable {
    /// Payload bytes of one frame: 1009 at its header, before any of it is kept.
    package var frameByteCountMax: Int
    /// Bytes of a reassembled message: 1009 at the header of the fragment that would break it.
    package var messageByteCountMax: Int
    /// Frames of one message: 1008. Fragments without payload cost us work and the sender nothing.
    package var fragmentCountMax: Int

    /// 1 MiB for a frame and for a message, 1,024 fragments: a command is well below 64 KiB, an offline batch of
    /// the edge below 1 MiB.
    package init(
        frameByteCountMax: Int = 1 << 20, messageByteCountMax: Int = 1 << 20, fragmentCountMax: Int = 1024
    ) {
        self.frameByteCountMax = frameByteCountMax
        self.messageByteCountMax = messageByteCountMax
        self.fragmentCountMax = fragmentCountMax
    }
}

/// One end of one WebSocket connection after its handshake: RFC 6455 §5–§8 without I/O, clock or randomness.
///
/// The shell gives it what it read and does what the events say, in their order:
///
///     while let event = socket.nextEvent(in: &bytes) { … }
///
/// Pongs, close echoes and the answer to a violation come out as `.send`. `.closed` comes exactly once and last;
/// after it input is discarded. A server then closes the transport; a client leaves that to the server for a
/// moment (§7.1.1).
package struct WebSocketProtocol {
    package enum Event: Sendable, Hashable {
        /// A message of the peer, in the order sent. None comes after a close frame of either side.
        case message(Message)
        /// An answer to a ping, or a pong nobody asked for (§5.5.3).
        case pong(ByteBuffer)
        /// Write these bytes behind everything written before.
        case send(ByteBuffer)
        /// The connection is over. What `.send` gave before it should still reach the peer.
        case closed(Closure)
    }

    private var decoder: FrameDecoder
    private var assembler: MessageAssembler
    private var closing = CloseMachine()
    private let inflater: Inflater?
    private let messageByteCountMax: Int
    /// The closure that follows a `.send`.
    private var closureDue: Closure?
    private let nextMaskKey: (@Sendable () -> MaskKey)?

    /// The server's end.
    ///
    /// - Parameter inflater: for the client's messages, if permessage-deflate was agreed on.
    package init(serverWith limits: WebSocketLimits = WebSocketLimits(), inflater: Inflater? = nil) {
        self.init(role: .server, limits: limits, inflater: inflater, nextMaskKey: nil)
    }

    /// The client's end.
    ///
    /// - Parameters:
    ///   - inflater: for the server's messages, if permessage-deflate was agreed on.
    ///   - nextMaskKey: an unpredictable key for every frame sent (§5.3, §10.3).
    package init(
        clientWith limits: WebSocketLimits = WebSocketLimits(), inflater: Inflater? = nil,
        nextMaskKey: @escaping @Sendable () -> MaskKey
    ) {
        self.init(role: .client, limits: limits, inflater: inflater, nextMaskKey: nextMaskKey)
    }

    private init(
        role: Role, limits: WebSocketLimits, inflater: Inflater?, nextMaskKey: (@Sendable () -> MaskKey)?
    ) {
        self.inflater = inflater
        self.messageByteCountMax = limits.messageByteCountMax
        self.decoder = FrameDecoder(
            .init(role: role, payloadByteCountMax: limits.frameByteCountMax, allowsRSV1: inflater != nil))
        self.assembler = MessageAssembler(
            messageByteCountMax: limits.messageByteCountMax, fragmentCountMax: limits.fragmentCountMax)
        self.nextMaskKey = nextMaskKey
    }

    /// Whether messages and pings may still be sent.
    package var isOpen: Bool { closing.isOpen }

    /// Goes on with what was read; nil means that `bytes` is consumed and nothing more follows from it.
    package mutating func nextEvent(in bytes: inout ByteBuffer) -> Event? {
        if let closure = closureDue {
            closureDue = nil
            return .closed(closure)
        }
        guard !closing.isClosed else {
            bytes.moveReaderIndex(to: bytes.writerIndex)
            return nil
        }
        do throws(FrameError) {
            while let part = try decoder.next(in: &bytes) {
                if let output = try assembler.take(part), let event = try event(for: output) { return event }
            }
            return nil
        } catch {
            return event(for: closing.violated(error))
        }
    }

    /// The peer's stream ended; nil if the closure was given out before.
    package mutating func streamEnded() -> Closure? {
        closure(of: closing.streamEnded())
    }

    /// Begins the closing handshake: the close frame to send, or nil if the connection is closing already.
    ///
    /// - Precondition: the code is allowed in a frame. The reason is cut after 123 bytes.
    package mutating func close(_ code: CloseCode?, reason: String = "") -> ByteBuffer? {
        let payload = ClosePayload(code, reason: reason)
        return closing.closeRequested(payload) ? frame(.close, payload.bytes) : nil
    }

    /// The shell waited long enough for the answer to `close`; nil if it came, or was never awaited.
    package mutating func waitedTooLong() -> Closure? {
        closure(of: closing.waitedTooLong())
    }

    /// A whole frame as this end sends it: masked if it is the client's.
    package func frame(_ opcode: Opcode, _ payload: ByteBuffer, isFinal: Bool = true) -> ByteBuffer {
        FrameEncoder.frame(opcode, payload, isFinal: isFinal, maskKey: nextMaskKey?())
    }

    private mutating func event(for output: MessageAssembler.Output) throws(FrameError) -> Event? {
        switch output {
        case .message(let message): isOpen ? .message(try plain(message)) : nil
        case .ping(let payload): isOpen ? .send(frame(.pong, payload)) : nil
        case .pong(let payload): isOpen ? .pong(payload) : nil
        case .close(let payload): event(for: closing.closeReceived(try ClosePayload(parsing: payload)))
        }
    }

    /// A compressed message is inflated when it is whole, within the bound that every message has.
    private func plain(_ message: Message) throws(FrameError) -> Message {
        guard message.isCompressed, let inflater else { return message }
        let payload = try inflater.inflate(message.payload, byteCountMax: messageByteCountMax)
        if message.kind == .text {
            var validator = UTF8Validator()
            let isValid = payload.withUnsafeReadableBytes { validator.accept($0) } && validator.isComplete
            guard isValid else { throw .invalidUTF8 }
        }
        return Message(kind: message.kind, payload: payload)
    }

    private mutating func event(for action: CloseMachine.Action) -> Event? {
        switch action {
        case .ignore:
            return nil
        case .finish(let closure):
            return .closed(closure)
        case .send(let payload, let closure):
            closureDue = closure
            return .send(frame(.close, payload.bytes))
        }
    }

    private func closure(of action: CloseMachine.Action) -> Closure? {
        if case .finish(let closure) = action { closure } else { nil }
    }
}
