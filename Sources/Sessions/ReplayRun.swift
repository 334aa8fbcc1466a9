import Actors
import NIOCore
import Wire

/// The numbers behind `after` up to `until`.
struct ReplaySpan: Hashable {
    let after: Int64
    let until: Int64

    var count: Int { Int(until - after) }

    func covers(_ other: ReplaySpan) -> Bool { after <= other.after && other.until <= until }

    func union(_ other: ReplaySpan) -> ReplaySpan {
        ReplaySpan(after: min(after, other.after), until: max(until, other.until))
    }

    /// What is left of this one behind one that covers its beginning; nil if it does not.
    func rest(behind front: ReplaySpan) -> ReplaySpan? {
        guard front.after <= after, after <= front.until, front.until < until else { return nil }
        return ReplaySpan(after: front.until, until: until)
    }
}

/// What a topic's view shows of a stretch of its history, as it is sent to every subscriber.
final class ReplayRun: Sendable {
    let span: ReplaySpan
    /// What it holds in memory, about.
    let byteCount: Int
    private let frames: [PublishedFrame]

    /// What a run, and each of its frames, holds besides the bytes that are sent.
    private static let overheadByteCount = 256

    /// - Parameters:
    ///   - events: of `span`, oldest first.
    ///   - front: ends where `span` begins.
    init(_ topic: Topic, _ span: ReplaySpan, _ events: [StoredEvent], behind front: ReplayRun?) {
        self.span = front.map { $0.span.union(span) } ?? span
        var frames = front?.frames ?? []
        frames.reserveCapacity(frames.count + events.count)
        for event in events where event.seq <= span.until {
            // To the first one `prev` may say more than was shown, but no more than any asker has.
            let prev = frames.last?.seq ?? self.span.after
            frames.append(
                PublishedFrame(
                    Publication(
                        topic: topic, content: .event(name: event.name), seq: event.seq, prev: prev, at: event.at,
                        data: event.payload)))
        }
        self.frames = frames
        byteCount = frames.reduce(Self.overheadByteCount) { $0 + $1.frame.bytes.readableBytes + Self.overheadByteCount }
    }

    /// Those of a span that it covers.
    func frames(in span: ReplaySpan) -> ArraySlice<PublishedFrame> {
        frames[firstIndex(behind: span.after)..<firstIndex(behind: span.until)]
    }

    private func firstIndex(behind seq: Int64) -> Int {
        var (low, high) = (0, frames.count)
        while low < high {
            let middle = (low + high) / 2
            if frames[middle].seq > seq { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
