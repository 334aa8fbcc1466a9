package import NIOCore

/// Turns payloads into frames (RFC 6455 §5.2), each with the shortest header there is.
///
/// A server's frame has no mask, so one framed buffer can go to any number of connections: frame once, share the
/// `ByteBuffer`. A client's frame needs a new mask key every time.
package enum FrameEncoder {
    /// One whole frame in a buffer of its own.
    package static func frame(
        _ opcode: Opcode, _ payload: ByteBuffer, isFinal: Bool = true, isRSV1: Bool = false, maskKey: MaskKey? = nil
    ) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: FrameHeader.byteCountMax + payload.readableBytes)
        write(opcode, payload, isFinal: isFinal, isRSV1: isRSV1, maskKey: maskKey, into: &buffer)
        return buffer
    }

    /// Appends one whole frame.
    package static func write(
        _ opcode: Opcode, _ payload: ByteBuffer, isFinal: Bool = true, isRSV1: Bool = false, maskKey: MaskKey? = nil,
        into buffer: inout ByteBuffer
    ) {
        let header = FrameHeader(
            opcode, payloadByteCount: payload.readableBytes, isFinal: isFinal, isRSV1: isRSV1, maskKey: maskKey)
        header.write(into: &buffer)
        let start = buffer.readableBytes
        buffer.writeImmutableBuffer(payload)
        if let maskKey {
            buffer.withUnsafeMutableReadableBytes { bytes in
                let payloadBytes = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
                maskKey.apply(to: payloadBytes, offset: 0)
            }
        }
    }

    /// A server's text frame of a string.
    package static func frame(text: String) -> ByteBuffer {
        frame(.text, byteCountHint: text.utf8.count) { $0.writeString(text) }
    }

    /// A server's frame whose payload is written where it will leave from: no copy, no second buffer.
    ///
    /// - Parameter write: appends the payload; it must not move the reader index.
    package static func frame<Failure: Error>(
        _ opcode: Opcode, byteCountHint: Int = 256, isRSV1: Bool = false,
        write: (inout ByteBuffer) throws(Failure) -> Void
    ) throws(Failure) -> ByteBuffer {
        let room = FrameHeader.byteCountMax - 4
        var buffer = ByteBufferAllocator().buffer(capacity: room + byteCountHint)
        buffer.moveWriterIndex(to: room)
        buffer.moveReaderIndex(to: room)
        try write(&buffer)
        let header = FrameHeader(opcode, payloadByteCount: buffer.readableBytes, isRSV1: isRSV1)
        header.set(in: &buffer, at: room - header.byteCount)
        buffer.moveReaderIndex(to: room - header.byteCount)
        return buffer
    }
}
