internal import NIOCore
internal import Wire

/// The client's end of `gwanje.v1` on a channel: opening handshake, then messages.
final class HubChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case opening(ClientHandshake)
        case open(WebSocketProtocol)
        case ended
    }

    private static let subprotocol = "gwanje.v1"
    private static let closeWait = TimeAmount.seconds(2)

    private var phase: Phase
    private var context: ChannelHandlerContext?
    private let deliver: (HubTransportEvent) -> Void

    init(host: String, target: String, deliver: @escaping (HubTransportEvent) -> Void) {
        var generator = SystemRandomNumberGenerator()
        let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let request = ClientHandshake.Request(host: host, target: target, subprotocols: [Self.subprotocol])
        phase = .opening(ClientHandshake(request, nonce: nonce))
        self.deliver = deliver
    }

    func send(_ text: String) {
        guard case .open(let socket) = phase, socket.isOpen, let context else { return }
        context.writeAndFlush(wrapOutboundOut(socket.frame(.text, ByteBuffer(string: text))), promise: nil)
    }

    func close(_ code: CloseCode) {
        guard let context else { return }
        guard case .open(var socket) = phase, let frame = socket.close(code) else {
            context.close(promise: nil)
            return
        }
        phase = .open(socket)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
        let channel = context.channel
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.closeWait) { channel.close(promise: nil) }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard case .opening(let handshake) = phase else { return }
        do {
            context.writeAndFlush(wrapOutboundOut(try handshake.requestHead()), promise: nil)
        } catch {
            end(.lost("\(error)"))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        receiveHead(&bytes)
        receiveFrames(&bytes)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .open(var socket) = phase, let closure = socket.streamEnded() {
            end(UplinkMachine.End(closure))
        } else {
            end(.lost("the connection was closed"))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(UplinkMachine.End(error)) }

    private func receiveHead(_ bytes: inout ByteBuffer) {
        guard case .opening(var handshake) = phase else { return }
        do throws(HandshakeFailure) {
            let outcome = try handshake.receive(&bytes)
            phase = .opening(handshake)
            guard let outcome else { return }
            guard outcome.subprotocol == Self.subprotocol else {
                return end(.lost("the server does not speak \(Self.subprotocol)"))
            }
            phase = .open(WebSocketProtocol(clientWith: WebSocketLimits()) { MaskKey(UInt32.random(in: 0 ... .max)) })
            deliver(.opened)
        } catch {
            if case .refused(let status) = error { end(.refused(status: status)) } else { end(.lost("\(error)")) }
        }
    }

    /// Takes the state out for each step: what is delivered may send, or close.
    private func receiveFrames(_ bytes: inout ByteBuffer) {
        while case .open(var socket) = phase {
            let event = socket.nextEvent(in: &bytes)
            phase = .open(socket)
            switch event {
            case .message(let message): deliver(HubTransportEvent(line: message.payload.readableBytesView))
            case .send(let frame): context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
            case .closed(let closure): return end(UplinkMachine.End(closure))
            case .pong: continue
            case nil: return
            }
        }
    }

    private func end(_ end: UplinkMachine.End) {
        if case .ended = phase { return }
        phase = .ended
        deliver(.ended(end))
        context?.close(promise: nil)
    }
}

extension UplinkMachine.End {
    init(_ closure: Closure) {
        switch closure.cause {
        case .lost: self = .lost("the connection was cut")
        case .peer, .local, .violation: self = .closed(code: closure.code.rawValue, reason: closure.reason)
        }
    }
}
