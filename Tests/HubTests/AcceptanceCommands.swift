import NIOHTTP1
import Testing

@testable import Hub

/// Commands by POST: the same lines, keys and refusals as on the WebSocket.
extension Acceptance {
    @Suite struct Commands {
        private static func send(
            _ hub: TestHub, as login: String?, key: String = "k1", topic: String = TestHub.queue, _ name: String,
            _ args: JSONValue = [:], _ more: [String: JSONValue] = [:]
        ) async throws -> TestHTTP.Answer {
            var line: [String: JSONValue] = [
                "op": "cmd", "id": "1", "key": .text(key), "topic": .text(topic), "name": .text(name), "args": args,
            ]
            line.merge(more) { $1 }
            var token: String?
            if let login { token = try await hub.token(of: login) }
            return try await TestHTTP.send(
                .POST, "/api/v1/commands", port: hub.port, token: token, body: .object(line))
        }

        @Test func `a command by POST is committed once, seen on the socket, and repeated with the same answer`()
            async throws
        {
            try await TestHub.run { hub in
                let staff = try await hub.client("staff")
                _ = try await staff.subscribe(TestHub.queue)
                let plate: JSONValue = ["plate": "부산80바1234"]
                let first = try await Self.send(hub, as: "staff", "checkIn", plate)
                #expect(first.status == 200 && first.json.op == "reply" && first.json.ok == true)
                try await staff.event(TestHub.queue, "checkedIn") { $0.entry.plate == "부산80바1234" }
                #expect(staff.events(TestHub.queue).last?.seq == first.json.seq)
                let again = try await Self.send(hub, as: "staff", "checkIn", plate)
                #expect(again.status == 200 && again.json.seq == first.json.seq)
                let other = try await Self.send(hub, as: "staff", "checkIn", ["plate": "부산82바3345"])
                #expect(other.status == 409 && other.json.error.code == "keyReused")
            }
        }

        @Test func `what is refused says so in status and line`() async throws {
            try await TestHub.run { hub in
                func check(
                    _ status: Int, _ code: String, as login: String? = "staff", key: String = "k2",
                    topic: String = TestHub.queue, _ name: String = "callNext", _ args: JSONValue = [:],
                    _ more: [String: JSONValue] = [:], _ location: SourceLocation = #_sourceLocation
                ) async throws {
                    let answer = try await Self.send(hub, as: login, key: key, topic: topic, name, args, more)
                    #expect(answer.status == status, sourceLocation: location)
                    #expect(answer.json.error.code == .text(code), sourceLocation: location)
                }
                try await check(401, "unauthorized", as: nil)
                try await check(403, "forbidden", as: "driver1", "pauseCheckIn", ["reason": "x"])
                try await check(403, "forbidden", topic: "elsewhere/queue/main")
                try await check(404, "unknownTopic", topic: "nothing")
                try await check(404, "unknownKind", topic: "\(TestHub.site)/nothing/1")
                try await check(404, "unknownTopic", topic: "\(TestHub.site)/queue/second")
                try await check(422, "queueEmpty", "callNext", ["station": "1"])
                try await check(422, "unknownCommand", "dance")
                try await check(409, "versionConflict", "checkIn", ["plate": "부산80바1234"], ["expect": 77])
                try await check(400, "badField", key: "bad key")
                try await check(400, "badField", "checkIn", [:], ["op": "ping"])
                try await check(400, "unknownOp", "checkIn", [:], ["op": "dance"])
                let big = JSONValue.text(String(repeating: "x", count: 64 << 10))
                try await check(413, "tooLarge", "checkIn", ["plate": big])
            }
        }
    }
}
