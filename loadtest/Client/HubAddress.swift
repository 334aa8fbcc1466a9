/// Where the hub is: `ws://host:port/path`. Pages and REST are on the same port.
struct HubAddress: Sendable, Hashable {
    let host: String
    let port: Int
    let target: String

    struct Unreadable: Error, CustomStringConvertible {
        let text: String
        var description: String { "hub address \"\(text)\"; expected ws://host:port/ws" }
    }

    init(parsing text: String) throws(Unreadable) {
        let scheme = "ws://"
        guard text.hasPrefix(scheme) else { throw Unreadable(text: text) }
        let rest = text.dropFirst(scheme.count)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        let parts = rest[..<end].split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2,
            let port = parts.count == 2 ? Int(parts[1]) : 80, (1...65_535).contains(port)
        else { throw Unreadable(text: text) }
        self.host = String(host)
        self.port = port
        target = end == rest.endIndex ? "/ws" : String(rest[end...])
    }

    /// What the Host field says.
    var authority: String { "\(host):\(port)" }
}
