/// Says what the bytes at one place of the stream are, looking no further than it must.
struct Recogniser: Sendable {
    enum Verdict: Equatable {
        case frame(Int)
        case cut(Int)
        case reply(RefusalReason, Int)
        case nothing
        /// Undecided until more bytes come.
        case more
    }

    private let shape: Shape
    private let replies: [(text: [UInt8], reason: RefusalReason)]

    private enum Shape: Sendable {
        case fixed(FixedShape)
        case delimited(DelimitedShape)
    }

    init(profile: IndicatorProfile) {
        replies = (profile.replies ?? [:]).map { ($0.key.frameBytes, $0.value) }.sorted {
            $0.text.count > $1.text.count
        }
        shape =
            switch profile.framing {
            case .fixed(let fixed): .fixed(FixedShape(fixed, profile: profile))
            case .delimited(let delimited): .delimited(DelimitedShape(delimited))
            }
    }

    func examine(_ bytes: ArraySlice<UInt8>, atBoundary: Bool, ended: Bool) -> Verdict {
        let verdict =
            switch shape {
            case .fixed(let fixed): fixed.examine(bytes, ended: ended)
            case .delimited(let delimited): delimited.examine(bytes, ended: ended)
            }
        guard verdict == .nothing, atBoundary else { return verdict }
        for reply in replies {
            switch match(reply.text, bytes) {
            case .full: return .reply(reply.reason, reply.text.count)
            case .partial where !ended: return .more
            case .partial, .none: continue
            }
        }
        return .nothing
    }
}

enum Match { case full, partial, none }

/// Whether `bytes` starts with `text`, as far as there are bytes.
func match(_ text: [UInt8], _ bytes: ArraySlice<UInt8>) -> Match {
    guard zip(text, bytes).allSatisfy(==) else { return .none }
    return bytes.count >= text.count ? .full : .partial
}

/// Frames of known length with constant texts inside.
private struct FixedShape: Sendable {
    let lengths: [Int]
    let literals: [(at: Int, text: [UInt8])]
    let status: (range: Range<Int>, texts: Set<[UInt8]>)?

    init(_ fixed: Framing.Fixed, profile: IndicatorProfile) {
        lengths = fixed.lengths.sorted(by: >)
        literals = fixed.literals.map { ($0.at, $0.text.frameBytes) }.sorted { $0.at < $1.at }
        if let field = profile.fields.first(where: { $0.name == .status }), let at = field.at,
            let map = profile.maps.status
        {
            status = (at..<at + (field.length ?? 1), Set(map.keys.map(\.frameBytes)))
        } else {
            status = nil
        }
    }

    func examine(_ bytes: ArraySlice<UInt8>, ended: Bool) -> Recogniser.Verdict {
        if let end = firstDisagreement(bytes) { return cutOrNothing(bytes.prefix(end)) }
        guard bytes.count >= lengths[0] || ended else { return .more }
        let next = bytes.dropFirst(lengths[lengths.count - 1])
        let length = lengths.first { $0 <= bytes.count && ($0 == lengths.last || !beginsNextFrame(next)) }
        return length.map { .frame($0) } ?? cutOrNothing(bytes)
    }

    /// The place of the first literal that is not what the profile says.
    private func firstDisagreement(_ bytes: ArraySlice<UInt8>) -> Int? {
        literals.first { $0.at < bytes.count && match($0.text, bytes.dropFirst($0.at)) == .none }?.at
    }

    /// Where the shortest variant ends stands the mark that opens a frame: nothing longer is here.
    private func beginsNextFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
        literals[0].at == 0 && match(literals[0].text, bytes) == .full
    }

    private func cutOrNothing(_ bytes: ArraySlice<UInt8>) -> Recogniser.Verdict {
        beginsLikeFrame(bytes) ? .cut(lineEnd(bytes)) : .nothing
    }

    private func beginsLikeFrame(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = literals.first, bytes.count >= first.at + first.text.count else { return false }
        guard let status, bytes.count >= status.range.upperBound else { return true }
        return status.texts.contains(Array(bytes.dropFirst(status.range.lowerBound).prefix(status.range.count)))
    }

    /// A cut frame is shown up to its own line end, without the start of the next.
    private func lineEnd(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 - bytes.startIndex + 1 } ?? bytes.count
    }
}

/// Printable fields between a start and an end mark.
private struct DelimitedShape: Sendable {
    let pairs: [(start: [UInt8], end: [UInt8])]
    let lengthMax: Int

    init(_ delimited: Framing.Delimited) {
        pairs = delimited.pairs.map { ($0.start.frameBytes, $0.end.frameBytes) }
        lengthMax = delimited.lengthMax
    }

    func examine(_ bytes: ArraySlice<UInt8>, ended: Bool) -> Recogniser.Verdict {
        for pair in pairs {
            switch match(pair.start, bytes) {
            case .full: return close(pair, bytes, ended: ended)
            case .partial where !ended: return .more
            case .partial, .none: continue
            }
        }
        return .nothing
    }

    /// Looks for the end mark. A second start, or more bytes than a frame has, means that the first one was cut.
    private func close(_ pair: (start: [UInt8], end: [UInt8]), _ bytes: ArraySlice<UInt8>, ended: Bool)
        -> Recogniser.Verdict
    {
        var count = pair.start.count
        while count + pair.end.count <= lengthMax {
            guard count + pair.end.count <= bytes.count else { return ended ? .cut(bytes.count) : .more }
            let rest = bytes.dropFirst(count)
            if match(pair.end, rest) == .full { return .frame(count + pair.end.count) }
            if pairs.contains(where: { match($0.start, rest) == .full }) { return .cut(count) }
            if let byte = rest.first, !(0x20...0x7E).contains(byte) { return .nothing }
            count += 1
        }
        return .cut(count)
    }
}
