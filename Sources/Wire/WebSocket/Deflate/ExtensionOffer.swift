/// One element of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
struct ExtensionOffer: Hashable {
    struct Parameter: Hashable {
        let name: String
        let value: String?
    }

    let name: String
    let parameters: [Parameter]

    /// The offers in one field; those that are not well formed are left out.
    static func parse(_ field: String) -> [ExtensionOffer] {
        split(field[...].utf8, at: UInt8(ascii: ",")).compactMap { element in
            let parts = split(element, at: UInt8(ascii: ";"))
            let parameters = parts.dropFirst().compactMap(parameter)
            guard let name = token(parts[0]), parameters.count == parts.count - 1 else { return nil }
            return ExtensionOffer(name: name, parameters: parameters)
        }
    }

    private static func parameter(_ text: Substring.UTF8View) -> Parameter? {
        let sides = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = token(sides[0]) else { return nil }
        guard sides.count == 2 else { return Parameter(name: name, value: nil) }
        return (token(sides[1]) ?? quotedToken(sides[1])).map { Parameter(name: name, value: $0) }
    }

    /// Splits outside of quotation marks; at least one part.
    private static func split(_ text: Substring.UTF8View, at separator: UInt8) -> [Substring.UTF8View] {
        var isQuoted = false
        var isEscaped = false
        return text.split(omittingEmptySubsequences: false) { byte in
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else {
                isEscaped = isQuoted && byte == UInt8(ascii: "\\")
            }
            return byte == separator && !isQuoted
        }
    }

    /// A token without the blanks around it.
    private static func token(_ text: Substring.UTF8View) -> String? {
        let token = text.trimmed
        return isToken(token) ? String(Substring(token)) : nil
    }

    /// A quoted value, which must be a token once it is unquoted.
    private static func quotedToken(_ text: Substring.UTF8View) -> String? {
        let quoted = text.trimmed
        guard quoted.count > 2, quoted.first == UInt8(ascii: "\""), quoted.last == UInt8(ascii: "\"") else {
            return nil
        }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in quoted.dropFirst().dropLast() {
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            if !isEscaped { bytes.append(byte) }
        }
        return !isEscaped && isToken(bytes) ? String(decoding: bytes, as: UTF8.self) : nil
    }

    private static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty && bytes.allSatisfy { (0x21...0x7E).contains($0) && !#""(),/:;<=>?@[\]{}"#.utf8.contains($0) }
    }
}
