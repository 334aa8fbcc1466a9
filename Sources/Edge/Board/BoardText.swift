internal import Glibc

/// Texts as an LED board shows them: in cells, of which Hangul takes two, and in the board's own alphabet (CP949).
enum BoardText {
    /// What a character becomes that the board does not have.
    static let substitute: Character = "?"

    /// The beginning of a text that fits, padded with blanks to the whole width: a board keeps what is not overwritten. A character
    /// is shown whole or not at all.
    static func fitted(_ text: String, cells: Int) -> String {
        var line = ""
        var width = 0
        for character in text {
            let next = Self.width(of: character)
            if width + next > cells { break }
            line.append(character)
            width += next
        }
        return line + String(repeating: " ", count: cells - width)
    }

    static func width(_ text: String) -> Int { text.reduce(0) { $0 + width(of: $1) } }

    /// One byte is one cell, two are two.
    private static func width(of character: Character) -> Int { cp949(of: character)?.count ?? 1 }

    /// - Returns: and whether some character had to be replaced.
    static func encoded(_ text: String) -> (bytes: [UInt8], isWhole: Bool) {
        var bytes: [UInt8] = []
        var isWhole = true
        for character in text {
            if let encoded = cp949(of: character) {
                bytes += encoded
            } else {
                isWhole = false
                bytes += String(substitute).utf8
            }
        }
        return (bytes, isWhole)
    }

    /// The text of a board's bytes, for who shows what a board was told.
    static func decoded(_ bytes: [UInt8]) -> String {
        var text = ""
        var rest = bytes[...]
        while let first = rest.first {
            let length = first < 0x80 ? 1 : 2
            let character = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            text += Conversion.fromBoard.convert(character).map { String(decoding: $0, as: UTF8.self) } ?? "\u{FFFD}"
        }
        return text
    }

    /// Nil for a control character, and for one that the alphabet does not have.
    private static func cp949(of character: Character) -> [UInt8]? {
        if let ascii = character.asciiValue { return (0x20...0x7E).contains(ascii) ? [ascii] : nil }
        // One character of the alphabet, or none: marks that stand above others are not shown alone.
        guard let bytes = Conversion.toBoard.convert(Array(String(character).utf8)), bytes.count == 2 else {
            return nil
        }
        return bytes
    }
}

/// The C library's tables. One conversion at a time is opened and closed for each character: a board shows some dozen a second.
private struct Conversion {
    static let toBoard = Conversion(from: "UTF-8", to: "CP949")
    static let fromBoard = Conversion(from: "CP949", to: "UTF-8")

    let from: String
    let to: String

    /// Nil when the text cannot be said in the other alphabet.
    func convert(_ text: [UInt8]) -> [UInt8]? {
        guard let converter = iconv_open(to, from), converter != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(converter) }
        var input = text.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: 4 * text.count + 8)
        var (inputCount, outputCount) = (input.count, output.count)
        let outcome = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                var (from, to) = (input.baseAddress, output.baseAddress)
                return iconv(converter, &from, &inputCount, &to, &outputCount)
            }
        }
        guard outcome == 0, inputCount == 0 else { return nil }
        return output.prefix(output.count - outputCount).map { UInt8(bitPattern: $0) }
    }
}
