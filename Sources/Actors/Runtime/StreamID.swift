/// The address of one actor and the name of its stream of events: `site/kind/key`.
///
/// Actors are reached by this address only, never by reference, so that an actor may be passivated, restarted or moved.
package struct StreamID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let site: String
    package let kind: String
    package let key: String

    /// The longest accepted part, in UTF-8 bytes.
    package static let partByteCountMax = 64

    package init(site: String, kind: String, key: String) {
        self.site = site
        self.kind = kind
        self.key = key
    }

    /// Reads `site/kind/key`; nil when a part is missing, empty, too long or holds a character outside
    /// letters, digits and `- _ . :`, each in the one spelling that Unicode's NFC has for it.
    package init?(_ text: String) {
        let slash = UInt8(ascii: "/")
        let bytes = text.utf8
        guard let first = bytes.firstIndex(of: slash) else { return nil }
        let rest = bytes[bytes.index(after: first)...]
        guard let second = rest.firstIndex(of: slash) else { return nil }
        let last = rest[rest.index(after: second)...]
        let names = (String(text[..<first]), String(text[rest.startIndex..<second]), String(text[last.startIndex...]))
        // A further slash is a character that no part may hold.
        guard Self.isPart(names.0), Self.isPart(names.1), Self.isPart(names.2) else { return nil }
        self.init(site: names.0, kind: names.1, key: names.2)
    }

    package var description: String { "\(site)/\(kind)/\(key)" }

    package static func < (left: StreamID, right: StreamID) -> Bool {
        (left.site, left.kind, left.key) < (right.site, right.kind, right.key)
    }

    /// A hash that is the same in every process (FNV-1a): it chooses the lane, and the simulation replays it.
    package var stableHash: UInt64 {
        var hash: UInt64 = 14_695_981_039_346_656_037
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        for byte in site.utf8 { add(byte) }
        for part in [kind, key] {
            add(UInt8(ascii: "/"))
            for byte in part.utf8 { add(byte) }
        }
        return hash
    }

    /// Another actor of the same site.
    package func sibling(_ kind: String, _ key: String) -> StreamID { StreamID(site: site, kind: kind, key: key) }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = StreamID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "expected site/kind/key, got \(text)")
        }
        self = id
    }

    /// What nearly every part is made of, known without asking Unicode.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }

    private static func isPart(_ part: String) -> Bool {
        let bytes = part.utf8
        guard !bytes.isEmpty, bytes.count <= partByteCountMax else { return false }
        if bytes.allSatisfy(isPlain) { return true }
        return part.unicodeScalars.allSatisfy {
            $0.isASCII ? isPlain(UInt8(truncatingIfNeeded: $0.value)) : isUnmistakable($0)
        }
    }

    /// A letter or digit that is never joined with the one before it, and not another spelling of some other: names that are equal
    /// to Swift are then equal bytes, as the database and the choice of a lane need them.
    private static func isUnmistakable(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        guard properties.isAlphabetic || properties.numericType != nil, !properties.isFullCompositionExclusion else {
            return false
        }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        // Vowels and finals of decomposed Hangul are letters.
        default: return !(0x1160...0x11FF).contains(scalar.value)
        }
    }
}
