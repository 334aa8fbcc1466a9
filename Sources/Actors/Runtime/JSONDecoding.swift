/// Decodes the value at one node. It is two words, so that it travels as `any Decoder` without an allocation.
struct JSONDecoding: Decoder, SingleValueDecodingContainer {
    let document: JSONDocument
    let node: Int

    var codingPath: [any CodingKey] { document.path(to: node) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try JSONMembersDecoding<Key>(document, node))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try JSONElementsDecoding(document, node) }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool { document.kind(node) == .null }
    func decode(_ type: Bool.Type) throws -> Bool { try document.flag(node) }
    func decode(_ type: String.Type) throws -> String { try document.string(node) }
    func decode(_ type: Double.Type) throws -> Double { try document.double(node) }
    func decode(_ type: Float.Type) throws -> Float { preconditionFailure("the core has no Float") }
    func decode(_ type: Int.Type) throws -> Int { try document.integer(node, as: type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try document.integer(node, as: type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try document.integer(node, as: type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try document.integer(node, as: type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try document.integer(node, as: type) }
    func decode(_ type: UInt.Type) throws -> UInt { try document.integer(node, as: type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try document.integer(node, as: type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try document.integer(node, as: type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try document.integer(node, as: type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try document.integer(node, as: type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: self) }
}

/// The members of an object. What is not written out goes through `JSONDecoding`.
private struct JSONMembersDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let document: JSONDocument
    private let object: Int
    /// Nil for the common object, small and with plain names: it is searched.
    private let index: [String: Int]?

    init(_ document: JSONDocument, _ node: Int) throws {
        switch document.kind(node) {
        case .object: index = nil
        case .indexedObject: index = try document.index(of: node)
        case .null: throw document.noContainer(node, [String: Any].self, "keyed")
        default: throw document.mismatch(node, [String: Any].self)
        }
        self.document = document
        object = node
    }

    var codingPath: [any CodingKey] { document.path(to: object) }

    var allKeys: [Key] {
        if let index { return index.keys.compactMap { Key(stringValue: $0) } }
        // The case of an enum: spares the making of several generic types.
        if document.count(object) == 1 {
            guard let key = Key(stringValue: document.name(object + 1)) else { return [] }
            return [key]
        }
        return document.names(of: object).compactMap { Key(stringValue: $0) }
    }

    private func find(_ key: some CodingKey) -> Int? {
        guard let index else { return document.value(named: key.stringValue, in: object) }
        return index[key.stringValue]
    }

    private func value(_ key: some CodingKey) throws -> Int {
        guard let value = find(key) else {
            throw DecodingError.keyNotFound(
                key,
                .init(
                    codingPath: codingPath,
                    debugDescription: "No value associated with key \(key) (\"\(key.stringValue)\")."))
        }
        return value
    }

    private func present(_ key: Key) -> Int? {
        guard let value = find(key), document.kind(value) != .null else { return nil }
        return value
    }

    private func decoder(_ key: Key) throws -> JSONDecoding { JSONDecoding(document: document, node: try value(key)) }

    func contains(_ key: Key) -> Bool { find(key) != nil }
    func decodeNil(forKey key: Key) throws -> Bool { document.kind(try value(key)) == .null }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try document.flag(value(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try document.string(value(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try document.integer(value(key), as: type) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try document.integer(value(key), as: type) }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try Value(from: decoder(key))
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try present(key).map { try document.flag($0) }
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try present(key).map { try document.string($0) }
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try present(key).map { try document.integer($0, as: type) }
    }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try present(key).map { try document.integer($0, as: type) }
    }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try present(key).map { try Value(from: JSONDecoding(document: document, node: $0)) }
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        KeyedDecodingContainer(try JSONMembersDecoding<Nested>(document, value(key)))
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try JSONElementsDecoding(document, value(key))
    }

    func superDecoder() throws -> any Decoder { preconditionFailure("the core has no classes to decode") }
    func superDecoder(forKey key: Key) throws -> any Decoder {
        preconditionFailure("the core has no classes to decode")
    }
}

/// The elements of an array, in order; three words, so that it travels without an allocation.
private struct JSONElementsDecoding: UnkeyedDecodingContainer {
    private let document: JSONDocument
    private let array: UInt32
    private var next: UInt32
    private(set) var currentIndex = 0

    init(_ document: JSONDocument, _ node: Int) throws {
        switch document.kind(node) {
        case .array: break
        case .null: throw document.noContainer(node, [Any].self, "unkeyed")
        default: throw document.mismatch(node, [Any].self)
        }
        self.document = document
        array = UInt32(node)
        next = UInt32(node + 1)
    }

    var codingPath: [any CodingKey] { document.path(to: Int(array)) }
    var count: Int? { document.count(Int(array)) }
    var isAtEnd: Bool { currentIndex >= document.count(Int(array)) }

    /// Reads the next element and, if that works, passes it.
    private mutating func pass<Value>(_ type: Any.Type, _ read: (JSONDecoding) throws -> Value) throws -> Value {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                type,
                .init(
                    codingPath: codingPath + [JSONKey(currentIndex)],
                    debugDescription: "Unkeyed container is at end."))
        }
        let value = try read(JSONDecoding(document: document, node: Int(next)))
        next = UInt32(document.next(Int(next)))
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        var other = self
        guard try other.pass(Never.self, { $0.decodeNil() }) else { return false }
        self = other
        return true
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool { try pass(type) { try $0.decode(type) } }
    mutating func decode(_ type: String.Type) throws -> String { try pass(type) { try $0.decode(type) } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try pass(type) { try Value(from: $0) }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try pass(KeyedDecodingContainer<Nested>.self) { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try pass((any UnkeyedDecodingContainer).self) { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { preconditionFailure("the core has no classes to decode") }
}

extension JSONDocument {
    /// Null where an object or an array had to be.
    fileprivate func noContainer(_ node: Int, _ type: Any.Type, _ name: String) -> DecodingError {
        .valueNotFound(
            type,
            .init(
                codingPath: path(to: node),
                debugDescription: "Cannot get \(name) decoding container -- found null value instead"))
    }
}
