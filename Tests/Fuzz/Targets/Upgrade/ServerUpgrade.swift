import NIOCore
import Wire

/// `Handshake.accept` against the demands of RFC 6455 §4.2.1, stated a second time over bytes.
enum ServerUpgrade {
    static func judge(_ input: inout FuzzInput) throws(Finding) {
        let choices = input.byte()
        let policy = Handshake.Policy(
            subprotocols: choices & 1 == 0 ? [] : ["gwanje.v1", "chat"], requiresSubprotocol: choices & 2 != 0,
            deflate: choices & 8 == 0 ? nil : DeflatePolicy(keepsContext: choices & 16 != 0),
            isOriginAllowed: { origin, host in choices & 4 == 0 || origin == "http://" + host })
        let head = LooseHead(input.rest)
        let (method, version) = startLine(head.startLine)
        let unmet = unmetDemand(of: head, method: method, version: version, policy)

        let answer = accept(method: method, version: version, headers: head.fields, policy: policy)
        switch answer {
        case .success(let acceptance):
            if let unmet { throw Finding("accepted, but \(unmet)") }
            try check(acceptance, of: head, policy)
        case .failure(let refusal):
            try demand(unmet != nil, "refused with \(refusal.code), but nothing was wrong")
            try demand((400..<600).contains(refusal.status), "\(refusal.code) has the status \(refusal.status)")
            try demandSound(refusal.headers)
        }
    }

    private static func accept(
        method: String, version: (major: Int, minor: Int), headers: [HeaderField], policy: Handshake.Policy
    ) -> Result<Handshake.Acceptance, HandshakeRefusal> {
        Result { () throws(HandshakeRefusal) in
            try Handshake.accept(method: method, version: version, headers: headers, policy: policy)
        }
    }

    /// `GET /ws HTTP/1.1`, with any method and any two numbers.
    private static func startLine(_ line: [UInt8]) -> (method: String, version: (major: Int, minor: Int)) {
        let words = line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        let numbers = (words.last ?? "").dropFirst(5).split(separator: ".").map { Int($0) ?? 0 }
        return (words.first ?? "", (numbers.first ?? 0, numbers.dropFirst().first ?? 0))
    }

    /// The first demand that a request does not meet; nil when it must be accepted.
    private static func unmetDemand(
        of head: LooseHead, method: String, version: (major: Int, minor: Int), _ policy: Handshake.Policy
    ) -> String? {
        if method != "GET" { return "the method is \(method)" }
        if version.major < 1 || version.major == 1 && version.minor < 1 { return "HTTP is older than 1.1" }
        if head.values(of: "Host").count != 1 { return "there is not one Host" }
        if !head.listHas("Upgrade", "websocket") { return "Upgrade has no websocket" }
        if !head.listHas("Connection", "upgrade") { return "Connection has no Upgrade" }
        if head.values(of: "Sec-WebSocket-Version") != [Array("13".utf8)] { return "the version is not 13" }
        let keys = head.values(of: "Sec-WebSocket-Key")
        if keys.count != 1 || nonce(of: keys[0]) == nil { return "the key is not 16 bytes in base64" }
        if let origin = head.values(of: "Origin").first {
            let host = String(decoding: head.values(of: "Host")[0], as: UTF8.self)
            if !policy.isOriginAllowed(String(decoding: origin, as: UTF8.self), host) { return "its Origin is foreign" }
        }
        let offered = head.list("Sec-WebSocket-Protocol")
        let isSpoken = offered.contains { offer in policy.subprotocols.contains { offer == Array($0.utf8) } }
        if policy.subprotocols.isEmpty || isSpoken || offered.isEmpty && !policy.requiresSubprotocol { return nil }
        return "none of its subprotocols is spoken"
    }

    /// The 16 bytes of a key (§4.2.1, 5); nil if it is no such key.
    private static func nonce(of key: [UInt8]) -> [UInt8]? {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        guard key.count == 24, key.suffix(2) == [0x3D, 0x3D] else { return nil }
        let sextets = key.dropLast(2).compactMap { alphabet.firstIndex(of: $0) }
        guard sextets.count == 22 else { return nil }
        let bits = sextets.flatMap { sextet in (0..<6).reversed().map { sextet >> $0 & 1 } }
        return (0..<16).map { byte in bits[(byte * 8)..<(byte * 8 + 8)].reduce(0) { $0 << 1 | UInt8($1) } }
    }

    /// The answer is sound, and the client whose key it was takes it.
    private static func check(
        _ acceptance: Handshake.Acceptance, of head: LooseHead, _ policy: Handshake.Policy
    ) throws(Finding) {
        try demandSound(acceptance.headers)
        let offers = OfferedDeflate(head.values(of: "Sec-WebSocket-Extensions"))
        let agreed = policy.deflate.flatMap(offers.agreed)
        try demandEqual(acceptance.deflate, agreed, "the parameters of permessage-deflate")
        try demandEqual(
            acceptance.headers.values(of: "Sec-WebSocket-Extensions").map(OfferedDeflate.meaning),
            [agreed].compactMap(\.self),
            "the answer to the extensions")

        let offered = head.list("Sec-WebSocket-Protocol").map { String(decoding: $0, as: UTF8.self) }
        let expected = offered.first { offer in policy.subprotocols.contains { Array($0.utf8) == Array(offer.utf8) } }
        try demandEqual(acceptance.subprotocol, expected, "the subprotocol")

        let key = head.values(of: "Sec-WebSocket-Key")[0]
        guard let nonce = nonce(of: key), Handshake.key(from: nonce) == String(decoding: key, as: UTF8.self) else {
            // Its last bits are not zero (RFC 4648 §3.5): no client of ours has such a key.
            return
        }
        var client = ClientHandshake(.init(host: "h", target: "/", subprotocols: offered), nonce: nonce)
        // Our client offers no extension, so it must not see one.
        let lines = acceptance.headers.filter { $0.name != "Sec-WebSocket-Extensions" }.map {
            "\($0.name): \($0.value)\r\n"
        }.joined()
        var bytes = ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\n\(lines)\r\n")
        let outcome = try? client.receive(&bytes)
        try demandEqual(outcome, ClientHandshake.Outcome(subprotocol: expected), "the client")
    }
}
