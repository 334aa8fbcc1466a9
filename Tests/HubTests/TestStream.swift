import NIOCore
import NIOHTTP1
import NIOPosix
import Wire

@testable import Hub

/// A reader of `/api/v1/stream` over a real socket. What the hub says comes into the inbox, with the line's `id` as `lastID`;
/// comments and delays come as messages of their own, `comment` and `retry`.
final class TestStream: Sendable {
    let inbox: Inbox
    let headers: HTTPHeaders
    private let channel: any Channel

    private init(_ channel: any Channel, _ inbox: Inbox, _ headers: HTTPHeaders) {
        self.channel = channel
        self.inbox = inbox
        self.headers = headers
    }

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    static func path(_ topics: [String]) -> String {
        "/api/v1/stream?" + topics.map { "topic=\($0)" }.joined(separator: "&")
    }

    /// - Parameters:
    ///   - id: what was read last, as a browser sends it.
    ///   - isReading: whether it takes what comes behind the head.
    static func open(
        _ hub: TestHub, _ topics: [String], token: String, after id: String? = nil, isReading: Bool = true
    ) async throws -> TestStream {
        let inbox = Inbox()
        let answered = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: HTTPResponseHead.self)
        var headers: HTTPHeaders = ["Host": "127.0.0.1", "Authorization": "Bearer \(token)"]
        if let id { headers.add(name: "Last-Event-ID", value: id) }
        let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: path(topics), headers: headers)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.so_rcvbuf), value: isReading ? 1 << 20 : 4096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(
                        StreamHandler(inbox, request, answered, isReading: isReading))
                }
            }
            .connect(host: "127.0.0.1", port: hub.port).get()
        let head = try await answered.futureResult.get()
        guard head.status == .ok else {
            try? await channel.close()
            throw Refused(description: "\(head.status)")
        }
        return TestStream(channel, inbox, head.headers)
    }

    static func open(
        _ hub: TestHub, _ topics: [String], as login: String, after id: String? = nil, isReading: Bool = true
    ) async throws -> TestStream {
        try await open(hub, topics, token: try await hub.token(of: login), after: id, isReading: isReading)
    }

    /// The next message of this kind about a topic.
    func next(_ op: String, _ topic: String) async throws -> JSONValue {
        try await inbox.take("\(op) of \(topic)") { $0.op == .text(op) && $0.topic == .text(topic) }
    }

    /// What says that this truck is in the line.
    func checkedIn(_ plate: String) async throws -> JSONValue {
        try await inbox.take("check-in of \(plate)") { $0.data.entry.plate == .text(plate) }
    }

    /// All messages about a topic so far, in order.
    func lines(_ topic: String) -> [JSONValue] { inbox.log.filter { $0.topic == .text(topic) } }

    /// Vanishes without a word.
    func drop() async throws { try await channel.close() }
}

private final class StreamHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let inbox: Inbox
    private let request: HTTPRequestHead
    private let answered: EventLoopPromise<HTTPResponseHead>
    private let isReading: Bool
    private var unread = ByteBuffer()
    /// Bytes of it in which there is no end of a line.
    private var searchedByteCount = 0
    /// Of the block that is being read.
    private var (id, data): (String?, String?) = (nil, nil)

    init(
        _ inbox: Inbox, _ request: HTTPRequestHead, _ answered: EventLoopPromise<HTTPResponseHead>, isReading: Bool
    ) {
        self.inbox = inbox
        self.request = request
        self.answered = answered
        self.isReading = isReading
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(request)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            if !isReading { context.channel.setOption(.autoRead, value: false).whenComplete { _ in } }
            answered.succeed(head)
        case .body(let bytes):
            unread.writeImmutableBuffer(bytes)
            while let line = nextLine() { take(line) }
            unread.discardReadBytes()
        case .end: inbox.end(Closure(.normal, reason: "", cause: .peer, isClean: true))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        answered.fail(ChannelError.eof)
        inbox.end(Closure(.normal, reason: "", cause: .lost, isClean: false))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func nextLine() -> String? {
        let view = unread.readableBytesView
        guard let end = view.dropFirst(searchedByteCount).firstIndex(of: 0x0A) else {
            searchedByteCount = view.count
            return nil
        }
        searchedByteCount = 0
        let line = unread.readString(length: end - view.startIndex)
        unread.moveReaderIndex(forwardBy: 1)
        return line
    }

    private func take(_ line: String) {
        if line.isEmpty {
            endBlock()
        } else if line.hasPrefix(":") {
            inbox.push(["op": "comment", "text": .text(String(line.dropFirst().drop { $0 == " " }))])
        } else if line.hasPrefix("retry: ") {
            inbox.push(["op": "retry", "after": .integer(Int64(line.dropFirst(7)) ?? -1)])
        } else if line.hasPrefix("id: ") {
            id = String(line.dropFirst(4))
        } else if line.hasPrefix("data: ") {
            data = String(line.dropFirst(6))
        } else {
            inbox.push(["op": "noField", "text": .text(line)])
        }
    }

    private func endBlock() {
        defer { (id, data) = (nil, nil) }
        guard let data else { return }
        var members = (try? JSONValue(Array(data.utf8)))?.members ?? ["op": "notJSON", "text": .text(data)]
        if let id { members["lastID"] = .text(id) }
        inbox.push(.object(members))
    }
}
