/// Encodes into one node of a tree. It is two words, so that it travels as `any Encoder` without an allocation.
///
/// Paths are not kept: what does not encode is a mistake in a type, see `JSON.encode`.
struct JSONEncoding: Encoder, SingleValueEncodingContainer {
    let tree: JSONTree
    let node: Int

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        tree.beginObject(node)
        return KeyedEncodingContainer(JSONMembersEncoding<Key>(tree: tree, object: node))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        tree.beginArray(node)
        return JSONElementsEncoding(tree: tree, array: node)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() { tree.set(node, literal: "null") }
    func encode(_ value: Bool) { tree.set(node, literal: value ? "true" : "false") }
    func encode(_ value: String) { tree.set(node, string: value) }
    func encode(_ value: Double) { tree.set(node, double: value) }
    func encode(_ value: Float) { preconditionFailure("the core has no Float") }
    func encode(_ value: Int) { tree.set(node, integer: value) }
    func encode(_ value: Int8) { tree.set(node, integer: value) }
    func encode(_ value: Int16) { tree.set(node, integer: value) }
    func encode(_ value: Int32) { tree.set(node, integer: value) }
    func encode(_ value: Int64) { tree.set(node, integer: value) }
    func encode(_ value: UInt) { tree.set(node, integer: value) }
    func encode(_ value: UInt8) { tree.set(node, integer: value) }
    func encode(_ value: UInt16) { tree.set(node, integer: value) }
    func encode(_ value: UInt32) { tree.set(node, integer: value) }
    func encode(_ value: UInt64) { tree.set(node, integer: value) }
    func encode(_ value: some Encodable) throws { try value.encode(to: self) }
}

/// The members of an object. What is not written out goes through `JSONEncoding`.
private struct JSONMembersEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let tree: JSONTree
    let object: Int

    var codingPath: [any CodingKey] { [] }

    private func add(_ key: Key) -> Int { tree.addMember(key.stringValue, to: object) }

    func encodeNil(forKey key: Key) { tree.set(add(key), literal: "null") }
    func encode(_ value: Bool, forKey key: Key) { tree.set(add(key), literal: value ? "true" : "false") }
    func encode(_ value: String, forKey key: Key) { tree.set(add(key), string: value) }
    func encode(_ value: Int, forKey key: Key) { tree.set(add(key), integer: value) }
    func encode(_ value: Int64, forKey key: Key) { tree.set(add(key), integer: value) }
    func encode(_ value: some Encodable, forKey key: Key) throws {
        try value.encode(to: JSONEncoding(tree: tree, node: add(key)))
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        JSONEncoding(tree: tree, node: add(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        JSONEncoding(tree: tree, node: add(key)).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { preconditionFailure("the core has no classes to encode") }
    func superEncoder(forKey key: Key) -> any Encoder { preconditionFailure("the core has no classes to encode") }
}

/// The elements of an array.
private struct JSONElementsEncoding: UnkeyedEncodingContainer {
    let tree: JSONTree
    let array: Int
    private(set) var count = 0

    init(tree: JSONTree, array: Int) {
        self.tree = tree
        self.array = array
    }

    var codingPath: [any CodingKey] { [] }

    private mutating func add() -> JSONEncoding {
        count += 1
        return JSONEncoding(tree: tree, node: tree.addElement(to: array))
    }

    mutating func encodeNil() { add().encodeNil() }
    mutating func encode(_ value: some Encodable) throws { try value.encode(to: add()) }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        add().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { add().unkeyedContainer() }
    mutating func superEncoder() -> any Encoder { preconditionFailure("the core has no classes to encode") }
}
