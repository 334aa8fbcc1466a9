import NIOCore
import Testing
import Wire

@Suite struct `Frame decoder` {
    private func decode(
        _ reads: [ByteBuffer], role: Role = .server, max: Int = 1 << 20, allowsRSV1: Bool = false
    ) throws(FrameError) -> [FramePart] {
        var decoder = FrameDecoder(.init(role: role, payloadByteCountMax: max, allowsRSV1: allowsRSV1))
        var parts: [FramePart] = []
        for read in reads {
            var bytes = read
            while let part = try decoder.next(in: &bytes) { parts.append(part) }
        }
        return parts
    }

    private func error(
        _ bytes: ByteBuffer, role: Role = .server, max: Int = 1 << 20, allowsRSV1: Bool = false
    ) -> FrameError? {
        do throws(FrameError) {
            _ = try decode([bytes], role: role, max: max, allowsRSV1: allowsRSV1)
            return nil
        } catch {
            return error
        }
    }

    @Test func `reads the unmasked Hello of RFC 6455 §5.7`() throws {
        let part = try #require(try decode([hex("81 05 48656c6c6f")], role: .client).first)
        #expect(
            part
                == FramePart(
                    header: FrameHeader(.text, payloadByteCount: 5), payload: text("Hello"), isStart: true, isEnd: true)
        )
    }

    @Test func `reads the masked Hello of RFC 6455 §5.7`() throws {
        let part = try #require(try decode([hex("81 85 37fa213d 7f9f4d5158")]).first)
        #expect(part.payload == text("Hello"))
        #expect(part.header == FrameHeader(.text, payloadByteCount: 5, maskKey: rfcKey))
    }

    @Test func `reads the fragmented Hello of RFC 6455 §5.7`() throws {
        let parts = try decode([hex("01 03 48656c 80 02 6c6f")], role: .client)
        #expect(parts.map(\.header.opcode) == [.text, .continuation])
        #expect(parts.map(\.header.isFinal) == [false, true])
        #expect(parts.map(\.payload) == [text("Hel"), text("lo")])
    }

    @Test func `reads the ping and the masked pong of RFC 6455 §5.7`() throws {
        #expect(try decode([hex("89 05 48656c6c6f")], role: .client).first?.header.opcode == .ping)
        let pong = try #require(try decode([hex("8a 85 37fa213d 7f9f4d5158")]).first)
        #expect(pong.header.opcode == .pong)
        #expect(pong.payload == text("Hello"))
    }

    @Test(arguments: [(256, "82 7e 0100"), (65536, "82 7f 0000000000010000")])
    func `reads the binary frames of RFC 6455 §5.7`(byteCount: Int, header: String) throws {
        let part = try #require(try decode([joined(hex(header), zeros(byteCount))], role: .client).first)
        #expect(part.header == FrameHeader(.binary, payloadByteCount: byteCount))
        #expect(part.payload == zeros(byteCount))
    }

    @Test(arguments: [0, 1, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537])
    func `every length round-trips in its shortest form`(byteCount: Int) throws {
        let payload = ByteBuffer(bytes: (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let frame = masked(.binary, payload)
        let lengthByteCount = byteCount < 126 ? 0 : byteCount < 65536 ? 2 : 8
        #expect(frame.readableBytes == 2 + lengthByteCount + 4 + byteCount)
        let part = try #require(try decode([frame]).first)
        #expect(part.payload == payload)
        #expect(part.isStart && part.isEnd)
    }

    @Test func `a frame arrives in parts whose payload adds up`() throws {
        let payload = ByteBuffer(string: "The quick brown fox jumps over the lazy dog.")
        for size in 1...20 {
            let frame = masked(.binary, payload)
            let parts = try decode(frame.pieces(cutAt: Array(stride(from: size, to: frame.readableBytes, by: size))))
            let sum = parts.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1.payload) }
            #expect(sum == payload)
            #expect(parts.filter(\.isStart).count == 1 && parts.first?.isStart == true)
            #expect(parts.filter(\.isEnd).count == 1 && parts.last?.isEnd == true)
        }
    }

    @Test func `a header is handed out before any payload has come`() throws {
        let parts = try decode([hex("82 85 37fa213d")])
        #expect(parts.count == 1)
        #expect(parts.first?.isStart == true && parts.first?.isEnd == false)
    }

    @Test(arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func `a reserved opcode is refused at its first byte`(opcode: UInt8) {
        #expect(error(ByteBuffer(bytes: [0x80 | opcode])) == .reservedOpcode(opcode))
    }

    @Test(arguments: [(0x40, 4), (0x20, 2), (0x10, 1), (0x70, 7)] as [(UInt8, UInt8)])
    func `a reserved bit is refused at its first byte`(bit: UInt8, reported: UInt8) {
        #expect(error(ByteBuffer(bytes: [0x81 | bit])) == .reservedBits(reported))
    }

    @Test func `RSV1 is for the first frame of a message and for nobody without the extension`() throws {
        let part = try #require(try decode([hex("c1 80 00000000")], allowsRSV1: true).first)
        #expect(part.header.isRSV1)
        #expect(error(hex("c0 80 00000000"), allowsRSV1: true) == .reservedBits(4))
        #expect(error(hex("c9 80 00000000"), allowsRSV1: true) == .reservedBits(4))
        #expect(error(hex("e1 80 00000000"), allowsRSV1: true) == .reservedBits(6))
    }

    @Test func `a server refuses an unmasked frame and a client a masked one`() {
        #expect(error(hex("81 05"), role: .server) == .unmaskedFrame)
        #expect(error(hex("81 85"), role: .client) == .maskedFrame)
    }

    @Test(arguments: [Opcode.close, .ping, .pong])
    func `a control frame is neither fragmented nor longer than 125 bytes`(opcode: Opcode) {
        #expect(error(ByteBuffer(bytes: [opcode.rawValue])) == .fragmentedControl(opcode))
        #expect(error(ByteBuffer(bytes: [0x80 | opcode.rawValue, 0xFE])) == .controlTooLong(opcode))
        #expect(error(ByteBuffer(bytes: [0x80 | opcode.rawValue, 0xFF])) == .controlTooLong(opcode))
        #expect(error(masked(opcode, zeros(125))) == nil)
    }

    @Test(
        arguments: [
            ("82 fe 0000", .lengthNotMinimal(0)), ("82 fe 007d", .lengthNotMinimal(125)), ("82 fe 007e", nil),
            ("82 ff 0000000000000000", .lengthNotMinimal(0)), ("82 ff 000000000000ffff", .lengthNotMinimal(65535)),
            ("82 ff 0000000000010000", nil), ("82 ff 8000000000000000", .lengthOutOfRange(1 << 63)),
            ("82 ff ffffffffffffffff", .lengthOutOfRange(.max)),
        ] as [(String, FrameError?)])
    func `a length is minimal and fits 63 bits`(header: String, expected: FrameError?) {
        #expect(error(hex(header)) == expected)
    }

    @Test func `a 63-bit length is understood, and refused by the limit alone`() {
        #expect(error(hex("82 ff 7fffffffffffffff 00000000"), max: .max) == nil)
        #expect(error(hex("82 ff 7fffffffffffffff")) == .frameTooLarge(byteCount: .max, max: 1 << 20))
    }

    @Test func `the payload limit is refused at the length, one byte past the bound`() {
        #expect(error(hex("82 fe 03e8"), max: 1000) == nil)
        #expect(error(hex("82 fe 03e9"), max: 1000) == .frameTooLarge(byteCount: 1001, max: 1000))
        #expect(error(hex("82 fe 03e9"), max: 1000)?.closeCode == .messageTooBig)
    }

    @Test func `a control frame may exceed a limit meant for messages`() {
        #expect(error(masked(.ping, zeros(125)), max: 10) == nil)
    }
}

@Suite struct `Mask key` {
    @Test func `masking twice gives the payload back, at any length and offset`() {
        for count in 0...40 {
            for offset in 0...7 {
                let original = ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 3) })
                var buffer = original
                rfcKey.apply(to: &buffer, offset: offset)
                let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
                let expected = original.readableBytesView.enumerated().map { $1 ^ key[($0 + offset) % 4] }
                #expect(Array(buffer.readableBytesView) == expected)
                rfcKey.apply(to: &buffer, offset: offset)
                #expect(buffer == original)
            }
        }
    }

    @Test func `a zero key changes nothing`() {
        var buffer = text("unchanged, and longer than a word")
        MaskKey(0).apply(to: &buffer)
        #expect(buffer == text("unchanged, and longer than a word"))
    }

    @Test func `masking leaves the buffer it was copied from alone`() {
        let shared = text("shared between connections")
        var copy = shared
        rfcKey.apply(to: &copy)
        #expect(shared == text("shared between connections"))
    }
}

@Suite struct `Frame encoder` {
    @Test func `a payload written in place leaves as the same bytes`() {
        for count in [0, 1, 125, 126, 65535, 65536] {
            let inPlace = FrameEncoder.frame(.binary) { $0.writeRepeatingByte(7, count: count) }
            #expect(inPlace == FrameEncoder.frame(.binary, ByteBuffer(repeating: 7, count: count)))
        }
    }

    @Test func `writes the examples of RFC 6455 §5.7`() {
        #expect(FrameEncoder.frame(text: "Hello") == hex("81 05 48656c6c6f"))
        #expect(FrameEncoder.frame(.text, text("Hello"), maskKey: rfcKey) == hex("81 85 37fa213d 7f9f4d5158"))
        #expect(FrameEncoder.frame(.text, text("Hel"), isFinal: false) == hex("01 03 48656c"))
        #expect(FrameEncoder.frame(.continuation, text("lo")) == hex("80 02 6c6f"))
        #expect(FrameEncoder.frame(.binary, zeros(65536)).getSlice(at: 0, length: 10) == hex("82 7f 0000000000010000"))
    }

    @Test func `frames appended to one buffer stay apart, also when part of it was read`() {
        var buffer = text("xx")
        buffer.moveReaderIndex(forwardBy: 2)
        FrameEncoder.write(.text, text("Hello"), maskKey: rfcKey, into: &buffer)
        FrameEncoder.write(.ping, text("Hello"), into: &buffer)
        #expect(buffer == hex("81 85 37fa213d 7f9f4d5158 89 05 48656c6c6f"))
    }
}
