/// JSON text and where its values stand. A value is known by the index of its node.
final class JSONDocument: Sendable {
    enum Kind: UInt8 {
        case null, `false`, `true`, number, array
        /// A string whose bytes are its text, or one with escapes.
        case verbatim, escaped
        /// An object with few names, all ASCII without escapes: they are searched. Any other has an index, see `index(of:)`.
        case object, indexedObject

        /// As Foundation words it.
        var description: String {
            switch self {
            case .null: "null"
            case .false, .true: "bool"
            case .number: "number"
            case .array: "an array"
            case .verbatim, .escaped: "a string"
            case .object, .indexedObject: "a dictionary"
            }
        }
    }

    struct Node {
        /// The first byte; of a string the one behind the quote.
        let start: UInt32
        /// Bytes of a string without its quotes or of a number; elements of an array; members of an object, which are two
        /// nodes each: its name, then its value with all that it holds.
        var count: UInt32
        /// The index of the node behind this one and all that it holds.
        var next: UInt32
        /// The object or array around it; of the outermost value itself.
        let parent: UInt32
        var kind: Kind
    }

    /// The most members that are searched one by one.
    static let searchedMemberCountMax = 32

    private let bytes: [UInt8]
    private let nodes: [Node]

    init(_ bytes: [UInt8]) throws(DecodingError) {
        nodes = try JSONParser.nodes(of: bytes)
        self.bytes = bytes
    }

    func kind(_ node: Int) -> Kind { nodes[node].kind }
    func count(_ node: Int) -> Int { Int(nodes[node].count) }
    /// Of an element of an array: the one behind it.
    func next(_ node: Int) -> Int { Int(nodes[node].next) }

    // MARK: Members

    /// The first value of that name in an object without an index, nil when there is none.
    func value(named name: String, in object: Int) -> Int? {
        var name = name
        return name.withUTF8 { name in
            bytes.withUnsafeBufferPointer { bytes in
                nodes.withUnsafeBufferPointer { nodes in
                    let end = Int(nodes[object].next)
                    var member = object + 1
                    while member < end {
                        let node = nodes[member]
                        if Int(node.count) == name.count, Self.isEqual(bytes, Int(node.start), name) {
                            return member + 1
                        }
                        member = Int(nodes[member + 1].next)
                    }
                    return nil
                }
            }
        }
    }

    @inline(__always)
    private static func isEqual(
        _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int, _ name: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        for offset in 0..<name.count where bytes[start + offset] != name[offset] { return false }
        return true
    }

    /// The values of an object by name; of several with one name, the first.
    func index(of object: Int) throws -> [String: Int] {
        var index: [String: Int] = [:]
        index.reserveCapacity(count(object))
        var member = object + 1
        while member < next(object) {
            let name = try text(member)
            if index[name] == nil { index[name] = member + 1 }
            member = next(member + 1)
        }
        return index
    }

    /// The names of an object without an index, each once, in their order.
    func names(of object: Int) -> [String] {
        var names: [String] = []
        names.reserveCapacity(count(object))
        var member = object + 1
        while member < next(object) {
            let name = name(member)
            if value(named: name, in: object) == member + 1 { names.append(name) }
            member = next(member + 1)
        }
        return names
    }

    /// The name of a member; empty when it is none, which is known before only in an object without an index.
    func name(_ member: Int) -> String { (try? text(member)) ?? "" }

    // MARK: Values

    func flag(_ node: Int) throws -> Bool {
        switch kind(node) {
        case .true: return true
        case .false: return false
        default: throw mismatch(node, Bool.self)
        }
    }

    func string(_ node: Int) throws -> String {
        switch kind(node) {
        case .verbatim, .escaped: return try text(node)
        default: throw unexpected(node, String.self)
        }
    }

    func integer<Number: FixedWidthInteger>(_ node: Int, as type: Number.Type) throws -> Number {
        guard kind(node) == .number else { throw unexpected(node, type) }
        guard let number: Number = JSONNumber.integer(slice(node)) else { throw DecodingError.notJSON }
        return number
    }

    func double(_ node: Int) throws -> Double {
        guard kind(node) == .number else { throw unexpected(node, Double.self) }
        guard let number = JSONNumber.double(slice(node)) else { throw DecodingError.notJSON }
        return number
    }

    private func text(_ node: Int) throws -> String {
        if kind(node) == .escaped {
            guard let text = JSONEscapes.text(of: slice(node)) else { throw DecodingError.notJSON }
            return text
        }
        let start = Int(nodes[node].start)
        do {
            let bytes = bytes
            let contents = bytes.span.extracting(start..<start + count(node))
            let text = try UTF8Span(validating: contents)
            return String(copying: text)
        } catch {
            throw DecodingError.notJSON
        }
    }

    private func slice(_ node: Int) -> ArraySlice<UInt8> {
        let start = Int(nodes[node].start)
        return bytes[start..<start + count(node)]
    }

    // MARK: Errors

    /// A value of the wrong type where null is one, too.
    func mismatch(_ node: Int, _ type: Any.Type) -> DecodingError {
        .typeMismatch(
            type,
            .init(
                codingPath: path(to: node),
                debugDescription: "Expected to decode \(type) but found \(kind(node).description) instead."))
    }

    /// A value of the wrong type, where null is none.
    func unexpected(_ node: Int, _ type: Any.Type) -> DecodingError {
        guard kind(node) == .null else { return mismatch(node, type) }
        return .valueNotFound(
            type,
            .init(
                codingPath: path(to: node),
                debugDescription: "Cannot get value of type \(type) -- found null value instead"))
    }

    /// The names and positions that lead to a value, looked up when somebody asks. Every `try?` of a type that tries several
    /// does: the work is that of the depth, and in an array that of the elements before.
    func path(to node: Int) -> [any CodingKey] {
        var path: [any CodingKey] = []
        var node = node
        while node != 0 {
            let parent = Int(nodes[node].parent)
            path.append(kind(parent) == .array ? JSONKey(position(of: node, in: parent)) : JSONKey(name(node - 1)))
            node = parent
        }
        return path.reversed()
    }

    private func position(of node: Int, in array: Int) -> Int {
        var position = 0
        var element = array + 1
        while element < node {
            element = next(element)
            position += 1
        }
        return position
    }
}

/// A step of a path: the name of a member, or a position in an array, which reads `Index 7`.
struct JSONKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ name: String) {
        stringValue = name
        intValue = nil
    }

    init(_ position: Int) {
        stringValue = "Index \(position)"
        intValue = position
    }

    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { self.init(intValue) }
}
