import Glibc
import NIOCore

/// Whose connection it is: the peer of the socket, or whom a reverse proxy of ours names.
package struct ClientAddresses: Sendable {
    /// Addresses of reverse proxies whose `X-Forwarded-For` is believed, each as `canonical` writes it.
    package var trustedProxies: Set<String>

    package init(trustedProxies: Set<String> = []) { self.trustedProxies = trustedProxies }

    /// - Parameters:
    ///   - peer: of the socket; empty if it has none.
    ///   - forwardedFor: the values of `X-Forwarded-For`. The last entry is the trusted proxy's own; what stands before it anybody
    ///     may have written.
    package func client(peer: String, forwardedFor: [String]) -> String {
        guard isTrusted(peer), let entry = forwardedFor.last?.split(separator: ",").last else {
            return Self.canonical(peer)
        }
        let address = entry.filter { $0 != " " && $0 != "\t" }
        return Self.canonical(address.isEmpty ? peer : address)
    }

    func isTrusted(_ peer: String) -> Bool { trustedProxies.contains(Self.canonical(peer)) }

    /// One spelling for each address. An IPv4 peer of a socket that listens on `::` is `::ffff:10.0.0.1`: that is `10.0.0.1`.
    /// What is no address stays as it is.
    static func canonical(_ address: String) -> String {
        guard let bytes = bytes(ofIPv6: address) else { return address }
        if bytes.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
            return bytes[12...].map { String($0) }.joined(separator: ".")
        }
        return (try? SocketAddress(ipAddress: address, port: 0))?.ipAddress ?? address
    }

    /// What limits count: an IPv4 address, or the first 64 bits of an IPv6 address. Of the addresses behind those its owner takes
    /// as many as he likes.
    static func counted(_ address: String) -> String {
        let address = canonical(address)
        guard let bytes = bytes(ofIPv6: address) else { return address }
        return bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":") + "/64"
    }

    private static func bytes(ofIPv6 address: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET6, address, &bytes) == 1 ? bytes : nil
    }
}
