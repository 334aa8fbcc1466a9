import FoundationEssentials
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Wire

/// Stands right behind the HTTP decoder and picks the WebSocket handshakes for one path out of the requests.
///
/// Everything else passes untouched, but has to come in time; the first of it brings the HTTP server onto the channel. NIO's own
/// upgrader is not used because it loses the head of a request that no upgrader accepts.
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
        /// The last answer is out, or due. What still comes as HTTP is of no interest.
        case done
    }

    private struct Admission {
        let acceptance: Handshake.Acceptance
        let place: AddressCounts.Place
    }

    private let server: WebSocketServer
    private let isSecure: Bool
    private let logger: Logger
    /// Nil once it was called.
    private var decideOnHTTP: ((_ isHTTP: Bool) -> Void)?
    private var state = State.passing
    /// Requests that passed and are not answered to the end.
    private var requestsInFlight = 0
    /// The head of an answer is out, its end is not.
    private var isAnswering = false
    /// No request is read behind those in flight: the decoder stops behind one that asks for an upgrade, whoever declines it, and
    /// nobody waits any longer for the rest of one that is too slow.
    private var hasLastRequest = false
    /// The head of a request has come, its end has not.
    private var isReadingRequest = false
    /// Ends the connection unless the peer sends what it has to: its first head, then the rest of each request.
    private var timer: Scheduled<Void>?

    /// - Parameter decideOnHTTP: called once: with true to put the HTTP server behind this handler, because its first request comes,
    ///   or with false because none will.
    init(
        server: WebSocketServer, isSecure: Bool, logger: Logger, decideOnHTTP: @escaping (_ isHTTP: Bool) -> Void
    ) {
        self.server = server
        self.isSecure = isSecure
        self.logger = logger
        self.decideOnHTTP = decideOnHTTP
    }

    func handlerAdded(context: ChannelHandlerContext) {
        startTimer(server.configuration.handshakeTimeout, context: context) { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stopTimer()
        decide(isHTTP: false)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopTimer()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.passing, .head(let head)):
            isReadingRequest = true
            if isHandshake(head) {
                state = .judged(head, judge(head, from: context.remoteAddress))
            } else {
                pass(head, data: data, context: context)
            }
        case (.passing, .body):
            context.fireChannelRead(data)
        case (.passing, .end):
            requestEnded()
            context.fireChannelRead(data)
        case (.judged(let head, let verdict), .end):
            state = .done
            requestEnded()
            switch verdict {
            case .success(let admission): upgrade(head, admission, context: context)
            case .failure(let refusal): refuse(refusal, context: context)
            }
        case (.judged, _), (.done, _):
            break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        // Most requests are whole by now and need no timer.
        if isReadingRequest, timer == nil {
            startTimer(server.configuration.requestTimeout, context: context) { self.requestIsLate(context: context) }
        }
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        let isOver = event is ChannelShouldQuiesceEvent || event as? ChannelEvent == .inputClosed
        // Behind its first request the HTTP server knows when.
        if isOver, !isHTTP {
            switch state {
            case .passing, .judged: return context.close(promise: nil)
            case .done: break
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (state, error) {
        case (.passing, is HTTPParserError), (.judged, is HTTPParserError):
            // The HTTP server's to answer.
            state = .passing
            decide(isHTTP: true)
            context.fireErrorCaught(error)
        case (.passing, _) where isHTTP:
            context.fireErrorCaught(error)
        case (.done, is HTTPParserError):
            break
        case (.passing, _), (.judged, _), (.done, _):
            context.close(promise: nil)
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
        stopTimer()
        decide(isHTTP: true)
        requestsInFlight += 1
        if head.headers.contains(name: "Upgrade") { hasLastRequest = true }
        context.fireChannelRead(data)
    }

    /// Whether a request has passed: the HTTP server is behind this handler then.
    private var isHTTP: Bool { decideOnHTTP == nil }

    private func decide(isHTTP: Bool) {
        decideOnHTTP?(isHTTP)
        decideOnHTTP = nil
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            isAnswering = true
            if isLastAnswer { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            let isLast = isLastAnswer
            isAnswering = false
            requestsInFlight -= 1
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            if isLast { closeBehind(written.futureResult, context: context) }
            context.write(data, promise: written)
        case .head, .body:
            context.write(data, promise: promise)
        }
    }

    private var isLastAnswer: Bool { hasLastRequest && requestsInFlight == 1 }

    private func closeBehind(_ write: EventLoopFuture<Void>, context: ChannelHandlerContext) {
        write.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    }
}

// MARK: - Time

/// Fails the body of a request that did not come in time.
struct RequestTooSlow: Error {}

extension WebSocketUpgradeHandler {
    private func startTimer(_ time: TimeAmount, context: ChannelHandlerContext, _ act: @escaping () -> Void) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: time, act)
    }

    private func stopTimer() {
        timer?.cancel()
        timer = nil
    }

    private func requestEnded() {
        isReadingRequest = false
        stopTimer()
    }

    private func requestIsLate(context: ChannelHandlerContext) {
        // Another answer would come out of turn, or in the middle of one.
        guard case .passing = state, requestsInFlight == 1, !isAnswering else { return context.close(promise: nil) }
        state = .done
        hasLastRequest = true
        // Whoever waits for the body answers now; if nobody does, or the peer does not read, it ends all the same.
        startTimer(server.configuration.closeTimeout, context: context) { context.close(promise: nil) }
        context.fireErrorCaught(RequestTooSlow())
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
            // The encoder goes first: from here on bytes leave as they are. So does what would close a connection that has carried
            // HTTP before and brings no more requests.
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
