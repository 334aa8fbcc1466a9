/// Who looks: what a subscriber is shown of an actor.
package enum View: Hashable, Sendable, Comparable {
    /// The yard's office: every event as it is.
    case staff
    /// What every driver may know.
    case driver
    /// What concerns one driver only.
    case person(String)
    /// An edge device.
    case device
    /// The public board.
    case board

    package static func < (left: View, right: View) -> Bool { left.order < right.order }

    private var order: String {
        switch self {
        case .staff: "0"
        case .driver: "1"
        case .person(let id): "2\(id)"
        case .device: "3"
        case .board: "4"
        }
    }
}

/// The unit of fan-out: a stream seen through a view.
package struct Topic: Hashable, Sendable, Comparable {
    package let stream: StreamID
    package let view: View

    package init(_ stream: StreamID, _ view: View) {
        self.stream = stream
        self.view = view
    }

    /// The name subscribers use: `site/kind/key`, with `/mine` for a person's view.
    package var name: String {
        if case .person = view { return "\(stream)/mine" }
        return stream.description
    }

    package static func < (left: Topic, right: Topic) -> Bool {
        (left.stream, left.view) < (right.stream, right.view)
    }
}

/// What one batch, or one live value, shows on one topic. Encoded once, shared by every subscriber.
package struct Publication: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// A committed event as it is.
        case event(name: String)
        /// The whole view anew.
        case state
        /// In memory only, newest counts, no seq.
        case live
    }

    package let topic: Topic
    package let content: Content
    /// The version of the stream that this shows; 0 for live values.
    package let seq: Int64
    /// The seq sent before it on this topic: a subscriber that has less has missed something.
    package let prev: Int64
    package let at: Instant
    /// JSON.
    package let data: [UInt8]

    package init(topic: Topic, content: Content, seq: Int64, prev: Int64, at: Instant, data: [UInt8]) {
        self.topic = topic
        self.content = content
        self.seq = seq
        self.prev = prev
        self.at = at
        self.data = data
    }
}

/// Takes publications from a lane, in order; the same order reaches each subscriber.
package protocol Publisher: Sendable {
    func publish(_ publications: [Publication])
}
