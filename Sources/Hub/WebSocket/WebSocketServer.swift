package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOSSL

/// The WebSocket half of the HTTP server: what every connection of it shares.
package final class WebSocketServer: Sendable {
    /// Makes the delegate of an accepted request; called on the connection's loop, before the delegate's `opened`.
    package typealias MakeDelegate = @Sendable (WebSocketRequest, any EventLoop) -> any WebSocketDelegate

    package let configuration: WebSocketConfiguration
    private let makeDelegate: MakeDelegate
    private let flushers = TickFlushers()

    package init(configuration: WebSocketConfiguration, makeDelegate: @escaping MakeDelegate) {
        self.configuration = configuration
        self.makeDelegate = makeDelegate
    }

    /// The HTTP/1 server with this one on the same port; wrap it in `.tls(…)` for TLS.
    package var http1: HTTPServerBuilder {
        HTTPServerBuilder { responder in WebSocketServerChannel(server: self, responder: responder) }
    }

    /// Begins a connection on a channel whose answer 101 is on its way.
    func connect(
        _ request: WebSocketRequest, isSecure: Bool, behind answer: EventLoopFuture<Void>,
        context: ChannelHandlerContext
    ) -> WebSocketConnection {
        let sender = FrameSender(
            context: context, flusher: flushers.flusher(on: context.eventLoop),
            mayWriteDirectly: configuration.usesDirectWrites && !isSecure)
        sender.follow(answer)
        return WebSocketConnection(
            remoteAddress: request.remoteAddress, delegate: makeDelegate(request, context.eventLoop),
            configuration: configuration,
            context: context, sender: sender)
    }
}

/// Hummingbird's HTTP/1 channel with an eye on every request head.
package struct WebSocketServerChannel: HTTPChannelHandler {
    package typealias Value = HTTP1Channel.Value

    package let responder: Responder
    private let server: WebSocketServer
    private let http: HTTP1Channel

    init(server: WebSocketServer, responder: @escaping Responder) {
        let configuration = server.configuration
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: configuration.headerByteCountMax, maxHeaderListSize: configuration.headerByteCountMax,
            maxHeaderFieldCount: 100)
        self.server = server
        self.responder = responder
        self.http = HTTP1Channel(
            responder: responder,
            configuration: .init(idleTimeout: configuration.httpIdleTimeout, httpDecoderConfiguration: decoder))
    }

    /// Builds Hummingbird's own pipeline, then puts our decoder in the place of its decoder, and us behind it.
    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        // A TLS handler was added before us or never will be.
        let isSecure = (try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)) != nil
        return http.setup(channel: channel, logger: logger).flatMap { value in
            let pipeline = channel.pipeline.syncOperations
            do {
                let dropping = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                let upgrade = WebSocketUpgradeHandler(server: server, isSecure: isSecure, logger: logger)
                try pipeline.addHandlers([makeDecoder(), upgrade], position: .after(dropping))
                // Done before the channel is registered, so no byte ever meets the decoder that leaves.
                return pipeline.removeHandler(dropping).map { value }
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }
    }

    package func handle(value: Value, logger: Logger) async {
        await handleHTTP(asyncChannel: value, logger: logger)
    }

    /// Hummingbird's decoder drops what follows an upgrade request; a client's first frames may be in the same read.
    private func makeDecoder() -> ByteToMessageHandler<HTTPRequestDecoder> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = http.configuration.httpDecoder.maxHeaderFieldSize
        limits.maxHeaderListSize = http.configuration.httpDecoder.maxHeaderListSize
        limits.maxHeaderFieldCount = http.configuration.httpDecoder.maxHeaderFieldCount
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }
}
