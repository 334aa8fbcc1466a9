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
    private var ranges: [String: Range<Int>] = [:]

    package init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        var scanner = JSONScanner(bytes)
        ranges = try scanner.members()
    }

    package subscript(name: String) -> ArraySlice<UInt8>? { ranges[name].map { bytes[$0] } }

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
