import Actors
import NIOCore
import NIOHTTP1
import Sessions
import Testing
import Wire

@testable import Hub

/// What the protocol answers to clients that are early, wrong, forged or too loud.
extension Acceptance {
    @Suite struct Hostility {
        private let queue = TestHub.queue

        @Test func `hello comes first, and once`() async throws {
            try await TestHub.run { hub in
                let client = try await hub.connect()
                let early = try await client.subscribe(queue)
                #expect(early.op == "error" && early.error.code == "helloFirst")
                #expect(try await client.command(queue, "checkIn", ["plate": "부산82바3345"]).error.code == "helloFirst")
                client.send(["op": "ping"])
                #expect(try await client.inbox.take("pong") { $0.op == "pong" }.now.int ?? 0 > 0)
                let welcome = try await client.hello(token: try await hub.token(of: "driver1"))
                #expect(welcome.principal.role == "DRIVER" && welcome.principal.driver == "1")
                #expect(welcome.principal.site == .text(TestHub.site) && welcome.yard.phone == "051-123-4567")
                #expect((welcome.expiresAt.int ?? 0) > (welcome.now.int ?? .max))
                #expect(try await client.hello(token: "x").error.code == "helloTwice")
                // The second one changed nothing.
                #expect(try await client.subscribe(queue).op == "snapshot")
            }
        }

        @Test func `what follows hello at once is answered after it`() async throws {
            try await TestHub.run { hub in
                let token = try await hub.token(of: "staff")
                let client = try await hub.connect()
                client.send(["op": "hello", "token": .text(token)])
                #expect(try await client.subscribe(queue).op == "snapshot")
                #expect(client.inbox.log.compactMap(\.op.string) == ["welcome", "snapshot"])
            }
        }

        @Test func `who says nothing is closed with 4104`() async throws {
            try await TestHub.run({ $0.sessionLimits.helloTimeout = .seconds(1) }) { hub in
                let client = try await hub.connect()
                #expect(try await client.inbox.closure().code.rawValue == 4104)
            }
        }

        @Test func `frames that are no envelope are answered and the session goes on`() async throws {
            try await TestHub.run { hub in
                let client = try await hub.client("staff")
                for (frame, code, field) in [
                    ("", "badJSON", nil), ("{", "badJSON", nil), ("[]", "badJSON", nil), ("null", "badJSON", nil),
                    ("{\"op\":\"sub\"", "badJSON", nil), (String(repeating: "[", count: 5000), "badJSON", nil),
                    ("{\"op\":\"sub\",\"id\":\"a\"}{}", "badJSON", nil), ("{}", "badField", "op"),
                    ("{\"op\":7}", "badField", "op"), ("{\"op\":\"SUB\"}", "unknownOp", nil),
                    ("{\"op\":\"sub\"}", "badField", "id"), ("{\"op\":\"sub\",\"id\":7}", "badField", "id"),
                    ("{\"op\":\"sub\",\"id\":\"\"}", "badField", "id"),
                    ("{\"op\":\"sub\",\"id\":\"\(String(repeating: "a", count: 65))\"}", "badField", "id"),
                    ("{\"op\":\"sub\",\"id\":\"a\"}", "badField", "topic"),
                    ("{\"op\":\"sub\",\"id\":\"a\",\"topic\":\"t\",\"cursor\":7}", "badField", "cursor"),
                    (
                        "{\"op\":\"sub\",\"id\":\"a\",\"topic\":\"t\",\"cursor\":{\"epoch\":\"e\",\"seq\":-1}}",
                        "badField", "cursor"
                    ),
                    ("{\"op\":\"cmd\",\"id\":\"a\",\"topic\":\"t\",\"name\":\"n\"}", "badField", "key"),
                    (
                        "{\"op\":\"cmd\",\"id\":\"a\",\"key\":\"k\",\"topic\":\"t\",\"name\":\"n\",\"args\":[]}",
                        "badField", "args"
                    ),
                    ("{\"op\":\"cmd\",\"id\":\"a\",\"key\":\"k k\",\"topic\":\"t\",\"name\":\"n\"}", "badField", "key"),
                    (
                        "{\"op\":\"cmd\",\"id\":\"a\",\"key\":\"k\",\"topic\":\"t\",\"name\":\"n\",\"expect\":\"1\"}",
                        "badField", "expect"
                    ),
                    ("{\"op\":\"w\",\"topic\":\"t\"}", "badField", "reading"),
                    ("{\"op\":\"w\",\"topic\":\"t\",\"reading\":{},\"n\":0}", "badField", "n"),
                    ("{\"op\":\"refresh\"}", "badField", "token"), ("{\"op\":\"hello\"}", "badField", "token"),
                ] as [(String, String, String?)] {
                    client.send(frame)
                    let answer = try await client.inbox.take("error for \(frame.prefix(80))") { $0.op == "error" }
                    #expect(answer.error.code == .text(code), "\(frame.prefix(80)): \(answer)")
                    if let field { #expect(answer.error.params.field == .text(field), "\(frame): \(answer)") }
                }
                #expect(try await client.subscribe(queue).op == "snapshot")
            }
        }

        @Test func `topics, kinds and commands that do not exist are named`() async throws {
            try await TestHub.run { hub in
                let client = try await hub.client("admin")
                let site = TestHub.site
                for (topic, code) in [
                    ("queue", "unknownTopic"), ("a/b", "unknownTopic"), ("a/b/c/d", "unknownTopic"),
                    ("//", "unknownTopic"),
                    ("\(site)/queue/a b", "unknownTopic"),
                    ("\(site)/queue/\(String(repeating: "x", count: 65))", "unknownTopic"),
                    ("\(site)/nothing/main", "unknownKind"), ("\(site)/Queue/main", "unknownKind"),
                ] {
                    #expect(try await client.subscribe(topic).error.code == .text(code), "\(topic)")
                    try await client.expectRefusal(code, topic, "checkIn", [:])
                }
                for name in ["fly", "check_in", "{}", "checkIn2", "CheckIn", "a\":{}},{\"b"] {
                    let reply = try await client.command(queue, name, [:])
                    #expect(
                        reply.error.code == "unknownCommand" || reply.error.code == "badField", "\(name): \(reply)")
                }
                for (name, arguments) in [
                    ("checkIn", [:]), ("checkIn", ["plate": 7]), ("checkIn", ["plate": nil]),
                    ("checkIn", ["plate": ["x"]]),
                    ("checkIn", ["plate": "부산82바3345", "priority": "yes"]), ("prioritise", ["id": "x", "on": 1]),
                    ("cancel", ["id": "x"]),
                ] as [(String, JSONValue)] {
                    try await client.expectRefusal("badArguments", queue, name, arguments)
                }
                // What is unknown is ignored, what is long or odd is text.
                try await client.succeed(queue, "checkIn", ["plate": "부산82바3345", "colour": "red"])
                let odd = "\u{0}\"\\\u{1F69A}\u{202E}<script>'; DROP TABLE journal; --"
                let entry = try await client.picture(queue).entries[0].id
                let reply = try await client.command(queue, "cancel", ["id": entry, "reason": .text(odd)])
                #expect(reply.ok == true || reply.error.code == "unstorable", "\(reply)")
                try await client.expectRefusal(
                    "tooLong", queue, "checkIn", ["plate": .text(String(repeating: "부", count: 10_000))])
            }
        }

        @Test func `a message beyond the limit closes with 1009, a binary one with 1003`() async throws {
            try await TestHub.run { hub in
                let large = try await hub.client("staff")
                large.send(String(repeating: " ", count: (256 << 10) + 1))
                #expect(try await large.inbox.closure().code == .messageTooBig)
                let binary = try await hub.client("staff")
                binary.send(.binary, ByteBuffer(string: "{\"op\":\"ping\"}"))
                #expect(try await binary.inbox.closure().code == .unacceptableData)
                let broken = try await hub.client("staff")
                broken.send(.text, ByteBuffer(bytes: [0xFF, 0xFE]))
                #expect(try await broken.inbox.closure().code == .invalidPayload)
            }
        }

        @Test func `a page of another origin does not get a socket`() async throws {
            try await TestHub.run({ $0.allowedOrigins = ["https://kiosk.example"] }) { hub in
                _ = try await TestClient.connect(port: hub.port, origin: "http://127.0.0.1")
                _ = try await TestClient.connect(port: hub.port, origin: "https://kiosk.example")
                for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example"] {
                    await #expect(throws: HandshakeFailure.refused(status: 403)) {
                        _ = try await TestClient.connect(port: hub.port, origin: origin)
                    }
                }
            }
        }

        @Test func `tokens that are expired, forged or of another hub are refused with 4001`() async throws {
            try await TestHub.run { hub in
                let real = try await hub.token(of: "staff")
                let claims = try #require(real.split(separator: ".").dropFirst().first).description
                let login = try #require(
                    try JSONValue(Array(base64(claims))).sid.string)
                let now = LoopLane.wallClock()
                let old = try await hub.tokens.issue(account: "staff", login: login, now: now + .seconds(-3601))
                let stranger = await Tokens(secret: [UInt8](repeating: 8, count: 32))
                let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.\(claims)."
                for (token, code) in [
                    (old, "tokenExpired"),
                    (try await stranger.issue(account: "staff", login: login, now: now), "tokenInvalid"),
                    // Signed by us, but of a log-in that is not there, or not his.
                    (try await hub.tokens.issue(account: "admin", login: login, now: now), "tokenInvalid"),
                    (try await hub.tokens.issue(account: "staff", login: "0", now: now), "tokenInvalid"),
                    (none, "tokenInvalid"), (none + "x", "tokenInvalid"),
                    (String(real.dropLast(2)) + "AA", "tokenInvalid"),
                    ("x", "tokenInvalid"), ("..", "tokenInvalid"),
                ] {
                    let client = try await hub.connect()
                    let answer = try await client.hello(token: token)
                    #expect(answer.op == "error" && answer.error.code == .text(code), "\(token): \(answer)")
                    #expect(try await client.inbox.closure().code.rawValue == 4001)
                    let rest = try await TestHTTP.send(.GET, "/api/v1/auth/me", port: hub.port, token: token)
                    #expect(rest.status == 401)
                }
                #expect(try await TestHTTP.send(.GET, "/api/v1/auth/me", port: hub.port, token: real).status == 200)
            }
        }

        @Test func `a wrong API key is refused with 4001`() async throws {
            try await TestHub.run { hub in
                for key in ["demo-edge-9", " demo-edge-1", "Demo-Edge-1"] {
                    let client = try await hub.connect()
                    #expect(try await client.hello(apiKey: key).error.code == "keyInvalid")
                    #expect(try await client.inbox.closure().code.rawValue == 4001)
                }
            }
        }

        @Test func `a session ends with its token, and is warned before`() async throws {
            try await TestHub.run { hub in
                let login = try #require(
                    try JSONValue(
                        Array(base64(try await hub.token(of: "staff").split(separator: ".")[1].description))
                    ).sid.string)
                let started = LoopLane.wallClock() + .seconds(-3596)
                let client = try await hub.connect()
                try await client.hello(
                    token: try await hub.tokens.issue(account: "staff", login: login, now: started))
                _ = try await client.inbox.take("expiring") { $0.op == "expiring" }
                #expect(try await client.inbox.take("error") { $0.op == "error" }.error.code == "tokenExpired")
                #expect(try await client.inbox.closure().code.rawValue == 4101)
            }
        }

        @Test func `who sends too fast is told to wait, and nothing of it is done`() async throws {
            try await TestHub.run({ $0.sessionLimits = SessionLimits() }) { hub in
                let client = try await hub.client("staff")
                let replies = try await withThrowingTaskGroup(of: JSONValue.self) { tasks in
                    for _ in 1...300 {
                        tasks.addTask { try await client.command(queue, "pauseCheckIn", ["reason": "시험"]) }
                    }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                let limited = replies.filter { $0.error.code == "rateLimited" }
                #expect(limited.count > 0 && limited.count <= 100)
                #expect(limited.allSatisfy { $0.error.retry == true && ($0.error.after.int ?? 0) > 0 })
                #expect(replies.count { $0.ok == true } == 300 - limited.count)
                let other = try await hub.client("staff2")
                #expect(try await other.subscribe(queue).op == "snapshot")
            }
        }

        @Test func `a session follows at most its number of topics`() async throws {
            try await TestHub.run({ $0.sessionLimits.topicCountMax = 3 }) { hub in
                let client = try await hub.client("staff")
                for station in ["1", "2", "3"] {
                    #expect(try await client.subscribe(TestHub.station(station)).op == "snapshot")
                }
                #expect(try await client.subscribe(queue).error.code == "tooManyTopics")
                // The same topic again is not one more.
                #expect(try await client.subscribe(TestHub.station("1")).op == "snapshot")
                try await client.unsubscribe(TestHub.station("2"))
                #expect(try await client.subscribe(queue).op == "snapshot")
            }
        }

        /// Unpadded base64url, as in a token.
        private func base64(_ text: String) -> [UInt8] {
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
            var bytes: [UInt8] = []
            var (bits, count) = (0, 0)
            for character in text.utf8 {
                bits = (bits << 6 | (alphabet.firstIndex(of: character) ?? 0)) & 0xFFFF
                count += 6
                if count >= 8 {
                    count -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> count))
                }
            }
            return bytes
        }
    }
}
