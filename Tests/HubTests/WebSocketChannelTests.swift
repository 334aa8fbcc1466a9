import NIOCore
import Testing
import Wire

@testable import Hub

/// The server over a real socket. No test sleeps: each waits for bytes, for the delegate, or for the end of the
/// stream.
@Suite(.timeLimit(.minutes(2))) struct `WebSocket channel` {
    // MARK: Messages

    @Test(arguments: [true, false])
    func `echoes text of every length`(usesDirectWrites: Bool) async throws {
        try await withEchoServer({ $0.usesDirectWrites = usesDirectWrites }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                for size in [0, 1, 125, 126, 65535, 65536, 1 << 20] {
                    let message = Message(kind: .text, payload: ByteBuffer(repeating: 0x78, count: size))
                    try await client.send(.text, message.payload)
                    #expect(try await client.next() == .message(message))
                }
            }
        }
    }

    @Test func `many messages in one write come back in order`() async throws {
        try await withEchoServer { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                var burst = ByteBuffer()
                for number in 0..<1000 { burst.writeImmutableBuffer(client.frame(.text, bytes("\(number)"))) }
                try await client.send(burst)
                for number in 0..<1000 { #expect(try await client.next() == text("\(number)")) }
            }
        }
    }

    @Test func `a fragmented message is echoed whole, and a ping between its fragments at once`() async throws {
        try await withEchoServer { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                try await client.send(.text, bytes("관"), isFinal: false)
                try await client.send(.ping, bytes("mid"))
                #expect(try await client.next() == .pong(bytes("mid")))
                try await client.send(.continuation, bytes("제"))
                #expect(try await client.next() == text("관제"))
            }
        }
    }

    @Test func `a message sent byte by byte arrives`() async throws {
        try await withEchoServer { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                for byte in client.frame(.text, bytes("천천히")).readableBytesView {
                    try await client.send(ByteBuffer(bytes: [byte]))
                }
                #expect(try await client.next() == text("천천히"))
            }
        }
    }

    @Test func `frames sent right behind the handshake are not lost`() async throws {
        try await withEchoServer { port, _ in
            for _ in 0..<20 {
                try await WebSocketTestClient.connected(to: port) { client in
                    try await client.open(with: client.frame(.text, bytes("early")))
                    #expect(try await client.next() == text("early"))
                }
            }
        }
    }

    @Test func `a subprotocol is agreed on`() async throws {
        try await withEchoServer({ $0.policy = Handshake.Policy(subprotocols: ["gwanje.v1"]) }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                let outcome = try await client.open(subprotocols: ["x", "gwanje.v1"])
                #expect(outcome.subprotocol == "gwanje.v1")
            }
        }
    }

    // MARK: Order and back-pressure

    @Test(arguments: [true, false])
    func `a slow reader gets everything in order, whichever path the bytes take`(usesDirectWrites: Bool) async throws {
        let (lines, makeDelegate) = CountingDelegate.makeStream()
        try await withEchoServer(
            {
                $0.usesDirectWrites = usesDirectWrites
                $0.pendingByteCountMax = 1 << 26
                // A busy machine can take longer than the usual times: a ping would be one event more, and a peer that has
                // not read everything a while after the close is cut off.
                $0.pingInterval = .hours(1)
                $0.closeTimeout = .hours(1)
            }, makeDelegate: makeDelegate
        ) { port, _ in
            try await WebSocketTestClient.connected(to: port, receiveBufferByteCount: 4096) { client in
                try await client.open()
                // From here on the socket is full; we read while the other half is written behind it.
                #expect(await lines.first { _ in true } == "half")
                for number in 0..<CountingDelegate.messageCount {
                    let event = try await client.next()
                    guard event == text(CountingDelegate.message(number)) else {
                        Issue.record("message \(number) is missing or broken: \(String(describing: event).prefix(200))")
                        return
                    }
                }
                let closure = try await client.closure()
                #expect(closure?.reason == "direct: \(usesDirectWrites), channel: true")
                #expect(closure?.code == .normal)
            }
        }
    }

    @Test func `a peer that only listens, and too slowly, is cut off`() async throws {
        let (lines, makeDelegate) = CountingDelegate.makeStream()
        try await withEchoServer({ $0.pendingByteCountMax = 100_000 }, makeDelegate: makeDelegate) { port, _ in
            try await WebSocketTestClient.connected(to: port, receiveBufferByteCount: 4096) { client in
                try await client.open()
                #expect(await lines.first { $0 != "half" } == "closed 4102")
            }
        }
    }

    @Test func `a peer that sends and never reads is cut off when too much waits for it`() async throws {
        let (lines, makeDelegate) = RecordingDelegate.makeStream()
        try await withEchoServer({ $0.pendingByteCountMax = 100_000 }, makeDelegate: makeDelegate) { port, _ in
            try await WebSocketTestClient.connected(to: port, receiveBufferByteCount: 4096) { client in
                try await client.open()
                // One echo of these is below the bound; two are above it, once the socket is full.
                let frame = client.frame(.binary, ByteBuffer(repeating: 0, count: 60_000))
                var log = lines.makeAsyncIterator()
                var line: String?
                repeat {
                    // The server may have gone in the meantime; what the delegate heard decides.
                    try? await client.send(frame)
                    line = await log.next()
                } while line?.hasPrefix("closed") == false
                #expect(line == "closed 4102")
            }
        }
    }

    // MARK: Pings

    @Test func `the server pings, and hears its pong`() async throws {
        let (lines, makeDelegate) = RecordingDelegate.makeStream()
        try await withEchoServer(
            {
                $0.pingInterval = .milliseconds(20)
                $0.silentIntervalCountMax = .max
            }, makeDelegate: makeDelegate
        ) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open("/ws?a=1")
                guard case .send(let pong) = try await client.next() else {
                    Issue.record("no ping came")
                    return
                }
                try await client.send(pong)
                var log = lines.makeAsyncIterator()
                #expect(await log.next() == "opened /ws?a=1")
                #expect(await log.next() == "pong")
            }
        }
    }

    @Test(arguments: [false, true])
    func `the HTTP server's idle time means nothing to a WebSocket`(isBehindRequest: Bool) async throws {
        try await withEchoServer({
            // Long enough for a request and a handshake while other tests keep the loops busy.
            $0.httpIdleTimeout = .seconds(15)
            $0.pingInterval = .milliseconds(100)
            $0.silentIntervalCountMax = .max
        }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                if isBehindRequest {
                    try await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    _ = try await client.string(until: "/ws\n")
                }
                try await client.open()
                for _ in 0..<160 { _ = try await client.next() }
                try await client.send(.text, bytes("still here"))
                var event = try await client.next()
                while case .send = event { event = try await client.next() }
                #expect(event == text("still here"))
            }
        }
    }

    @Test func `a peer that answers nothing is given up with 4100`() async throws {
        try await withEchoServer({ $0.pingInterval = .milliseconds(20) }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                #expect(try await client.closure()?.code == .peerSilent)
            }
        }
    }

    @Test func `silence is counted in whole intervals and ends with any byte`() {
        var keepAlive = KeepAlive(silentIntervalCountMax: 3)
        let silence = (0..<2).map { _ in keepAlive.intervalPassed() }
        keepAlive.heard()
        let afterByte = (0..<4).map { _ in keepAlive.intervalPassed() }
        #expect(silence == [.sendPing, .sendPing])
        #expect(afterByte == [.sendPing, .sendPing, .sendPing, .giveUp])
    }

    // MARK: Closing

    @Test func `a close is echoed, the delegate told, and the stream ended by the server`() async throws {
        let (lines, makeDelegate) = RecordingDelegate.makeStream()
        try await withEchoServer(makeDelegate: makeDelegate) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                try await client.close(.normal, reason: "bye")
                let closure = Closure(.normal, reason: "bye", cause: .local, isClean: true)
                #expect(try await client.next() == .closed(closure))
                #expect(try await client.bytes() == nil)
            }
            var log = lines.makeAsyncIterator()
            #expect(await log.next() == "opened /ws")
            #expect(await log.next() == "closed 1000")
        }
    }

    @Test func `a peer that vanishes is closed with 1006`() async throws {
        let (lines, makeDelegate) = RecordingDelegate.makeStream()
        try await withEchoServer(makeDelegate: makeDelegate) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in _ = try await client.open() }
            var log = lines.makeAsyncIterator()
            #expect(await log.next() == "opened /ws")
            #expect(await log.next() == "closed 1006")
        }
    }

    @Test func `our close ends without an answer after a while`() async throws {
        try await withEchoServer({
            $0.pingInterval = .milliseconds(10)
            $0.silentIntervalCountMax = 1
            $0.closeTimeout = .milliseconds(50)
        }) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                #expect(try await client.closure()?.code == .peerSilent)
                #expect(try await client.bytes() == nil)
            }
        }
    }

    @Test(
        arguments: [
            ([0x83, 0x80, 0, 0, 0, 0], 1002), ([0x81, 0x01, 0x78], 1002), ([0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),
            ([0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 0x01], 1009), ([0x80, 0x80, 0, 0, 0, 0], 1002),
            ([0x88, 0x81, 0, 0, 0, 0, 3], 1002),
        ] as [([UInt8], UInt16)])
    func `a violation is answered with its code, also to a peer that goes on sending`(
        frame: [UInt8], code: UInt16
    ) async throws {
        try await withEchoServer { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.open()
                try await client.send(ByteBuffer(bytes: frame + [UInt8](repeating: 0, count: 2 << 20)))
                #expect(try await client.closure()?.code.rawValue == code)
                // An end, not a reset: a reset could overtake the close frame on its way.
                #expect(try await client.bytes() == nil)
            }
        }
    }

    private func bytes(_ string: String) -> ByteBuffer { ByteBuffer(string: string) }

    private func text(_ string: String) -> WebSocketProtocol.Event {
        .message(Message(kind: .text, payload: ByteBuffer(string: string)))
    }
}
