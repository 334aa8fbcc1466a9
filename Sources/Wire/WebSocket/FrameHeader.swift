package import NIOCore

/// The 2–14 bytes in front of a payload (RFC 6455 §5.2).
package struct FrameHeader: Sendable, Hashable {
    /// Payload bound of close, ping and pong (§5.5).
    package static let controlByteCountMax = 125
    /// Bytes of the longest header: 2, a 64-bit length, a mask key.
    package static let byteCountMax = 14

    /// Whether this frame ends its message.
    package var isFinal: Bool
    /// The bit an extension may use; permessage-deflate marks a compressed message with it (RFC 7692 §6).
    package var isRSV1: Bool
    package var opcode: Opcode
    /// At most 2⁶³ − 1.
    package var payloadByteCount: Int
    /// Present in every frame of a client, absent in every frame of a server.
    package var maskKey: MaskKey?

    package init(
        _ opcode: Opcode, payloadByteCount: Int, isFinal: Bool = true, isRSV1: Bool = false, maskKey: MaskKey? = nil
    ) {
        self.isFinal = isFinal
        self.isRSV1 = isRSV1
        self.opcode = opcode
        self.payloadByteCount = payloadByteCount
        self.maskKey = maskKey
    }

    /// Bytes this header takes on the wire.
    package var byteCount: Int {
        let length = payloadByteCount < 126 ? 2 : payloadByteCount <= 0xFFFF ? 4 : 10
        return maskKey == nil ? length : length + 4
    }

    /// Appends the header with the shortest length form.
    package func write(into buffer: inout ByteBuffer) {
        set(in: &buffer, at: buffer.writerIndex)
        buffer.moveWriterIndex(forwardBy: byteCount)
    }

    /// Writes the header over the `byteCount` bytes at `index`; the buffer's indices stay where they are.
    package func set(in buffer: inout ByteBuffer, at index: Int) {
        let maskBit: UInt8 = maskKey == nil ? 0 : 0x80
        buffer.setInteger((isFinal ? 0x80 : 0) | (isRSV1 ? 0x40 : 0) | opcode.rawValue, at: index)
        if payloadByteCount < 126 {
            buffer.setInteger(maskBit | UInt8(payloadByteCount), at: index + 1)
        } else if payloadByteCount <= 0xFFFF {
            buffer.setInteger(maskBit | 126, at: index + 1)
            buffer.setInteger(UInt16(payloadByteCount), at: index + 2)
        } else {
            buffer.setInteger(maskBit | 127, at: index + 1)
            buffer.setInteger(UInt64(payloadByteCount), at: index + 2)
        }
        if let maskKey { buffer.setInteger(maskKey.rawValue, at: index + byteCount - 4) }
    }
}
