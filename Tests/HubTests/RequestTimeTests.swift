import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Hub

private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
private let post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
private let body = String(repeating: "x", count: 1000)
private let handshakeWithBody =
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 5\r\n\r\n"

/// How long a peer may take to send what it has to, by a clock that the test moves.
@Suite struct `Time to send a request` {
    private let lastMoment = TimeAmount.milliseconds(29_999)

    // MARK: Heads

    @Test func `a head has 10 s, and a byte a second does not give it more`() throws {
        let link = try Link()
        for byte in "GET / HTT" {
            link.pass(.seconds(1))
            try link.send(String(byte))
        }
        link.pass(.milliseconds(999))
        #expect(link.channel.isActive)
        link.pass(.milliseconds(1))
        #expect(!link.channel.isActive)
    }

    @Test func `a head in the last moment is in time, and nothing runs behind a whole request`() throws {
        let link = try Link()
        link.pass(.milliseconds(9999))
        try link.send(get)
        link.pass(.hours(1))
        #expect(link.channel.isActive)
    }

    @Test func `a handshake has no more time for what stands behind its head`() throws {
        let link = try Link()
        link.pass(.seconds(5))
        try link.send(handshakeWithBody)
        link.pass(.milliseconds(4999))
        #expect(link.channel.isActive)
        link.pass(.milliseconds(1))
        #expect(!link.channel.isActive)
    }

    // MARK: Bodies

    @Test func `a body has 30 s, and a byte every 5 s does not give it more`() throws {
        let link = try Link()
        link.pass(.seconds(9))
        try link.send(post)
        for _ in 0..<5 {
            link.pass(.seconds(5))
            try link.send("x")
        }
        link.pass(.milliseconds(4999))
        try link.channel.throwIfErrorCaught()
        link.pass(.milliseconds(1))
        // This is what the HTTP server gets in the place of the rest.
        #expect(throws: RequestTooSlow.self) { try link.channel.throwIfErrorCaught() }
        #expect(link.channel.isActive)
        try link.answer(.requestTimeout)
        let text = try link.answered()
        #expect(text.hasPrefix("HTTP/1.1 408 "))
        #expect(text.contains("\r\nConnection: close\r\n"))
        #expect(!link.channel.isActive)
    }

    @Test func `what comes too late is not read, and whoever does not answer has 5 s more`() throws {
        let link = try Link()
        try link.send(post)
        link.pass(.seconds(30))
        #expect(throws: RequestTooSlow.self) { try link.channel.throwIfErrorCaught() }
        let before = try link.channel.readInbound(as: HTTPServerRequestPart.self)
        guard case .head = before else {
            Issue.record("no head, but \(String(describing: before))")
            return
        }
        try link.send(body + get)
        #expect(try link.channel.readInbound(as: HTTPServerRequestPart.self) == nil)
        link.pass(.milliseconds(4999))
        #expect(link.channel.isActive)
        link.pass(.milliseconds(1))
        #expect(!link.channel.isActive)
        #expect(try link.answered() == "")
    }

    @Test func `a body in the last moment is in time, and the next one has 30 s of its own`() throws {
        let link = try Link()
        for _ in 0..<2 {
            try link.send(post)
            link.pass(lastMoment)
            try link.send(body)
            try link.answer(.ok)
        }
        link.pass(.hours(1))
        try link.channel.throwIfErrorCaught()
        #expect(link.channel.isActive)
        #expect(try !link.answered().lowercased().contains("connection: close"))
    }

    enum Turn: CaseIterable { case answered, beingAnswered, behindAnother }

    @Test(arguments: Turn.allCases)
    func `where no answer is due, the connection ends without one`(turn: Turn) throws {
        let link = try Link()
        switch turn {
        case .answered:
            try link.send(post)
            try link.answer(.unauthorized)
        case .beingAnswered:
            try link.send(post)
            try link.beginAnswer(.ok)
        case .behindAnother:
            try link.send(get + post)
        }
        let before = try link.answered()
        #expect(before.isEmpty == (turn == .behindAnother))
        link.pass(lastMoment)
        #expect(link.channel.isActive)
        link.pass(.milliseconds(1))
        #expect(!link.channel.isActive)
        #expect(try link.answered() == "")
    }

    @Test func `a handshake on a connection that was used before has 30 s for its body`() throws {
        let link = try Link()
        try link.send(get)
        try link.answer(.ok)
        try link.send(handshakeWithBody)
        link.pass(lastMoment)
        #expect(link.channel.isActive)
        link.pass(.milliseconds(1))
        #expect(!link.channel.isActive)
    }
}

/// A connection that was accepted just now, and a clock for it. It stays on the thread that made it.
private final class Link {
    let channel: EmbeddedChannel

    init() throws {
        let server = WebSocketServer(configuration: WebSocketConfiguration(path: "/ws")) { _, _ in EchoDelegate() }
        channel = EmbeddedChannel(handlers: [
            HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)),
            WebSocketUpgradeHandler(server: server, isSecure: false, logger: Logger(label: "test")) { _ in },
        ])
        try channel.connect(to: SocketAddress(ipAddress: "10.0.0.1", port: 1)).wait()
    }

    /// What is left in it, a request that was cut off too, is of no interest.
    deinit { _ = try? channel.finish(acceptAlreadyClosed: true) }

    func send(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    func pass(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// What the HTTP server does with a request.
    func answer(_ status: HTTPResponseStatus) throws {
        try beginAnswer(status)
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
    }

    func beginAnswer(_ status: HTTPResponseStatus) throws {
        try channel.writeOutbound(
            HTTPServerResponsePart.head(
                HTTPResponseHead(version: .http1_1, status: status, headers: ["Content-Length": "0"])))
    }

    /// What has been answered since it was asked last.
    func answered() throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }
}
