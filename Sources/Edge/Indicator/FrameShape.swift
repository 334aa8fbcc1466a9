/// What a frame looks like from its first byte to its last, and how bytes are compared with it.
struct FrameShape: Equatable, Sendable {
    let parts: [ShapePart]

    enum Outcome: Sendable {
        /// It is all there: where each part stands, from the frame's first byte, and how many bytes were known ones.
        case full(ranges: [Range<Int>], evidence: Int)
        /// So far it may be one.
        case partial(evidence: Int)
        /// It is none from this byte on. A wrong character behind a number of any length makes the number a wrong one.
        case broken(at: Int, evidence: Int, reason: RefusalReason)
    }

    var byteCountMax: Int { parts.reduce(0) { $0 + $1.byteCountMax } }
    var byteCountMin: Int { parts.reduce(0) { $0 + $1.byteCountMin } }

    /// The bytes every frame begins with; nil when they differ.
    var opening: [UInt8]? {
        guard case .constant(let bytes)? = parts.first else { return nil }
        return bytes
    }

    /// A check value has seen its bytes.
    var isChecked: Bool { parts.contains { if case .check = $0 { true } else { false } } }

    /// Whether some part of it says this.
    func says(_ name: ShapeData.Name) -> Bool { parts.contains { $0.data?.says(name) ?? false } }

    /// A number stands first: digits right before it would be of the same number. With a sign in front a start mark would be, too:
    /// such frames are others' without it.
    private func isPart(of previous: UInt8) -> Bool {
        guard let data = parts.first?.data else { return false }
        if data.isWeight { return ExactDecimal.isDigitOrPoint(previous) }
        return data.says(.sign) && (ExactDecimal.isNumberText(previous) || previous == 0x02)
    }

    /// A number stands last, and nothing closes it: a digit behind it would be of it.
    var endsInNumber: Bool { parts.last?.data?.isWeight ?? false }

    /// - Parameters:
    ///   - bytes: from where the frame would begin.
    ///   - previous: the byte before it; nil behind another frame, and where nothing is before it.
    func compare(_ bytes: ArraySlice<UInt8>, after previous: UInt8?) -> Outcome {
        if let previous, isPart(of: previous) {
            return .broken(at: 0, evidence: 0, reason: .length)
        }
        var ranges: [Range<Int>] = []
        var evidence = 0
        var offset = 0
        var isNumberOpen = false
        func broken(at place: Int) -> Outcome {
            let isText = bytes[bytes.startIndex + place] >= 0x20
            return .broken(at: place, evidence: evidence, reason: isNumberOpen && isText ? .weight : .length)
        }
        for part in parts {
            let start = bytes.startIndex + offset
            switch part {
            case .constant(let constant):
                for (number, byte) in constant.enumerated() {
                    guard start + number < bytes.endIndex else { return .partial(evidence: evidence + number) }
                    guard bytes[start + number] == byte else { return broken(at: offset + number) }
                }
                evidence += constant.count
                ranges.append(offset..<offset + constant.count)
            case .data(let data):
                isNumberOpen = isNumberOpen || data.isVariable && data.isWeight
                let count: Int
                switch Self.length(of: data, bytes[start...]) {
                case .whole(let length): count = length
                case .more: return .partial(evidence: evidence)
                case .broken(let place): return broken(at: offset + place)
                }
                if data.isKnown(bytes[start..<start + count]) { evidence += count }
                ranges.append(offset..<offset + count)
            case .check(let checksum):
                guard bytes.endIndex - start >= checksum.byteCount else { return .partial(evidence: evidence) }
                ranges.append(offset..<offset + checksum.byteCount)
            }
            offset = ranges[ranges.count - 1].upperBound
        }
        return .full(ranges: ranges, evidence: evidence)
    }

    private enum Length {
        case whole(Int), more, broken(at: Int)
    }

    private static func length(of data: ShapeData, _ bytes: ArraySlice<UInt8>) -> Length {
        guard data.isVariable else {
            let count = data.length.upperBound
            let present = bytes.prefix(count)
            if data.isText, let control = present.firstIndex(where: { $0 < 0x20 }) {
                return .broken(at: control - present.startIndex)
            }
            return present.count == count ? .whole(count) : .more
        }
        let text = bytes.prefix(data.length.upperBound).prefix { data.goesOn(with: $0) }
        if text.endIndex == bytes.endIndex, text.count < data.length.upperBound { return .more }
        return text.count >= data.length.lowerBound ? .whole(text.count) : .broken(at: text.count)
    }
}
