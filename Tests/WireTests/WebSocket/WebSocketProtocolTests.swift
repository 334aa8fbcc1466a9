import NIOCore
import Testing
import Wire

@Suite struct `WebSocket protocol` {
    private var server = WebSocketProtocol()

    @Test mutating func `a message in one frame is delivered`() {
        #expect(server.events(of: masked(.text, text("안녕하세요"))) == [.text("안녕하세요")])
        #expect(server.events(of: masked(.binary, hex("00ff"))) == [.binary(hex("00ff"))])
        #expect(server.events(of: masked(.text)) == [.text("")])
    }

    @Test mutating func `an unmasked message keeps the memory it was read into`() {
        var client = WebSocketProtocol.client()
        let read = FrameEncoder.frame(.binary, zeros(1000))
        guard case .message(let message) = client.events(of: read).first else {
            Issue.record("no message")
            return
        }
        let isShared = read.withUnsafeReadableBytes { whole in
            message.payload.withUnsafeReadableBytes { $0.baseAddress == whole.baseAddress?.advanced(by: 4) }
        }
        #expect(isShared)
    }

    @Test mutating func `fragments are put together and control frames between them answered at once`() {
        let stream = joined(
            masked(.text, text("관"), isFinal: false), masked(.ping, text("p1")), masked(.continuation, isFinal: false),
            masked(.pong, text("p2")), masked(.continuation, text("제")), masked(.binary, text("next")))
        #expect(
            server.events(of: stream) == [
                .send(FrameEncoder.frame(.pong, text("p1"))), .pong(text("p2")), .text("관제"), .binary(text("next")),
            ])
    }

    @Test func `the events are the same wherever the stream is cut in two`() {
        let stream = sampleStream()
        var whole = WebSocketProtocol()
        let expected = whole.events(of: stream)
        #expect(expected.count == 9)
        for cut in 0...stream.readableBytes {
            var server = WebSocketProtocol()
            #expect(server.events(of: stream.pieces(cutAt: [cut])) == expected, "cut at \(cut)")
        }
    }

    @Test func `the events are the same for every pair of cuts, byte by byte, and in any step`() {
        let stream = joined(
            masked(.text, text("한글"), isFinal: false), masked(.ping, text("1")), masked(.continuation, text("🚛")),
            masked(.close, ClosePayload(.normal, reason: "끝").bytes))
        var whole = WebSocketProtocol()
        let expected = whole.events(of: stream)
        for first in 0...stream.readableBytes {
            for second in first...stream.readableBytes {
                var server = WebSocketProtocol()
                #expect(server.events(of: stream.pieces(cutAt: [first, second])) == expected)
            }
        }
        for step in 1...stream.readableBytes {
            var server = WebSocketProtocol()
            let cuts = Array(stride(from: step, to: stream.readableBytes, by: step))
            #expect(server.events(of: stream.pieces(cutAt: cuts)) == expected)
        }
    }

    private func sampleStream() -> ByteBuffer {
        joined(
            masked(.text, text("Hello")), masked(.text, text("관"), isFinal: false), masked(.ping, text("ping")),
            masked(.continuation, text("제 센터"), isFinal: false), masked(.pong), masked(.continuation, text("🚛")),
            masked(.binary, zeros(126)), masked(.binary, zeros(300)),
            masked(.text, text(String(repeating: "긴", count: 90))),
            masked(.close, ClosePayload(.goingAway, reason: "끝").bytes))
    }

    // MARK: Violations

    @Test mutating func `a server refuses an unmasked frame`() {
        #expect(server.events(of: FrameEncoder.frame(text: "x")) == WebSocketProtocol.Event.failing(.unmaskedFrame))
    }

    @Test func `a client refuses a masked frame and masks what it answers`() {
        var client = WebSocketProtocol.client()
        let events = client.events(of: masked(.text, text("x")))
        let payload = ClosePayload(.protocolError, reason: FrameError.maskedFrame.description)
        #expect(events.first == .send(masked(.close, payload.bytes)))
        #expect(events.count == 2)
    }

    @Test mutating func `what came before a violation is delivered, what comes after it is not`() {
        let stream = joined(masked(.text, text("before")), hex("83 80 00000000"), masked(.text, text("after")))
        #expect(server.events(of: stream) == [.text("before")] + WebSocketProtocol.Event.failing(.reservedOpcode(3)))
        #expect(server.events(of: masked(.text, text("later"))) == [])
        #expect(server.streamEnded() == nil)
    }

    @Test mutating func `a continuation needs a start`() {
        #expect(
            server.events(of: masked(.continuation, text("x")))
                == WebSocketProtocol.Event.failing(.continuationWithoutStart))
    }

    @Test mutating func `a message must be finished before the next`() {
        let stream = joined(masked(.text, text("a"), isFinal: false), masked(.binary, text("b")))
        #expect(server.events(of: stream) == WebSocketProtocol.Event.failing(.messageUnfinished))
    }

    @Test mutating func `bad text fails at its first bad byte, in the middle of a frame`() {
        let frame = masked(.text, joined(text("좋은 글 "), hex("ff"), text(" 다음 글")))
        let badEnd = 6 + "좋은 글 ".utf8.count + 1
        let pieces = frame.pieces(cutAt: [badEnd - 1, badEnd])
        #expect(server.events(of: pieces[0]) == [])
        #expect(server.events(of: pieces[1]) == WebSocketProtocol.Event.failing(.invalidUTF8))
    }

    @Test func `a surrogate is refused in the fragment that completes it`() {
        var server = WebSocketProtocol()
        #expect(server.events(of: masked(.text, hex("ed"), isFinal: false)) == [])
        #expect(
            server.events(of: masked(.continuation, hex("a0"), isFinal: false))
                == WebSocketProtocol.Event.failing(.invalidUTF8))
    }

    @Test func `text that ends inside a character is refused at its end`() {
        var server = WebSocketProtocol()
        #expect(server.events(of: masked(.text, hex("e2 82"), isFinal: false)) == [])
        #expect(server.events(of: masked(.continuation)) == WebSocketProtocol.Event.failing(.invalidUTF8))
    }

    @Test mutating func `binary may be anything`() {
        #expect(server.events(of: masked(.binary, hex("ff fe ed a0 80"))) == [.binary(hex("ff fe ed a0 80"))])
    }

    @Test(arguments: ["00", "03ee", "03e8 ff", "0bb7"])
    func `a bad close body fails the connection`(body: String) {
        var server = WebSocketProtocol()
        guard case .closed(let closure) = server.events(of: masked(.close, hex(body))).last else {
            Issue.record("not closed")
            return
        }
        #expect(closure.code == (body == "03e8 ff" ? .invalidPayload : .protocolError))
    }

    // MARK: Limits

    @Test func `a message may reach the limit and not pass it, in one frame or many`() {
        let limits = WebSocketLimits(frameByteCountMax: 100, messageByteCountMax: 150, fragmentCountMax: 4)
        var server = WebSocketProtocol(serverWith: limits)
        #expect(server.events(of: masked(.binary, zeros(100))) == [.binary(zeros(100))])
        #expect(
            server.events(of: joined(masked(.binary, zeros(100), isFinal: false), masked(.continuation, zeros(50))))
                == [.binary(zeros(150))])
        #expect(
            server.events(of: joined(masked(.binary, zeros(100), isFinal: false), masked(.continuation, zeros(51))))
                == WebSocketProtocol.Event.failing(.messageTooLarge(byteCount: 151, max: 150)))

        var other = WebSocketProtocol(serverWith: limits)
        #expect(
            other.events(of: masked(.binary, zeros(101)))
                == WebSocketProtocol.Event.failing(.frameTooLarge(byteCount: 101, max: 100)))
    }

    @Test func `the fragment that would break the limit is refused at its header`() {
        var server = WebSocketProtocol(
            serverWith: WebSocketLimits(frameByteCountMax: 100, messageByteCountMax: 150, fragmentCountMax: 4))
        _ = server.events(of: masked(.binary, zeros(100), isFinal: false))
        #expect(
            server.events(of: hex("80 e4 00000000"))
                == WebSocketProtocol.Event.failing(.messageTooLarge(byteCount: 200, max: 150)))
    }

    @Test func `fragments are counted, empty ones too`() {
        let limits = WebSocketLimits(frameByteCountMax: 100, messageByteCountMax: 150, fragmentCountMax: 4)
        var server = WebSocketProtocol(serverWith: limits)
        let middle = masked(.continuation, isFinal: false)
        let four = joined(masked(.text, isFinal: false), middle, middle, masked(.continuation))
        #expect(server.events(of: four) == [.text("")])
        let five = joined(masked(.text, isFinal: false), middle, middle, middle, masked(.continuation))
        #expect(server.events(of: five) == WebSocketProtocol.Event.failing(.fragmentsTooMany(max: 4)))
        #expect(FrameError.fragmentsTooMany(max: 4).closeCode == .policyViolation)
    }

    // MARK: Closing

    @Test mutating func `the peer's close is echoed and what follows it ignored`() {
        let stream = joined(masked(.close, ClosePayload(.normal, reason: "bye").bytes), masked(.text, text("late")))
        #expect(
            server.events(of: stream) == [
                .send(hex("88 02 03e8")), .closed(Closure(.normal, reason: "bye", cause: .peer, isClean: true)),
            ])
        #expect(!server.isOpen)
        #expect(server.close(.normal) == nil)
        #expect(server.streamEnded() == nil)
        #expect(server.events(of: hex("ff ff ff")) == [])
    }

    @Test mutating func `after our close, messages and pings are ignored until the peer's close comes`() {
        #expect(
            server.close(.goingAway, reason: "drain")
                == FrameEncoder.frame(.close, ClosePayload(.goingAway, reason: "drain").bytes))
        #expect(server.events(of: joined(masked(.text, text("late")), masked(.ping), masked(.pong))) == [])
        let closure = Closure(.goingAway, reason: "drain", cause: .local, isClean: true)
        #expect(server.events(of: masked(.close, ClosePayload(.goingAway).bytes)) == [.closed(closure)])
        #expect(server.waitedTooLong() == nil)
    }

    @Test mutating func `a peer that closes in the middle of its message has closed`() {
        let stream = joined(masked(.text, text("half"), isFinal: false), masked(.close))
        #expect(
            server.events(of: stream) == [
                .send(hex("88 00")), .closed(Closure(.noStatus, reason: "", cause: .peer, isClean: true)),
            ])
    }

    @Test mutating func `the end of the stream without a close is 1006, in the middle of a frame as well`() {
        _ = server.events(of: hex("81 85 37fa"))
        #expect(server.streamEnded() == Closure(.abnormal, reason: "", cause: .lost, isClean: false))
        #expect(server.streamEnded() == nil)
    }

    @Test mutating func `a close nobody answers ends with the wait`() {
        _ = server.close(.goingAway)
        #expect(server.waitedTooLong() == Closure(.goingAway, reason: "", cause: .local, isClean: false))
        #expect(server.events(of: masked(.close)) == [])
    }

    @Test func `two ends that close at once both end cleanly`() {
        var server = WebSocketProtocol()
        var client = WebSocketProtocol.client()
        let fromServer = server.close(.goingAway) ?? ByteBuffer()
        let fromClient = client.close(.normal) ?? ByteBuffer()
        #expect(
            server.events(of: fromClient) == [.closed(Closure(.goingAway, reason: "", cause: .local, isClean: true))])
        #expect(client.events(of: fromServer) == [.closed(Closure(.normal, reason: "", cause: .local, isClean: true))])
    }
}
