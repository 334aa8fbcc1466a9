import CZlib
package import NIOCore

/// Decompresses messages, one after the other (RFC 7692 §7.2.2).
///
/// Without context it starts afresh for each message, so one inflater serves any number of connections of a thread. With context
/// an error ends its use, as it ends the connection. Not thread-safe.
package final class Inflater {
    private static let chunkByteCount = 16 << 10
    /// What the sender took off the end.
    private static let tail = ByteBuffer(bytes: [0x00, 0x00, 0xFF, 0xFF])

    private let stream: UnsafeMutablePointer<z_stream>
    private let keepsContext: Bool

    /// - Parameter windowBits: what was agreed on, 8 to 15.
    package init(windowBits: Int, keepsContext: Bool) {
        precondition((8...15).contains(windowBits), "outside of what zlib knows")
        self.keepsContext = keepsContext
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Compressors of zlib use 9 bits where 8 were agreed on.
        let result = gwanje_inflate_init(stream, -Int32(max(9, windowBits)))
        precondition(result == Z_OK, "zlib has no memory")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// The message, as it was before it was compressed.
    ///
    /// - Parameter byteCountMax: beyond it 1009, noticed as soon as one byte more has come out.
    package func inflate(_ payload: ByteBuffer, byteCountMax: Int) throws(FrameError) -> ByteBuffer {
        defer { if !keepsContext { inflateReset(stream) } }
        var output = ByteBuffer()
        // Whether the last thing that came was the end of a last block (§7.2.3.4); what follows would begin anew.
        var hasEnded = false
        // Some senders take nothing off then.
        for part in [payload, Self.tail] where !hasEnded {
            let error = part.withUnsafeReadableBytes { inflate($0, into: &output, byteCountMax, &hasEnded) }
            if let error { throw error }
        }
        // In the middle of a block: the message was cut short.
        guard hasEnded || stream.pointee.data_type & 128 != 0 else { throw .compressedDataInvalid }
        return output
    }

    private func inflate(
        _ input: UnsafeRawBufferPointer, into output: inout ByteBuffer, _ byteCountMax: Int, _ hasEnded: inout Bool
    ) -> FrameError? {
        guard input.count > 0 else { return nil }
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = UInt32(input.count)
        defer { stream.pointee.next_in = nil }
        while true {
            // One byte more than may be: if it is used, that is too much.
            let room = min(Self.chunkByteCount, byteCountMax - output.readableBytes + 1)
            var result = Z_OK
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
                stream.pointee.next_out = bytes.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(room)
                result = CZlib.inflate(stream, Z_SYNC_FLUSH)
                return room - Int(stream.pointee.avail_out)
            }
            guard output.readableBytes <= byteCountMax else {
                return .messageTooLarge(byteCount: output.readableBytes, max: byteCountMax)
            }
            switch result {
            case Z_STREAM_END:
                inflateReset(stream)
                hasEnded = stream.pointee.avail_in == 0
                if hasEnded { return nil }
            case Z_OK where stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0: continue
            case Z_OK, Z_BUF_ERROR: return nil
            default: return .compressedDataInvalid
            }
        }
    }
}
