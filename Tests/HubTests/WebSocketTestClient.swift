import Hub
import NIOCore
import NIOPosix
import NIOSSL
import Wire

/// A client on Wire's client role over a real socket. It reads only when asked to, so it is as slow as a test
/// wants it to be.
final class WebSocketTestClient {
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    // `next` runs off the caller's actor; the client never leaves the one task of its test, which awaits each call.
    private nonisolated(unsafe) var inbound: Inbound.AsyncIterator
    private let outbound: Outbound
    private var read = ByteBuffer()
    private var socket = WebSocketProtocol(
        clientWith: WebSocketLimits(frameByteCountMax: 1 << 26, messageByteCountMax: 1 << 26)
    ) { MaskKey(UInt32.random(in: 0 ... .max)) }

    private init(inbound: Inbound, outbound: Outbound) {
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Connects, and closes the transport when the body is done.
    ///
    /// - Parameter receiveBufferByteCount: of the socket; a small one makes the server's writes partial sooner.
    static func connected(
        to port: Int, receiveBufferByteCount: Int? = nil, _ body: (WebSocketTestClient) async throws -> Void
    ) async throws {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let receiveBufferByteCount {
            bootstrap = bootstrap.channelOption(
                .socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBufferByteCount))
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                    wrappingChannelSynchronously: channel,
                    configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
            }
        }
        try await channel.executeThenClose { inbound, outbound in
            try await body(WebSocketTestClient(inbound: inbound, outbound: outbound))
        }
    }

    // MARK: Bytes

    func send(_ bytes: ByteBuffer) async throws {
        try await outbound.write(bytes)
    }

    func send(_ string: String) async throws {
        try await outbound.write(ByteBuffer(string: string))
    }

    /// The next bytes as they come; nil at the end of the stream.
    func bytes() async throws -> ByteBuffer? {
        try await inbound.next()
    }

    /// Everything up to the end of the stream, or until it contains `end`.
    func string(until end: String? = nil) async throws -> String {
        var all = ""
        while !(end.map { all.contains($0) } ?? false), let bytes = try await bytes() {
            all += String(buffer: bytes)
        }
        return all
    }

    // MARK: WebSocket

    /// Does the opening handshake.
    ///
    /// - Parameter frames: sent in the same write, without waiting for the answer.
    @discardableResult
    func open(
        _ target: String = "/ws", subprotocols: [String] = [], with frames: ByteBuffer = ByteBuffer()
    ) async throws -> ClientHandshake.Outcome {
        let request = ClientHandshake.Request(host: "127.0.0.1", target: target, subprotocols: subprotocols)
        var handshake = ClientHandshake(request, nonce: (0..<16).map { _ in UInt8.random(in: 0...255) })
        var head = try handshake.requestHead()
        head.writeImmutableBuffer(frames)
        try await send(head)
        while let bytes = try await bytes() {
            read = bytes
            if let outcome = try handshake.receive(&read) { return outcome }
        }
        throw ChannelError.eof
    }

    /// The next event; nil when the stream has ended. A `.send` is for the caller to send or not.
    func next() async throws -> WebSocketProtocol.Event? {
        while true {
            if let event = socket.nextEvent(in: &read) { return event }
            guard let bytes = try await bytes() else { return nil }
            read = bytes
        }
    }

    /// Skips everything up to the end of the connection, which is 1006 if the stream just ends.
    func closure() async throws -> Closure? {
        while let event = try await next() {
            if case .closed(let closure) = event { return closure }
        }
        return socket.streamEnded()
    }

    func frame(_ opcode: Opcode, _ payload: ByteBuffer = ByteBuffer(), isFinal: Bool = true) -> ByteBuffer {
        socket.frame(opcode, payload, isFinal: isFinal)
    }

    func send(_ opcode: Opcode, _ payload: ByteBuffer = ByteBuffer(), isFinal: Bool = true) async throws {
        try await send(frame(opcode, payload, isFinal: isFinal))
    }

    func close(_ code: CloseCode, reason: String = "") async throws {
        if let frame = socket.close(code, reason: reason) { try await send(frame) }
    }
}

/// Runs an echo server for as long as the body lasts, and stops it as a service manager would.
func withEchoServer(
    _ configure: (inout WebSocketConfiguration) -> Void = { _ in }, tls: TLSConfiguration? = nil,
    makeDelegate: WebSocketServer.MakeDelegate? = nil,
    _ body: (_ port: Int, _ server: EchoServer) async throws -> Void
) async throws {
    var configuration = WebSocketConfiguration(path: "/ws")
    configure(&configuration)
    let (ports, running) = AsyncStream<Int>.makeStream()
    let server = try EchoServer(configuration, tls: tls, makeDelegate: makeDelegate) { running.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { running.finish() }
            try await server.run()
        }
        for await port in ports {
            try await body(port, server)
            break
        }
        await server.stop()
        try await group.waitForAll()
    }
}

/// Echoes, and tells a stream what it was told.
final class RecordingDelegate: WebSocketDelegate {
    private let target: String
    private let log: AsyncStream<String>.Continuation

    init(target: String, log: AsyncStream<String>.Continuation) {
        self.target = target
        self.log = log
    }

    static func makeStream() -> (lines: AsyncStream<String>, makeDelegate: WebSocketServer.MakeDelegate) {
        let (lines, log) = AsyncStream<String>.makeStream()
        return (lines, { request, _ in RecordingDelegate(target: request.target, log: log) })
    }

    func opened(_ connection: WebSocketConnection) {
        log.yield("opened \(target)")
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        log.yield("text \(String(buffer: text))")
        connection.write(.text, text)
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        log.yield("binary of \(binary.readableBytes)")
        connection.write(.binary, binary)
    }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {
        log.yield("pong")
    }

    func closed(on connection: WebSocketConnection, code: CloseCode) {
        log.yield("closed \(code)")
    }
}

/// Sends numbered messages of uneven length as soon as it is opened, one write per tick, then closes with 1000.
///
/// It tells a stream when half of them are written, 8 MB, which no socket buffer holds, and how it ended. The reason
/// of its close says whether bytes went straight to the socket and whether bytes went through the channel.
final class CountingDelegate: WebSocketDelegate {
    static let messageCount = 4000

    static func message(_ number: Int) -> String {
        "\(number) " + String(repeating: "abcdefgh", count: number % 1000)
    }

    private var nextNumber = 0
    private let log: AsyncStream<String>.Continuation

    init(log: AsyncStream<String>.Continuation) {
        self.log = log
    }

    static func makeStream() -> (lines: AsyncStream<String>, makeDelegate: WebSocketServer.MakeDelegate) {
        let (lines, log) = AsyncStream<String>.makeStream()
        return (lines, { _, _ in CountingDelegate(log: log) })
    }

    func opened(_ connection: WebSocketConnection) {
        sendNext(on: connection)
    }

    private func sendNext(on connection: WebSocketConnection) {
        guard nextNumber < Self.messageCount else {
            let counts = connection.sentByteCounts
            return connection.close(.normal, reason: "direct: \(counts.direct > 0), channel: \(counts.channel > 0)")
        }
        if nextNumber == Self.messageCount / 2 { log.yield("half") }
        connection.write(text: Self.message(nextNumber))
        nextNumber += 1
        connection.eventLoop.assumeIsolated().execute { self.sendNext(on: connection) }
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {}
    func received(binary: ByteBuffer, on connection: WebSocketConnection) {}
    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {}

    func closed(on connection: WebSocketConnection, code: CloseCode) {
        log.yield("closed \(code)")
    }
}
