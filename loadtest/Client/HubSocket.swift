internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Wire

/// One WebSocket connection, from an address of our choice, that can be cut hard and can read slowly.
///
/// `@unchecked Sendable`: opened, used and heard on its event loop only.
final class HubSocket: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Event: Sendable {
        /// The handshake is done; frames may be sent.
        case opened
        /// A text frame, and when it was read from the socket.
        case frame(ByteBuffer, at: NIODeadline)
        /// Once, and last.
        case ended(End)
    }

    struct End: Sendable, CustomStringConvertible {
        /// Close code; nil when the connection was cut, refused or never there.
        let code: CloseCode?
        let description: String
    }

    struct Manner: Sendable {
        /// Address to come from; nil: the system's choice.
        var source: SocketAddress?
        /// SO_RCVBUF, in bytes; nil: the system's choice.
        var receiveByteCount: Int?
        /// Reads `slowByteCount` bytes every `slowInterval` at most, until `read(slowly: false)`.
        var readsSlowly = false
    }

    private enum Phase {
        case opening(ClientHandshake)
        case open(WebSocketProtocol)
        case ended
    }

    /// The hub ticks every second: after this much silence it is gone.
    private static let silenceMax = TimeAmount.seconds(15)
    /// Together 1 KB a second.
    private static let slowByteCount = 256
    private static let slowInterval = TimeAmount.milliseconds(250)
    private static let subprotocol = "gwanje.v1"

    private let masks: MaskKeys
    private var phase: Phase
    private var readsSlowly: Bool
    /// Nil once `ended` was said, which also undoes the cycle with whoever listens.
    private var hear: ((Event) -> Void)?
    private var context: ChannelHandlerContext?
    /// Asked once: to find it costs as much as half of a send.
    private var descriptor: NIOBSDSocket.Handle?
    private var heardAt = NIODeadline.now()
    private var watch: Scheduled<Void>?
    /// The next read of a slow reader.
    private var reading: Scheduled<Void>?
    /// Writes that the socket did not take at once. Nothing overtakes them.
    private var waitingWriteCount = 0

    /// Returns at once, on the loop of `place`; everything else is heard there.
    static func open(_ place: Place, _ manner: Manner = .init(), hear: @escaping @Sendable (Event) -> Void) -> HubSocket
    {
        let socket = HubSocket(place, manner, hear)
        var bootstrap = ClientBootstrap(group: place.loop).connectTimeout(.seconds(5))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(socket) }
            }
        if let count = manner.receiveByteCount {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(count))
        }
        if let source = manner.source { bootstrap = bootstrap.bind(to: source) }
        bootstrap.connect(to: place.remote).whenFailure { socket.end(nil, "\($0)") }
        return socket
    }

    private init(_ place: Place, _ manner: Manner, _ hear: @escaping (Event) -> Void) {
        let request = ClientHandshake.Request(
            host: place.address.authority, target: place.address.target, subprotocols: [Self.subprotocol])
        phase = .opening(ClientHandshake(request, nonce: (0..<16).map { _ in UInt8.random(in: 0...255) }))
        masks = place.masks
        readsSlowly = manner.readsSlowly
        self.hear = hear
    }

    var isEnded: Bool { if case .ended = phase { true } else { false } }

    /// Dropped when the connection is not open.
    func send(_ text: [UInt8]) {
        guard case .open(let socket) = phase, socket.isOpen else { return }
        write(socket.frame(.text, ByteBuffer(bytes: text)))
    }

    /// Says goodbye and goes.
    func close() {
        if case .open(var socket) = phase, let frame = socket.close(.goingAway) {
            phase = .open(socket)
            write(frame)
        }
        end(nil, "left")
    }

    /// Like a cable that is pulled, seen from the hub: a reset, no close frame, whatever was under way is gone.
    func cut() {
        if let options = context?.channel as? any SocketOptionProvider {
            _ = options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        end(nil, "cut")
    }

    func read(slowly: Bool) {
        guard readsSlowly != slowly else { return }
        readsSlowly = slowly
        if context != nil { setReading() }
    }

    // MARK: The channel speaks

    func channelActive(context: ChannelHandlerContext) {
        guard case .opening(let handshake) = phase else { return context.close(promise: nil) }
        self.context = context
        descriptor = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            $0
        }
        watchSilence(context.eventLoop)
        if readsSlowly { setReading() }
        do {
            write(try handshake.requestHead())
        } catch {
            end(nil, "\(error)")
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now()
        heardAt = now
        var bytes = unwrapInboundIn(data)
        if case .opening(let handshake) = phase { shakeHands(handshake, &bytes) }
        // The state is taken out for each step: what is heard may send, or end.
        while case .open(var socket) = phase {
            let event = socket.nextEvent(in: &bytes)
            phase = .open(socket)
            switch event {
            case .message(let message): hear?(.frame(message.payload, at: now))
            case .send(let frame): write(frame)
            case .closed(let closure): return end(closure.code, "closed with \(closure.code) \(closure.reason)")
            case .pong: continue
            case nil: return
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { end(nil, "the connection was cut") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(nil, "\(error)") }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    private func shakeHands(_ old: ClientHandshake, _ bytes: inout ByteBuffer) {
        var handshake = old
        do throws(HandshakeFailure) {
            let outcome = try handshake.receive(&bytes)
            phase = .opening(handshake)
            guard let outcome else { return }
            guard outcome.subprotocol == Self.subprotocol else {
                return end(nil, "the server does not speak \(Self.subprotocol)")
            }
            phase = .open(WebSocketProtocol(clientWith: WebSocketLimits()) { [masks] in masks.next() })
            hear?(.opened)
        } catch {
            end(nil, "\(error)")
        }
    }

    private func end(_ code: CloseCode?, _ description: String) {
        if case .ended = phase { return }
        phase = .ended
        let hear = hear
        self.hear = nil
        watch?.cancel()
        context?.close(promise: nil)
        hear?(.ended(End(code: code, description: description)))
    }

    private func watchSilence(_ loop: any EventLoop) {
        watch = loop.assumeIsolated().scheduleTask(deadline: heardAt + Self.silenceMax) {
            guard .now() - self.heardAt < Self.silenceMax else { return self.end(nil, "nothing heard for too long") }
            self.watchSilence(loop)
        }
    }

    // MARK: Writing and reading

    /// Straight to the socket, as the hub does it: a load that costs less leaves more of the machine to what is measured.
    private func write(_ frame: ByteBuffer) {
        guard let context else { return }
        var frame = frame
        if waitingWriteCount == 0 { frame.moveReaderIndex(forwardBy: sendDirectly(frame)) }
        guard frame.readableBytes > 0 else { return }
        waitingWriteCount += 1
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { _ in self.waitingWriteCount -= 1 }
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }

    /// How many bytes the socket took. A failure counts as none: the channel's own write meets it again.
    private func sendDirectly(_ bytes: ByteBuffer) -> Int {
        guard let descriptor, context?.channel.isActive == true else { return 0 }
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        return bytes.withUnsafeReadableBytes { max(0, Glibc.send(descriptor, $0.baseAddress, $0.count, flags)) }
    }

    private func setReading() {
        guard let context, let options = context.channel.syncOptions else { return }
        do {
            try options.setOption(.maxMessagesPerRead, value: UInt(readsSlowly ? 1 : 4))
            if readsSlowly {
                let allocator = FixedSizeRecvByteBufferAllocator(capacity: Self.slowByteCount)
                try options.setOption(.recvAllocator, value: allocator)
            } else {
                try options.setOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator())
            }
            try options.setOption(.autoRead, value: !readsSlowly)
        } catch {
            end(nil, "\(error)")
        }
        reading?.cancel()
        readSome()
    }

    private func readSome() {
        guard readsSlowly, let context, !isEnded else { return }
        context.read()
        reading = context.eventLoop.assumeIsolated().scheduleTask(in: Self.slowInterval) { self.readSome() }
    }
}
