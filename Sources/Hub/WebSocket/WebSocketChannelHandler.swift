import NIOCore

/// Puts a `WebSocketConnection` on a channel: the last handler of its pipeline, and under plain TCP soon the only one. On a connection
/// that has carried HTTP before, the handlers of the HTTP server stay behind it: they hear nothing but the end of the channel.
final class WebSocketChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum State {
        case added(make: (ChannelHandlerContext) -> WebSocketConnection)
        case running(WebSocketConnection)
        case ended
    }

    private var state: State
    /// The channel wanted to read while the peer did not: reading goes on when it does, so that requests cannot
    /// pile up answers.
    private var isReadHeld = false

    /// - Parameter makeConnection: called once the handler is in the pipeline, which is when writing is possible.
    init(makeConnection: @escaping (ChannelHandlerContext) -> WebSocketConnection) {
        self.state = .added(make: makeConnection)
    }

    private var connection: WebSocketConnection? {
        if case .running(let connection) = state { connection } else { nil }
    }

    func handlerAdded(context: ChannelHandlerContext) {
        guard case .added(let make) = state else { return }
        let connection = make(context)
        state = .running(connection)
        connection.opened()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection?.received(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection?.flush()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable && isReadHeld {
            isReadHeld = false
            context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: connection?.inputEnded()
        case is ChannelShouldQuiesceEvent: connection?.serverStopping()
        default: break
        }
    }

    /// The socket failed, or TLS did: there is nobody left to tell.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            context.read()
        } else {
            isReadHeld = true
        }
    }

    private func end() {
        let connection = connection
        state = .ended
        connection?.transportEnded()
    }
}
