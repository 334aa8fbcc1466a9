/// Where the hub is: `ws://host[:port]/path` or `wss://…`.
package struct HubAddress: Equatable, Sendable, CustomStringConvertible {
    package let secure: Bool
    package let host: String
    package let port: Int
    package let target: String

    package init(parsing text: String) throws(HubAddressError) {
        let (scheme, rest) = Self.split(text, at: "://")
        switch scheme {
        case "ws": secure = false
        case "wss": secure = true
        default: throw HubAddressError(text: text)
        }
        let (authority, path) = Self.split(rest ?? "", at: "/")
        target = "/" + (path ?? "")
        let portText: Substring?
        if authority.hasPrefix("["), let bracket = authority.firstIndex(of: "]") {
            host = String(authority[authority.index(after: authority.startIndex)..<bracket])
            portText = Self.split(authority[bracket...], at: ":").1
        } else {
            let (name, port) = Self.split(authority, at: ":")
            host = String(name)
            portText = port
        }
        guard let port = portText.map({ Int($0) }) ?? (secure ? 443 : 80), (1...65_535).contains(port), !host.isEmpty,
            path?.contains("#") != true
        else { throw HubAddressError(text: text) }
        self.port = port
    }

    package var description: String { "\(secure ? "wss" : "ws")://\(authority)\(target)" }

    /// What the Host field says.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (secure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// What the certificate is asked for (SNI); nil for an address, which has no place there (RFC 6066 §3).
    ///
    /// No name holds a colon, and none ends in a label of digits alone.
    var serverName: String? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard !host.utf8.contains(UInt8(ascii: ":")), let last = host.utf8.split(separator: UInt8(ascii: ".")).last,
            !last.allSatisfy({ digits.contains($0) })
        else { return nil }
        return host
    }

    private static func split(_ text: some StringProtocol, at mark: String) -> (Substring, Substring?) {
        let text = Substring(text)
        guard let range = text.firstRange(of: mark) else { return (text, nil) }
        return (text[..<range.lowerBound], text[range.upperBound...])
    }
}

package struct HubAddressError: Error, Equatable, CustomStringConvertible {
    package let text: String

    package var description: String { "hub address \"\(text)\"; expected ws://host:port/ws or wss://host/ws" }
}
