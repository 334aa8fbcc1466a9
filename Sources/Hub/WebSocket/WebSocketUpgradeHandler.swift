import FoundationEssentials
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Wire

/// Stands right behind the HTTP decoder and picks the WebSocket handshakes for one path out of the requests.
///
/// Everything else passes untouched. NIO's own upgrader is not used because it loses the head of a request that no
/// upgrader accepts.
final class WebSocketUpgradeHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Requests pass on to the HTTP server.
        case passing
        /// A handshake was read up to its head; the answer is due when the request ends.
        case judged(HTTPRequestHead, Result<Admission, HandshakeRefusal>)
        /// The answer is out. What still comes as HTTP is of no interest.
        case answered
    }

    private struct Admission {
        let acceptance: Handshake.Acceptance
        let place: AddressCounts.Place
    }

    private let server: WebSocketServer
    private let isSecure: Bool
    private let logger: Logger
    private var state = State.passing
    private var requestsInFlight = 0
    /// The decoder stops behind a request that asks for an upgrade, whoever declines it: that answer is the last.
    private var hasDecoderStopped = false
    private var headTimer: Scheduled<Void>?

    init(server: WebSocketServer, isSecure: Bool, logger: Logger) {
        self.server = server
        self.isSecure = isSecure
        self.logger = logger
    }

    func handlerAdded(context: ChannelHandlerContext) {
        headTimer = context.eventLoop.assumeIsolated().scheduleTask(in: server.configuration.handshakeTimeout) {
            context.close(promise: nil)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        headTimer?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        headTimer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.passing, .head(let head)):
            if isHandshake(head) {
                state = .judged(head, judge(head, from: context.remoteAddress))
            } else {
                pass(head, data: data, context: context)
            }
        case (.passing, _):
            context.fireChannelRead(data)
        case (.judged(let head, let verdict), .end):
            state = .answered
            headTimer?.cancel()
            switch verdict {
            case .success(let admission): upgrade(head, admission, context: context)
            case .failure(let refusal): refuse(refusal, context: context)
            }
        case (.judged, _), (.answered, _):
            break
        }
    }

    private func isHandshake(_ head: HTTPRequestHead) -> Bool {
        // Behind a request that is still being answered our answer would come out of turn; a server may ignore an
        // upgrade (RFC 9110 §7.8).
        guard requestsInFlight == 0 else { return false }
        let path = head.uri.prefix { $0 != "?" }
        return path == server.configuration.path && Handshake.isAsked(in: fields(of: head))
    }

    private func judge(
        _ head: HTTPRequestHead, from peer: SocketAddress?
    ) -> Result<Admission, HandshakeRefusal> {
        Result { () throws(HandshakeRefusal) in
            let fields = fields(of: head)
            let acceptance = try Handshake.accept(
                method: head.method.rawValue, version: (head.version.major, head.version.minor),
                headers: fields, policy: server.configuration.policy)
            return Admission(
                acceptance: acceptance, place: try server.placeForWebSocket(from: peer, headers: fields))
        }
    }

    private func fields(of head: HTTPRequestHead) -> [HeaderField] {
        head.headers.map { HeaderField($0.name, $0.value) }
    }
}

// MARK: - Ordinary HTTP

extension WebSocketUpgradeHandler {
    private func pass(_ head: HTTPRequestHead, data: NIOAny, context: ChannelHandlerContext) {
        headTimer?.cancel()
        requestsInFlight += 1
        if head.headers.contains(name: "Upgrade") { hasDecoderStopped = true }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200 && isLastAnswer:
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            let isLast = isLastAnswer
            requestsInFlight -= 1
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            if isLast { closeBehind(written.futureResult, context: context) }
            context.write(data, promise: written)
        case .head, .body:
            context.write(data, promise: promise)
        }
    }

    private var isLastAnswer: Bool { hasDecoderStopped && requestsInFlight == 1 }

    private func closeBehind(_ write: EventLoopFuture<Void>, context: ChannelHandlerContext) {
        write.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
}

// MARK: - Answers to handshakes

extension WebSocketUpgradeHandler {
    private func upgrade(
        _ head: HTTPRequestHead, _ admission: Admission, context: ChannelHandlerContext
    ) {
        let acceptance = admission.acceptance
        let written = context.eventLoop.makePromise(of: Void.self)
        let headers = HTTPHeaders(acceptance.headers.map { ($0.name, $0.value) })
        let answer = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.write(wrapOutboundOut(.head(answer)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)

        let request = WebSocketRequest(
            target: head.uri, headers: fields(of: head), subprotocol: acceptance.subprotocol,
            remoteAddress: context.remoteAddress)
        let (server, isSecure) = (server, isSecure)
        let handler = WebSocketChannelHandler { context in
            server.connect(
                request, deflate: acceptance.deflate, place: admission.place, isSecure: isSecure,
                behind: written.futureResult, context: context)
        }
        let pipeline = context.pipeline.syncOperations
        do {
            // The encoder goes first: from here on bytes leave as they are. So does what would close an HTTP
            // connection without requests.
            pipeline.removeHandler(try pipeline.handler(type: HTTPResponseEncoder.self), promise: nil)
            if let idle = try? pipeline.handler(type: HTTPConnectionStateHandler.self) {
                pipeline.removeHandler(idle, promise: nil)
            }
            try pipeline.addHandler(handler, position: .after(self))
            // The decoder leaves at the end of the tick and hands on what it read behind the request.
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            pipeline.removeHandler(decoder, promise: nil)
            pipeline.removeHandler(self, promise: nil)
        } catch {
            preconditionFailure("the HTTP pipeline is not the one we configured: \(error)")
        }
    }

    private func refuse(_ refusal: HandshakeRefusal, context: ChannelHandlerContext) {
        logger.debug("handshake refused", metadata: ["code": "\(refusal.code)"])
        let body = context.channel.allocator.buffer(string: ErrorBody(refusal).json)
        var headers = HTTPHeaders(refusal.headers.map { ($0.name, $0.value) })
        headers.add(name: "Content-Type", value: "application/json; charset=utf-8")
        headers.add(name: "Content-Length", value: String(body.readableBytes))
        headers.add(name: "Connection", value: refusal.status == 426 ? "close, Upgrade" : "close")
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: refusal.status), headers: headers)
        let written = context.eventLoop.makePromise(of: Void.self)
        closeBehind(written.futureResult, context: context)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}

/// `{"success":false,"error":{"code","message"}}`.
private struct ErrorBody: Encodable {
    struct Detail: Encodable {
        var code: String
        var message: String
    }

    var success = false
    var error: Detail

    init(_ refusal: HandshakeRefusal) {
        error = Detail(code: refusal.code, message: refusal.sentence)
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            preconditionFailure("three strings are always JSON: \(error)")
        }
    }
}
