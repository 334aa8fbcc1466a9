package import NIOCore
import Synchronization
import Wire

/// A message for many peers: encoded and framed once, compressed at most once, shared by reference.
package struct SharedFrame: Sendable {
    /// A whole WebSocket frame.
    package let bytes: ByteBuffer
    package let messageByteCount: Int
    private let compressed = Once()

    /// - Parameter message: the text it carries.
    package init(_ message: [UInt8]) {
        bytes = FrameEncoder.frame(.text, byteCountHint: message.count) { $0.writeBytes(message) }
        messageByteCount = message.count
    }

    /// The text.
    package var message: ByteBuffer {
        var rest = bytes
        rest.moveReaderIndex(to: rest.writerIndex - messageByteCount)
        return rest
    }

    /// The frame compressed without context, made by whoever needs it first, on whatever thread.
    package func deflated(by deflate: (_ message: ByteBuffer) -> ByteBuffer) -> ByteBuffer {
        compressed.value { deflate(message) }
    }
}

/// A buffer made on first use. The lock is held while it is made: another loop that needs it waits rather than doing the work twice.
private final class Once: Sendable {
    private let made = Mutex<ByteBuffer?>(nil)

    func value(_ make: () -> ByteBuffer) -> ByteBuffer {
        made.withLock { made in
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}
