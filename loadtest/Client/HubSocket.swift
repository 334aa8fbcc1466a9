internal import NIOCore
internal import NIOPosix
internal import Wire

/// One WebSocket connection to the hub, from any thread.
struct HubSocket: Sendable {
    enum Event: Sendable {
        /// The handshake is done; frames may be sent.
        case opened
        /// A text frame, and when it was read from the socket.
        case frame([UInt8], at: NIODeadline)
        /// Once, and last.
        case ended(End)
    }

    struct End: Sendable, CustomStringConvertible {
        /// Close code; nil when the connection was cut, refused or never there.
        let code: CloseCode?
        let description: String
    }

    private static let silenceMax = TimeAmount.seconds(15)
    private let channel: any Channel

    /// - Parameter hear: called on the connection's event loop. The hub ticks every second, so silence means that it is gone.
    static func connect(
        _ address: HubAddress, on loop: any EventLoop, hear: @escaping @Sendable (Event) -> Void
    ) async throws -> HubSocket {
        let channel = try await ClientBootstrap(group: loop).connectTimeout(.seconds(5))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(IdleStateHandler(readTimeout: Self.silenceMax))
                    try channel.pipeline.syncOperations.addHandler(SocketHandler(address, hear))
                }
            }.connect(host: address.host, port: address.port).get()
        return HubSocket(channel: channel)
    }

    func send(_ text: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: text), promise: nil) }

    /// Says goodbye; the end follows.
    func close() { channel.close(promise: nil) }
}

private final class SocketHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case opening(ClientHandshake)
        case open(WebSocketProtocol)
        case ended
    }

    private static let subprotocol = "gwanje.v1"
    private var phase: Phase
    private let hear: (HubSocket.Event) -> Void

    init(_ address: HubAddress, _ hear: @escaping (HubSocket.Event) -> Void) {
        let request = ClientHandshake.Request(
            host: address.authority, target: address.target, subprotocols: [Self.subprotocol])
        phase = .opening(ClientHandshake(request, nonce: (0..<16).map { _ in UInt8.random(in: 0...255) }))
        self.hear = hear
    }

    func channelActive(context: ChannelHandlerContext) {
        guard case .opening(let handshake) = phase else { return }
        do {
            context.writeAndFlush(wrapOutboundOut(try handshake.requestHead()), promise: nil)
        } catch {
            end(nil, "\(error)", context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = NIODeadline.now()
        var bytes = unwrapInboundIn(data)
        open(&bytes, context)
        // The state is taken out for each step: what is heard may send.
        while case .open(var socket) = phase {
            let event = socket.nextEvent(in: &bytes)
            phase = .open(socket)
            switch event {
            case .message(let message): hear(.frame(Array(message.payload.readableBytesView), at: now))
            case .send(let frame): context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
            case .closed(let closure):
                return end(closure.code, "closed with \(closure.code) \(closure.reason)", context)
            case .pong: continue
            case nil: return
            }
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .open(let socket) = phase, socket.isOpen else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(wrapOutboundOut(socket.frame(.text, unwrapOutboundIn(data))), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if case .open(var socket) = phase, let frame = socket.close(.goingAway) {
            phase = .open(socket)
            context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        }
        context.close(mode: mode, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { end(nil, "nothing heard for too long", context) }
    }

    func channelInactive(context: ChannelHandlerContext) { end(nil, "the connection was cut", context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(nil, "\(error)", context) }

    private func open(_ bytes: inout ByteBuffer, _ context: ChannelHandlerContext) {
        guard case .opening(var handshake) = phase else { return }
        do throws(HandshakeFailure) {
            let outcome = try handshake.receive(&bytes)
            phase = .opening(handshake)
            guard let outcome else { return }
            guard outcome.subprotocol == Self.subprotocol else {
                return end(nil, "the server does not speak \(Self.subprotocol)", context)
            }
            phase = .open(WebSocketProtocol(clientWith: WebSocketLimits()) { MaskKey(UInt32.random(in: 0 ... .max)) })
            hear(.opened)
        } catch {
            end(nil, "\(error)", context)
        }
    }

    private func end(_ code: CloseCode?, _ description: String, _ context: ChannelHandlerContext) {
        if case .ended = phase { return }
        phase = .ended
        hear(.ended(HubSocket.End(code: code, description: description)))
        context.close(promise: nil)
    }
}
