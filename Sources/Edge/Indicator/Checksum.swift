/// A check value inside a fixed frame.
package struct Checksum: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case xor
        /// The sum of the bytes modulo 256.
        case sum
        /// Two's complement of the seven-bit sum (Toledo).
        case twos7
    }
    package enum Format: String, Codable, Sendable {
        case byte
        /// Two hexadecimal digits.
        case hex
    }
    package let kind: Kind
    package let format: Format
    /// The first byte covered and the one after the last.
    package let from: Int
    package let to: Int
    /// Where the check value stands. A shorter variant of the frame that ends before it carries none.
    package let at: Int

    func holds(for frame: [UInt8]) -> Bool {
        guard at < frame.count else { return true }
        let expected = text(for: frame)
        return frame.count >= at + expected.count && Array(frame[at..<at + expected.count]) == expected
    }

    func text(for frame: [UInt8]) -> [UInt8] {
        let covered = frame.dropFirst(from).prefix(to - from)
        let value: UInt8 =
            switch kind {
            case .xor: covered.reduce(0, ^)
            case .sum: covered.reduce(0, &+)
            case .twos7: (0 &- covered.reduce(0) { $0 &+ ($1 & 0x7F) }) & 0x7F
            }
        switch format {
        case .byte: return [value]
        case .hex:
            let digits = Array("0123456789ABCDEF".utf8)
            return [digits[Int(value >> 4)], digits[Int(value & 0x0F)]]
        }
    }

    /// Bytes of the check value.
    var byteCount: Int { format == .byte ? 1 : 2 }

    /// Whether it lies inside frames of at most `byteCountMax` bytes.
    func validate(byteCountMax: Int, profile: String) throws(ProfileError) {
        let wrong: (name: String, value: Int, expected: String)? =
            if from < 0 || from >= byteCountMax {
                ("from", from, "0…\(byteCountMax - 1)")
            } else if to <= from || to > byteCountMax {
                ("to", to, "\(from + 1)…\(byteCountMax)")
            } else if at < 0 || at > byteCountMax - byteCount {
                ("at", at, "0…\(byteCountMax - byteCount)")
            } else {
                nil
            }
        guard let wrong else { return }
        throw ProfileError(
            profile: profile, problem: "\"checksum.\(wrong.name)\" is \(wrong.value), expected \(wrong.expected)")
    }
}
