import Glibc
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOSSL
import Wire

/// The WebSocket half of the HTTP server: what every connection of it shares.
package final class WebSocketServer: Sendable {
    /// Makes the delegate of an accepted request; called on the connection's loop, before the delegate's `opened`.
    package typealias MakeDelegate = @Sendable (WebSocketRequest, any EventLoop) -> any WebSocketDelegate

    package let configuration: WebSocketConfiguration
    private let makeDelegate: MakeDelegate
    private let flushers = PerLoop { TickFlusher(eventLoop: $0) }
    private let compressions: PerLoop<SharedCompression>?
    private let webSocketCounts: AddressCounts
    private let connectionCounts: AddressCounts

    package init(configuration: WebSocketConfiguration, makeDelegate: @escaping MakeDelegate) {
        self.configuration = configuration
        self.makeDelegate = makeDelegate
        compressions = configuration.policy.deflate.map { policy in PerLoop { _ in SharedCompression(policy) } }
        webSocketCounts = AddressCounts(countMax: configuration.webSocketsPerAddressMax)
        connectionCounts = AddressCounts(countMax: configuration.connectionsPerAddressMax)
    }

    /// The HTTP/1 server with this one on the same port; wrap it in `.tls(…)` for TLS.
    package var http1: HTTPServerBuilder {
        HTTPServerBuilder { responder in WebSocketServerChannel(server: self, responder: responder) }
    }

    /// A place for one more connection of whatever kind from this peer; nil when it has too many.
    func placeForConnection(from peer: SocketAddress?) -> AddressCounts.Place? {
        let address = peer?.ipAddress ?? ""
        return connectionCounts.take(address, isTrusted: configuration.addresses.isTrusted(address))
    }

    /// A place for one more WebSocket; refused when its address has too many.
    func placeForWebSocket(
        from peer: SocketAddress?, headers: [HeaderField]
    ) throws(HandshakeRefusal) -> AddressCounts.Place {
        try placeForSession(
            of: configuration.addresses.client(
                peer: peer?.ipAddress ?? "", forwardedFor: headers.values(of: "X-Forwarded-For")))
    }

    /// A place for one more WebSocket or event stream of this client; refused when it has too many.
    func placeForSession(of address: String) throws(HandshakeRefusal) -> AddressCounts.Place {
        guard let place = webSocketCounts.take(address) else {
            throw .tooManyConnections(max: webSocketCounts.countMax)
        }
        return place
    }

    /// Begins a connection on a channel whose answer 101 is on its way.
    func connect(
        _ request: WebSocketRequest, deflate: DeflateParameters?, place: AddressCounts.Place, isSecure: Bool,
        behind answer: EventLoopFuture<Void>,
        context: ChannelHandlerContext
    ) -> WebSocketConnection {
        _ = context.channel.setOption(
            .tcpOption(NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)), value: configuration.unsentByteCountMax)
        let sender = FrameSender(
            context: context, flusher: flushers.value(on: context.eventLoop),
            mayWriteDirectly: configuration.usesDirectWrites && !isSecure)
        sender.follow(answer)
        return WebSocketConnection(
            remoteAddress: request.remoteAddress, place: place, delegate: makeDelegate(request, context.eventLoop),
            configuration: configuration,
            compression: deflate.flatMap { compressions?.value(on: context.eventLoop).compression($0) },
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
        if let place = server.placeForConnection(from: channel.remoteAddress) {
            channel.closeFuture.whenComplete { _ in withExtendedLifetime(place) {} }
        } else {
            // Set up like any other and closed at once: the HTTP server's task for it ends in the ordinary way.
            channel.eventLoop.execute { channel.close(promise: nil) }
        }
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
