/// How the frames of a protocol are told apart in a stream of bytes.
///
/// In JSON `{"fixed": {…}}` or `{"delimited": {…}}`; a prefix of fixed length is `fixed` with a literal at 0.
package enum Framing: Codable, Equatable, Sendable {
    case fixed(Fixed)
    case delimited(Delimited)

    /// Frames of known length, recognised by constant texts at known places. With several lengths the longest is taken
    /// unless the next frame's first literal stands where the shortest ends; that costs waiting for those bytes.
    package struct Fixed: Codable, Equatable, Sendable {
        package let lengths: [Int]
        package let literals: [Literal]
    }

    package struct Literal: Codable, Equatable, Sendable {
        package let at: Int
        package let text: String
    }

    /// Printable fields between a start and an end mark. The first pair whose start matches is taken, so a start that
    /// begins like another comes first.
    package struct Delimited: Codable, Equatable, Sendable {
        package struct Pair: Codable, Equatable, Sendable {
            package let start: String
            package let end: String
        }
        package let pairs: [Pair]
        package let separator: String
        package let groups: Int
        /// Bytes of a whole frame, marks included.
        package let lengthMax: Int
    }

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Kind.self)
        if let fixed = try box.decodeIfPresent(Fixed.self, forKey: .fixed) {
            self = .fixed(fixed)
        } else {
            self = .delimited(try box.decode(Delimited.self, forKey: .delimited))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: Kind.self)
        switch self {
        case .fixed(let fixed): try box.encode(fixed, forKey: .fixed)
        case .delimited(let delimited): try box.encode(delimited, forKey: .delimited)
        }
    }

    private enum Kind: String, CodingKey { case fixed, delimited }

    var frameByteCountMax: Int {
        switch self {
        case .fixed(let fixed): fixed.lengths.max() ?? 0
        case .delimited(let delimited): delimited.lengthMax
        }
    }

    func validate(profile: String) throws(ProfileError) {
        switch self {
        case .fixed(let fixed):
            guard let shortest = fixed.lengths.min(), shortest > 0, frameByteCountMax <= 128 else {
                throw ProfileError(profile: profile, problem: "\"lengths\" must hold lengths within 1…128")
            }
            let fit = fixed.literals.allSatisfy { literal in
                let count = literal.text.frameBytes.count
                return count > 0 && literal.at >= 0 && literal.at <= shortest - count
            }
            guard !fixed.literals.isEmpty, fit else {
                throw ProfileError(profile: profile, problem: "\"literals\" must lie inside the frame, at least one")
            }
        case .delimited(let delimited):
            guard !delimited.pairs.isEmpty, delimited.pairs.allSatisfy({ !$0.start.isEmpty && !$0.end.isEmpty }) else {
                throw ProfileError(profile: profile, problem: "\"pairs\" needs a start and an end text each")
            }
            guard delimited.separator.unicodeScalars.count == 1, (1...16).contains(delimited.groups),
                (4...128).contains(delimited.lengthMax)
            else {
                throw ProfileError(
                    profile: profile,
                    problem: "expected one \"separator\" character, \"groups\" 1…16 and \"lengthMax\" 4…128")
            }
        }
    }
}

extension String {
    /// The text as the bytes of a frame: one byte per character, U+0000…U+00FF.
    var frameBytes: [UInt8] { unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }
}
