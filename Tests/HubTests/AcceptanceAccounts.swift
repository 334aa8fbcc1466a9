import NIOHTTP1
import Testing
import Wire

@testable import Hub

/// Row 1.18: who may see and do what, how many log-ins, how many requests.
extension Acceptance {
    @Suite struct Accounts {
        @Test func `1.18 a driver reads his own slips and nobody else's`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let own = try #require(try await office.slip("부산82바3345", 40_000_000, 18_000_000).number.string)
                let other = try #require(try await office.slip("부산80바1234", 40_000_000, 18_000_000).number.string)
                let answer = try await hub.get("/api/v1/mobile/slip/\(own)", as: "driver1")
                #expect(answer.status == 200 && answer.json.data.plate == "부산82바3345")
                #expect(try await hub.get("/api/v1/mobile/slip/\(other)", as: "driver1").status == 404)
                #expect(try await hub.get("/api/v1/mobile/slip/WR209901010001", as: "driver1").status == 404)
                #expect(try await hub.get("/api/v1/mobile/slip/%27%20OR%201=1--", as: "driver1").status >= 400)
                #expect(try await hub.get("/api/v1/mobile/slip/\(own)").status == 401)
                #expect(try await hub.get("/api/v1/mobile/slip/\(own)", as: "staff").status == 403)
                for path in ["today", "history"] {
                    let items = try await hub.get("/api/v1/mobile/records/\(path)", as: "driver1").json.data.items
                    #expect(items.array.map(\.number) == [.text(own)])
                }
                let date = "start_date=2020-01-01&end_date=2099-01-01"
                for path in ["weigh-records?\(date)", "weigh-records/\(own)", "dashboard/realtime", "drivers"] {
                    #expect(try await hub.get("/api/v1/\(path)", as: "driver1").status == 403, "\(path)")
                    #expect(try await hub.get("/api/v1/\(path)").status == 401, "\(path)")
                    #expect(try await hub.get("/api/v1/\(path)", as: "staff").status == 200, "\(path)")
                }
            }
        }

        @Test func `1.18 a driver sees his own place in the line, whoever else is in it`() async throws {
            try await TestHub.run { hub in
                let other = try await hub.client("driver2")
                try await other.succeed(TestHub.queue, "checkIn", ["plate": "부산80바1234"])
                let driver = try await hub.client("driver1")
                #expect(try await driver.subscribe("\(TestHub.queue)/mine").data.entry.isNull)
                #expect(try await driver.subscribe("\(TestHub.register)/mine").data.open.isNull)
                for topic in ["\(TestHub.queue)/2", "\(TestHub.queue)/mine/mine", "\(TestHub.queue)/driver:2"] {
                    #expect(try await driver.subscribe(topic).error.code == "unknownTopic", "\(topic)")
                }
                try await driver.expectRefusal("notInQueue", TestHub.queue, "acknowledge")
                try await driver.expectRefusal("notInQueue", TestHub.queue, "cancelMine", ["reason": "남의 순번"])
                let staff = try await hub.client("staff")
                try await staff.succeed(TestHub.queue, "callNext", ["station": "1"])
                try await driver.expectRefusal("notInQueue", TestHub.queue, "acknowledge")
                try await driver.succeed(TestHub.queue, "checkIn", ["plate": "부산82바3345"])
                let own = try await driver.state("\(TestHub.queue)/mine").entry
                #expect(own.plate == "부산82바3345")
                #expect(!driver.inbox.log.contains { $0.json.contains("부산80바1234") })
            }
        }

        @Test func `1.18 topics and commands of others are forbidden to a driver`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let slip = try #require(try await office.slip("부산80바1234", 40_000_000, 18_000_000).number.string)
                let driver = try await hub.client("driver1")
                let site = TestHub.site
                for topic in [
                    TestHub.register, TestHub.ticket(slip), "\(site)/order/1", "\(site)/master/vehicle:1",
                    "\(site)/master/user:admin", "\(site)/ticket/\(slip)/mine", "other/queue/main",
                    "\(site)/station/1/mine",
                ] {
                    let answer = try await driver.subscribe(topic)
                    #expect(answer.op == "error" && answer.error.code == "forbidden", "\(topic): \(answer)")
                }
                for (topic, name, arguments) in [
                    (TestHub.queue, "callNext", ["station": "1"]), (TestHub.queue, "pauseCheckIn", ["reason": "x"]),
                    (TestHub.station("1"), "pause", ["reason": "x"]),
                    (TestHub.register, "enterManually", ["plate": "부산82바3345", "grams": 20_000_000, "reason": "x"]),
                    ("\(site)/master/user:driver1", "change", ["fields": ["role": "ADMIN"]]),
                    ("other/queue/main", "checkIn", ["plate": "부산82바3345"]),
                ] as [(String, String, JSONValue)] {
                    try await driver.expectRefusal("forbidden", topic, name, arguments)
                }
                // Nor may anybody speak as the hub, or as an edge.
                let admin = try await hub.client("admin")
                for (topic, name, arguments) in [
                    (TestHub.queue, "weighed", ["visit": "x", "vehicle": "1", "pass": 2]),
                    (TestHub.queue, "closeStation", ["station": "1"]), (TestHub.station("1"), "link", ["device": "x"]),
                    (
                        TestHub.station("1"), "settle",
                        [
                            "reading": [
                                "grams": 20_000_000, "stable": true, "at": 1, "offsetMillis": 0, "offline": false,
                                "raw": "",
                            ]
                        ]
                    ),
                ] as [(String, String, JSONValue)] {
                    try await admin.expectRefusal("forbidden", topic, name, arguments)
                }
                try await office.staff.expectRefusal(
                    "forbidden", "\(site)/master/vehicle:1", "change", ["fields": ["tareGrams": 1_000_000]])
            }
        }

        @Test func `1.18 an edge speaks for its own station only`() async throws {
            try await TestHub.run { hub in
                let edge = try await hub.edge("1")
                for topic in [TestHub.queue + "/mine", TestHub.register, TestHub.station("2")] {
                    #expect(try await edge.client.subscribe(topic).error.code == "forbidden")
                }
                edge.client.send([
                    "op": "w", "topic": .text(TestHub.station("2")),
                    "live": ["grams": 20_000_000, "state": "stable", "at": 1],
                ])
                #expect(try await edge.client.inbox.take("error") { $0.op == "error" }.error.code == "forbidden")
                edge.client.send([
                    "op": "w", "topic": .text(TestHub.station("2")), "boot": "b", "n": 1, "binding": nil,
                    "reading": ["grams": 20_000_000],
                ])
                #expect(try await edge.client.inbox.take("error") { $0.op == "error" }.error.code == "forbidden")
                try await edge.client.expectRefusal("forbidden", TestHub.queue, "callNext", ["station": "1"])
                try await edge.client.expectRefusal("forbidden", TestHub.station("1"), "pause", ["reason": "x"])
            }
        }

        @Test func `1.18 the fourth log-in ends the first, over REST and on its open page`() async throws {
            try await TestHub.run { hub in
                let first = try await hub.logIn("driver1")
                let token = try #require(first.access_token.string)
                let page = try await hub.connect()
                #expect(try await page.hello(token: token).op == "welcome")
                for _ in 2...3 { _ = try await hub.logIn("driver1") }
                #expect(try await TestHTTP.send(.GET, "/api/v1/auth/me", port: hub.port, token: token).status == 200)
                _ = try await hub.logIn("driver1")
                #expect(try await TestHTTP.send(.GET, "/api/v1/auth/me", port: hub.port, token: token).status == 401)
                let refresh = try await hub.post(
                    "/api/v1/auth/refresh", ["refresh_token": first.refresh_token])
                #expect(refresh.status == 401)
                #expect(try await page.inbox.closure().code.rawValue == 4003)
            }
        }

        @Test func `1.18 more than a hundred requests a minute are told when to come back`() async throws {
            try await TestHub.run({ $0.requestsPerMinute = 100 }) { hub in
                _ = try await hub.token(of: "driver1")
                _ = try await hub.token(of: "driver2")
                var refused: TestHTTP.Answer?
                // A minute may end in between, and the count with it.
                for _ in 1...220 where refused == nil {
                    let answer = try await hub.get("/api/v1/auth/me", as: "driver1")
                    if answer.status != 200 { refused = answer }
                }
                let answer = try #require(refused)
                #expect(answer.status == 429 && answer.json.error.code == "rateLimited")
                let wait = try #require(answer.headers.first(name: "Retry-After").flatMap { Int($0) })
                #expect((1...60).contains(wait))
                #expect(try await hub.get("/api/v1/auth/me", as: "driver2").status == 200)
            }
        }

        @Test func `1.18 wrong passwords are refused alike, five in a row lock the account, also for the right one`()
            async throws
        {
            try await TestHub.run { hub in
                func logIn(_ login: String, _ password: String) async throws -> TestHTTP.Answer {
                    try await hub.post(
                        "/api/v1/auth/login", ["login_id": .text(login), "password": .text(password)])
                }
                let unknown = try await logIn("nobody", "x")
                for _ in 1...5 {
                    let wrong = try await logIn("driver1", "x")
                    #expect(wrong.status == 401 && wrong.text == unknown.text)
                }
                let locked = try await logIn("driver1", DemoYard.password)
                #expect(locked.status == 401 && locked.json.error.code == "accountLocked")
                #expect(try await logIn("driver2", DemoYard.password).status == 200)
            }
        }

        @Test func `1.18 a renewed log-in goes on, an ended one does not`() async throws {
            try await TestHub.run { hub in
                let first = try await hub.logIn("staff")
                let renewed = try await hub.post("/api/v1/auth/refresh", ["refresh_token": first.refresh_token])
                #expect(renewed.status == 200 && renewed.json.data.refresh_token != first.refresh_token)
                let token = try #require(renewed.json.data.access_token.string)
                let page = try await hub.connect()
                try await page.hello(token: token)
                page.send(["op": "refresh", "token": first.access_token])
                #expect((try await page.inbox.take("refreshed") { $0.op == "refreshed" }).expiresAt.int ?? 0 > 0)
                let end = try await hub.post(
                    "/api/v1/auth/logout", ["refresh_token": renewed.json.data.refresh_token])
                #expect(end.status == 200)
                #expect(try await TestHTTP.send(.GET, "/api/v1/auth/me", port: hub.port, token: token).status == 401)
            }
        }

        @Test func `1.18 an account that is deactivated is out at once`() async throws {
            try await TestHub.run { hub in
                let admin = try await hub.client("admin")
                let staff = try await hub.client("staff2")
                let driver = try await hub.client("driver1")
                try await admin.succeed("\(TestHub.site)/master/user:driver1", "deactivate", ["reason": "퇴사"])
                #expect(try await driver.inbox.closure().code.rawValue == 4001)
                #expect(try await hub.get("/api/v1/auth/me", as: "driver1").status == 401)
                // What a role no longer allows ends, too.
                try await staff.subscribe(TestHub.register)
                try await admin.succeed(
                    "\(TestHub.site)/master/user:staff2", "change", ["fields": ["role": "DRIVER", "driver": "9"]])
                #expect(try await staff.inbox.take("ended") { $0.op == "ended" }.topic == .text(TestHub.register))
                try await staff.expectRefusal("forbidden", TestHub.queue, "callNext", ["station": "1"])
            }
        }
    }
}
