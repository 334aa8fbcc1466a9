/// Says what the bytes at one place of the stream are, looking no further than it must. More bytes never change what was said.
struct Recogniser: Sendable {
    enum Verdict: Equatable {
        case frame(FrameMatch)
        case cut(Int, RefusalReason)
        case reply(RefusalReason, Int)
        case nothing
        /// Undecided until more bytes come.
        case more
    }

    private let shapes: [FrameShape]
    private let replies: [IndicatorProfile.Reply]
    /// What makes bytes that broke off worth a word: as many of them were what this protocol has and no other.
    private static let evidenceMin = 3

    init(profile: IndicatorProfile) {
        shapes = profile.shapes
        replies = profile.replies
    }

    /// - Parameter previous: the byte before these; nil at a boundary. There an answer may begin, as behind the end of a line.
    func examine(_ bytes: ArraySlice<UInt8>, after previous: UInt8?, ended: Bool) -> Verdict {
        var found = Candidates()
        for (index, shape) in shapes.enumerated() {
            found.add(shape.compare(bytes, after: previous), of: index, bytes.count)
        }
        if found.isOpen, !ended { return .more }
        if let longest = found.longest { return choose(longest, found.whole, bytes, ended: ended) }
        if found.evidence >= Self.evidenceMin {
            return .cut(lineEnd(bytes.prefix(max(1, found.brokenAt))), found.reason)
        }
        let isBoundary = previous.map(Self.endsLine) ?? true
        return isBoundary ? reply(bytes, ended: ended) : .nothing
    }

    /// The longest frame, unless the next one begins where a shorter one ends, and none behind the longest; what that is may have to be
    /// waited for.
    private func choose(
        _ longest: FrameMatch, _ whole: [FrameMatch], _ bytes: ArraySlice<UInt8>, ended: Bool
    ) -> Verdict {
        let rest = bytes.dropFirst(longest.count)
        if shapes[longest.shape].endsInNumber {
            guard let next = rest.first ?? (ended ? 0 : nil) else { return .more }
            if ExactDecimal.isNumberText(next) { return .cut(longest.count, .length) }
        }
        let shorter = whole.lazy.filter { $0.count < longest.count }.map { ($0, opening(bytes.dropFirst($0.count))) }
        guard let (frame, next) = shorter.first(where: { $0.1 != .none }) else { return .frame(longest) }
        let behind = opening(rest)
        if next == .whole, behind == .none { return .frame(frame) }
        return behind == .whole || ended ? .frame(longest) : .more
    }

    private struct Candidates {
        var whole: [FrameMatch] = []
        var isOpen = false
        /// Of the shape that the bytes followed best.
        var evidence = 0
        var brokenAt = 0
        var reason = RefusalReason.length

        mutating func add(_ outcome: FrameShape.Outcome, of index: Int, _ count: Int) {
            switch outcome {
            case .full(let ranges, let evidence):
                whole.append(FrameMatch(shape: index, ranges: ranges, evidence: evidence))
            case .partial(let evidence):
                isOpen = true
                note(evidence, count, .length)
            case .broken(let offset, let evidence, let reason): note(evidence, offset, reason)
            }
        }

        private mutating func note(_ evidence: Int, _ offset: Int, _ reason: RefusalReason) {
            guard evidence > self.evidence else { return }
            (self.evidence, brokenAt, self.reason) = (evidence, offset, reason)
        }

        /// Of equally long ones that of which more is known.
        var longest: FrameMatch? { whole.max { ($0.count, $0.evidence) < ($1.count, $1.evidence) } }
    }

    private enum Opening {
        case none, begun, whole
    }

    /// Whether a frame opens with these bytes; the first ones of an opening may be another's.
    private func opening(_ bytes: ArraySlice<UInt8>) -> Opening {
        let openings = shapes.compactMap(\.opening)
        if openings.contains(where: { bytes.starts(with: $0) }) { return .whole }
        return openings.contains { $0.starts(with: bytes) } ? .begun : .none
    }

    private static func endsLine(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n") }

    private func reply(_ bytes: ArraySlice<UInt8>, ended: Bool) -> Verdict {
        for reply in replies {
            if bytes.starts(with: reply.text) { return .reply(reply.reason, reply.text.count) }
            if !ended, reply.text.starts(with: bytes) { return .more }
        }
        return .nothing
    }

    /// A cut frame is shown up to its own line end, without the start of the next.
    private func lineEnd(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 - bytes.startIndex + 1 } ?? bytes.count
    }
}

/// A whole frame and where its parts stand.
struct FrameMatch: Equatable, Sendable {
    /// Index among the shapes of the profile.
    let shape: Int
    /// Of each part, from the frame's first byte.
    let ranges: [Range<Int>]
    let evidence: Int

    var count: Int { ranges.last?.upperBound ?? 0 }
}
