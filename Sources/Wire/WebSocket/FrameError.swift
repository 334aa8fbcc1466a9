/// What a peer did against RFC 6455, or beyond a limit of ours. The connection fails with `closeCode` (§7.1.7).
package enum FrameError: Error, Sendable, Hashable {
    /// A reserved bit is set that no negotiated extension gave a meaning (§5.2).
    case reservedBits(UInt8)
    /// Opcode 0x3–0x7 or 0xB–0xF (§5.2).
    case reservedOpcode(UInt8)
    /// A client's frame came without a mask (§5.1).
    case unmaskedFrame
    /// A server's frame came with a mask (§5.1).
    case maskedFrame
    /// A length in more bytes than it needs (§5.2).
    case lengthNotMinimal(UInt64)
    /// The most significant bit of a 64-bit length is set (§5.2).
    case lengthOutOfRange(UInt64)
    /// A close, ping or pong without FIN (§5.5).
    case fragmentedControl(Opcode)
    /// A close, ping or pong of more than 125 bytes (§5.5).
    case controlTooLong(Opcode)
    /// A continuation, but no message was begun (§5.4).
    case continuationWithoutStart
    /// A new text or binary frame before the last message was finished (§5.4).
    case messageUnfinished
    /// A frame announced more than the limit; nothing of it was buffered (§10.4).
    case frameTooLarge(byteCount: Int, max: Int)
    /// A message would grow beyond the limit; the fragment that breaks it was not buffered (§10.4).
    case messageTooLarge(byteCount: Int, max: Int)
    /// A message came in more fragments than the limit (§10.4).
    case fragmentsTooMany(max: Int)
    /// A text message, or the reason of a close frame, is not UTF-8 (§5.6, §8.1).
    case invalidUTF8
    /// A compressed message that cannot be inflated, or ends in the middle (RFC 7692 §7.2.2).
    case compressedDataInvalid
    /// A close frame with half a status code (§5.5.1).
    case closePayloadTooShort
    /// A status code that must not stand in a close frame (§7.4).
    case closeCodeReserved(UInt16)

    /// The status our close frame answers with (§7.4.1).
    package var closeCode: CloseCode {
        switch self {
        case .frameTooLarge, .messageTooLarge: .messageTooBig
        case .fragmentsTooMany: .policyViolation
        case .invalidUTF8, .compressedDataInvalid: .invalidPayload
        default: .protocolError
        }
    }
}

extension FrameError: CustomStringConvertible {
    /// A sentence for the close frame's reason and for the log; at most 123 bytes of ASCII.
    package var description: String {
        switch self {
        case .reservedBits(let bits): "reserved bits \(bits) set, none was negotiated"
        case .reservedOpcode(let value): "opcode \(value) is reserved"
        case .unmaskedFrame: "a client must mask its frames"
        case .maskedFrame: "a server must not mask its frames"
        case .lengthNotMinimal(let length): "length \(length) is not in its shortest form"
        case .lengthOutOfRange(let length): "length \(length) does not fit 63 bits"
        case .fragmentedControl(let opcode): "a \(opcode) frame must not be fragmented"
        case .controlTooLong(let opcode): "a \(opcode) frame carries at most 125 bytes"
        case .continuationWithoutStart: "continuation without a message to continue"
        case .messageUnfinished: "new message before the last was finished"
        case .frameTooLarge(let byteCount, let max): "frame of \(byteCount) bytes, at most \(max) allowed"
        case .messageTooLarge(let byteCount, let max): "message of \(byteCount) bytes, at most \(max) allowed"
        case .fragmentsTooMany(let max): "message in more than \(max) fragments"
        case .invalidUTF8: "text is not valid UTF-8"
        case .compressedDataInvalid: "compressed data is broken"
        case .closePayloadTooShort: "close payload of one byte"
        case .closeCodeReserved(let code): "close code \(code) must not be sent"
        }
    }
}
