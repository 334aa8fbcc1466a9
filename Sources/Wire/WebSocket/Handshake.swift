import Crypto
import FoundationEssentials

/// The server's half of the opening handshake (RFC 6455 §4.2), as a function from a request head to an answer.
package enum Handshake {
    /// What the server agrees to.
    package struct Policy: Sendable {
        /// Subprotocols we speak; the client's order decides between them. Empty: none is ever chosen.
        package var subprotocols: [String]
        /// Whether a client that names no subprotocol is refused.
        package var requiresSubprotocol: Bool
        /// Nil: permessage-deflate is declined.
        package var deflate: DeflatePolicy?
        /// Judges the `Origin` of a browser, given the `Host` it asked; other clients send none and pass (§10.2).
        package var isOriginAllowed: @Sendable (_ origin: String, _ host: String) -> Bool

        package init(
            subprotocols: [String] = [], requiresSubprotocol: Bool = false, deflate: DeflatePolicy? = nil,
            isOriginAllowed: @escaping @Sendable (_ origin: String, _ host: String) -> Bool = { _, _ in true }
        ) {
            self.subprotocols = subprotocols
            self.requiresSubprotocol = requiresSubprotocol
            self.deflate = deflate
            self.isOriginAllowed = isOriginAllowed
        }
    }

    /// The answer 101: these fields, and nothing else, go with it.
    package struct Acceptance: Sendable, Hashable {
        package var headers: [HeaderField]
        package var subprotocol: String?
        package var deflate: DeflateParameters?

        package init(headers: [HeaderField], subprotocol: String? = nil, deflate: DeflateParameters? = nil) {
            self.headers = headers
            self.subprotocol = subprotocol
            self.deflate = deflate
        }
    }

    /// Whether a request asks for a WebSocket at all; one that does not is ordinary HTTP, `Upgrade: h2c` included.
    package static func isAsked(in headers: [HeaderField]) -> Bool {
        headers.hasToken("websocket", in: "Upgrade")
    }

    /// Judges a request (§4.2.1). Extensions other than permessage-deflate are declined by silence (§9.1).
    ///
    /// - Parameters:
    ///   - version: of HTTP, e.g. `(1, 1)`.
    ///   - headers: in any order and spelling; repeated fields count as one list.
    package static func accept(
        method: String, version: (major: Int, minor: Int), headers: [HeaderField], policy: Policy
    ) throws(HandshakeRefusal) -> Acceptance {
        guard method == "GET" else { throw .methodNotGet(method) }
        guard version >= (1, 1) else { throw .httpTooOld }
        guard headers.values(of: "Host").count == 1 else { throw .hostMissing }
        guard isAsked(in: headers), headers.hasToken("upgrade", in: "Connection") else { throw .upgradeMissing }
        guard headers.values(of: "Sec-WebSocket-Version") == ["13"] else { throw .versionUnsupported }
        let keys = headers.values(of: "Sec-WebSocket-Key")
        guard let key = keys.first, keys.count == 1, isKey(key) else { throw .keyInvalid }
        if let origin = headers.values(of: "Origin").first,
            !policy.isOriginAllowed(origin, headers.values(of: "Host").first ?? "")
        {
            throw .originNotAllowed(origin)
        }
        let subprotocol = try chooseSubprotocol(headers.tokens(of: "Sec-WebSocket-Protocol"), policy)

        var answer = [
            HeaderField("Upgrade", "websocket"),
            HeaderField("Connection", "Upgrade"),
            HeaderField("Sec-WebSocket-Accept", acceptValue(for: key)),
        ]
        if let subprotocol { answer.append(HeaderField("Sec-WebSocket-Protocol", subprotocol)) }
        let deflate = policy.deflate.flatMap {
            DeflateParameters.negotiate(headers.values(of: "Sec-WebSocket-Extensions"), $0)
        }
        if let deflate { answer.append(HeaderField("Sec-WebSocket-Extensions", deflate.answer)) }
        return Acceptance(headers: answer, subprotocol: subprotocol, deflate: deflate?.parameters)
    }

    /// `Sec-WebSocket-Accept` for a key: base64 of the SHA-1 of key and GUID (§4.2.2, 5.4).
    package static func acceptValue(for key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Data(digest).base64EncodedString()
    }

    /// `Sec-WebSocket-Key` from 16 random bytes (§4.1, 7).
    ///
    /// - Precondition: there are 16.
    package static func key(from nonce: [UInt8]) -> String {
        precondition(nonce.count == 16, "a nonce has 16 bytes, this one \(nonce.count)")
        return Data(nonce).base64EncodedString()
    }

    private static func isKey(_ value: String) -> Bool {
        value.utf8.count == 24 && Data(base64Encoded: value)?.count == 16
    }

    private static func chooseSubprotocol(
        _ offered: [String], _ policy: Policy
    ) throws(HandshakeRefusal) -> String? {
        guard !policy.subprotocols.isEmpty else { return nil }
        if offered.isEmpty && !policy.requiresSubprotocol { return nil }
        guard let chosen = offered.first(where: policy.subprotocols.contains) else {
            throw .subprotocolUnknown(supported: policy.subprotocols)
        }
        return chosen
    }
}
