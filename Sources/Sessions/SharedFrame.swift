package import NIOCore
import Wire

/// A message for many peers: encoded and framed once, shared by reference.
package struct SharedFrame: Sendable {
    /// A whole WebSocket frame.
    package let bytes: ByteBuffer

    /// - Parameter message: the text it carries.
    package init(_ message: [UInt8]) {
        bytes = FrameEncoder.frame(.text, byteCountHint: message.count) { $0.writeBytes(message) }
    }
}
