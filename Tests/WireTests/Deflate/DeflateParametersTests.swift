import Testing
import Wire

@Suite struct `Negotiation of permessage-deflate` {
    private func answer(_ fields: String..., keepsContext: Bool = true) -> String? {
        DeflateParameters.negotiate(fields, DeflatePolicy(keepsContext: keepsContext))?.answer
    }

    @Test(arguments: [
        ("permessage-deflate", "permessage-deflate"),
        ("permessage-deflate; client_max_window_bits", "permessage-deflate"),
        ("permessage-deflate;client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10"),
        ("permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_max_window_bits=8"),
        ("permessage-deflate; server_max_window_bits=9", "permessage-deflate; server_max_window_bits=9"),
        ("permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15"),
        (#"permessage-deflate; server_max_window_bits="12""#, "permessage-deflate; server_max_window_bits=12"),
        (
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
        ),
        // The second offer can be met, the first cannot.
        ("permessage-deflate; server_max_window_bits=8, permessage-deflate", "permessage-deflate"),
        ("x-webkit-deflate-frame, permessage-deflate", "permessage-deflate"),
        (#"other; a="x, permessage-deflate", permessage-deflate"#, "permessage-deflate"),
        // A quotation mark behind a backslash ends nothing (RFC 9110 §5.6.4).
        (#"other; a="x\", y", permessage-deflate"#, "permessage-deflate"),
        (#"permessage-deflate; server_max_window_bits="1\0""#, "permessage-deflate; server_max_window_bits=10"),
        ("permessage-deflate,\u{301}x", "permessage-deflate"),
    ])
    func `an offer that can be met is answered`(offer: String, expected: String) {
        #expect(answer(offer) == expected)
    }

    @Test(arguments: [
        "", "permessage-bzip2", "permessage-deflate; unknown", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=09",
        "permessage-deflate; server_max_window_bits=+9", "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=16", "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; client_no_context_takeover=1", "permessage-deflate; server_no_context_takeover=true",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10", "permessage-deflate; ;",
        "permessage-deflate; a b", #"permessage-deflate; server_max_window_bits="12"#,
        #"permessage-deflate; server_max_window_bits="1\\2""#, #"permessage-deflate; server_max_window_bits="12\""#,
        #"permessage-deflate; server_max_window_bits="""#, #"permessage-deflate; server_max_window_bits="12"3"#,
    ])
    func `an offer that cannot be met is declined`(offer: String) {
        #expect(answer(offer) == nil)
    }

    @Test func `fields that are repeated are one list`() {
        #expect(
            answer("permessage-deflate; x", "permessage-deflate; server_max_window_bits=11")
                == "permessage-deflate; server_max_window_bits=11")
    }

    @Test func `a server without contexts says so, whatever was offered`() {
        #expect(
            answer("permessage-deflate; client_max_window_bits", keepsContext: false)
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        let agreed = DeflateParameters.negotiate(["permessage-deflate"], DeflatePolicy(keepsContext: false))
        #expect(
            agreed?.parameters
                == DeflateParameters(serverKeepsContext: false, clientKeepsContext: false))
    }

    @Test func `the handshake carries the answer, and nothing when compression is not wanted`() throws {
        let headers = [
            HeaderField("Host", "x"), HeaderField("Upgrade", "websocket"), HeaderField("Connection", "Upgrade"),
            HeaderField("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), HeaderField("Sec-WebSocket-Version", "13"),
            HeaderField("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ]
        func accept(_ policy: Handshake.Policy) throws -> Handshake.Acceptance {
            try Handshake.accept(method: "GET", version: (1, 1), headers: headers, policy: policy)
        }
        let agreed = try accept(Handshake.Policy(deflate: DeflatePolicy(keepsContext: true)))
        #expect(agreed.headers.values(of: "Sec-WebSocket-Extensions") == ["permessage-deflate"])
        #expect(agreed.deflate == DeflateParameters())
        let declined = try accept(Handshake.Policy())
        #expect(declined.headers.values(of: "Sec-WebSocket-Extensions").isEmpty && declined.deflate == nil)
    }
}
