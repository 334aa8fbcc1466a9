/// A JSON value with the line it stands on, for files that people write: what is wrong with one is told with its place.
///
/// The standard (RFC 8259) with whole numbers only, behind a byte order mark or not. Members keep the order of the file.
struct LocatedJSON: Sendable {
    enum Value: Sendable {
        case object([Member])
        case list([LocatedJSON])
        case text(String)
        case number(Int)
        case flag(Bool)
        case null
    }

    struct Member: Sendable {
        let key: String
        let value: LocatedJSON
    }

    /// From 1.
    let line: Int
    let value: Value

    init(parsing text: some Sequence<UInt8>) throws(JSONFault) {
        let bytes = Array(text)
        let mark = "\u{FEFF}".utf8
        var scanner = Scanner(text: bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes)
        do throws(Scanner.Fault) {
            self = try scanner.document()
        } catch {
            throw JSONFault(at: error.offset, in: scanner.text, expected: error.expected)
        }
    }

    fileprivate init(line: Int, _ value: Value) {
        self.line = line
        self.value = value
    }
}

/// The first place where a text is not JSON as we write it.
package struct JSONFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    /// From 1, in characters (Unicode scalars).
    package let column: Int
    package let expected: String

    package var description: String { "line \(line), column \(column): expected \(expected)" }

    init(line: Int, column: Int, expected: String) {
        self.line = line
        self.column = column
        self.expected = expected
    }

    fileprivate init(at offset: Int, in text: [UInt8], expected: String) {
        let lines = text[..<offset].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let before = lines.last.map { String(decoding: $0, as: UTF8.self).unicodeScalars.count } ?? 0
        self.init(line: max(1, lines.count), column: before + 1, expected: expected)
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
    private var line = 1

    init(text: [UInt8]) { self.text = text }

    mutating func document() throws(Fault) -> LocatedJSON {
        let value = try value(depth: 0)
        skipBlanks()
        if next != nil { throw fault("the end of the text") }
        return value
    }

    private var next: UInt8? { offset < text.count ? text[offset] : nil }

    private func fault(_ expected: String) -> Fault { Fault(offset: offset, expected: expected) }

    private mutating func skipBlanks() {
        while let byte = next, " \t\r\n".utf8.contains(byte) {
            if byte == UInt8(ascii: "\n") { line += 1 }
            offset += 1
        }
    }

    /// Takes one of some characters, after blanks.
    private mutating func take(_ characters: String, _ expected: String) throws(Fault) -> UInt8 {
        skipBlanks()
        guard let byte = next, characters.utf8.contains(byte) else { throw fault(expected) }
        offset += 1
        return byte
    }

    private mutating func value(depth: Int) throws(Fault) -> LocatedJSON {
        skipBlanks()
        let begun = line
        switch next {
        case UInt8(ascii: "{"): return LocatedJSON(line: begun, .object(try object(depth: depth)))
        case UInt8(ascii: "["): return LocatedJSON(line: begun, .list(try list(depth: depth)))
        case UInt8(ascii: "\""): return LocatedJSON(line: begun, .text(try string("a value")))
        case let byte? where "-0123456789".utf8.contains(byte):
            return LocatedJSON(line: begun, .number(try number()))
        default:
            let words: [(String, LocatedJSON.Value)] = [
                ("true", .flag(true)), ("false", .flag(false)), ("null", .null),
            ]
            guard let (word, value) = words.first(where: { text[offset...].starts(with: $0.0.utf8) })
            else { throw fault("a value") }
            offset += word.utf8.count
            return LocatedJSON(line: begun, value)
        }
    }

    private mutating func object(depth: Int) throws(Fault) -> [LocatedJSON.Member] {
        guard depth < Self.depthMax else { throw fault("no more than \(Self.depthMax) levels") }
        offset += 1
        skipBlanks()
        var members: [LocatedJSON.Member] = []
        if next == UInt8(ascii: "}") {
            offset += 1
            return members
        }
        repeat {
            skipBlanks()
            let key = try string("a key in double quotes")
            _ = try take(":", "a colon")
            members.append(LocatedJSON.Member(key: key, value: try value(depth: depth + 1)))
        } while try take(",}", "a comma or }") == UInt8(ascii: ",")
        return members
    }

    private mutating func list(depth: Int) throws(Fault) -> [LocatedJSON] {
        guard depth < Self.depthMax else { throw fault("no more than \(Self.depthMax) levels") }
        offset += 1
        skipBlanks()
        var values: [LocatedJSON] = []
        if next == UInt8(ascii: "]") {
            offset += 1
            return values
        }
        repeat { values.append(try value(depth: depth + 1)) } while try take(",]", "a comma or ]") == UInt8(ascii: ",")
        return values
    }

    private mutating func string(_ expected: String) throws(Fault) -> String {
        guard next == UInt8(ascii: "\"") else { throw fault(expected) }
        offset += 1
        var units: [UInt8] = []
        while let byte = next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw fault("a double quote before the end of the line") }
            if byte == UInt8(ascii: "\\") {
                units += try escape()
            } else {
                units.append(byte)
                offset += 1
            }
        }
        guard next != nil else { throw fault("a double quote") }
        offset += 1
        return String(decoding: units, as: UTF8.self)
    }

    /// What stands behind a backslash, in UTF-8.
    private mutating func escape() throws(Fault) -> [UInt8] {
        offset += 1
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
            UInt8(ascii: "/"): UInt8(ascii: "/"), UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C,
            UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09,
        ]
        guard let byte = next, byte == UInt8(ascii: "u") || plain[byte] != nil else {
            throw fault("one of \"\\/bfnrtu after a backslash")
        }
        offset += 1
        if let character = plain[byte] { return [character] }
        let first = try hexadecimal()
        guard UTF16.isLeadSurrogate(first), text[offset...].starts(with: #"\u"#.utf8) else {
            return Array(String(decoding: [first], as: UTF16.self).utf8)
        }
        offset += 2
        return Array(String(decoding: [first, try hexadecimal()], as: UTF16.self).utf8)
    }

    private mutating func hexadecimal() throws(Fault) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap({ Character(UnicodeScalar($0)).hexDigitValue }) else {
                throw fault("four hexadecimal digits after \\u")
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }

    private mutating func number() throws(Fault) -> Int {
        let start = offset
        if next == UInt8(ascii: "-") { offset += 1 }
        let first = offset
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
        let isPlain = offset > first && (text[first] != UInt8(ascii: "0") || offset == first + 1)
        let isWhole = next.map { !".eE".utf8.contains($0) } ?? true
        guard isPlain, isWhole, offset - first <= Self.digitCountMax,
            let number = Int(String(decoding: text[start..<offset], as: UTF8.self))
        else { throw Fault(offset: start, expected: "a whole number") }
        return number
    }
}
