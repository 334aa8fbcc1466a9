internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Wire

/// The few REST calls a person makes, each on a connection of its own.
struct REST: Sendable {
    let address: HubAddress
    let group: any EventLoopGroup

    struct Failure: Error, CustomStringConvertible {
        /// HTTP status; 0 when there was no answer.
        let status: Int
        let description: String
        /// Seconds from `Retry-After`.
        var retryAfter: Int?
    }

    struct Grant: Sendable {
        let accessToken: String
        let refreshToken: String
    }

    /// Checking a password takes the hub a third of a second, and others may wait before us.
    private static let timeout = TimeAmount.seconds(30)

    func logIn(_ login: String, password: String) async throws -> Grant {
        var body = JSONWriter()
        body.member("login_id", login)
        body.member("password", password)
        return try grant(await post("/api/v1/auth/login", body.finish()))
    }

    func refresh(_ refreshToken: String) async throws -> Grant {
        var body = JSONWriter()
        body.member("refresh_token", refreshToken)
        return try grant(await post("/api/v1/auth/refresh", body.finish()))
    }

    func logOut(_ refreshToken: String) async throws {
        var body = JSONWriter()
        body.member("refresh_token", refreshToken)
        _ = try await post("/api/v1/auth/logout", body.finish())
    }

    /// One command by `POST /commands`. Returns its seq.
    func command(_ line: [UInt8], token: String) async throws -> Int64 {
        try JSONMembers(await exchange(.POST, "/api/v1/commands", line, token: token)).integer("seq") ?? 0
    }

    func isReady() async -> Bool { (try? await exchange(.GET, "/readyz", [])) != nil }

    private func grant(_ data: JSONMembers) throws(Failure) -> Grant {
        guard let access = data.string("access_token"), let refresh = data.string("refresh_token") else {
            throw Failure(status: 200, description: "the answer has no tokens")
        }
        return Grant(accessToken: access, refreshToken: refresh)
    }

    private func post(_ path: String, _ body: [UInt8]) async throws -> JSONMembers {
        let members = try JSONMembers(await exchange(.POST, path, body))
        guard let data = members.object("data") else {
            throw Failure(status: 200, description: "the answer has no data")
        }
        return try JSONMembers(data)
    }

    private func exchange(_ method: HTTPMethod, _ path: String, _ body: [UInt8], token: String? = nil) async throws
        -> [UInt8]
    {
        let loop = group.next()
        let promise = loop.makePromise(of: [UInt8].self)
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "Host", value: address.authority)
        head.headers.add(name: "Connection", value: "close")
        head.headers.add(name: "Content-Type", value: "application/json")
        head.headers.add(name: "Content-Length", value: String(body.count))
        if let token { head.headers.add(name: "Authorization", value: "Bearer \(token)") }
        let connecting = ClientBootstrap(group: loop).connectTimeout(.seconds(5)).channelInitializer { [head] channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(Exchange(head, body, promise))
            }
        }.connect(host: address.host, port: address.port)
        connecting.cascadeFailure(to: promise)
        let limit = loop.scheduleTask(in: Self.timeout) {
            promise.fail(Failure(status: 0, description: "no answer in \(Self.timeout.nanoseconds / 1_000_000_000) s"))
        }
        defer {
            limit.cancel()
            connecting.whenSuccess { $0.close(promise: nil) }
        }
        return try await promise.futureResult.get()
    }
}

/// One request, one answer.
private final class Exchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: [UInt8]
    private let promise: EventLoopPromise<[UInt8]>
    private var answer: HTTPResponseHead?
    private var received: [UInt8] = []

    init(_ head: HTTPRequestHead, _ body: [UInt8], _ promise: EventLoopPromise<[UInt8]>) {
        self.head = head
        self.body = body
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): answer = head
        case .body(let bytes): received += Array(bytes.readableBytesView)
        case .end: finish()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(REST.Failure(status: 0, description: "the connection was closed"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    private func finish() {
        guard let answer else { return }
        guard answer.status == .ok else {
            let members = try? JSONMembers(received)
            let fault = members?.object("error").flatMap { try? JSONMembers($0) }
            let message = fault?.string("message") ?? answer.status.reasonPhrase
            return promise.fail(
                REST.Failure(
                    status: Int(answer.status.code), description: "\(answer.status.code) \(message)",
                    retryAfter: answer.headers.first(name: "Retry-After").flatMap { Int($0) }))
        }
        promise.succeed(received)
    }
}
