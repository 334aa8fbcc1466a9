import Glibc
package import HummingbirdCore
package import NIOCore
import ServiceLifecycle
import Wire

/// The WebSocket half of the HTTP server: what every connection of it shares.
///
/// As a service it runs for as long as there are connections: the HTTP server does not wait for WebSockets. They outlive a run that
/// is cancelled.
package final class WebSocketServer: Service, Sendable {
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

    /// Waits for the server's end, which tells every connection to come back, and then for the last of them.
    package func run() async throws {
        try? await gracefulShutdown()
        await webSocketCounts.becomeEmpty()
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
            server: self, remoteAddress: request.remoteAddress, place: place,
            delegate: makeDelegate(request, context.eventLoop),
            compression: deflate.flatMap { compressions?.value(on: context.eventLoop).compression($0) },
            context: context, sender: sender)
    }
}
