import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Wire

/// A client of `gwanje.v1` on Wire's client role, over a real socket. It reads all the time, as a page does.
final class TestClient: Sendable {
    let inbox: Inbox
    private let channel: any Channel
    private let name: String
    private let count = Atomic(0)
    private let followed = Mutex<Set<String>>([])
    private static let clientCount = Atomic(0)

    private init(_ channel: any Channel, _ inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
        name = "c\(Self.clientCount.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    /// Connects and does the handshake; says nothing yet.
    ///
    /// - Parameter isSecure: by TLS, with whomever it is.
    static func connect(port: Int, origin: String? = nil, isSecure: Bool = false) async throws -> TestClient {
        let tls = isSecure ? try TestCertificate.clientContext() : nil
        let inbox = Inbox()
        let opened = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        ClientHandler(inbox, opened: opened, origin: origin))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await opened.futureResult.get()
        return TestClient(channel, inbox)
    }

    // MARK: Saying

    func send(_ message: JSONValue) { send(message.json) }
    func send(_ text: String) { send(.text, ByteBuffer(string: text)) }

    func send(_ opcode: Opcode, _ payload: ByteBuffer) {
        let frame = FrameEncoder.frame(opcode, payload, maskKey: MaskKey(UInt32.random(in: 0 ... .max)))
        channel.writeAndFlush(frame, promise: nil)
    }

    /// A label or key that this client has not used before.
    func label() -> String { "\(name)-\(count.wrappingAdd(1, ordering: .relaxed).newValue)" }

    // MARK: Asking

    /// Logs in; the answer is `welcome` or `error`.
    @discardableResult
    func hello(token: String) async throws -> JSONValue { try await hello(["op": "hello", "token": .text(token)]) }

    @discardableResult
    func hello(apiKey: String) async throws -> JSONValue { try await hello(["op": "hello", "apiKey": .text(apiKey)]) }

    private func hello(_ message: JSONValue) async throws -> JSONValue {
        send(message)
        return try await inbox.take("welcome") { $0.op == "welcome" || $0.op == "error" }
    }

    /// Sends a command; the answer is `reply`.
    func command(
        _ topic: String, _ name: String, _ arguments: JSONValue = [:], key: String? = nil, expect: Int64? = nil
    ) async throws -> JSONValue {
        let id = label()
        var message: [String: JSONValue] = [
            "op": "cmd", "id": .text(id), "key": .text(key ?? id), "topic": .text(topic), "name": .text(name),
            "args": arguments,
        ]
        if let expect { message["expect"] = .integer(expect) }
        send(.object(message))
        return try await inbox.take("reply to \(name)") { $0.id == .text(id) }
    }

    /// Sends a command that must succeed; answers with its seq.
    @discardableResult
    func succeed(_ topic: String, _ name: String, _ arguments: JSONValue = [:], key: String? = nil) async throws
        -> Int64
    {
        let reply = try await command(topic, name, arguments, key: key)
        guard reply.ok == true, let seq = reply.seq.int else { throw Refused(description: "\(name): \(reply)") }
        return seq
    }

    /// Sends a command that must be refused; answers with the code.
    func refusal(_ topic: String, _ name: String, _ arguments: JSONValue = [:], key: String? = nil) async throws
        -> String?
    {
        let reply = try await command(topic, name, arguments, key: key)
        return reply.ok == false ? reply.error.code.string : nil
    }

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    /// Follows a topic; the answer is `snapshot`, `resumed` or `error`.
    @discardableResult
    func subscribe(_ topic: String, cursor: (epoch: String, seq: Int64)? = nil) async throws -> JSONValue {
        followed.withLock { _ = $0.insert(topic) }
        return try await ask(topic, cursor)
    }

    private func ask(_ topic: String, _ cursor: (epoch: String, seq: Int64)?) async throws -> JSONValue {
        let id = label()
        var message: [String: JSONValue] = ["op": "sub", "id": .text(id), "topic": .text(topic)]
        if let cursor { message["cursor"] = ["epoch": .text(cursor.epoch), "seq": .integer(cursor.seq)] }
        send(.object(message))
        return try await inbox.take("answer to sub \(topic)") { $0.id == .text(id) }
    }

    func unsubscribe(_ topic: String) async throws {
        let id = label()
        send(["op": "unsub", "id": .text(id), "topic": .text(topic)])
        _ = try await inbox.take("unsubscribed") { $0.id == .text(id) }
        followed.withLock { _ = $0.remove(topic) }
    }

    /// The picture of a topic as it is now, by a subscription that ends with it.
    func picture(_ topic: String) async throws -> JSONValue {
        guard !followed.withLock({ $0.contains(topic) }) else {
            throw Refused(description: "a picture of \(topic) would end its subscription: ask another client")
        }
        let snapshot = try await ask(topic, nil)
        try await unsubscribe(topic)
        guard snapshot.op == "snapshot" else { throw Refused(description: "\(topic): \(snapshot)") }
        return snapshot.data
    }

    // MARK: Hearing

    /// The data of the next event of this name that fits.
    @discardableResult
    func event(
        _ topic: String, _ name: String, within limit: TimeAmount = .seconds(20),
        where fits: @escaping Inbox.Predicate = { _ in true }
    ) async throws -> JSONValue {
        try await inbox.take("\(name) on \(topic)", within: limit) {
            $0.op == "event" && $0.topic == .text(topic) && $0.name == .text(name) && fits($0.data)
        }.data
    }

    /// The data of the next whole view that fits.
    func state(_ topic: String, where fits: @escaping Inbox.Predicate = { _ in true }) async throws -> JSONValue {
        try await inbox.take("state of \(topic)") {
            $0.op == "state" && $0.topic == .text(topic) && fits($0.data)
        }.data
    }

    /// All events of a topic that have come so far, in order.
    func events(_ topic: String) -> [JSONValue] {
        inbox.log.filter { $0.op == "event" && $0.topic == .text(topic) }
    }

    func close() async throws {
        send(.close, ByteBuffer(bytes: [0x03, 0xE8]))
        try? await channel.close()
    }

    /// Vanishes without a word.
    func drop() async throws { try await channel.close() }
}

/// The socket's side: handshake first, then messages into the inbox.
private final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let inbox: Inbox
    private let opened: EventLoopPromise<Void>
    private var handshake: ClientHandshake
    private var isOpen = false
    private var socket = WebSocketProtocol(
        clientWith: WebSocketLimits(frameByteCountMax: 1 << 26, messageByteCountMax: 1 << 26)
    ) { MaskKey(UInt32.random(in: 0 ... .max)) }

    init(_ inbox: Inbox, opened: EventLoopPromise<Void>, origin: String?) {
        self.inbox = inbox
        self.opened = opened
        let headers = origin.map { [HeaderField("Origin", $0)] } ?? []
        handshake = ClientHandshake(
            .init(host: "127.0.0.1", target: "/ws", subprotocols: ["gwanje.v1"], headers: headers),
            nonce: (0..<16).map { _ in UInt8.random(in: 0...255) })
    }

    func channelActive(context: ChannelHandlerContext) {
        do throws(HandshakeFailure) {
            context.writeAndFlush(wrapOutboundOut(try handshake.requestHead()), promise: nil)
        } catch {
            opened.fail(error)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if !isOpen {
            do throws(HandshakeFailure) {
                guard try handshake.receive(&bytes) != nil else { return }
            } catch {
                opened.fail(error)
                context.close(promise: nil)
                return
            }
            isOpen = true
            opened.succeed()
        }
        while let event = socket.nextEvent(in: &bytes) {
            switch event {
            case .message(let message): take(message)
            case .send(let frame): context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
            case .pong: break
            case .closed(let closure): inbox.end(closure)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        opened.fail(ChannelError.eof)
        if let closure = socket.streamEnded() { inbox.end(closure) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func take(_ message: Message) {
        let bytes = Array(message.payload.readableBytesView)
        inbox.push((try? JSONValue(bytes)) ?? ["op": "notJSON", "text": .text(String(decoding: bytes, as: UTF8.self))])
    }
}
