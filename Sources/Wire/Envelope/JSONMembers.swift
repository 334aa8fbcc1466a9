/// The members of a JSON object, found without building values: names, and where each value's bytes stand.
///
/// The whole text is checked (RFC 8259), so a value's bytes can be passed on as they are. Of a repeated name the last counts.
package struct JSONMembers: Sendable {
    package enum Failure: Error, Sendable, Hashable {
        case notJSON(at: Int)
        case notAnObject
        case tooDeep
    }

    /// Values nested deeper than this are refused, which bounds the work and the stack.
    package static let depthMax = 32

    package let bytes: [UInt8]
    private let members: [(name: Range<Int>, value: Range<Int>)]

    package init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        var scanner = JSONScanner(bytes)
        members = try scanner.members()
    }

    package subscript(name: String) -> ArraySlice<UInt8>? {
        members.last { isName(bytes[$0.name], name) }.map { bytes[$0.value] }
    }

    /// By bytes: to Swift's strings the Kelvin sign is a K, in JSON it is another name.
    private func isName(_ literal: ArraySlice<UInt8>, _ name: String) -> Bool {
        let inner = literal.dropFirst().dropLast()
        guard inner.contains(UInt8(ascii: "\\")) else { return inner.elementsEqual(name.utf8) }
        return JSONScanner.string(literal)?.utf8.elementsEqual(name.utf8) ?? false
    }

    /// Nil when the member is missing, null or no string.
    package func string(_ name: String) -> String? {
        guard let value = self[name], value.first == UInt8(ascii: "\"") else { return nil }
        return JSONScanner.string(value)
    }

    /// Nil when the member is missing or no whole number in the range of Int64.
    package func integer(_ name: String) -> Int64? {
        guard let value = self[name] else { return nil }
        return Int64(String(decoding: value, as: UTF8.self))
    }

    /// Nil when the member is missing or neither true nor false.
    package func flag(_ name: String) -> Bool? {
        guard let value = self[name] else { return nil }
        return value.elementsEqual("true".utf8) ? true : value.elementsEqual("false".utf8) ? false : nil
    }

    /// The bytes of a member that is an object.
    package func object(_ name: String) -> [UInt8]? {
        guard let value = self[name], value.first == UInt8(ascii: "{") else { return nil }
        return Array(value)
    }

    package func isMissingOrNull(_ name: String) -> Bool {
        guard let value = self[name] else { return true }
        return value.first == UInt8(ascii: "n")
    }
}
