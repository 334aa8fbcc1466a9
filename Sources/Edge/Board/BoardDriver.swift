/// How a make of boards is told what to show. A driver has no connection and no clock.
protocol BoardDriver: Sendable {
    /// What makes the board show these lines, each as wide as the board.
    ///
    /// - Returns: and whether every character could be shown.
    func frames(_ lines: [String]) -> (frames: [[UInt8]], isWhole: Bool)

    /// The answers in bytes that came, in order, whole ones only; what is left is the beginning of the next.
    func answers(in bytes: inout [UInt8]) -> [BoardAnswer]

    /// Whether the board answers each frame.
    var answersFrames: Bool { get }
}

enum BoardAnswer: Equatable, Sendable {
    case shown
    case refused
}

/// DABIT (다빛) boards, ASCII protocol: `![` address, check, kind, properties, text `!]` and the check value, in CP949.
///
/// One frame a line, into section 00, 01, … of page 00. The check value is the XOR of all bytes from the first `!` to the last `]`.
struct DabitDriver: BoardDriver {
    /// `0` on a network, 1 to F on RS-485.
    var address: UInt8 = UInt8(ascii: "0")

    var answersFrames: Bool { true }

    func frames(_ lines: [String]) -> (frames: [[UInt8]], isWhole: Bool) {
        var isWhole = true
        let frames = lines.enumerated().map { index, line in
            let text = BoardText.encoded(String(line.map { Self.controls[$0] ?? $0 }))
            isWhole = isWhole && text.isWhole
            let section = index < 10 ? "0\(index)" : "\(index)"
            return frame(Array((lines.count > 1 ? "/P00\(section)" : "").utf8) + text.bytes)
        }
        return (frames, isWhole)
    }

    /// A real-time message with a check value.
    func frame(_ text: [UInt8]) -> [UInt8] {
        let body = Array("![".utf8) + [address] + Array("10".utf8) + text + Array("!]".utf8)
        return body + Self.check(body)
    }

    /// They would end the text or begin a property; these are as wide, and people read them alike.
    private static let controls: [Character: Character] = ["!": ".", "[": "(", "]": ")", "/": "-"]

    static func check(_ bytes: [UInt8]) -> [UInt8] {
        let value = bytes.reduce(0, ^)
        let digits = Array("0123456789ABCDEF".utf8)
        return [digits[Int(value >> 4)], digits[Int(value & 0x0F)]]
    }

    /// `![0` address, check, kind, `0` or `F`, `!]`, with a check value or without.
    func answers(in bytes: inout [UInt8]) -> [BoardAnswer] {
        var answers: [BoardAnswer] = []
        let (start, end) = (Array("![".utf8), Array("!]".utf8))
        while let begin = bytes.indices.first(where: { bytes[$0...].starts(with: start) }) {
            guard let close = bytes.indices.first(where: { $0 > begin && bytes[$0...].starts(with: end) }) else {
                break
            }
            // The result stands last, whatever stands before it.
            if close > begin + 2 { answers.append(bytes[close - 1] == UInt8(ascii: "0") ? .shown : .refused) }
            bytes.removeFirst(close + 2)
        }
        // Nothing grows that has no end.
        if bytes.count > 64 { bytes.removeFirst(bytes.count - 64) }
        return answers
    }
}

/// Lines of text in CP949, each with CR LF: for converters and boards with a terminal's mind. Nothing is answered.
struct PlainDriver: BoardDriver {
    var answersFrames: Bool { false }

    func frames(_ lines: [String]) -> (frames: [[UInt8]], isWhole: Bool) {
        var isWhole = true
        var bytes: [UInt8] = []
        for line in lines {
            let text = BoardText.encoded(line)
            isWhole = isWhole && text.isWhole
            bytes += text.bytes + Array("\r\n".utf8)
        }
        return ([bytes], isWhole)
    }

    func answers(in bytes: inout [UInt8]) -> [BoardAnswer] {
        bytes = []
        return []
    }
}
