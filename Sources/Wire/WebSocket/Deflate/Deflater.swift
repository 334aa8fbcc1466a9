import CZlib
package import NIOCore

/// Compresses messages, one after the other (RFC 7692 §7.2.1).
///
/// Without context it starts afresh for each message, so one deflater serves any number of connections of a thread, and what it
/// made may be sent to all of them. Not thread-safe.
package final class Deflater {
    private static let memoryLevel: Int32 = 8

    private let stream: UnsafeMutablePointer<z_stream>
    private let keepsContext: Bool

    /// - Parameters:
    ///   - windowBits: 9 to 15.
    ///   - level: of zlib, 1 to 9.
    package init(windowBits: Int, level: Int, keepsContext: Bool) {
        precondition((9...15).contains(windowBits) && (1...9).contains(level), "outside of what zlib knows")
        self.keepsContext = keepsContext
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // Negative: no header and no checksum around it.
        let result = gwanje_deflate_init(stream, Int32(level), -Int32(windowBits), Self.memoryLevel)
        precondition(result == Z_OK, "zlib has no memory")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// A server's whole frame of a message, compressed.
    package func frame(_ opcode: Opcode, _ message: ByteBuffer) -> ByteBuffer {
        FrameEncoder.frame(opcode, byteCountHint: message.readableBytes / 2 + 64, isRSV1: true) {
            deflate(message, into: &$0)
        }
    }

    /// Appends the compressed message.
    package func deflate(_ message: ByteBuffer, into output: inout ByteBuffer) {
        guard message.readableBytes > 0 else {
            // An empty stored block without its length, which the other side adds (§7.2.3.6).
            output.writeInteger(UInt8(0))
            return
        }
        message.withUnsafeReadableBytes { input in
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: input.bindMemory(to: UInt8.self).baseAddress)
            stream.pointee.avail_in = UInt32(input.count)
            // First the blocks, then their end with room for it: zlib would write the end twice if it just fitted.
            flush(Z_BLOCK, into: &output)
            flush(Z_SYNC_FLUSH, into: &output)
            stream.pointee.next_in = nil
        }
        // 00 00 FF FF, which the other side adds.
        output.moveWriterIndex(to: output.writerIndex - 4)
        if !keepsContext { deflateReset(stream) }
    }

    private func flush(_ kind: Int32, into output: inout ByteBuffer) {
        repeat {
            output.writeWithUnsafeMutableBytes(minimumWritableBytes: 256) { room in
                stream.pointee.next_out = room.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(room.count)
                let result = CZlib.deflate(stream, kind)
                precondition(result == Z_OK || result == Z_BUF_ERROR, "zlib's state is broken: \(result)")
                return room.count - Int(stream.pointee.avail_out)
            }
            // Room was left: all of it is out.
        } while stream.pointee.avail_out == 0
    }
}
