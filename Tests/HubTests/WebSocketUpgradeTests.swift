import Hub
import NIOCore
import Testing
import Wire

/// REST and WebSocket on one port: what is a handshake, what is refused, and what passes untouched.
@Suite(.timeLimit(.minutes(2))) struct `WebSocket upgrade` {
    private static let handshake = [
        "GET /ws HTTP/1.1", "Host: x", "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
    ]

    /// A handshake with the line that begins like `line` in the place of its own.
    private func handshake(with line: String) -> String {
        let name = line.prefix { $0 != " " }
        let isRequestLine = line.hasSuffix(" HTTP/1.1")
        let fields = Self.handshake.dropFirst().filter { !$0.hasPrefix(name) }
        let lines = isRequestLine ? [line] + fields : Self.handshake.prefix(1) + fields + [line]
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// The whole answer to a request, up to the end of the stream.
    private func answer(
        to request: String, _ configure: (inout WebSocketConfiguration) -> Void = { _ in }
    ) async throws -> String {
        var answer = ""
        try await withEchoServer(configure) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.send(request)
                answer = try await client.string()
            }
        }
        return answer
    }

    @Test func `a plain GET is answered on the same port, and the same connection can be upgraded after it`()
        async throws
    {
        try await withEchoServer { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                for _ in 0..<3 {
                    try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    let answer = try await client.string(until: "/ws\n")
                    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                }
                try await client.open()
                try await client.send(.text, ByteBuffer(string: "x"))
                let echo = Message(kind: .text, payload: ByteBuffer(string: "x"))
                #expect(try await client.next() == .message(echo))
            }
        }
    }

    @Test func `the path without an upgrade, and an upgrade on another path, are the HTTP server's`() async throws {
        #expect(try await answer(to: "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").contains(" 404 "))
        #expect(try await answer(to: handshake(with: "GET /other HTTP/1.1")).contains(" 404 "))
    }

    @Test func `an upgrade to h2c is declined by an ordinary answer`() async throws {
        let answer = try await answer(
            to: "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                + "HTTP2-Settings: AAMAAABk\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        // NIO's decoder reads nothing behind a request for an upgrade, so the client must not wait for more.
        #expect(answer.lowercased().contains("connection: close\r\n"))
    }

    @Test func `one address may have so many WebSockets and no more, until one of them ends`() async throws {
        try await withEchoServer({ $0.webSocketsPerAddressMax = 1 }) { port, _ in
            let request = handshake(with: "X-Forwarded-For: 10.0.0.1")
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                try await WebSocketTestClient.connected(to: port) { other in
                    // Nobody told this hub to believe what stands in that field.
                    try await other.send(request)
                    let answer = try await other.string()
                    #expect(answer.hasPrefix("HTTP/1.1 429 ") && answer.contains("WS_TOO_MANY_CONNECTIONS"))
                    #expect(answer.contains("Retry-After: 30\r\n"))
                }
                try await client.send(.close, ByteBuffer())
                _ = try await client.closure()
            }
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                try await client.send(.text, ByteBuffer(string: "x"))
                let echo = Message(kind: .text, payload: ByteBuffer(string: "x"))
                #expect(try await client.next() == .message(echo))
            }
        }
    }

    @Test func `behind a trusted proxy the phones are counted, not the proxy`() async throws {
        try await withEchoServer({
            $0.webSocketsPerAddressMax = 1
            $0.connectionsPerAddressMax = 1
            $0.addresses.trustedProxies = ["127.0.0.1"]
        }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { one in
                try await one.send(handshake(with: "X-Forwarded-For: 10.0.0.1"))
                #expect(try await one.string(until: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                for (field, status) in [("8.8.8.8, 10.0.0.1", "429"), ("10.0.0.1, 10.0.0.2", "101")] {
                    try await WebSocketTestClient.connected(to: port) { other in
                        try await other.send(handshake(with: "X-Forwarded-For: \(field)"))
                        #expect(try await other.string(until: "\r\n\r\n").hasPrefix("HTTP/1.1 \(status) "))
                    }
                }
            }
        }
    }

    @Test func `one connection too many of any kind is closed without a word`() async throws {
        try await withEchoServer({ $0.connectionsPerAddressMax = 1 }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                try await WebSocketTestClient.connected(to: port) { other in
                    // The server may be gone before the request is written.
                    try? await other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    #expect((try? await other.string()) ?? "" == "")
                }
            }
        }
    }

    @Test func `another version is refused with 426 and the one we speak`() async throws {
        let answer = try await answer(to: handshake(with: "Sec-WebSocket-Version: 8"))
        #expect(answer.hasPrefix("HTTP/1.1 426 "))
        #expect(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"))
        #expect(answer.contains("\r\nContent-Type: application/json; charset=utf-8\r\n"))
        #expect(
            answer.hasSuffix(
                #"{"error":{"code":"WS_VERSION_UNSUPPORTED","message":"지원하는 웹소켓 버전은 13입니다. "#
                    + #"(Only WebSocket version 13 is spoken here.)"},"success":false}"#))
    }

    @Test(arguments: [
        ("POST /ws HTTP/1.1", "405", "WS_METHOD_NOT_GET"), ("Connection: close", "426", "WS_UPGRADE_MISSING"),
        ("Sec-WebSocket-Key: short", "400", "WS_KEY_INVALID"),
        ("Origin: https://evil.example\"", "403", "WS_ORIGIN_NOT_ALLOWED"),
        ("Sec-WebSocket-Protocol: chat", "400", "WS_SUBPROTOCOL_UNKNOWN"),
    ])
    func `a handshake that cannot be accepted is told why`(line: String, status: String, code: String) async throws {
        let policy = Handshake.Policy(
            subprotocols: ["gwanje.v1"], isOriginAllowed: { origin, _ in origin == "https://yard.example" })
        let answer = try await answer(to: handshake(with: line)) { $0.policy = policy }
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        #expect(answer.contains(#""code":"\#(code)""#))
        #expect(answer.hasSuffix(#","success":false}"#))
    }

    @Test(arguments: ["", "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: webs"])
    func `a connection without a whole request head is closed when its time is up`(start: String) async throws {
        try await withEchoServer({
            $0.handshakeTimeout = .milliseconds(50)
            // Or it would be this that ends the connection.
            $0.httpIdleTimeout = .hours(1)
        }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                // On a busy machine the time may be up before we have sent anything: then it is a reset.
                try? await client.send(start)
                let answer = try? await client.string()
                #expect(answer ?? "" == "")
            }
        }
    }

    @Test(arguments: [1, 90])
    func `a head of 16 KiB is read, in one field or in many, and none of a byte more`(fieldCount: Int) async throws {
        let most = try await answer(to: request(byteCount: 16 << 10, fieldCount: fieldCount))
        #expect(most.hasPrefix("HTTP/1.1 200 "))
        let more = try await answer(to: request(byteCount: (16 << 10) + 1, fieldCount: fieldCount))
        #expect(more.hasPrefix("HTTP/1.1 400 "))
    }

    @Test func `a head of 100 fields is read, and none of one more`() async throws {
        let most = try await answer(to: request(byteCount: 2000, fieldCount: 98))
        #expect(most.hasPrefix("HTTP/1.1 200 "))
        #expect(try await answer(to: request(byteCount: 2000, fieldCount: 99)).hasPrefix("HTTP/1.1 400 "))
    }

    @Test func `a handshake with a head beyond the limit is refused`() async throws {
        let long = handshake(with: "X-Long: " + String(repeating: "x", count: 16 << 10))
        #expect(try await answer(to: long).hasPrefix("HTTP/1.1 400 "))
    }

    /// A request whose target, names and values have so many bytes in all.
    ///
    /// - Parameter fieldCount: of the fields that fill it up, besides two of its own.
    private func request(byteCount: Int, fieldCount: Int) -> String {
        let rest = byteCount - "/".utf8.count - "Hostx".utf8.count - "Connectionclose".utf8.count
        let fields = (0..<fieldCount).map { index in
            let name = "X-\(100 + index)"
            let count = rest / fieldCount + (index < rest % fieldCount ? 1 : 0)
            return "\(name): \(String(repeating: "x", count: count - name.utf8.count))"
        }
        return (["GET / HTTP/1.1", "Host: x", "Connection: close"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
    }
}
