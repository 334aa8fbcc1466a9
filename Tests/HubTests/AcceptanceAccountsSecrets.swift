import Actors
import NIOHTTP1
import Testing
import Wire

@testable import Hub

/// Row 1.18: what a log-in, a password and a key are worth, and what ends them.
extension Acceptance {
    @Suite struct AccountsSecrets {
        // MARK: Log-out

        @Test func `1.18 a log-out closes the other pages of that log-in and nobody else's`() async throws {
            try await TestHub.run { hub in
                let login = try await hub.logIn("staff")
                let token = try #require(login.access_token.string)
                let pages = try await [hub.connect(), hub.connect()]
                for page in pages { #expect(try await page.hello(token: token).op == "welcome") }
                let elsewhere = try await hub.client("staff")
                let end = try await hub.post("/api/v1/auth/logout", ["refresh_token": login.refresh_token])
                #expect(end.status == 200)
                for page in pages { #expect(try await page.inbox.closure().code.rawValue == 4003) }
                #expect(try await Self.hello(hub, token: token).error.code == "tokenInvalid")
                #expect(try await elsewhere.picture(TestHub.queue).lastNumber.isNull == false)
            }
        }

        @Test func `log-ins that ended are remembered for a minute, at most 4,096 of them`() {
            let ended = EndedLogins()
            let now = Instant(milliseconds: 1_780_000_000_000)
            ended.note(["a"], now: now)
            ended.note(["b"], now: now + .seconds(60))
            #expect(ended.contains("a") && ended.contains("b"))
            ended.note(["c"], now: now + .seconds(61))
            #expect(!ended.contains("a") && ended.contains("b") && ended.contains("c"))
            let many = (1...EndedLogins.countMax).map { "n\($0)" }
            ended.note(Set(many.dropLast(2)), now: now + .seconds(62))
            #expect(ended.count == EndedLogins.countMax && ended.contains("b"))
            ended.note(Set(many.suffix(2)), now: now + .seconds(62))
            #expect(ended.count == EndedLogins.countMax && !ended.contains("b") && !ended.contains("c"))
            #expect(many.allSatisfy { ended.contains($0) })
        }

        // MARK: Guessing

        @Test(arguments: ["driver1", "nobody"])
        func `1.18 a log-in costs one bcrypt, whether anybody has that name or not`(login: String) async throws {
            try await TestHub.run { hub in
                let passwords = hub.yard.authenticator.passwords
                for _ in 1...2 {
                    let before = passwords.bcryptCount
                    let answer = try await Self.logIn(hub, login, "x")
                    #expect(answer.status == 401)
                    #expect(passwords.bcryptCount - before == 1)
                }
            }
        }

        @Test(arguments: ["driver1", "nobody"])
        func `1.18 of twenty guesses at once five are looked at, and after the lock they count anew`(
            login: String
        ) async throws {
            try await TestHub.run { hub in
                let passwords = hub.yard.authenticator.passwords
                let before = passwords.bcryptCount
                let codes = try await withThrowingTaskGroup(of: String.self) { tasks in
                    for _ in 1...20 {
                        tasks.addTask { try await Self.logIn(hub, login, "x").json.error.code.string ?? "none" }
                    }
                    var codes: [String] = []
                    for try await code in tasks { codes.append(code) }
                    return codes
                }
                #expect(codes.filter { $0 == "loginFailed" }.count == 5)
                #expect(codes.filter { $0 == "accountLocked" }.count == 15)
                #expect(passwords.bcryptCount - before == 5)
                // The lock ends, without waiting for it.
                let moved = try await TestDatabases.number(
                    """
                    WITH moved AS (UPDATE guess SET resets_at = now() - interval '1 second' RETURNING 1)
                    SELECT count(*) FROM moved
                    """, in: hub.conninfo)
                #expect(moved == 1)
                for _ in 1...2 {
                    #expect(try await Self.logIn(hub, login, "x").json.error.code == "loginFailed")
                }
                let right = try await Self.logIn(hub, login, DemoYard.password)
                #expect(right.status == (login == "nobody" ? 401 : 200))
            }
        }

        // MARK: Passwords

        @Test func `1.18 a password given by an administrator ends what rests on the old one and is to be changed`()
            async throws
        {
            try await TestHub.run { hub in
                let admin = try await hub.client("admin")
                try await admin.succeed(
                    "\(TestHub.site)/master/user:u-77", "create",
                    ["fields": ["login": "김 기사", "name": "김기사", "role": "DRIVER", "driver": "1"]])
                #expect(try await Self.logIn(hub, "김 기사", "Given#2026").status == 401)
                #expect(try await Self.give(hub, "Given#2026", to: "김 기사", as: "admin").status == 200)
                let first = try await Self.logIn(hub, "김 기사", "Given#2026")
                #expect(first.status == 200 && first.json.data.must_change == true)
                #expect(first.json.data.user.login_id == "김 기사" && first.json.data.user.id == "user:u-77")
                let token = try #require(first.json.data.access_token.string)
                let page = try await hub.connect()
                #expect(try await page.hello(token: token).op == "welcome")

                #expect(try await Self.give(hub, "Other#2026", to: "김 기사", as: "admin").status == 200)
                #expect(try await page.inbox.closure().code.rawValue == 4003)
                #expect(try await Self.me(hub, token).status == 401)
                let renewal = try await hub.post(
                    "/api/v1/auth/refresh", ["refresh_token": first.json.data.refresh_token])
                #expect(renewal.status == 401)
                #expect(try await Self.logIn(hub, "김 기사", "Given#2026").status == 401)
                #expect(try await Self.logIn(hub, "김 기사", "Other#2026").status == 200)
            }
        }

        @Test func `1.18 a password given by an administrator ends the lock`() async throws {
            try await TestHub.run { hub in
                for _ in 1...5 { _ = try await Self.logIn(hub, "driver1", "x") }
                #expect(try await Self.logIn(hub, "driver1", DemoYard.password).json.error.code == "accountLocked")
                #expect(try await Self.give(hub, "Given#2026", to: "driver1", as: "admin").status == 200)
                #expect(try await Self.logIn(hub, "driver1", "Given#2026").status == 200)
            }
        }

        @Test func `1.18 passwords are given by administrators only, to accounts of their own site`() async throws {
            try await TestHub.run { hub in
                for login in ["staff", "driver1"] {
                    let answer = try await Self.give(hub, "Given#2026", to: "driver2", as: login)
                    #expect(answer.status == 403 && answer.json.error.code == "forbidden")
                }
                let nobody = try await Self.give(hub, "Given#2026", to: "driver2", as: nil)
                #expect(nobody.status == 401 && nobody.json.error.code == "unauthorized")
                for login in ["nobody", "user:driver2", "%"] {
                    let unknown = try await Self.give(hub, "Given#2026", to: login, as: "admin")
                    #expect(unknown.status == 404 && unknown.json.error.code == "unknownAccount", "\(login)")
                }
                for password in ["short#1", "nodigits#", "nosigns11"] {
                    let weak = try await Self.give(hub, password, to: "driver2", as: "admin")
                    #expect(weak.status == 400 && weak.json.error.code == "weakPassword", "\(password)")
                }
                let malformed = try await TestHTTP.send(
                    .PUT, "/api/v1/accounts/%zz/password", port: hub.port, token: try await hub.token(of: "admin"),
                    body: ["password": "Given#2026"])
                #expect(malformed.status == 400 && malformed.json.error.code == "badField")
                #expect(try await Self.logIn(hub, "driver2", DemoYard.password).status == 200)
            }
        }

        @Test func `1.18 a password has to be one that bcrypt reads to its end`() {
            let long = "Given#2026" + String(repeating: "x", count: 62)
            #expect(Passwords.isAcceptable("Given#2026") && Passwords.isAcceptable(long))
            #expect(!Passwords.isAcceptable(long + "x"))
            #expect(!Passwords.isAcceptable("Given#2026" + "\0"))
        }

        @Test func `1.18 a login that another account has is not given away`() async throws {
            try await TestHub.run { hub in
                let admin = try await hub.client("admin")
                let users = "\(TestHub.site)/master/user:"
                try await admin.succeed(users + "driver1", "change", ["fields": ["login": "was-driver1"]])
                try await admin.succeed(
                    users + "new", "create", ["fields": ["login": "driver1", "name": "새 기사", "role": "STAFF"]])
                let taken = try await Self.give(hub, "Given#2026", to: "driver1", as: "admin")
                #expect(taken.status == 409 && taken.json.error.code == "loginTaken")
                // Once the other has moved to its own, it is free.
                #expect(try await Self.give(hub, "Moved#2026", to: "was-driver1", as: "admin").status == 200)
                #expect(try await Self.give(hub, "Given#2026", to: "driver1", as: "admin").status == 200)
                #expect(try await Self.logIn(hub, "driver1", "Given#2026").json.data.user.id == "user:new")
            }
        }

        @Test func `1.18 everybody changes his own password: his other log-ins end, this one goes on`() async throws {
            try await TestHub.run { hub in
                #expect(try await Self.give(hub, "Given#2026", to: "staff", as: "admin").status == 200)
                let here = try await Self.logIn(hub, "staff", "Given#2026").json.data
                let there = try await Self.logIn(hub, "staff", "Given#2026").json.data
                let token = try #require(here.access_token.string)
                let page = try await hub.connect()
                #expect(try await page.hello(token: token).op == "welcome")
                let other = try await hub.connect()
                #expect(try await other.hello(token: try #require(there.access_token.string)).op == "welcome")

                #expect(try await Self.change(hub, nil, from: "Given#2026", to: "Own#20260").status == 401)
                for (current, password, status, code) in [
                    ("wrong", "Own#20260", 403, "wrongPassword"), ("Given#2026", "short#1", 400, "weakPassword"),
                    ("Given#2026", "Given#2026", 400, "samePassword"),
                ] {
                    let refused = try await Self.change(hub, token, from: current, to: password)
                    #expect(refused.status == status && refused.json.error.code == .text(code), "\(refused)")
                }
                #expect(try await Self.change(hub, token, from: "Given#2026", to: "Own#20260").status == 200)
                #expect(try await other.inbox.closure().code.rawValue == 4003)
                #expect(try await Self.me(hub, token).status == 200)
                #expect(try await page.picture(TestHub.queue).lastNumber.isNull == false)
                let renewed = try await hub.post("/api/v1/auth/refresh", ["refresh_token": here.refresh_token])
                #expect(renewed.status == 200 && renewed.json.data.must_change == false)
                #expect(try await Self.logIn(hub, "staff", "Given#2026").status == 401)
                let again = try await Self.logIn(hub, "staff", "Own#20260")
                #expect(again.status == 200 && again.json.data.must_change == false)
            }
        }

        @Test func `1.18 a stolen token does not guess the password: five wrong ones rest here as well`() async throws {
            try await TestHub.run { hub in
                let token = try await hub.token(of: "staff")
                for _ in 1...5 {
                    let wrong = try await Self.change(hub, token, from: "x", to: "Own#20260")
                    #expect(wrong.status == 403 && wrong.json.error.code == "wrongPassword")
                }
                let locked = try await Self.change(hub, token, from: DemoYard.password, to: "Own#20260")
                #expect(locked.status == 403 && locked.json.error.code == "accountLocked")
                #expect(try await Self.logIn(hub, "staff", DemoYard.password).json.error.code == "accountLocked")
            }
        }

        @Test func `1.18 add-admin leaves accounts of other roles and those out of service as they are`() async throws {
            try await TestHub.run { hub in
                let setup = AccountSetup(yard: hub.yard, passwords: hub.yard.authenticator.passwords)
                let admin = try await hub.client("admin")
                let boss = "\(TestHub.site)/master/user:boss"
                try await admin.succeed(
                    boss, "create", ["fields": ["login": "boss", "name": "소장", "role": "ADMIN"]])
                try await admin.succeed(boss, "deactivate", ["reason": "퇴사"])
                for (login, why) in [("staff", "STAFF"), ("driver1", "DRIVER"), ("boss", "deactivated")] {
                    let refused = await #expect(throws: AccountSetup.Refused.self) {
                        try await setup.addAdmin(site: TestHub.site, login: login, name: "x", password: "Another#2026")
                    }
                    #expect(refused?.description.contains(why) == true)
                }
                let elsewhere = await #expect(throws: AccountSetup.Refused.self) {
                    try await setup.addAdmin(site: "other", login: "admin", name: "x", password: "Another#2026")
                }
                #expect(elsewhere?.description.contains("another account") == true)
                #expect(try await Self.logIn(hub, "staff", DemoYard.password).status == 200)
                #expect(try await Self.logIn(hub, "admin", DemoYard.password).status == 200)
                try await setup.addAdmin(site: TestHub.site, login: "admin", name: "x", password: "Another#2026")
                #expect(try await Self.logIn(hub, "admin", DemoYard.password).status == 401)
                #expect(try await Self.logIn(hub, "admin", "Another#2026").json.data.must_change == false)
            }
        }

        @Test func `1.18 who asks who he is hears the name he logs in with`() async throws {
            try await TestHub.run { hub in
                let staff = try await hub.get("/api/v1/auth/me", as: "staff").json.data
                #expect(staff.login_id == "staff" && staff.id == "user:staff")
                let admin = try await hub.client("admin")
                try await admin.succeed(
                    "\(TestHub.site)/master/user:staff", "change", ["fields": ["login": "정민"]])
                #expect(try await hub.get("/api/v1/auth/me", as: "staff").json.data.login_id == "정민")
            }
        }

        // MARK: Keys

        @Test func `1.18 a revoked edge is out at once, and its key is worth nothing`() async throws {
            try await TestHub.run { hub in
                let edge = try await hub.edge("1")
                let other = try await hub.edge("2")
                for login in ["staff", "driver1"] {
                    let answer = try await Self.revoke(hub, "edge-1", as: login)
                    #expect(answer.status == 403 && answer.json.error.code == "forbidden")
                }
                #expect(try await Self.revoke(hub, "edge-1", as: nil).status == 401)
                let unknown = try await Self.revoke(hub, "edge-9", as: "admin")
                #expect(unknown.status == 404 && unknown.json.error.code == "unknownDevice")

                #expect(try await Self.revoke(hub, "edge-1", as: "admin").status == 200)
                #expect(try await edge.client.inbox.closure().code.rawValue == 4001)
                let key = try #require(DemoYard.edgeKeys["1"])
                #expect(try await Self.hello(hub, apiKey: key).error.code == "keyInvalid")
                #expect(try await Self.revoke(hub, "edge-1", as: "admin").status == 200, "revoked twice is revoked")
                #expect(try await other.client.subscribe(other.topic).op == "snapshot")
            }
        }

        @Test func `1.18 add-edge replaces a key only when it is told to, revoke-edge makes it invalid`() async throws {
            try await TestHub.run { hub in
                let setup = AccountSetup(yard: hub.yard, passwords: hub.yard.authenticator.passwords)
                let site = TestHub.site
                let old = try #require(DemoYard.edgeKeys["1"])
                let refused = await #expect(throws: AccountSetup.Refused.self) {
                    try await setup.addEdge(key: "new-key", device: "edge-1", site: site, stations: ["1"])
                }
                #expect(refused?.description.contains("--replace") == true)
                #expect(try await Self.hello(hub, apiKey: "new-key").error.code == "keyInvalid")
                #expect(try await Self.hello(hub, apiKey: old).op == "welcome")

                try await setup.addEdge(
                    key: "new-key", device: "edge-1", site: site, stations: ["1"], replacing: true)
                #expect(try await Self.hello(hub, apiKey: "new-key").op == "welcome")
                #expect(try await Self.hello(hub, apiKey: old).error.code == "keyInvalid")

                try await setup.revokeEdge(device: "edge-1", site: site)
                #expect(try await Self.hello(hub, apiKey: "new-key").error.code == "keyInvalid")
                await #expect(throws: AccountSetup.Refused.self) {
                    try await setup.revokeEdge(device: "edge-9", site: site)
                }
                // What was revoked needs no --replace.
                try await setup.addEdge(key: "third-key", device: "edge-1", site: site, stations: ["1"])
                #expect(try await Self.hello(hub, apiKey: "third-key").op == "welcome")
            }
        }

        // MARK: Asking

        private static func logIn(
            _ hub: TestHub, _ login: String, _ password: String
        ) async throws -> TestHTTP.Answer {
            try await hub.post("/api/v1/auth/login", ["login_id": .text(login), "password": .text(password)])
        }

        private static func me(_ hub: TestHub, _ token: String) async throws -> TestHTTP.Answer {
            try await TestHTTP.send(.GET, "/api/v1/auth/me", port: hub.port, token: token)
        }

        private static func give(
            _ hub: TestHub, _ password: String, to login: String, as asker: String?
        ) async throws -> TestHTTP.Answer {
            let token: String? = if let asker { try await hub.token(of: asker) } else { nil }
            let body: JSONValue = ["password": .text(password)]
            return try await TestHTTP.send(
                .PUT, "/api/v1/accounts/\(encoded(login))/password", port: hub.port, token: token, body: body)
        }

        private static func change(
            _ hub: TestHub, _ token: String?, from current: String, to password: String
        ) async throws -> TestHTTP.Answer {
            let body: JSONValue = ["current": .text(current), "password": .text(password)]
            return try await TestHTTP.send(
                .POST, "/api/v1/auth/password", port: hub.port, token: token, body: body)
        }

        private static func revoke(
            _ hub: TestHub, _ device: String, as asker: String?
        ) async throws -> TestHTTP.Answer {
            let token: String? = if let asker { try await hub.token(of: asker) } else { nil }
            return try await TestHTTP.send(
                .POST, "/api/v1/devices/\(encoded(device))/revoke", port: hub.port, token: token)
        }

        /// Every byte, as a path may always have it.
        private static func encoded(_ name: String) -> String {
            name.utf8.map { ($0 < 16 ? "%0" : "%") + String($0, radix: 16) }.joined()
        }

        /// The hub's first word to a key or a token.
        private static func hello(_ hub: TestHub, apiKey: String) async throws -> JSONValue {
            let client = try await hub.connect()
            let answer = try await client.hello(apiKey: apiKey)
            try? await client.drop()
            return answer
        }

        private static func hello(_ hub: TestHub, token: String) async throws -> JSONValue {
            let client = try await hub.connect()
            let answer = try await client.hello(token: token)
            try? await client.drop()
            return answer
        }
    }
}
