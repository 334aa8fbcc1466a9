package import Actors
package import NIOCore
import Wire

/// A publication, encoded and framed once, shared by every subscriber of its topic.
package struct SharedFrame: Sendable {
    package let topic: Topic
    package let content: Publication.Content
    package let seq: Int64
    /// A whole WebSocket frame.
    package let bytes: ByteBuffer

    package init(_ publication: Publication) {
        topic = publication.topic
        content = publication.content
        seq = publication.seq
        let name = publication.topic.name
        let at = publication.at.milliseconds
        let message =
            switch publication.content {
            case .event(let event):
                ServerMessage.event(
                    topic: name, seq: publication.seq, prev: publication.prev, at: at, name: event,
                    data: publication.data)
            case .state:
                ServerMessage.state(
                    topic: name, seq: publication.seq, prev: publication.prev, at: at, data: publication.data)
            case .live:
                ServerMessage.live(topic: name, at: at, data: publication.data)
            }
        bytes = SharedFrame.frame(message)
    }

    /// A server's text frame of a message.
    package static func frame(_ message: [UInt8]) -> ByteBuffer {
        FrameEncoder.frame(.text, byteCountHint: message.count) { $0.writeBytes(message) }
    }
}
