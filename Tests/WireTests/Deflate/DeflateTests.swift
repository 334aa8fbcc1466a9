import NIOCore
import Testing
import Wire

@Suite struct `Compressed messages` {
    private static let hello = ByteBuffer(string: "Hello")

    private func inflate(_ payload: ByteBuffer, max: Int = 1 << 20) throws -> ByteBuffer {
        try Inflater(windowBits: 15, keepsContext: false).inflate(payload, byteCountMax: max)
    }

    private func error(_ payload: ByteBuffer, max: Int = 1 << 20) -> FrameError? {
        do throws(FrameError) {
            _ = try Inflater(windowBits: 15, keepsContext: false).inflate(payload, byteCountMax: max)
            return nil
        } catch {
            return error
        }
    }

    private func deflate(_ message: ByteBuffer, bits: Int = 15, level: Int = 6) -> ByteBuffer {
        var output = ByteBuffer()
        Deflater(windowBits: bits, level: level, keepsContext: false).deflate(message, into: &output)
        return output
    }

    // MARK: RFC 7692 §7.2.3

    @Test(arguments: [
        ("f248cdc9c90700", "one block"), ("000500faff48656c6c6f00", "a stored block"),
        ("f348cdc9c9070000", "a last block"), ("f24805000000ffffcac9c90700", "two blocks"),
    ])
    func `the examples of the RFC are read`(payload: String, name: String) throws {
        #expect(try inflate(hex(payload)) == Self.hello)
    }

    @Test func `the examples of the RFC are written`() throws {
        #expect(deflate(Self.hello) == hex("f248cdc9c90700"))
        #expect(deflate(ByteBuffer()) == hex("00"))
        #expect(try inflate(hex("00")) == ByteBuffer())
        let deflater = Deflater(windowBits: 15, level: 6, keepsContext: true)
        var output = ByteBuffer()
        deflater.deflate(Self.hello, into: &output)
        deflater.deflate(Self.hello, into: &output)
        #expect(output == hex("f248cdc9c90700 f200110000"))
    }

    @Test func `a context that is kept refers to the messages before`() throws {
        let inflater = Inflater(windowBits: 15, keepsContext: true)
        #expect(try inflater.inflate(hex("f248cdc9c90700"), byteCountMax: 5) == Self.hello)
        #expect(try inflater.inflate(hex("f200110000"), byteCountMax: 5) == Self.hello)
        #expect(error(hex("f200110000")) == .compressedDataInvalid, "without context there is nothing to refer to")
    }

    // MARK: Bounds

    @Test func `a message may be as long as the bound, and not one byte longer`() throws {
        for size in [1, 5, 16_383, 16_384, 16_385, 100_000] {
            let message = ByteBuffer(repeating: 0x61, count: size)
            let payload = deflate(message)
            #expect(try inflate(payload, max: size) == message)
            #expect(error(payload, max: size - 1) == .messageTooLarge(byteCount: size, max: size - 1))
        }
    }

    @Test func `a bomb costs no more than the bound`() {
        let bomb = deflate(ByteBuffer(repeating: 0, count: 8 << 20), level: 9)
        #expect(bomb.readableBytes < 10_000)
        #expect(error(bomb, max: 1 << 20) == .messageTooLarge(byteCount: 1 << 20 + 1, max: 1 << 20))
    }

    @Test func `what is broken or cut short is refused, and the inflater serves the next connection`() throws {
        let inflater = Inflater(windowBits: 15, keepsContext: false)
        let text = ByteBuffer(string: String(repeating: "계량대 ", count: 50))
        let whole = deflate(text)
        for bad in [hex("ff"), hex("ffffffff"), hex("0705"), try #require(whole.getSlice(at: 0, length: 10))] {
            #expect(throws: FrameError.compressedDataInvalid) { try inflater.inflate(bad, byteCountMax: 1 << 20) }
            #expect(try inflater.inflate(whole, byteCountMax: 1 << 20) == text)
        }
        #expect(FrameError.compressedDataInvalid.closeCode == .invalidPayload)
    }

    @Test func `what follows a last block is read to its end, too`() throws {
        let last = hex("f348cdc9c90700")
        // With the byte that makes room for what was taken off (§7.2.3.4), without it, and with another message behind it.
        for rest in [hex("00"), hex(""), hex("f248cdc9c90700")] {
            let text = rest.readableBytes > 1 ? "HelloHello" : "Hello"
            #expect(try inflate(joined(last, rest)) == ByteBuffer(string: text))
        }
        #expect(error(joined(last, hex("f248cd"))) == .compressedDataInvalid, "cut short behind the last block")
    }

    @Test func `a last block ends the context, and what follows it begins one`() throws {
        let inflater = Inflater(windowBits: 15, keepsContext: true)
        let both = joined(hex("f348cdc9c90700"), hex("f248cdc9c90700"))
        #expect(try inflater.inflate(both, byteCountMax: 10) == ByteBuffer(string: "HelloHello"))
        #expect(try inflater.inflate(hex("f200110000"), byteCountMax: 5) == Self.hello)
        #expect(try inflater.inflate(hex("f348cdc9c90700"), byteCountMax: 5) == Self.hello)
        #expect(throws: FrameError.compressedDataInvalid) { try inflater.inflate(hex("f200110000"), byteCountMax: 5) }
    }

    // MARK: Round trips

    @Test(arguments: 9...15)
    func `whatever is compressed comes out again, with and without context`(bits: Int) throws {
        var random = SeededGenerator(seed: UInt64(bits))
        for keepsContext in [true, false] {
            let deflater = Deflater(windowBits: bits, level: 1 + bits % 9, keepsContext: keepsContext)
            let inflater = Inflater(windowBits: bits, keepsContext: keepsContext)
            for number in 0..<150 {
                let size = Int.random(in: 0...(number % 50 == 0 ? 80_000 : 2000), using: &random)
                let isNoise = Bool.random(using: &random)
                let message = ByteBuffer(
                    bytes: (0..<size).map { isNoise ? UInt8.random(in: 0...255, using: &random) : UInt8($0 / 7 % 13) })
                var payload = ByteBuffer()
                deflater.deflate(message, into: &payload)
                guard try inflater.inflate(payload, byteCountMax: 80_000) == message else {
                    Issue.record("message \(number) of \(size) bytes is not what it was")
                    return
                }
            }
        }
    }

    @Test func `what a message is compressed to does not depend on the room there is`() {
        var random = SeededGenerator(seed: 7)
        for size in 200...300 {
            let noise = ByteBuffer(bytes: (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
            var roomy = ByteBufferAllocator().buffer(capacity: 4096)
            Deflater(windowBits: 15, level: 6, keepsContext: false).deflate(noise, into: &roomy)
            #expect(deflate(noise) == roomy, "\(size) bytes")
        }
    }

    // MARK: In the protocol

    @Test func `a compressed message is inflated wherever it is cut, in one frame or several, with a ping between`() {
        let text = String(repeating: "관제 — 계량대 1번 12,500 kg ", count: 8)
        let payload = deflate(ByteBuffer(string: text))
        let half = payload.readableBytes / 2
        let first = payload.getSlice(at: payload.readerIndex, length: half) ?? ByteBuffer()
        let rest =
            payload.getSlice(at: payload.readerIndex + half, length: payload.readableBytes - half) ?? ByteBuffer()
        var frames = FrameEncoder.frame(.text, payload, isRSV1: true, maskKey: rfcKey)
        frames.writeImmutableBuffer(FrameEncoder.frame(.text, first, isFinal: false, isRSV1: true, maskKey: rfcKey))
        frames.writeImmutableBuffer(FrameEncoder.frame(.ping, ByteBuffer(string: "p"), maskKey: rfcKey))
        frames.writeImmutableBuffer(FrameEncoder.frame(.continuation, rest, maskKey: rfcKey))
        let expected: [WebSocketProtocol.Event] = [
            .text(text), .send(FrameEncoder.frame(.pong, ByteBuffer(string: "p"))), .text(text),
        ]
        for cut in 0...frames.readableBytes {
            var server = WebSocketProtocol(
                serverWith: WebSocketLimits(), inflater: Inflater(windowBits: 15, keepsContext: false))
            let reads = [
                frames.getSlice(at: 0, length: cut), frames.getSlice(at: cut, length: frames.readableBytes - cut),
            ]
            #expect(server.events(of: reads.compactMap(\.self)) == expected)
        }
    }

    @Test func `what cannot be inflated, is too long or is not UTF-8 ends the connection with its code`() {
        func events(_ payload: ByteBuffer, _ limits: WebSocketLimits = WebSocketLimits()) -> [WebSocketProtocol.Event] {
            var server = WebSocketProtocol(serverWith: limits, inflater: Inflater(windowBits: 15, keepsContext: false))
            return server.events(of: [FrameEncoder.frame(.text, payload, isRSV1: true, maskKey: rfcKey)])
        }
        #expect(events(hex("ffff")) == WebSocketProtocol.Event.failing(.compressedDataInvalid))
        #expect(events(deflate(hex("c328"))) == WebSocketProtocol.Event.failing(.invalidUTF8))
        #expect(events(deflate(hex("c3"))) == WebSocketProtocol.Event.failing(.invalidUTF8))
        #expect(
            events(deflate(ByteBuffer(repeating: 0x61, count: 101)), WebSocketLimits(messageByteCountMax: 100))
                == WebSocketProtocol.Event.failing(.messageTooLarge(byteCount: 101, max: 100)))
        #expect(
            events(deflate(ByteBuffer(repeating: 0x61, count: 100)), WebSocketLimits(messageByteCountMax: 100))
                == [.text(String(repeating: "a", count: 100))])
    }

    @Test func `a compressed message without an agreement is a protocol error`() {
        var server = WebSocketProtocol()
        let frame = FrameEncoder.frame(.text, hex("f248cdc9c90700"), isRSV1: true, maskKey: rfcKey)
        #expect(server.events(of: [frame]) == WebSocketProtocol.Event.failing(.reservedBits(4)))
    }

    @Test func `a compressed frame has its header right in front of it`() throws {
        let text = ByteBuffer(string: String(repeating: "abc", count: 20_000))
        var frame = Deflater(windowBits: 15, level: 6, keepsContext: false).frame(.text, text)
        #expect(frame.readInteger(as: UInt8.self) == 0xC1)
        let length = frame.readInteger(as: UInt8.self)
        if length == 126 { _ = frame.readInteger(as: UInt16.self) }
        #expect(try inflate(frame) == text)
    }
}
