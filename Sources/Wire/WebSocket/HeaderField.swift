/// One line of an HTTP head.
package struct HeaderField: Sendable, Hashable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

// HTTP compares bytes. To Swift's strings the Kelvin sign is a K, and a comma with an accent on it is no comma.

extension [HeaderField] {
    /// The values of every field of this name, whatever its case, without white space around them.
    package func values(of name: String) -> [String] {
        filter { $0.name.isSameToken(as: name) }.map { String(Substring($0.value[...].utf8.trimmed)) }
    }

    /// The elements of a comma-separated field, also when it is repeated (RFC 9110 §5.6.1).
    package func tokens(of name: String) -> [String] {
        values(of: name).flatMap { $0.utf8.split(separator: UInt8(ascii: ",")) }
            .map { String(Substring($0.trimmed)) }.filter { !$0.isEmpty }
    }

    /// Whether `token` is an element of a comma-separated field, whatever its case.
    func hasToken(_ token: String, in name: String) -> Bool {
        tokens(of: name).contains { $0.isSameToken(as: token) }
    }
}

extension String {
    /// Equal but for the case of ASCII letters, as names and most tokens of HTTP compare (RFC 9110 §5.1).
    package func isSameToken(as other: String) -> Bool {
        func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
        return utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { lowered($0) == lowered($1) }
    }
}

extension Substring.UTF8View {
    /// Without blanks and tabs at either end.
    var trimmed: Substring.UTF8View {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var rest = drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }
}
