/// Walks over JSON text and checks it, byte by byte.
struct JSONScanner {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The members of the object that the text must be, in order: the literal of each name, and its value.
    mutating func members() throws(JSONMembers.Failure) -> [(name: Range<Int>, value: Range<Int>)] {
        skipBlanks()
        guard peek == UInt8(ascii: "{") else { throw peek == nil ? .notJSON(at: index) : .notAnObject }
        var members: [(name: Range<Int>, value: Range<Int>)] = []
        try object(depth: 1) { name, value in members.append((name, value)) }
        skipBlanks()
        guard index == bytes.count else { throw .notJSON(at: index) }
        return members
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while index < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[index]) { index += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(JSONMembers.Failure) {
        guard peek == byte else { throw .notJSON(at: index) }
        index += 1
    }

    private mutating func value(depth: Int) throws(JSONMembers.Failure) {
        guard depth <= JSONMembers.depthMax else { throw .tooDeep }
        switch peek {
        case UInt8(ascii: "{"): try object(depth: depth) { _, _ in }
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        default: try number()
        }
    }

    private mutating func object(
        depth: Int, _ found: (Range<Int>, Range<Int>) -> Void
    ) throws(JSONMembers.Failure) {
        try expect(UInt8(ascii: "{"))
        skipBlanks()
        if peek == UInt8(ascii: "}") {
            index += 1
            return
        }
        while true {
            skipBlanks()
            let nameStart = index
            try string()
            let name = nameStart..<index
            skipBlanks()
            try expect(UInt8(ascii: ":"))
            skipBlanks()
            let valueStart = index
            try value(depth: depth + 1)
            found(name, valueStart..<index)
            skipBlanks()
            if peek == UInt8(ascii: ",") {
                index += 1
                continue
            }
            return try expect(UInt8(ascii: "}"))
        }
    }

    private mutating func array(depth: Int) throws(JSONMembers.Failure) {
        try expect(UInt8(ascii: "["))
        skipBlanks()
        if peek == UInt8(ascii: "]") {
            index += 1
            return
        }
        while true {
            skipBlanks()
            try value(depth: depth + 1)
            skipBlanks()
            if peek == UInt8(ascii: ",") {
                index += 1
                continue
            }
            return try expect(UInt8(ascii: "]"))
        }
    }

    private mutating func string() throws(JSONMembers.Failure) {
        try expect(UInt8(ascii: "\""))
        while let byte = peek {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return
            case UInt8(ascii: "\\"): try escape()
            case 0..<0x20: throw .notJSON(at: index - 1)
            default: continue
            }
        }
        throw .notJSON(at: index)
    }

    private mutating func escape() throws(JSONMembers.Failure) {
        guard let byte = peek else { throw .notJSON(at: index) }
        index += 1
        switch byte {
        case UInt8(ascii: "u"):
            for _ in 0..<4 {
                guard let digit = peek, Self.hex(digit) != nil else { throw .notJSON(at: index) }
                index += 1
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        default: throw .notJSON(at: index - 1)
        }
    }

    private mutating func literal(_ text: String) throws(JSONMembers.Failure) {
        for byte in text.utf8 { try expect(byte) }
    }

    private mutating func number() throws(JSONMembers.Failure) {
        if peek == UInt8(ascii: "-") { index += 1 }
        if peek == UInt8(ascii: "0") { index += 1 } else { try digits() }
        if peek == UInt8(ascii: ".") {
            index += 1
            try digits()
        }
        if let byte = peek, byte | 0x20 == UInt8(ascii: "e") {
            index += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { index += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(JSONMembers.Failure) {
        let start = index
        while let byte = peek, (0x30...0x39).contains(byte) { index += 1 }
        guard index > start else { throw .notJSON(at: index) }
    }

    /// The text of a checked string literal. Nil for a lone surrogate, which is no text.
    static func string(_ literal: ArraySlice<UInt8>) -> String? {
        let inner = literal.dropFirst().dropLast()
        guard inner.contains(UInt8(ascii: "\\")) else { return String(validating: inner, as: UTF8.self) }
        var units: [UInt8] = []
        var index = inner.startIndex
        while index < inner.endIndex {
            let byte = inner[index]
            index += 1
            guard byte == UInt8(ascii: "\\") else {
                units.append(byte)
                continue
            }
            let kind = inner[index]
            index += 1
            guard kind == UInt8(ascii: "u") else {
                units.append(simpleEscapes[kind] ?? kind)
                continue
            }
            guard let scalar = unicodeScalar(inner, &index) else { return nil }
            units += Array(String(Character(scalar)).utf8)
        }
        return String(validating: units, as: UTF8.self)
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "b"): 8, UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]

    private static func unicodeScalar(_ inner: ArraySlice<UInt8>, _ index: inout Int) -> Unicode.Scalar? {
        func unit() -> UInt32 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                value = value << 4 | UInt32(hex(inner[index]) ?? 0)
                index += 1
            }
            return value
        }
        let first = unit()
        guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
        guard inner.endIndex - index >= 6, inner[index] == UInt8(ascii: "\\"), inner[index + 1] == UInt8(ascii: "u")
        else { return nil }
        index += 2
        let second = unit()
        guard (0xDC00..<0xE000).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
