import NIOHTTP1
import Testing
import Wire

@testable import Hub

/// Besides what `Acceptance.Hostility` tries: tokens of another algorithm, with other claims, and for another person.
extension Hostile {
    @Suite struct TokenForgery {
        @Test func `a token of another algorithm, hub or content is refused everywhere`() async throws {
            try await TestHub.run { hub in
                let forge = try Forge(real: try await hub.token(of: "staff"))
                let real = forge.token()
                let parts = real.split(separator: ".").map(String.init)
                let raised = forge.token(["sub": "admin"], signed: .none).split(separator: ".")[1]
                for (what, token) in [
                    ("none", forge.token(header: ["alg": "none"], signed: .none)),
                    ("None", forge.token(header: ["alg": "None"], signed: .none)),
                    ("nOnE, and signed", forge.token(header: ["alg": "nOnE"])),
                    ("no algorithm, and signed", forge.token(header: [:])),
                    ("HS512 with our secret", forge.token(header: ["alg": "HS512"], signed: .hs512)),
                    ("HS384 with our secret", forge.token(header: ["alg": "HS384"], signed: .hs384)),
                    ("HS512 that says HS256", forge.token(signed: .hs512)),
                    ("HS256 that says HS512", forge.token(header: ["alg": "HS512"])),
                    ("RS256 with our secret as its public key", forge.token(header: ["alg": "RS256"])),
                    ("RS256 of somebody", forge.token(header: ["alg": "RS256"], signed: .bytes(256))),
                    ("ES256 of somebody", forge.token(header: ["alg": "ES256"], signed: .bytes(64))),
                    ("an empty secret", forge.token(with: [0])),
                    ("half our secret", forge.token(with: Array(TestHub.secret.prefix(16)))),
                    (
                        "a key of its own choice",
                        forge.token(header: ["alg": "HS256", "kid": "../../dev/null"], with: [0])
                    ),
                    (
                        "a key by SQL",
                        forge.token(
                            header: ["alg": "HS256", "kid": "' UNION SELECT 'x' --"], with: Array("x".utf8))
                    ),
                    ("another account under the old signature", parts[0] + "." + raised + "." + parts[2]),
                    ("another account", forge.token(["sub": "admin"])),
                    ("another log-in", forge.token(["sid": "' OR '1'='1"])),
                    ("NUL in the log-in", forge.token(["sid": "a\u{0}b"])),
                    ("NUL in the account", forge.token(["sub": "staff\u{0}"])),
                    ("another issuer", forge.token(["iss": "elsewhere"])),
                    ("no end", forge.token(["exp": nil])),
                    ("no account", forge.token(["sub": nil])),
                    ("an end that is a text", forge.token(["exp": "tomorrow"])),
                    ("an end beyond all time", forge.token(["exp": 9_223_372_036_854_775_807])),
                    ("an end before all time", forge.token(["exp": -9_223_372_036_854_775_808])),
                    ("two parts", parts[0] + "." + parts[1]),
                    ("four parts", real + "." + parts[2]),
                    ("no signature", parts[0] + "." + parts[1] + "."),
                    ("blanks around it", " " + real),
                    ("a header that is no JSON", "e30K." + parts[1] + "." + parts[2]),
                    ("4,096 bytes", String(repeating: "a", count: 4096)),
                ] {
                    let client = try await hub.connect()
                    let answer = try await client.hello(token: token)
                    #expect(answer.op == "error" && Self.codes.contains(answer.error.code), "\(what): \(answer)")
                    #expect(try await client.inbox.closure().code.rawValue == 4001, "\(what)")
                    let rest = try await TestHTTP.send(.GET, "/api/v1/auth/me", port: hub.port, token: token)
                    #expect(rest.status == 401 && rest.json.error.code == answer.error.code, "\(what): \(rest)")
                }
                #expect(try await hub.connect().hello(token: real).op == "welcome")
            }
        }

        private static let codes: [JSONValue] = ["tokenInvalid", "tokenExpired"]

        @Test func `what a token says of role, site and rights counts for nothing`() async throws {
            try await TestHub.run { hub in
                let forge = try Forge(real: try await hub.token(of: "driver1"))
                let boast = forge.token([
                    "role": "ADMIN", "site": "elsewhere", "stations": ["1"], "driver": "2", "scope": "*", "admin": true,
                ])
                let client = try await hub.connect()
                let principal = try await client.hello(token: boast).principal
                #expect(principal.role == "DRIVER" && principal.site == .text(TestHub.site))
                #expect(principal.driver == "1" && principal.stations.isNull)
                #expect(try await client.subscribe(TestHub.register).error.code == "forbidden")
                #expect(try await client.subscribe("elsewhere/queue/main").error.code == "forbidden")
                try await client.expectRefusal("forbidden", TestHub.queue, "callNext", ["station": "1"])
            }
        }

        @Test func `a session is renewed by its own person's token only, and goes on without`() async throws {
            try await TestHub.run { hub in
                let driver = try await hub.client("driver1")
                try await driver.subscribe(TestHub.queue)
                let forge = try Forge(real: try await hub.token(of: "driver1"))
                for token in [
                    try await hub.token(of: "admin"), try await hub.token(of: "driver2"),
                    forge.token(["sub": "admin"]), forge.token(header: ["alg": "none"], signed: .none), "x",
                ] {
                    driver.send(["op": "refresh", "token": .text(token)])
                    let answer = try await driver.inbox.take("answer to refresh") {
                        $0.op == "error" || $0.op == "refreshed"
                    }
                    #expect(answer.op == "error" && answer.error.code == "tokenInvalid")
                }
                // Nobody else by now.
                try await driver.expectRefusal("forbidden", TestHub.queue, "callNext", ["station": "1"])
                driver.send(["op": "refresh", "token": .text(try await hub.token(of: "driver1"))])
                #expect(try await driver.inbox.take("refreshed") { $0.op == "refreshed" }.expiresAt.int ?? 0 > 0)
            }
        }

        @Test func `a key is no token and a token no key, and an edge is not renewed by a person`() async throws {
            try await TestHub.run { hub in
                for (hello, code) in [
                    (["op": "hello", "token": "demo-edge-1"], "tokenInvalid"),
                    (
                        ["op": "hello", "apiKey": .text(try await hub.token(of: "admin").prefix(256).description)],
                        "keyInvalid"
                    ),
                    (["op": "hello", "apiKey": "' OR '1'='1"], "keyInvalid"),
                    (["op": "hello", "apiKey": "demo-edge-1\u{0}"], "keyInvalid"),
                ] as [(JSONValue, String)] {
                    let client = try await hub.connect()
                    client.send(hello)
                    #expect(try await client.inbox.take("error") { $0.op == "error" }.error.code == .text(code))
                    #expect(try await client.inbox.closure().code.rawValue == 4001)
                }
                let edge = try await hub.edge("1")
                edge.client.send(["op": "refresh", "token": .text(try await hub.token(of: "admin"))])
                #expect(try await edge.client.inbox.take("error") { $0.op == "error" }.error.code == "tokenInvalid")
                #expect(try await edge.client.subscribe(TestHub.register).error.code == "forbidden")
            }
        }
    }
}
