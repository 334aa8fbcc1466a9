internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The page, the report as JSON and the metrics, for this machine alone: it listens on the loopback address, and a page of somebody
/// else's that a browser here has open is not answered either.
///
/// Confined to its event loop.
final class StatusServer {
    static let host = "127.0.0.1"

    private let port: Int
    private let loop: any EventLoop
    private let report: () -> EventLoopFuture<StatusReport>
    private var server: (any Channel)?

    /// - Parameter report: asked for each request.
    init(port: Int, on loop: any EventLoop, report: @escaping () -> EventLoopFuture<StatusReport>) {
        self.port = port
        self.loop = loop
        self.report = report
    }

    /// The port it listens on, which is another one for 0; fails when it cannot.
    func start() -> EventLoopFuture<Int> {
        let own = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(IdleStateHandler(readTimeout: .seconds(60)))
                    try channel.pipeline.syncOperations.addHandler(StatusHandler(own.value.report))
                }
            }
            .bind(host: Self.host, port: port)
            .assumeIsolated().map { server in
                self.server = server
                return server.localAddress?.port ?? self.port
            }.nonisolated()
    }

    func stop() { server?.close(promise: nil) }
}

private final class StatusHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let report: () -> EventLoopFuture<StatusReport>
    private var request: HTTPRequestHead?

    init(_ report: @escaping () -> EventLoopFuture<StatusReport>) { self.report = report }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): request = head
        case .body: break
        case .end:
            guard let request else { return }
            self.request = nil
            answer(request, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func answer(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard isOurs(request.headers["host"]) else {
            return write(.misdirectedRequest, "text/plain", "This page is for 127.0.0.1 and localhost.\n", context)
        }
        guard request.method == .GET else {
            return write(.methodNotAllowed, "text/plain", "Only GET is answered.\n", context)
        }
        guard let render = Self.render(request.uri) else {
            return write(.notFound, "text/plain", "There are /, /status.json and /metrics.\n", context)
        }
        let bound = NIOLoopBound((context, self), eventLoop: context.eventLoop)
        report().assumeIsolated().whenComplete { result in
            let (context, handler) = bound.value
            switch result {
            case .success(let report):
                let (type, text) = render(report)
                handler.write(.ok, type, text, context)
            case .failure(let error):
                handler.write(.internalServerError, "text/plain", "\(error)\n", context)
            }
        }
    }

    /// A name that somebody else's server gave our address is none of ours.
    private func isOurs(_ hosts: [String]) -> Bool {
        guard hosts.count == 1, let name = hosts[0].split(separator: ":", omittingEmptySubsequences: false).first
        else { return false }
        return name == StatusServer.host || name == "localhost"
    }

    private static func render(_ path: String) -> ((StatusReport) -> (type: String, text: String))? {
        switch path {
        case "/": { ("text/html; charset=utf-8", StatusText.page($0)) }
        case "/status.json": { ("application/json", $0.jsonLine + "\n") }
        case "/metrics": { ("text/plain; version=0.0.4; charset=utf-8", StatusText.metrics($0)) }
        default: nil
        }
    }

    private func write(_ status: HTTPResponseStatus, _ type: String, _ text: String, _ context: ChannelHandlerContext) {
        let body = ByteBuffer(string: text)
        let headers: HTTPHeaders = [
            "Content-Type": type, "Content-Length": "\(body.readableBytes)", "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'", "Connection": "close",
        ]
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }
}
