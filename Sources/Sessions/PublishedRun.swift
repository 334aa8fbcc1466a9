package import Actors
package import NIOCore

/// Publications of one topic, in order, for everyone who follows it. What they are together as bytes is worked out once, not per
/// follower.
package struct PublishedRun: Sendable {
    package let topic: Topic
    /// Live values only, or none.
    package let isLive: Bool
    /// One or more; of several, at most `byteCountMax` together.
    package let frames: [PublishedFrame]
    /// All of them, whole and uncompressed.
    package let bytes: ByteBuffer

    /// So that a peer's backlog is looked at often enough.
    package static let byteCountMax = 64 << 10

    /// - Parameter frames: one or more, all of `topic` and all live or none.
    private init(_ topic: Topic, isLive: Bool, _ frames: [PublishedFrame]) {
        self.topic = topic
        self.isLive = isLive
        self.frames = frames
        // A single frame is shared with those who get it alone.
        var bytes = frames[0].frame.bytes
        for frame in frames.dropFirst() { bytes.writeImmutableBuffer(frame.frame.bytes) }
        self.bytes = bytes
    }

    /// Puts together what follows one another on a topic. Between topics there is no order to keep.
    package static func runs(of frames: [PublishedFrame]) -> [PublishedRun] {
        if frames.count == 1 { return [PublishedRun(frames[0].topic, isLive: frames[0].isLive, frames)] }
        var runs: [(frames: [PublishedFrame], byteCount: Int)] = []
        var latest: [Topic: Int] = [:]
        for frame in frames {
            let byteCount = frame.frame.bytes.readableBytes
            if let place = latest[frame.topic], runs[place].frames[0].isLive == frame.isLive,
                runs[place].byteCount + byteCount <= byteCountMax
            {
                runs[place].frames.append(frame)
                runs[place].byteCount += byteCount
            } else {
                latest[frame.topic] = runs.count
                runs.append(([frame], byteCount))
            }
        }
        return runs.map { PublishedRun($0.frames[0].topic, isLive: $0.frames[0].isLive, $0.frames) }
    }
}

extension PublishedFrame {
    fileprivate var isLive: Bool { content == .live }
}
