import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Somebody outside the hub with a port of his own, who answers as a test tells him to.
final class TestReceiver: Sendable {
    enum Answer: Sendable {
        case status(Int)
        /// Takes it, and the line is cut before an answer.
        case cut
        /// Takes it and never answers.
        case silence
    }

    struct Visit: Sendable {
        let headers: HTTPHeaders
        let body: JSONValue

        var key: String? { headers.first(name: "idempotency-key") }
    }

    private struct State {
        var answers: [Answer]
        var visits: [Visit] = []
    }

    private let state: Mutex<State>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)
    let port: Int

    /// - Parameter answers: in turn; from then on 204.
    init(_ answers: [Answer] = []) async throws {
        state = Mutex(State(answers: answers))
        let box = Mutex<TestReceiver?>(nil)
        let holder = Holder(box)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler { holder.box.withLock { $0 } })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = server.localAddress?.port ?? 0
        channel.withLock { $0 = server }
        holder.box.withLock { $0 = self }
    }

    private final class Holder: Sendable {
        let box: Mutex<TestReceiver?>
        init(_ box: consuming Mutex<TestReceiver?>) { self.box = box }
    }

    func close() async throws { try await channel.withLock { $0 }?.close() }

    func say(_ answers: [Answer]) { state.withLock { $0.answers = answers } }

    var visits: [Visit] { state.withLock { $0.visits } }

    /// The visits once there are so many.
    func visits(_ count: Int) async throws -> [Visit] {
        let end = ContinuousClock.now + .seconds(30)
        while visits.count < count {
            guard ContinuousClock.now < end else {
                throw TestClient.Refused(description: "\(visits.count) of \(count) visits")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        return visits
    }

    private func take(_ visit: Visit) -> Answer {
        state.withLock { state in
            state.visits.append(visit)
            return state.answers.isEmpty ? .status(204) : state.answers.removeFirst()
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let receiver: () -> TestReceiver?
        private var headers = HTTPHeaders()
        private var body: [UInt8] = []

        init(_ receiver: @escaping () -> TestReceiver?) { self.receiver = receiver }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                headers = head.headers
                body = []
            case .body(let bytes): body += bytes.readableBytesView
            case .end:
                let visit = Visit(headers: headers, body: (try? JSONValue(body)) ?? .null)
                switch receiver()?.take(visit) ?? .cut {
                case .silence: break
                case .cut: context.close(promise: nil)
                case .status(let code):
                    let head = HTTPResponseHead(
                        version: .http1_1, status: .init(statusCode: code), headers: ["content-length": "0"])
                    context.write(wrapOutboundOut(.head(head)), promise: nil)
                    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                }
            }
        }
    }
}
