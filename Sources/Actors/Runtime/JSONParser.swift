/// Reads JSON text into the flat list of nodes of a `JSONDocument`.
///
/// It accepts what Foundation's decoder does. That includes a comma behind the last member, and text that nobody asks for:
/// escapes, UTF-8 and the digits of numbers are checked when a value is read, because most are read once and many never.
struct JSONParser {
    /// The deepest nesting of objects and arrays; parsing recurses, and so do the types that are decoded.
    static let depthMax = 512

    private let bytes: UnsafePointer<UInt8>
    private let byteCount: Int
    private var index = 0
    /// The container that is being read.
    private var container = 0
    private var nodes: [JSONDocument.Node] = []

    /// The nodes of `bytes`, which may begin with a byte order mark.
    static func nodes(of bytes: [UInt8]) throws(DecodingError) -> [JSONDocument.Node] {
        // Nodes hold 32-bit positions.
        guard bytes.count < Int(UInt32.max) else { throw .notJSON }
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(DecodingError) in
                guard let start = bytes.baseAddress else { throw .notJSON }
                var parser = JSONParser(bytes: start, count: bytes.count)
                try parser.document()
                return parser.nodes
            }
        }
        return try result.get()
    }

    private init(bytes: UnsafePointer<UInt8>, count: Int) {
        self.bytes = bytes
        byteCount = count
        nodes.reserveCapacity(count / 8 + 8)
    }

    private mutating func document() throws(DecodingError) {
        if byteCount >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { index = 3 }
        try value(depth: 0)
        skipBlanks()
        guard index == byteCount else { throw .notJSON }
    }

    private mutating func value(depth: Int) throws(DecodingError) {
        switch try peekPastBlanks() {
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "{"): try object(depth: depth + 1)
        case UInt8(ascii: "["): try array(depth: depth + 1)
        case UInt8(ascii: "-"), 0x30...0x39: number()
        case UInt8(ascii: "t"): try literal("true", .true)
        case UInt8(ascii: "f"): try literal("false", .false)
        case UInt8(ascii: "n"): try literal("null", .null)
        default: throw .notJSON
        }
    }

    private mutating func object(depth: Int) throws(DecodingError) {
        let object = try open(.object, depth)
        var count: UInt32 = 0
        var arePlain = true
        while try peekPastBlanks() != UInt8(ascii: "}") {
            arePlain = try string() && arePlain
            guard try peekPastBlanks() == UInt8(ascii: ":") else { throw .notJSON }
            index += 1
            try value(depth: depth)
            count += 1
            guard try passComma(or: UInt8(ascii: "}")) else { break }
        }
        close(object, count)
        if !arePlain || count > JSONDocument.searchedMemberCountMax { nodes[object].kind = .indexedObject }
    }

    private mutating func array(depth: Int) throws(DecodingError) {
        let array = try open(.array, depth)
        var count: UInt32 = 0
        while try peekPastBlanks() != UInt8(ascii: "]") {
            try value(depth: depth)
            count += 1
            guard try passComma(or: UInt8(ascii: "]")) else { break }
        }
        close(array, count)
    }

    private mutating func open(_ kind: JSONDocument.Kind, _ depth: Int) throws(DecodingError) -> Int {
        guard depth <= Self.depthMax else { throw .tooDeep }
        add(kind, start: index, count: 0)
        index += 1
        container = nodes.count - 1
        return container
    }

    /// Passes the closing bracket, at which reading stands.
    private mutating func close(_ closed: Int, _ count: UInt32) {
        index += 1
        nodes[closed].count = count
        nodes[closed].next = UInt32(truncatingIfNeeded: nodes.count)
        container = Int(nodes[closed].parent)
    }

    /// Passes a comma; false, without passing it, at the closing bracket.
    private mutating func passComma(or bracket: UInt8) throws(DecodingError) -> Bool {
        let byte = try peekPastBlanks()
        guard byte == UInt8(ascii: ",") else {
            guard byte == bracket else { throw .notJSON }
            return false
        }
        index += 1
        return true
    }

    /// True when it is ASCII without escapes.
    @discardableResult
    private mutating func string() throws(DecodingError) -> Bool {
        guard bytes[index] == UInt8(ascii: "\"") else { throw .notJSON }
        index += 1
        let start = index
        var isASCII = true
        var isVerbatim = true
        while index < byteCount {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") {
                add(isVerbatim ? .verbatim : .escaped, start: start, count: index - start)
                index += 1
                return isVerbatim && isASCII
            }
            if byte == UInt8(ascii: "\\") {
                isVerbatim = false
                try skipEscape()
                continue
            }
            // Control characters are refused when somebody reads the string.
            if byte < 0x20 { isVerbatim = false }
            if byte >= 0x80 { isASCII = false }
            index += 1
        }
        throw .notJSON
    }

    /// Only far enough to know where the string ends.
    private mutating func skipEscape() throws(DecodingError) {
        guard index + 1 < byteCount else { throw .notJSON }
        let isUnit = bytes[index + 1] == UInt8(ascii: "u")
        index += 2
        guard isUnit else { return }
        guard index + 4 <= byteCount else { throw .notJSON }
        for offset in 0..<4 where bytes[index + offset] == UInt8(ascii: "\"") { throw .notJSON }
        index += 4
    }

    private mutating func number() {
        let start = index
        index += 1
        while index < byteCount, Self.isOfNumber(bytes[index]) { index += 1 }
        add(.number, start: start, count: index - start)
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func literal(_ text: StaticString, _ kind: JSONDocument.Kind) throws(DecodingError) {
        let end = index + text.utf8CodeUnitCount
        guard end <= byteCount else { throw .notJSON }
        for offset in 0..<text.utf8CodeUnitCount where bytes[index + offset] != text.utf8Start[offset] {
            throw .notJSON
        }
        add(kind, start: index, count: text.utf8CodeUnitCount)
        index = end
    }

    private mutating func add(_ kind: JSONDocument.Kind, start: Int, count: Int) {
        nodes.append(
            JSONDocument.Node(
                start: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: count),
                next: UInt32(truncatingIfNeeded: nodes.count + 1), parent: UInt32(truncatingIfNeeded: container),
                kind: kind))
    }

    private mutating func skipBlanks() {
        while index < byteCount, Self.isBlank(bytes[index]) { index += 1 }
    }

    private mutating func peekPastBlanks() throws(DecodingError) -> UInt8 {
        while index < byteCount {
            let byte = bytes[index]
            guard Self.isBlank(byte) else { return byte }
            index += 1
        }
        throw .notJSON
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}

extension DecodingError {
    /// What is not JSON is so as a whole: without a path, as in Foundation.
    static var notJSON: DecodingError { .corrupted("The given data was not valid JSON.") }
    static var tooDeep: DecodingError {
        .corrupted("The given data was not valid JSON: nested deeper than \(JSONParser.depthMax).")
    }

    private static func corrupted(_ text: String) -> DecodingError {
        .dataCorrupted(Context(codingPath: [], debugDescription: text))
    }
}
