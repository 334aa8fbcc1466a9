import NIOCore
import Wire

/// Messages and control frames as an input describes them, written by the encoder, and what their reader must observe.
struct FrameScript {
    private(set) var stream = ByteBuffer()
    private(set) var expected: [Observation] = []
    private let reader: Role

    init(readBy role: Role) { reader = role }

    /// One message in up to four fragments, pings and pongs between them.
    mutating func addMessage(_ input: inout FuzzInput) throws(Finding) {
        let flags = input.byte()
        let kind: Message.Kind = flags & 1 == 0 ? .text : .binary
        let payload = input.payload(kind)
        let fragments = Cuts(flags & 2 == 0 ? 0 : input.byte()).fragments(of: payload, countMax: 4)
        for (index, fragment) in fragments.enumerated() {
            try write(
                index == 0 ? kind.opcode : .continuation, fragment, isFinal: index == fragments.count - 1, &input)
            if flags & 4 != 0 { try addControl(&input) }
        }
        // The message is complete with its last fragment, before the control frame that follows it.
        let message = Observation.message(kind, payload)
        expected.insert(message, at: flags & 4 == 0 ? expected.count : expected.count - 1)
    }

    private mutating func addControl(_ input: inout FuzzInput) throws(Finding) {
        let choice = input.byte()
        let payload = input.take(Int(choice >> 1 & 0x7F) % 126)
        try write(choice & 1 == 0 ? .ping : .pong, payload, isFinal: true, &input)
        expected.append(choice & 1 == 0 ? .sent(.pong, payload) : .pong(payload))
    }

    /// One frame through both ways the encoder has; they must agree.
    private mutating func write(
        _ opcode: Opcode, _ payload: [UInt8], isFinal: Bool, _ input: inout FuzzInput
    ) throws(Finding) {
        let key = reader == .server ? MaskKey(input.take(4).reduce(0) { $0 << 8 | UInt32($1) }) : nil
        let frame = FrameEncoder.frame(opcode, ByteBuffer(bytes: payload), isFinal: isFinal, maskKey: key)
        if key == nil && isFinal {
            let written = FrameEncoder.frame(opcode, byteCountHint: payload.count / 2) { $0.writeBytes(payload) }
            try demandEqual(written, frame, "a \(opcode) frame written in place")
        }
        stream.writeImmutableBuffer(frame)
    }
}

extension FuzzInput {
    /// Lengths on both sides of every form of a header, and of eight bytes unmasked at a time. Long ones are rare: they
    /// take long.
    private static let byteCounts = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 20, 24, 31, 32, 33, 48, 64, 100, 120, 123, 124, 125, 126, 127, 128,
        200,
        1000, 65535, 65536,
    ]

    /// The payload of a message of one of these lengths; of text as much more as it takes to make it UTF-8.
    mutating func payload(_ kind: Message.Kind) -> [UInt8] {
        let count = choice(of: Self.byteCounts)
        var bytes = take(count)
        // What the input lacks is repeated, so that a short input can describe a long payload.
        if !bytes.isEmpty { while bytes.count < count { bytes += bytes.prefix(count - bytes.count) } }
        return kind == .text ? Array(String(decoding: bytes, as: UTF8.self).utf8) : bytes
    }
}

extension Cuts {
    /// Pieces of a payload for the frames of a message; the last one takes what is left. An empty payload is one piece.
    func fragments(of payload: [UInt8], countMax: Int) -> [[UInt8]] {
        let pieces = pieces(of: payload).map { Array($0.readableBytesView) }
        guard pieces.count > countMax else { return pieces.isEmpty ? [[]] : pieces }
        return pieces.prefix(countMax - 1) + [Array(pieces.dropFirst(countMax - 1).joined())]
    }
}
