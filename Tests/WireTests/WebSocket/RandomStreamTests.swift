import NIOCore
import Testing
import Wire

/// Streams drawn from a seed; a failure names the seed that found it.
@Suite struct `Random streams` {
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `what a client sends in any fragments and reads, the server delivers`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var server = WebSocketProtocol()
        var stream = ByteBuffer()
        var expected: [WebSocketProtocol.Event] = []
        for _ in 0..<Int.random(in: 1...12, using: &random) {
            let message = randomMessage(&random)
            expected += write(message, into: &stream, &random)
        }
        #expect(server.events(of: randomReads(of: stream, &random)) == expected, "seed \(seed)")
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `noise never crashes either end and closes each at most once`(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 1_000_000)
        let limits = WebSocketLimits(frameByteCountMax: 4096, messageByteCountMax: 8192, fragmentCountMax: 16)
        for var socket in [WebSocketProtocol(serverWith: limits), .client(limits)] {
            var closureCount = 0
            for _ in 0..<50 {
                for event in socket.events(of: noise(&random)) {
                    #expect(closureCount == 0, "nothing comes after the closure; seed \(seed)")
                    if case .closed = event { closureCount += 1 }
                }
                if Int.random(in: 0..<40, using: &random) == 0 { _ = socket.close(.goingAway) }
            }
            if socket.streamEnded() != nil { closureCount += 1 }
            #expect(closureCount == 1, "seed \(seed)")
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `a good stream with one byte changed never crashes`(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 2_000_000)
        var stream = ByteBuffer()
        for _ in 0..<6 { _ = write(randomMessage(&random), into: &stream, &random) }
        let index = Int.random(in: 0..<stream.readableBytes, using: &random)
        stream.setInteger(UInt8.random(in: 0...255, using: &random), at: index)
        var server = WebSocketProtocol()
        let closures = server.events(of: randomReads(of: stream, &random)).filter {
            if case .closed = $0 { true } else { false }
        }
        #expect(closures.count <= 1, "seed \(seed)")
    }

    private func randomMessage(_ random: inout SeededGenerator) -> Message {
        let sizes = [0, 1, 7, 8, 9, 125, 126, 127, 1000, 65535, 65536]
        let size = sizes.randomElement(using: &random) ?? 0
        if Bool.random(using: &random) {
            let characters: [Character] = ["a", "é", "한", "🚛", " "]
            let string = String((0..<min(size, 1000)).map { _ in characters.randomElement(using: &random) ?? "?" })
            return Message(kind: .text, payload: ByteBuffer(string: string))
        }
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
        return Message(kind: .binary, payload: ByteBuffer(bytes: bytes))
    }

    /// Writes the message in random fragments with random control frames between them.
    private func write(
        _ message: Message, into stream: inout ByteBuffer, _ random: inout SeededGenerator
    ) -> [WebSocketProtocol.Event] {
        var events: [WebSocketProtocol.Event] = []
        let cuts = (0..<Int.random(in: 0...4, using: &random))
            .map { _ in Int.random(in: 0...message.payload.readableBytes, using: &random) }.sorted()
        let fragments = message.payload.pieces(cutAt: cuts)
        for (index, fragment) in fragments.enumerated() {
            FrameEncoder.write(
                index == 0 ? message.kind.opcode : .continuation, fragment, isFinal: index == fragments.count - 1,
                maskKey: MaskKey(UInt32.random(in: 0 ... .max, using: &random)), into: &stream)
            if index < fragments.count - 1 && Int.random(in: 0..<3, using: &random) == 0 {
                let payload = zeros(Int.random(in: 0...125, using: &random))
                FrameEncoder.write(.ping, payload, maskKey: rfcKey, into: &stream)
                events.append(.send(FrameEncoder.frame(.pong, payload)))
            }
        }
        return events + [.message(message)]
    }

    private func randomReads(of stream: ByteBuffer, _ random: inout SeededGenerator) -> [ByteBuffer] {
        let cuts = (0..<Int.random(in: 0...30, using: &random))
            .map { _ in Int.random(in: 0...stream.readableBytes, using: &random) }
        return stream.pieces(cutAt: cuts.sorted())
    }

    /// Bytes that often look like the beginning of a frame.
    private func noise(_ random: inout SeededGenerator) -> ByteBuffer {
        var bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        if Bool.random(using: &random) && bytes.count > 2 {
            bytes[0] = [0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A].randomElement(using: &random) ?? 0
            bytes[1] = bytes[1] & 0x1F | (Bool.random(using: &random) ? 0x80 : 0)
        }
        return ByteBuffer(bytes: bytes)
    }
}
