import Actors
import NIOHTTP1
import Testing

@testable import Hub
@testable import Persistence

/// Those outside the hub: told at least once, or made to act at most once.
extension Acceptance {
    @Suite struct Receivers {
        private static func entry(
            _ name: String, _ port: Int, _ policy: DeliveryPolicy, timeout: Duration = .seconds(5)
        ) -> ReceiversFile.Entry {
            ReceiversFile.Entry(
                site: TestHub.site, name: name, url: "http://127.0.0.1:\(port)/gwanje", policy: policy,
                timeout: timeout, token: "t0ken")
        }

        /// Two weights typed in; the number of the slip.
        private static func slip(_ client: TestClient, _ plate: String) async throws -> String {
            for grams in [30_000_000, 12_000_000] as [Int64] {
                try await client.succeed(
                    TestHub.register, "enterManually",
                    ["plate": .text(plate), "grams": .integer(grams), "reason": "저울 고장"])
            }
            return try #require(try await client.picture(TestHub.register).recent[0].number.string)
        }

        @Test
        func `an ERP hears of a slip and what becomes of it, in order, each again under its key until it is taken`()
            async throws
        {
            let erp = try await TestReceiver([.status(503), .cut, .silence, .status(401)])
            try await TestHub.run { configuration in
                configuration.receivers = [
                    Self.entry("erp", erp.port, .atLeastOnce, timeout: .milliseconds(300))
                ]
            } _: { hub in
                try await hub.changeSite(["slipReceivers": ["erp"]])
                let admin = try await hub.client("admin")
                let number = try await Self.slip(admin, "부산82바3345")
                let ticket = TestHub.ticket(number)
                try await admin.succeed(ticket, "correct", ["company": "2", "reason": "거래처 정정"])
                try await admin.succeed(ticket, "void", ["reason": "이중 발행"])
                let visits = try await erp.visits(7)
                let key = try #require(visits[0].key)
                #expect(visits.map(\.key).prefix(5) == ArraySlice(Array(repeating: key, count: 5)))
                #expect(
                    visits.compactMap { $0.key?.split(separator: "@").first }.suffix(3)
                        == [1, 2, 3].map { "\(ticket)#\($0).0" })
                let at = visits[0].body.at.int
                #expect(key.split(separator: "@").last == at.map { "\($0)" }?[...])
                #expect(visits.map(\.body.notice).suffix(3) == ["slipIssued", "slipCorrected", "slipVoided"])
                #expect(visits.allSatisfy { $0.headers["authorization"] == ["Bearer t0ken"] })
                let body = visits[0].body
                #expect(body.id == .text(key) && body.site == .text(TestHub.site) && body.reissue == false)
                #expect(body.data.slip.number == .text(number) && body.data.slip.netGrams == 18_000_000)
                #expect(visits[6].body.data.reason == "이중 발행" && visits[6].body.data.number == .text(number))
                try await Self.settled(hub, ["done", "done", "done"])
                try await expectRightHistory(hub.conninfo)
            }
            #expect(erp.visits.count == 7)
            try await erp.close()
        }

        @Test func `a printer prints once; what nobody knows is listed, and a copy is marked as one`() async throws {
            let printer = try await TestReceiver([.status(503), .status(204), .cut])
            try await TestHub.run { configuration in
                configuration.receivers = [Self.entry("printer", printer.port, .atMostOnce)]
            } _: { hub in
                try await hub.changeSite(["slipReceivers": ["printer"]])
                let admin = try await hub.client("admin")
                // It has certainly not been printed, so it is tried again.
                _ = try await Self.slip(admin, "부산82바3345")
                _ = try await printer.visits(2)
                try await Self.settled(hub, ["done"])
                let second = try await Self.slip(admin, "부산80바1234")
                _ = try await printer.visits(3)
                try await Self.settled(hub, ["done", "uncertain"])
                let dead = try await hub.get("/api/v1/effects", as: "admin").json.data.array
                #expect(dead.count == 1 && dead[0].outcome == "uncertain" && dead[0].command == "slipIssued")
                #expect(dead[0].target == .text("\(TestHub.site)/receiver/printer"))

                printer.say([.status(410)])
                let id = try #require(dead[0].id.string)
                let answer = try await TestHTTP.send(
                    .POST, "/api/v1/effects/requeue", port: hub.port, token: try await hub.token(of: "admin"),
                    body: ["id": .text(id)])
                #expect(answer.status == 200)
                let copy = try await printer.visits(4)[3]
                #expect(copy.key?.hasPrefix(id + ".1@") == true && copy.body.reissue == true)
                #expect(copy.body.data.slip.number == .text(second))
                try await Self.settled(hub, ["done", "rejected:http410", "uncertain"])
            }
            #expect(printer.visits.count == 4)
            try await printer.close()
        }

        @Test func `a hub killed while they act tells the ERP again and the printer not`() async throws {
            let yard = try TestYardDirectory()
            let (erp, printer) = (try await TestReceiver([.silence]), try await TestReceiver([.silence]))
            let file = yard.path("receivers.json")
            let text = """
                {"receivers": [
                    {"site": "\(TestHub.site)", "name": "erp", "url": "http://127.0.0.1:\(erp.port)/", "policy": "atLeastOnce"},
                    {"site": "\(TestHub.site)", "name": "printer", "url": "http://localhost:\(printer.port)/",
                     "policy": "atMostOnce"}]}
                """
            try FileSystem.create(file, bytes: Array(text.utf8), mode: 0o600)
            let first = try await HubProgram.start(
                data: yard.path("data"), log: yard.path("1.log"), ["--receivers", file])
            let admin = try await first.client("admin")
            try await admin.succeed(
                "\(TestHub.site)/master/site:\(TestHub.site)", "change",
                ["fields": ["slipReceivers": ["erp", "printer"]]])
            let number = try await Self.slip(admin, "부산82바3345")
            _ = try await (erp.visits(1), printer.visits(1))
            try first.kill()

            let second = try await HubProgram.start(
                data: yard.path("data"), log: yard.path("2.log"), ["--receivers", file])
            let visits = try await erp.visits(2)
            #expect(
                visits[0].key == visits[1].key && visits[0].key?.hasPrefix(TestHub.ticket(number) + "#1.0@") == true)
            // Another slip goes through both: nothing waits behind what is uncertain.
            _ = try await Self.slip(try await second.client("admin"), "부산80바1234")
            _ = try await (erp.visits(3), printer.visits(2))
            #expect(printer.visits[1].body.data.slip.number != .text(number))
            #expect(try second.stop() == 0)
            let outcomes = try await TestDatabases.blocking {
                try PrivateCluster.visit(yard.configuration()) { visit in
                    var connection = try PostgresConnection.connect(visit.conninfo)
                    return try connection.query(
                        "SELECT key || ' ' || coalesce(outcome, '-') FROM outbox WHERE kind = 'receiver' ORDER BY 1"
                    ).map { try $0.value(0, as: String.self) }
                }
            }
            #expect(outcomes == ["erp done", "erp done", "printer done", "printer uncertain"])
            try await erp.close()
            try await printer.close()
        }

        /// Outcomes of what is for receivers, once they are these.
        private static func settled(_ hub: TestHub, _ wanted: [String]) async throws {
            var found: [String] = []
            for _ in 0..<400 {
                found = try await TestDatabases.blocking { [conninfo = hub.conninfo] in
                    var connection = try PostgresConnection.connect(conninfo)
                    return try connection.query(
                        "SELECT coalesce(outcome, '-') FROM outbox WHERE kind = 'receiver' ORDER BY 1"
                    ).map { try $0.value(0, as: String.self) }
                }
                if found == wanted { return }
                try await Task.sleep(for: .milliseconds(25))
            }
            Issue.record("\(found) instead of \(wanted)")
        }
    }
}
