import NIOHTTP1
import Testing

@testable import Hub

extension Acceptance {
    @Suite("What did not happen") struct Effects {
        @Test func `an effect that was refused is listed, and done once more when its reason is gone`() async throws {
            try await TestHub.run { hub in
                // As an earlier program left it that could not do this yet.
                let id: JSONValue = "busan1/register/main#7.0"
                try await TestDatabases.execute(
                    """
                    INSERT INTO outbox VALUES ('busan1/register/main#7.0', 'busan1', 'order', 'LATE-1', 'start', '{"visit":"v-1"}', now(),
                        now(), NULL, false, 'rejected:unknownOrder')
                    """, in: hub.conninfo)
                let dead = try await Self.dead(hub, count: 1)
                try #require(dead.count == 1)
                #expect(dead[0].command == "start" && dead[0].target == "busan1/order/LATE-1")
                #expect(dead[0].outcome == "rejected:unknownOrder")
                #expect(dead[0].id == id)

                #expect(try await hub.get("/api/v1/effects", as: "driver1").status == 403)
                #expect(try await hub.get("/api/v1/effects?state=x", as: "staff").status == 400)
                #expect(try await hub.get("/api/v1/effects?state=late", as: "staff").json.data == [])
                #expect(try await Self.requeue(hub, id, as: "staff").status == 403)
                #expect(try await Self.requeue(hub, "busan1/queue/main#1.0", as: "admin").status == 404)

                let admin = try await hub.client("admin")
                try await admin.succeed(
                    "busan1/order/LATE-1", "create", ["details": ["type": "DELIVERY", "customer": "고객"]])
                try await admin.subscribe("busan1/order/LATE-1")
                let answer = try await Self.requeue(hub, id, as: "admin")
                #expect(answer.status == 200 && answer.json.data.id == .text("\(id.string ?? "").1"))
                try await admin.event("busan1/order/LATE-1", "weighingStarted")
                #expect(try await Self.dead(hub, count: 0).isEmpty)
                // Once: whoever asks again finds nothing to do.
                #expect(try await Self.requeue(hub, id, as: "admin").status == 404)
            }
        }

        @Test func `what the database will not have is not called done`() async throws {
            try await TestHub.run { hub in
                let id = "busan1/register/main#7.0"
                try await TestDatabases.execute(
                    """
                    INSERT INTO outbox VALUES ('\(id)', 'busan1', 'order', 'LATE-1', 'start', '{"visit":"v-1"}', now(), now(), NULL, false,
                        'rejected:unknownOrder');
                    ALTER TABLE outbox ADD CONSTRAINT never CHECK (id NOT LIKE '%#7.0.1')
                    """, in: hub.conninfo)
                let answer = try await Self.requeue(hub, .text(id), as: "admin")
                #expect(answer.status == 422 && answer.json.error.code == "effectRefused")
                #expect(try await Self.dead(hub, count: 1).map(\.id) == [.text(id)])
                try await TestDatabases.execute("ALTER TABLE outbox DROP CONSTRAINT never", in: hub.conninfo)
                #expect(try await Self.requeue(hub, .text(id), as: "admin").status == 200)
            }
        }

        private static func requeue(_ hub: TestHub, _ id: JSONValue, as login: String) async throws -> TestHTTP.Answer {
            try await TestHTTP.send(
                .POST, "/api/v1/effects/requeue", port: hub.port, token: try await hub.token(of: login),
                body: ["id": id])
        }

        /// What is listed once there are so many; effects are settled after the reply to what caused them.
        private static func dead(_ hub: TestHub, count: Int) async throws -> [JSONValue] {
            for _ in 0..<200 {
                let listed = try await hub.get("/api/v1/effects", as: "admin").json.data.array
                if listed.count == count { return listed }
                try await Task.sleep(for: .milliseconds(50))
            }
            Issue.record("\(count) effects were never listed")
            return []
        }
    }
}
