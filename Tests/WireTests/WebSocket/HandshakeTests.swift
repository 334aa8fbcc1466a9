import NIOCore
import Testing
import Wire

/// The client's fields of RFC 6455 §1.3.
private let rfcFields = [
    HeaderField("Host", "server.example.com"), HeaderField("Upgrade", "websocket"),
    HeaderField("Connection", "Upgrade"), HeaderField("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    HeaderField("Origin", "http://example.com"), HeaderField("Sec-WebSocket-Protocol", "chat, superchat"),
    HeaderField("Sec-WebSocket-Version", "13"),
]

extension [HeaderField] {
    fileprivate func setting(_ name: String, _ values: String...) -> [HeaderField] {
        filter { $0.name != name } + values.map { HeaderField(name, $0) }
    }
}

@Suite struct `Server handshake` {
    private func judge(
        _ headers: [HeaderField], method: String = "GET", version: (Int, Int) = (1, 1),
        policy: Handshake.Policy = .init()
    ) -> Result<Handshake.Acceptance, HandshakeRefusal> {
        Result { () throws(HandshakeRefusal) in
            try Handshake.accept(method: method, version: version, headers: headers, policy: policy)
        }
    }

    private func refusal(_ result: Result<Handshake.Acceptance, HandshakeRefusal>) -> HandshakeRefusal? {
        if case .failure(let refusal) = result { refusal } else { nil }
    }

    @Test func `answers the example of RFC 6455 §1.3`() throws {
        let acceptance = try judge(rfcFields, policy: .init(subprotocols: ["chat"])).get()
        #expect(
            acceptance.headers == [
                HeaderField("Upgrade", "websocket"), HeaderField("Connection", "Upgrade"),
                HeaderField("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
                HeaderField("Sec-WebSocket-Protocol", "chat"),
            ])
        #expect(acceptance.subprotocol == "chat")
    }

    @Test func `names and tokens are read in any case and in lists`() throws {
        let headers = rfcFields.map { HeaderField($0.name.uppercased(), $0.value) }
            .setting("CONNECTION", "keep-alive", " close ,\tUPGRADE ").setting("UPGRADE", "h2c, WebSocket")
        #expect(try judge(headers).get().subprotocol == nil)
    }

    @Test func `what is only alike in Unicode is another name or token`() {
        let key = "dGhlIHNhbXBsZSBub25jZQ=="
        #expect(refusal(judge(rfcFields.setting("Upgrade", "webSoc\u{212A}et"))) == .upgradeMissing)
        let kelvin = rfcFields.setting("Sec-WebSocket-Key") + [HeaderField("Sec-WebSocket-\u{212A}ey", key)]
        #expect(refusal(judge(kelvin)) == .keyInvalid)
        let accented = [HeaderField("List", "a,\u{301}b , c"), HeaderField("LIST", "\t\u{301}d ")]
        #expect(
            accented.tokens(of: "List").map { Array($0.utf8) }
                == ["a", "\u{301}b", "c", "\u{301}d"].map { Array($0.utf8) })
    }

    @Test func `a client that lacks what the protocol asks for is told what`() {
        #expect(refusal(judge(rfcFields, method: "POST")) == .methodNotGet("POST"))
        #expect(refusal(judge(rfcFields, version: (1, 0))) == .httpTooOld)
        #expect(refusal(judge(rfcFields.setting("Host"))) == .hostMissing)
        #expect(refusal(judge(rfcFields.setting("Host", "a", "b"))) == .hostMissing)
        #expect(refusal(judge(rfcFields.setting("Upgrade", "h2c"))) == .upgradeMissing)
        #expect(refusal(judge(rfcFields.setting("Connection", "keep-alive"))) == .upgradeMissing)
        #expect(refusal(judge(rfcFields.setting("Sec-WebSocket-Version"))) == .versionUnsupported)
        #expect(refusal(judge(rfcFields.setting("Sec-WebSocket-Version", "8"))) == .versionUnsupported)
        #expect(refusal(judge(rfcFields.setting("Sec-WebSocket-Key"))) == .keyInvalid)
    }

    @Test(arguments: ["", "short", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZ!==", "AAAAAAAAAAAAAAAAAAAAAAAA"])
    func `a key is sixteen bytes in base64`(key: String) {
        #expect(refusal(judge(rfcFields.setting("Sec-WebSocket-Key", key))) == .keyInvalid)
    }

    @Test func `two keys are none`() {
        let key = "dGhlIHNhbXBsZSBub25jZQ=="
        #expect(refusal(judge(rfcFields.setting("Sec-WebSocket-Key", key, key))) == .keyInvalid)
    }

    @Test func `another version is answered with 426 and the one we speak`() {
        #expect(HandshakeRefusal.versionUnsupported.status == 426)
        #expect(HandshakeRefusal.versionUnsupported.headers.contains(HeaderField("Sec-WebSocket-Version", "13")))
    }

    @Test func `the client's order decides the subprotocol`() throws {
        let both = Handshake.Policy(subprotocols: ["superchat", "chat"])
        #expect(try judge(rfcFields, policy: both).get().subprotocol == "chat")
    }

    @Test func `a subprotocol we do not speak is refused, none at all only where one is required`() throws {
        let gwanje = Handshake.Policy(subprotocols: ["gwanje.v1"])
        #expect(refusal(judge(rfcFields, policy: gwanje)) == .subprotocolUnknown(supported: ["gwanje.v1"]))
        let silent = rfcFields.setting("Sec-WebSocket-Protocol")
        #expect(try judge(silent, policy: gwanje).get().subprotocol == nil)
        let strict = Handshake.Policy(subprotocols: ["gwanje.v1"], requiresSubprotocol: true)
        #expect(refusal(judge(silent, policy: strict)) == .subprotocolUnknown(supported: ["gwanje.v1"]))
    }

    @Test func `the origin of a browser is judged, other clients have none`() {
        let policy = Handshake.Policy(isOriginAllowed: { origin, _ in origin == "https://yard.example" })
        #expect(refusal(judge(rfcFields, policy: policy)) == .originNotAllowed("http://example.com"))
        #expect(refusal(judge(rfcFields.setting("Origin", "https://yard.example"), policy: policy)) == nil)
        #expect(refusal(judge(rfcFields.setting("Origin"), policy: policy)) == nil)
    }

    @Test func `only an Upgrade to websocket asks for one`() {
        #expect(Handshake.isAsked(in: rfcFields))
        #expect(!Handshake.isAsked(in: rfcFields.setting("Upgrade", "h2c")))
        #expect(!Handshake.isAsked(in: rfcFields.setting("Upgrade")))
    }
}

@Suite struct `Client handshake` {
    private let request = ClientHandshake.Request(
        host: "hub.example:8080", target: "/ws?v=1", subprotocols: ["gwanje.v1", "gwanje.v0"])
    /// The bytes of "the sample nonce", the key of RFC 6455 §1.3.
    private let nonce = Array("the sample nonce".utf8)
    private let answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n"
        + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: gwanje.v1\r\n\r\n"

    private func outcome(of answer: String) -> Result<ClientHandshake.Outcome?, HandshakeFailure> {
        var handshake = ClientHandshake(request, nonce: nonce)
        var bytes = text(answer)
        return Result { () throws(HandshakeFailure) in try handshake.receive(&bytes) }
    }

    @Test func `our own server accepts the request and our client its answer`() throws {
        let head = String(buffer: try ClientHandshake(request, nonce: nonce).requestHead())
        #expect(head.hasPrefix("GET /ws?v=1 HTTP/1.1\r\nHost: hub.example:8080\r\n"))
        #expect(head.hasSuffix("\r\n\r\n"))
        let fields = head.split(separator: "\r\n").dropFirst().map { line in
            let parts = line.split(separator: ": ", maxSplits: 1)
            return HeaderField(String(parts[0]), String(parts[1]))
        }
        let acceptance = try Handshake.accept(
            method: "GET", version: (1, 1), headers: fields, policy: .init(subprotocols: ["gwanje.v1"]))
        #expect(acceptance.headers.contains(HeaderField("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")))
        let lines = acceptance.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        #expect(
            outcome(of: "HTTP/1.1 101 Switching Protocols\r\n\(lines)\r\n") == .success(.init(subprotocol: "gwanje.v1"))
        )
    }

    @Test func `an answer is understood wherever it is cut, and what follows is left alone`() throws {
        let stream = joined(text(answer), hex("81 05 48656c6c6f"))
        for cut in 0..<text(answer).readableBytes {
            var handshake = ClientHandshake(request, nonce: nonce)
            var pieces = stream.pieces(cutAt: [cut])
            #expect(try handshake.receive(&pieces[0]) == nil)
            #expect(try handshake.receive(&pieces[1]) == .init(subprotocol: "gwanje.v1"))
            #expect(pieces[1] == hex("81 05 48656c6c6f"))
        }
    }

    @Test func `an answer that is not the handshake is refused`() {
        func changed(_ part: String, to other: String) -> Result<ClientHandshake.Outcome?, HandshakeFailure> {
            precondition(answer.contains(part), "nothing would change")
            return outcome(of: answer.replacing(part, with: other))
        }
        #expect(changed("s3pP", to: "S3pP") == .failure(.acceptMismatch))
        #expect(changed("101 Switching", to: "426 Upgrade") == .failure(.refused(status: 426)))
        #expect(
            changed("HTTP/1.1 101", to: "RTSP/1.0 101")
                == .failure(.statusLineMalformed("RTSP/1.0 101 Switching Protocols")))
        #expect(changed("Upgrade: WebSocket", to: "Upgrade: h2c") == .failure(.notUpgraded))
        #expect(changed("Connection: upgrade", to: "Connection: close") == .failure(.notUpgraded))
        #expect(changed("gwanje.v1", to: "chat") == .failure(.subprotocolNotOffered("chat")))
        #expect(
            changed("Upgrade: W", to: "Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade: W")
                == .failure(.extensionNotOffered("permessage-deflate")))
        #expect(changed("Upgrade: W", to: "no colon\r\nUpgrade: W") == .failure(.headerMalformed("no colon")))
    }

    @Test(arguments: ["HTTP/1.1 +101 X", "HTTP/1.1 0101 X", "HTTP/1.1  101 X", "HTTP/1.1 1 01", "HTTP/1.1 101\n X"])
    func `a status is three digits behind one blank`(line: String) {
        let changed = answer.replacing("HTTP/1.1 101 Switching Protocols", with: line)
        #expect(outcome(of: changed) == .failure(.statusLineMalformed(line)))
    }

    @Test func `half a line break is no part of a field`() {
        for part in ["X: a\nY: b", "X: a\rY: b", "X\0: a", "X: \u{7F}"] {
            let changed = answer.replacing("Upgrade: W", with: "\(part)\r\nUpgrade: W")
            #expect(outcome(of: changed) == .failure(.headerMalformed(part)))
        }
        #expect(outcome(of: answer.replacing("Upgrade: W", with: "X:\ta\r\nUpgrade: W")) == outcome(of: answer))
        #expect(outcome(of: answer.replacing("Upgrade: W", with: "X:\u{301}\r\nUpgrade: W")) == outcome(of: answer))
    }

    @Test func `an accept value that is only alike in Unicode is another one`() {
        #expect(outcome(of: answer.replacing("K+xOo", with: "\u{212A}+xOo")) == .failure(.acceptMismatch))
    }

    @Test func `an endless head is given up at its limit`() {
        #expect(
            outcome(of: String(repeating: "x", count: ClientHandshake.headByteCountMax + 1))
                == .failure(.headTooLong(max: ClientHandshake.headByteCountMax)))
        #expect(outcome(of: String(repeating: "x", count: ClientHandshake.headByteCountMax)) == .success(nil))
    }

    @Test func `a request that would break its own head apart is not built`() {
        for request in [
            ClientHandshake.Request(host: "a\r\nX: y", target: "/"), .init(host: "a", target: "/ HTTP/1.1\r\n"),
            .init(host: "a", target: "no-slash"), .init(host: "a", target: "/", headers: [HeaderField("X", "y\nz")]),
            .init(host: "a", target: "/", headers: [HeaderField("", "y")]),
            .init(host: "a", target: "/", headers: [HeaderField("X:Y", "z")]),
            .init(host: "a", target: "/", headers: [HeaderField("X ", "z")]),
        ] {
            #expect(throws: HandshakeFailure.self) { try ClientHandshake(request, nonce: nonce).requestHead() }
        }
    }
}
