/// The first place where a text is not JSON as we write it: the standard (RFC 8259), with whole numbers only.
///
/// The decoder says no more than that a text is not valid; this one is asked after it, to find the place.
package struct JSONFault: Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    /// From 1, in characters (Unicode scalars).
    package let column: Int
    package let expected: String

    package var description: String { "line \(line), column \(column): expected \(expected)" }

    /// - Returns: nil when there is none.
    package static func first(in text: some Sequence<UInt8>) -> JSONFault? {
        var scanner = Scanner(text: Array(text))
        do throws(Scanner.Fault) {
            try scanner.document()
            return nil
        } catch {
            let lines = scanner.text[..<error.offset].split(
                separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let before = lines.last.map { String(decoding: $0, as: UTF8.self).unicodeScalars.count } ?? 0
            return JSONFault(line: max(1, lines.count), column: before + 1, expected: error.expected)
        }
    }

    private struct Scanner {
        struct Fault: Error {
            let offset: Int
            let expected: String
        }

        static let depthMax = 128
        /// So many digits always fit 64 bits.
        static let digitCountMax = 18

        let text: [UInt8]
        private var offset = 0

        init(text: [UInt8]) { self.text = text }

        mutating func document() throws(Fault) {
            try value(depth: 0)
            skipBlanks()
            if next != nil { throw fault("the end of the text") }
        }

        private var next: UInt8? { offset < text.count ? text[offset] : nil }

        private func fault(_ expected: String) -> Fault { Fault(offset: offset, expected: expected) }

        private mutating func skipBlanks() {
            while let byte = next, " \t\r\n".utf8.contains(byte) { offset += 1 }
        }

        /// Takes one of some characters, after blanks.
        private mutating func take(_ characters: String, _ expected: String) throws(Fault) -> UInt8 {
            skipBlanks()
            guard let byte = next, characters.utf8.contains(byte) else { throw fault(expected) }
            offset += 1
            return byte
        }

        private mutating func value(depth: Int) throws(Fault) {
            skipBlanks()
            switch next {
            case UInt8(ascii: "{"): try object(depth: depth)
            case UInt8(ascii: "["): try list(depth: depth)
            case UInt8(ascii: "\""): try string("a value")
            case let byte? where "-0123456789".utf8.contains(byte): try number()
            default:
                guard let word = ["true", "false", "null"].first(where: { text[offset...].starts(with: $0.utf8) })
                else { throw fault("a value") }
                offset += word.utf8.count
            }
        }

        private mutating func object(depth: Int) throws(Fault) {
            guard depth < Self.depthMax else { throw fault("no more than \(Self.depthMax) levels") }
            offset += 1
            skipBlanks()
            if next == UInt8(ascii: "}") { return offset += 1 }
            repeat {
                skipBlanks()
                try string("a key in double quotes")
                _ = try take(":", "a colon")
                try value(depth: depth + 1)
            } while try take(",}", "a comma or }") == UInt8(ascii: ",")
        }

        private mutating func list(depth: Int) throws(Fault) {
            guard depth < Self.depthMax else { throw fault("no more than \(Self.depthMax) levels") }
            offset += 1
            skipBlanks()
            if next == UInt8(ascii: "]") { return offset += 1 }
            repeat { try value(depth: depth + 1) } while try take(",]", "a comma or ]") == UInt8(ascii: ",")
        }

        private mutating func string(_ expected: String) throws(Fault) {
            guard next == UInt8(ascii: "\"") else { throw fault(expected) }
            offset += 1
            while let byte = next, byte != UInt8(ascii: "\"") {
                guard byte >= 0x20 else { throw fault("a double quote before the end of the line") }
                if byte == UInt8(ascii: "\\") { try escape() } else { offset += 1 }
            }
            guard next != nil else { throw fault("a double quote") }
            offset += 1
        }

        private mutating func escape() throws(Fault) {
            offset += 1
            guard let byte = next, "\"\\/bfnrtu".utf8.contains(byte) else {
                throw fault("one of \"\\/bfnrtu after a backslash")
            }
            offset += 1
            guard byte == UInt8(ascii: "u") else { return }
            for _ in 0..<4 {
                guard let digit = next, Character(UnicodeScalar(digit)).isHexDigit else {
                    throw fault("four hexadecimal digits after \\u")
                }
                offset += 1
            }
        }

        private mutating func number() throws(Fault) {
            let start = offset
            if next == UInt8(ascii: "-") { offset += 1 }
            let first = offset
            while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
            let isPlain = offset > first && (text[first] != UInt8(ascii: "0") || offset == first + 1)
            let isWhole = next.map { !".eE".utf8.contains($0) } ?? true
            guard isPlain, isWhole, offset - first <= Self.digitCountMax else {
                throw Fault(offset: start, expected: "a whole number")
            }
        }
    }
}
