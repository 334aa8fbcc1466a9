import NIOCore
import Wire

/// What the decoder lets through before it refuses: the parts of one message never exceed the limits, and nothing
/// is held back between reads but a header.
struct FrameHolding {
    let limits: WebSocketLimits
    private var decoder: FrameDecoder
    private var assembler: MessageAssembler
    private var messageByteCount = 0
    private var decodedByteCount = 0

    init(role: Role, limits: WebSocketLimits, allowsRSV1: Bool) {
        self.limits = limits
        decoder = FrameDecoder(
            .init(role: role, payloadByteCountMax: limits.frameByteCountMax, allowsRSV1: allowsRSV1))
        assembler = MessageAssembler(
            messageByteCountMax: limits.messageByteCountMax, fragmentCountMax: limits.fragmentCountMax)
    }

    mutating func check(_ reads: [ByteBuffer]) throws(Finding) {
        var readByteCount = 0
        for read in reads {
            var bytes = read
            readByteCount += read.readableBytes
            while let part = try? decoder.next(in: &bytes) {
                guard try take(part) else { return }
            }
            // An error leaves its bytes unread.
            guard bytes.readableBytes == 0 else { return }
            let heldByteCount = readByteCount - decodedByteCount
            try demand(heldByteCount < FrameHeader.byteCountMax, "\(heldByteCount) bytes are held back as a header")
        }
    }

    /// False once the assembler has refused.
    private mutating func take(_ part: FramePart) throws(Finding) -> Bool {
        decodedByteCount += part.payload.readableBytes
        if part.isStart { decodedByteCount += part.header.byteCount }
        let output: MessageAssembler.Output?
        do throws(FrameError) { output = try assembler.take(part) } catch { return false }
        if !part.header.opcode.isControl { messageByteCount += part.payload.readableBytes }
        try demand(
            messageByteCount <= limits.messageByteCountMax,
            "\(messageByteCount) bytes of a message were taken, \(limits.messageByteCountMax) are the limit")
        if case .message(let message)? = output {
            try demandEqual(message.payload.readableBytes, messageByteCount, "bytes of a message")
            messageByteCount = 0
        }
        return true
    }
}
