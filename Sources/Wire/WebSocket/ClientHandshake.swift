package import NIOCore

/// The client's half of the opening handshake (RFC 6455 §4.1): a request head out, a response head in.
package struct ClientHandshake: Sendable {
    /// Bytes a response head may have.
    package static let headByteCountMax = 16 * 1024

    package struct Request: Sendable, Hashable {
        /// Host and, unless it is the default, port.
        package var host: String
        /// Path and query; no fragment.
        package var target: String
        /// In order of preference.
        package var subprotocols: [String]
        /// Further fields, e.g. `Origin`.
        package var headers: [HeaderField]

        package init(host: String, target: String, subprotocols: [String] = [], headers: [HeaderField] = []) {
            self.host = host
            self.target = target
            self.subprotocols = subprotocols
            self.headers = headers
        }
    }

    private let request: Request
    private let key: String
    private var head = ByteBuffer()

    /// - Parameter nonce: 16 random bytes, new for every connection.
    package init(_ request: Request, nonce: [UInt8]) {
        self.request = request
        self.key = Handshake.key(from: nonce)
    }

    /// The bytes to send first; refused if a part of the request has a line break, the target a space, or a field no
    /// name.
    package func requestHead() throws(HandshakeFailure) -> ByteBuffer {
        var fields = [
            HeaderField("Host", request.host),
            HeaderField("Upgrade", "websocket"),
            HeaderField("Connection", "Upgrade"),
            HeaderField("Sec-WebSocket-Key", key),
            HeaderField("Sec-WebSocket-Version", "13"),
        ]
        if !request.subprotocols.isEmpty {
            fields.append(HeaderField("Sec-WebSocket-Protocol", request.subprotocols.joined(separator: ", ")))
        }
        fields += request.headers

        let isTargetSound = request.target.hasPrefix("/") && request.target.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
        guard isTargetSound else { throw .requestUnsound(request.target) }
        var bytes = ByteBuffer(string: "GET \(request.target) HTTP/1.1\r\n")
        for field in fields {
            let line = "\(field.name): \(field.value)"
            let isNamed = !field.name.isEmpty && field.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
            guard isNamed && line.utf8.allSatisfy(Self.isPlain) else { throw .requestUnsound(field.name) }
            bytes.writeString(line + "\r\n")
        }
        bytes.writeString("\r\n")
        return bytes
    }

    /// Takes what was read until the head is complete; what follows it, frames already, stays in `bytes`.
    ///
    /// - Returns: nil while the head is incomplete; the agreed subprotocol, if any, inside `Outcome` when it is 101.
    package mutating func receive(_ bytes: inout ByteBuffer) throws(HandshakeFailure) -> Outcome? {
        while let byte = bytes.readInteger(as: UInt8.self) {
            head.writeInteger(byte)
            guard head.readableBytes <= ClientHandshake.headByteCountMax else {
                throw .headTooLong(max: ClientHandshake.headByteCountMax)
            }
            if byte == 0x0A && head.readableBytesView.suffix(4).elementsEqual([0x0D, 0x0A, 0x0D, 0x0A]) {
                return try judge(String(buffer: head))
            }
        }
        return nil
    }

    package struct Outcome: Sendable, Hashable {
        package var subprotocol: String?

        package init(subprotocol: String? = nil) {
            self.subprotocol = subprotocol
        }
    }

    private func judge(_ head: String) throws(HandshakeFailure) -> Outcome {
        var lines = head.split(separator: "\r\n")[...]
        let statusLine = String(lines.popFirst() ?? "")
        guard let status = Self.status(in: statusLine) else { throw .statusLineMalformed(statusLine) }
        guard status == 101 else { throw .refused(status: status) }
        var headers: [HeaderField] = []
        for line in lines {
            let parts = line.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard line.utf8.allSatisfy(Self.isPlain), parts.count == 2, !parts[0].isEmpty else {
                throw .headerMalformed(String(line))
            }
            headers.append(HeaderField(String(Substring(parts[0])), String(Substring(parts[1]))))
        }
        return try judge(headers)
    }

    /// Three digits behind the version (RFC 9112 §4).
    private static func status(in line: String) -> Int? {
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        let isSound =
            line.utf8.allSatisfy(isPlain) && words.count >= 2 && words[0] == "HTTP/1.1" && words[1].utf8.count == 3
            && words[1].utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isSound ? Int(words[1]) : nil
    }

    /// What may stand in a line of a head: no control character but the tab, so also no half of a line break.
    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == 0x09 }

    /// §4.1, the client's checks 2–6 of the response.
    private func judge(_ headers: [HeaderField]) throws(HandshakeFailure) -> Outcome {
        guard headers.values(of: "Upgrade").map({ $0.isSameToken(as: "websocket") }) == [true],
            headers.hasToken("upgrade", in: "Connection")
        else { throw .notUpgraded }
        let expected = Array(Handshake.acceptValue(for: key).utf8)
        guard headers.values(of: "Sec-WebSocket-Accept").map({ Array($0.utf8) }) == [expected] else {
            throw .acceptMismatch
        }
        if let agreed = headers.tokens(of: "Sec-WebSocket-Extensions").first { throw .extensionNotOffered(agreed) }
        let chosen = headers.values(of: "Sec-WebSocket-Protocol")
        guard chosen.count <= 1, chosen.allSatisfy(request.subprotocols.contains) else {
            throw .subprotocolNotOffered(chosen.joined(separator: ", "))
        }
        return Outcome(subprotocol: chosen.first)
    }
}

/// Why a client's opening handshake came to nothing.
package enum HandshakeFailure: Error, Sendable, Hashable {
    /// Our own request would have been broken apart: the field, or the target.
    case requestUnsound(String)
    case headTooLong(max: Int)
    case statusLineMalformed(String)
    case headerMalformed(String)
    /// The server answered, but not with 101.
    case refused(status: Int)
    case notUpgraded
    case acceptMismatch
    case extensionNotOffered(String)
    case subprotocolNotOffered(String)
}
