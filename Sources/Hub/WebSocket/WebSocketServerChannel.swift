package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// What the HTTP server does with an accepted socket: it waits for the first request to see what it will be.
///
/// Hummingbird keeps a task, its buffers and half a dozen handlers for each HTTP connection, 5 KB; a WebSocket is done with them
/// before it begins.
package struct WebSocketServerChannel: HTTPChannelHandler {
    package typealias HTTP = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    package struct Value: ServerChildChannelValue {
        package let channel: any Channel
        /// Comes with the first request; nil when that has made it a WebSocket, or none came.
        let http: EventLoopFuture<HTTP?>
    }

    package let responder: Responder
    private let server: WebSocketServer

    init(server: WebSocketServer, responder: @escaping Responder) {
        self.server = server
        self.responder = responder
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        if let place = server.placeForConnection(from: channel.remoteAddress) {
            channel.closeFuture.whenComplete { _ in withExtendedLifetime(place) {} }
        } else {
            // Set up like any other and closed at once: the HTTP server's task for it ends in the ordinary way.
            channel.eventLoop.execute { channel.close(promise: nil) }
        }
        return channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            // A TLS handler was added before us or never will be.
            let isSecure = (try? pipeline.context(handlerType: NIOSSLServerHandler.self)) != nil
            let http = channel.eventLoop.makePromise(of: HTTP?.self)
            let upgrade = WebSocketUpgradeHandler(server: server, isSecure: isSecure, logger: logger) { isHTTP in
                http.completeWith(Result { isHTTP ? try addHTTP(to: channel, logger: logger) : nil })
            }
            try pipeline.addHandlers([HTTPResponseEncoder(), makeDecoder(), upgrade])
            return Value(channel: channel, http: http.futureResult)
        }
    }

    private func addHTTP(to channel: any Channel, logger: Logger) throws -> HTTP {
        let idleTimeout = Duration(server.configuration.httpIdleTimeout)
        try channel.pipeline.syncOperations.addHandlers([
            HTTP1ToHTTPServerCodec(secure: false),
            HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger),
        ])
        return try HTTP(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    package func handle(value: Value, logger: Logger) async {
        let http = await withTaskCancellationHandler {
            try? await value.http.get()
        } onCancel: {
            value.channel.close(promise: nil)
        }
        guard let http else { return }
        await handleHTTP(asyncChannel: http, logger: logger)
    }

    /// NIO's usual decoder drops what follows an upgrade request; a client's first frames may be in the same read.
    private func makeDecoder() -> ByteToMessageHandler<HTTPRequestDecoder> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = server.configuration.headerByteCountMax
        limits.maxHeaderListSize = server.configuration.headerByteCountMax
        limits.maxHeaderFieldCount = 100
        return ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }
}
