package import Actors
import Wire

/// A publication as it is sent to every subscriber of its topic.
package struct PublishedFrame: Sendable {
    package let topic: Topic
    package let content: Publication.Content
    package let seq: Int64
    package let frame: SharedFrame

    package init(topic: Topic, content: Publication.Content, seq: Int64, frame: SharedFrame) {
        self.topic = topic
        self.content = content
        self.seq = seq
        self.frame = frame
    }

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
        frame = SharedFrame(message)
    }
}
