/// How a decoder makes out where a frame begins and ends.
package enum Framing: String, Sendable, CaseIterable {
    /// A known number of bytes between known ones.
    case fixed
    /// The same, and a check value has the last word.
    case checked
    /// A part of any length, which what follows it ends.
    case open
    /// Nothing known stands before it, or behind it.
    case bare

    init(_ profile: IndicatorProfile) {
        let parts = profile.shapes.flatMap(\.parts)
        if profile.shapes.contains(where: \.isChecked) {
            self = .checked
        } else if parts.contains(where: { $0.data?.isVariable ?? false }) {
            self = .open
        } else if profile.shapes.contains(where: { $0.beginsWithNumber || $0.endsInNumber }) {
            self = .bare
        } else {
            self = .fixed
        }
    }
}

extension Framing {
    /// The names of its profiles, in the order by which an input chooses one.
    package var profiles: [String] { FuzzProfiles.of(self).map(\.id) }

    /// The name of the profile that an input chooses.
    package func profile(of bytes: [UInt8]) -> String {
        var input = FuzzInput(bytes)
        return input.choice(of: profiles)
    }
}

extension FrameShape {
    /// Digits right before it would be of the same number.
    var beginsWithNumber: Bool { parts.first?.data.map { $0.says(.weight) || $0.says(.sign) } ?? false }
}
