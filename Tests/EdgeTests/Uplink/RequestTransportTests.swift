import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Edge

/// A connection by requests against a server that answers as it is told, over a real socket.
@Suite struct RequestTransportTests {
    private static let recorded = #"{"success":true,"data":{"outcome":"recorded"}}"#

    @Test func `behind a denial nothing is acknowledged: the denied weight would be, with it`() async throws {
        let server = try await Server.start { n in
            n == 1 ? (403, #"{"success":false,"error":{"code":"forbidden","message":"m"}}"#) : (200, Self.recorded)
        }
        let heard = try await heard(from: server, weights: 1...3) { $0.contains("error forbidden") }
        #expect(heard == ["opened", "welcome", "error forbidden"])
        #expect(server.posted == [1])
        try await server.stop()
    }

    @Test func `a stranger's 200 acknowledges nothing`() async throws {
        let server = try await Server.start { _ in (200, "<html>blocked</html>") }
        let heard = try await heard(from: server, weights: 1...1) { $0.contains("error unavailable") }
        #expect(heard == ["opened", "welcome", "error unavailable"])
        try await server.stop()
    }

    @Test func `each is acknowledged with its own answer, and a refusal is final`() async throws {
        let server = try await Server.start { n in
            n == 2 ? (422, #"{"error":{"code":"weightOutOfRange","message":"m"}}"#) : (200, Self.recorded)
        }
        let heard = try await heard(from: server, weights: 1...3) { $0.contains("ack 3") }
        #expect(heard == ["opened", "welcome", "ack 1", "ack 2 weightOutOfRange", "ack 3"])
        #expect(server.posted == [1, 2, 3])
        try await server.stop()
    }

    @Test func `a topic that is refused is left out and told, and the others are followed`() async throws {
        let server = try await Server.start(denies: "ulsan/station/9") { _ in (200, Self.recorded) }
        let heard = try await heard(
            from: server, topics: ["ulsan/station/1", "ulsan/station/9"], weights: 1...1
        ) { $0.contains("ack 1") }
        #expect(heard == ["opened", "welcome", "ended ulsan/station/9 forbidden", "ack 1"])
        try await server.stop()
    }

    /// What the transport tells until it has told what is waited for.
    private func heard(
        from server: Server, topics: [String] = ["ulsan/station/1"], weights: ClosedRange<Int64>,
        until isDone: @escaping @Sendable ([String]) -> Bool
    ) async throws -> [String] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let log = Log()
        let address = try HubAddress(parsing: "ws://127.0.0.1:\(server.port)/ws")
        let transport = try await loop.submit {
            let transport = RequestTransport(
                address, apiKey: "k", topics: topics, tls: nil, on: loop, deliver: { log.add($0) })
            transport.open()
            return NIOLoopBound(transport, eventLoop: loop)
        }.get()
        #expect(await eventually { log.texts.contains("welcome") })
        try await loop.submit {
            for n in weights { transport.value.send(.weight(UplinkBench.weight(n))) }
        }.get()
        #expect(await eventually { isDone(log.texts) })
        // That nothing more is posted can only be seen by waiting: three weights, 100 ms apart, would be out by then.
        try await Task.sleep(for: .milliseconds(400))
        let texts = log.texts
        try await loop.submit { transport.value.close(code: 1001) }.get()
        #expect(await eventually { log.texts.last?.hasPrefix("ended: ") == true })
        return texts
    }

    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])
        var texts: [String] { lines.withLock { $0 } }

        func add(_ event: HubTransportEvent) {
            let text =
                switch event {
                case .opened: "opened"
                case .message(.welcome): "welcome"
                case .message(.ack(_, _, let n, _, let refused)):
                    (["ack \(n)"] + refused.values).joined(separator: " ")
                case .message(.error(_, let error)): "error \(error.code)"
                case .message(.ended(let topic, let error)): "ended \(topic) \(error.code)"
                case .message(let message): "\(message)"
                case .badMessage(let problem): "bad \(problem)"
                case .ended(let end): "ended: \(end)"
                }
            lines.withLock { $0.append(text) }
        }
    }

    /// A hub of two addresses: a stream that goes on, and weights that are answered by their number.
    private final class Server: Sendable {
        private let channel: any Channel
        private let numbers: Numbers
        let port: Int

        private final class Numbers: Sendable {
            let posted = Mutex<[Int64]>([])
        }

        var posted: [Int64] { numbers.posted.withLock { $0 } }

        private init(_ channel: any Channel, _ numbers: Numbers) {
            self.channel = channel
            self.numbers = numbers
            port = channel.localAddress?.port ?? 0
        }

        static func start(
            denies topic: String? = nil, answer: @escaping @Sendable (Int64) -> (Int, String)
        ) async throws -> Server {
            let numbers = Numbers()
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(
                            Handler(denies: topic, answer: answer) { n in numbers.posted.withLock { $0.append(n) } })
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            return Server(channel, numbers)
        }

        func stop() async throws { try await channel.close() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private let denied: String?
        private let answer: (Int64) -> (Int, String)
        private let posted: (Int64) -> Void
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        init(denies topic: String?, answer: @escaping (Int64) -> (Int, String), posted: @escaping (Int64) -> Void) {
            denied = topic
            self.answer = answer
            self.posted = posted
        }

        private struct Reading: Decodable { let n: Int64 }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body(var bytes): body.writeBuffer(&bytes)
            case .end:
                defer { body.clear() }
                guard head?.method == .POST else { return stream(context) }
                let reading = try? JSONDecoder().decode(Reading.self, from: Data(body.readableBytesView))
                guard let n = reading?.n else {
                    return write(context, 200, #"{"success":true,"data":{"outcome":"shown"}}"#)
                }
                posted(n)
                let (status, text) = answer(n)
                write(context, status, text)
            }
        }

        private func stream(_ context: ChannelHandlerContext) {
            if let denied, head?.uri.contains(denied) == true {
                return write(
                    context, 403,
                    #"{"success":false,"error":{"code":"forbidden","message":"m","params":{"topic":"\#(denied)"}}}"#)
            }
            let head = HTTPResponseHead(
                version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            let welcome = #"data: {"op":"welcome","epoch":"e","now":1}"# + "\n\n"
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: welcome)))), promise: nil)
        }

        private func write(_ context: ChannelHandlerContext, _ status: Int, _ text: String) {
            let head = HTTPResponseHead(
                version: .http1_1, status: .init(statusCode: status), headers: ["Content-Length": "\(text.utf8.count)"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
