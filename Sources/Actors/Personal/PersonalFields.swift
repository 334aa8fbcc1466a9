/// Personal texts in JSON that `JSON.encode` has written, found without reading it: a string that begins with U+E000, the person, and
/// one of three characters that say what follows. Everything without the byte 0xEE, which begins private-use characters and nothing in
/// Korean, is passed at eight bytes a step and not copied.
package enum PersonalFields {
    /// The last byte of the character between the person and the rest.
    package enum Form: UInt8, Sendable {
        case clear = 0x81
        /// What a key has sealed, in base64.
        case sealed = 0x82
        case erased = 0x83
    }

    /// The longest person, in bytes: a class or `order`, a colon, and a part of a stream's name.
    static let personByteCountMax = 2 * StreamID.partByteCountMax

    /// A string's contents as it is stored.
    package struct Field {
        package let person: String
        package let form: Form
        package let content: ArraySlice<UInt8>

        /// Nil when the bytes do not begin with U+E000, a person and a form.
        package init?(_ bytes: ArraySlice<UInt8>) {
            guard bytes.starts(with: PersonalFields.mark(0x80)) else { return nil }
            let rest = bytes.dropFirst(3)
            guard let end = rest.prefix(PersonalFields.personByteCountMax + 1).firstIndex(of: 0xEE),
                end > rest.startIndex,
                !rest[..<end].contains(where: { $0 < 0x20 || $0 == quote || $0 == backslash }),
                bytes.endIndex - end >= 3, bytes[end + 1] == 0x80, let form = Form(rawValue: bytes[end + 2])
            else { return nil }
            person = String(decoding: rest[..<end], as: UTF8.self)
            self.form = form
            content = bytes[(end + 3)...]
        }
    }

    /// What the world outside sees: the texts alone, nothing where one is erased.
    package static func plain(_ json: [UInt8]) -> [UInt8] {
        rewrite(json) { field, bytes in
            if field.form == .clear { bytes.append(contentsOf: field.content) }
        } ?? json
    }

    /// Puts other texts in the place of those that are there.
    ///
    /// - Parameter body: gets a clear text as it is, without JSON's escapes, and a sealed one as it is stored, and says in which form
    ///   the person's text stands there from now on; nil leaves it.
    /// - Returns: nil when nobody is in it.
    package static func map(
        _ json: [UInt8], _ body: (_ person: String, _ form: Form, _ text: [UInt8]) -> (form: Form, text: [UInt8])?
    ) -> [UInt8]? {
        rewrite(json) { field, bytes in
            let text = field.form == .clear ? unescaped(field.content) : Array(field.content)
            let next = body(field.person, field.form, text)
            bytes.append(contentsOf: mark(0x80))
            bytes.append(contentsOf: field.person.utf8)
            bytes.append(contentsOf: mark((next?.form ?? field.form).rawValue))
            guard let next else { return bytes.append(contentsOf: field.content) }
            bytes.append(contentsOf: next.form == .clear ? escaped(next.text) : next.text[...])
        }
    }

    /// The same for a text by itself, without quotes and escapes: a column of a table.
    package static func map(
        text: String, _ body: (_ person: String, _ form: Form, _ text: [UInt8]) -> (form: Form, text: [UInt8])?
    ) -> String? {
        guard text.utf8.first == 0xEE, let field = Field(Array(text.utf8)[...]),
            let next = body(field.person, field.form, Array(field.content))
        else { return nil }
        let bytes = mark(0x80) + Array(field.person.utf8) + mark(next.form.rawValue) + next.text
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether JSON from outside has one of the characters U+E000 to U+E00F, as it is or as an escape. With them somebody could make
    /// the journal take a text for another person's.
    package static func isForged(_ json: [UInt8]) -> Bool {
        json.withUnsafeBufferPointer { bytes in
            var index = 0
            while let found = bytes.next(0xEE, backslash, from: index) {
                let rest = bytes[found...].prefix(6)
                if bytes[found] == 0xEE {
                    if rest.count >= 3, bytes[found + 1] == 0x80, bytes[found + 2] < 0x90 { return true }
                    index = found + 1
                } else {
                    if rest.count == 6, isEscape(rest) { return true }
                    // Behind a backslash there is always another character, and it belongs to it.
                    index = found + 2
                }
            }
            return false
        }
    }

    /// `\uE00x`, in capitals or not.
    private static func isEscape(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        zip(bytes.dropLast(), #"\ue00"#.utf8).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && $1 == UInt8(ascii: "e")) }
    }

    // MARK: Bytes

    fileprivate static let quote = UInt8(ascii: "\"")
    fileprivate static let backslash = UInt8(ascii: "\\")

    /// A character U+E000 to U+E03F by its last byte.
    fileprivate static func mark(_ last: UInt8) -> [UInt8] { [0xEE, 0x80, last] }

    /// Copies `json`, with the contents of each personal string as `body` writes them; nil when there is none.
    private static func rewrite(_ json: [UInt8], _ body: (Field, inout [UInt8]) -> Void) -> [UInt8]? {
        var bytes: [UInt8] = []
        var copied = 0
        var index = 0
        while let found = json.withUnsafeBufferPointer({ $0.next(0xEE, 0xEE, from: index) }) {
            index = found + 1
            guard found > 0, json[found - 1] == quote, let end = endOfString(json, from: found),
                let field = Field(json[found..<end])
            else { continue }
            if bytes.isEmpty { bytes.reserveCapacity(json.count + json.count / 2) }
            bytes.append(contentsOf: json[copied..<found])
            body(field, &bytes)
            copied = end
            index = end
        }
        guard copied > 0 else { return nil }
        bytes.append(contentsOf: json[copied...])
        return bytes
    }

    /// The quote that ends the string in which `index` is.
    private static func endOfString(_ json: [UInt8], from index: Int) -> Int? {
        var index = index
        while let found = json.withUnsafeBufferPointer({ $0.next(quote, backslash, from: index) }) {
            if json[found] == quote { return found }
            index = found + 2
        }
        return nil
    }

    private static func unescaped(_ content: ArraySlice<UInt8>) -> [UInt8] {
        guard content.contains(backslash), let text = JSONEscapes.text(of: content) else { return Array(content) }
        return Array(text.utf8)
    }

    private static func escaped(_ text: [UInt8]) -> ArraySlice<UInt8> {
        var bytes: [UInt8] = []
        text.withUnsafeBufferPointer { JSONEscapes.append($0, to: &bytes) }
        return bytes[1..<(bytes.count - 1)]
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The first place from `start` on that holds one of two bytes.
    fileprivate func next(_ one: UInt8, _ other: UInt8, from start: Int) -> Int? {
        guard let base = baseAddress, start < count else { return nil }
        let (ones, others) = (UInt64(repeating: one), UInt64(repeating: other))
        var index = start
        while index + 8 <= count {
            let word = UnsafeRawPointer(base).loadUnaligned(fromByteOffset: index, as: UInt64.self)
            if (word ^ ones).hasZeroByte || (word ^ others).hasZeroByte { break }
            index += 8
        }
        while index < count {
            if self[index] == one || self[index] == other { return index }
            index += 1
        }
        return nil
    }
}

extension UInt64 {
    fileprivate init(repeating byte: UInt8) { self = UInt64(byte) &* 0x0101_0101_0101_0101 }

    /// The subtraction borrows into the high bit of a byte that is zero, and of no other before the first such.
    fileprivate var hasZeroByte: Bool { (self &- 0x0101_0101_0101_0101) & ~self & 0x8080_8080_8080_8080 != 0 }
}
