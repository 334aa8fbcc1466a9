/// A Korean vehicle plate in canonical form: `부산80바1234`, `12가3456` (DOMAIN.md §5).
///
/// The region is part of a business plate's identity: `서울80바1234` and `부산80바1234` are different trucks.
package struct Plate: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let description: String

    /// Reads a plate as people type it: any Unicode form, full-width digits, blanks, hyphens and dots are tidied.
    /// Nil when it is not a plate.
    package init?(_ text: String) {
        let tidy = Self.tidy(text)
        guard Self.isPlate(tidy) else { return nil }
        description = tidy
    }

    /// The four digits that people say and type.
    package var lastFour: String { String(description.suffix(4)) }

    /// Without its region: what is usually typed.
    package var withoutRegion: String {
        let digits = description.drop { !$0.isASCII }
        return String(digits)
    }

    package static func < (left: Plate, right: Plate) -> Bool { left.description < right.description }

    /// The typed text in canonical characters, whether or not it is a plate.
    package static func tidy(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xFF10...0xFF19: result.append(Unicode.Scalar(UInt8(scalar.value - 0xFF10 + 0x30)))
            case 0x20, 0x09, 0x2D, 0x2E, 0xB7, 0x3000, 0x2010...0x2015, 0xFF0D, 0xFF0E: continue
            default:
                if let last = result.last, let joined = Hangul.compose(last, scalar) {
                    result.removeLast()
                    result.append(joined)
                } else {
                    result.append(scalar)
                }
            }
        }
        return String(result)
    }

    private static let regions: Set<String> = [
        "서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "경기", "강원", "충북", "충남", "전북", "전남", "경북",
        "경남", "제주",
    ]
    private static let letters = Set(
        "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배하허호")

    private static func isPlate(_ text: String) -> Bool {
        var rest = Substring(text)
        if let first = rest.first, !first.isASCII {
            guard regions.contains(String(rest.prefix(2))) else { return false }
            rest = rest.dropFirst(2)
        }
        let head = rest.prefix { $0.isASCIIDigit }
        guard head.count == 2 || head.count == 3 else { return false }
        rest = rest.dropFirst(head.count)
        guard let letter = rest.first, letters.contains(letter) else { return false }
        rest = rest.dropFirst()
        return rest.count == 4 && rest.allSatisfy(\.isASCIIDigit) && rest != "0000"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let plate = Plate(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "차량번호 형식 (예: 부산80바1234)")
        }
        self = plate
    }
}

/// Composition of Hangul syllables (Unicode §3.12): macOS and iOS hand out decomposed text, and stored bytes have to be one form.
private enum Hangul {
    static func compose(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        switch (first.value, second.value) {
        case (0x1100...0x1112, 0x1161...0x1175):
            Unicode.Scalar(0xAC00 + ((first.value - 0x1100) * 21 + second.value - 0x1161) * 28)
        case (0xAC00...0xD7A3, 0x11A8...0x11C2) where (first.value - 0xAC00) % 28 == 0:
            Unicode.Scalar(first.value + second.value - 0x11A7)
        default: nil
        }
    }
}

extension Character {
    /// A digit with an accent is none, though it sorts among them.
    fileprivate var isASCIIDigit: Bool { isASCII && ("0"..."9").contains(self) }
}
