import NIOCore
import Wire

/// The key of the masked examples in RFC 6455 §5.7.
let rfcKey = MaskKey(0x37FA_213D)

/// Bytes written as hexadecimal digits; spaces are for the reader.
func hex(_ digits: String) -> ByteBuffer {
    let nibbles = digits.compactMap(\.hexDigitValue)
    precondition(nibbles.count.isMultiple(of: 2), "an odd number of digits in \(digits)")
    return ByteBuffer(
        bytes: stride(from: 0, to: nibbles.count, by: 2).map { UInt8(nibbles[$0] << 4 | nibbles[$0 + 1]) })
}

func text(_ string: String) -> ByteBuffer { ByteBuffer(string: string) }

func zeros(_ count: Int) -> ByteBuffer { ByteBuffer(repeating: 0, count: count) }

/// A client's frame with the key of the RFC.
func masked(_ opcode: Opcode, _ payload: ByteBuffer = ByteBuffer(), isFinal: Bool = true) -> ByteBuffer {
    FrameEncoder.frame(opcode, payload, isFinal: isFinal, maskKey: rfcKey)
}

func joined(_ buffers: ByteBuffer...) -> ByteBuffer {
    buffers.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
}

extension ByteBuffer {
    /// The readable bytes in pieces that end at these indices, and the rest.
    func pieces(cutAt cuts: [Int]) -> [ByteBuffer] {
        let ends = cuts + [readableBytes]
        return zip([0] + cuts, ends).map { getSlice(at: readerIndex + $0, length: $1 - $0) ?? ByteBuffer() }
    }

    /// One piece per byte.
    var singleBytes: [ByteBuffer] { pieces(cutAt: Array(1..<max(1, readableBytes))) }
}

extension WebSocketProtocol {
    static func client(_ limits: WebSocketLimits = WebSocketLimits()) -> WebSocketProtocol {
        WebSocketProtocol(clientWith: limits) { rfcKey }
    }

    /// Everything that follows from these reads.
    mutating func events(of reads: [ByteBuffer]) -> [Event] {
        var events: [Event] = []
        for read in reads {
            var bytes = read
            while let event = nextEvent(in: &bytes) { events.append(event) }
            precondition(bytes.readableBytes == 0, "input was left over")
        }
        return events
    }

    mutating func events(of read: ByteBuffer) -> [Event] { events(of: [read]) }
}

extension WebSocketProtocol.Event {
    static func text(_ string: String) -> Self { .message(Message(kind: .text, payload: ByteBuffer(string: string))) }

    static func binary(_ bytes: ByteBuffer) -> Self { .message(Message(kind: .binary, payload: bytes)) }

    /// What a server says and reports about a violation.
    static func failing(_ error: FrameError) -> [Self] {
        let payload = ClosePayload(error.closeCode, reason: error.description)
        let closure = Closure(error.closeCode, reason: error.description, cause: .violation(error), isClean: false)
        return [.send(FrameEncoder.frame(.close, payload.bytes)), .closed(closure)]
    }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
