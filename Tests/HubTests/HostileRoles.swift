import Actors
import Testing

@testable import Hub

/// Commands and topics of others.
extension Hostile {
    @Suite struct Roles {
        @Test func `every kind has its table of commands`() {
            let topics = CommandTables.all.compactMap { StreamID($0.topic.replacing("§slip", with: "x"))?.kind }
            #expect(topics.sorted() == Kinds.all.map(\.name).sorted())
        }

        @Test func `whoever may not send a command is told so, of every command of every kind`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub, stations: ["2"])
                let slip = try #require(
                    try await office.slip("부산82바3345", 40_000_000, 18_000_000, at: "2").number.string)
                let entry = try #require(try await office.checkIn("경기98사1234").id.string)
                let people: [(role: Role, client: TestClient)] = [
                    (.driver, try await hub.client("driver2")), (.device, try await hub.edge("1").client),
                    (.staff, try await hub.client("staff2")), (.admin, try await hub.client("admin")),
                ]
                func fill(_ text: String) -> String {
                    text.replacing("§entry", with: entry).replacing("§slip", with: slip).replacing("§item", with: "x")
                }
                var refusedCount = 0
                for table in CommandTables.all {
                    for (sample, roles) in try table.rows() {
                        let topic = fill(table.topic)
                        let arguments = try JSONValue(Array(fill(sample.arguments).utf8))
                        for (role, client) in people where !roles.contains(role) {
                            let reply = try await client.command(topic, sample.name, arguments)
                            #expect(
                                reply.ok == false && reply.error.code == "forbidden",
                                "\(role) \(topic) \(sample.name): \(reply)")
                            refusedCount += 1
                        }
                        // Who may is refused for another reason, if at all: else the table says nothing.
                        for (role, client) in people where roles.contains(role) {
                            let reply = try await client.command(topic, sample.name, arguments)
                            #expect(
                                reply.op == "reply" && reply.error.code != "forbidden"
                                    && reply.error.code != "badArguments",
                                "\(role) \(topic) \(sample.name): \(reply)")
                        }
                    }
                }
                #expect(refusedCount > 150)
            }
        }

        @Test func `nobody learns from a refusal what there is`() async throws {
            try await TestHub.run { hub in
                let driver = try await hub.client("driver1")
                let edge = try await hub.edge("2").client
                let site = TestHub.site
                for (topic, name, arguments) in [
                    (TestHub.ticket("WR202611200001"), "reprint", [:]),
                    (TestHub.ticket("WR202611200001"), "void", ["reason": "x"]),
                    ("\(site)/order/DO-404", "lock", ["type": "EDIT"]),
                    ("\(site)/master/vehicle:404", "deactivate", ["reason": "x"]),
                    ("\(site)/master/nonsense", "deactivate", ["reason": "x"]),
                    (TestHub.queue, "cancel", ["id": "x", "reason": "x"]),
                    (TestHub.station("404"), "dismissUnmatched", ["id": "x", "reason": "x"]),
                ] as [(String, String, JSONValue)] {
                    for client in [driver, edge] { try await client.expectRefusal("forbidden", topic, name, arguments) }
                }
                // An edge at a station that is not its own.
                for (sample, roles) in try StationTable.rows() where roles.contains(.device) {
                    try await edge.expectRefusal(
                        "forbidden", TestHub.station("1"), sample.name, JSONValue(Array(sample.arguments.utf8)))
                }
            }
        }

        @Test func `another spelling of a topic is another topic, and nobody's way to it`() async throws {
            try await TestHub.run { hub in
                let site = TestHub.site
                let register = "\(site)/register/main"
                let spellings = [
                    register.uppercased(), "Busan1/register/main", "\(site)/Register/main", "\(site)/register/MAIN",
                    "\(site)%2Fregister%2Fmain", "\(site)/register/main%00", "\(site)/register/main\u{0}",
                    "\(site)/register/main ", " \(register)", "\(register)/", "/\(register)", "\(site)//register/main",
                    "\(site)/./register/main", "\(site)/../\(site)/register/main", "\(register)/mine/mine",
                    "\(register)/MINE", "\(register)/mine/", "\(site)/register/main/..", "\(site)\\register\\main",
                    "ｂusan1/register/main", "\(site)/register/ｍain", "\(site)/register/m\u{200B}ain",
                    "\u{202E}\(register)", "\(site)/regi\u{017F}ter/main", "\(site)/register/ma\u{0131}n",
                    "\(site)/register/main\u{0301}", "\(site)∕register∕main", "\(site)/register/*", "*/register/main",
                    "\(site)/+/main", "#", "\(site)/register/main?x=1", "\(site)/register/main#x",
                    "elsewhere/register/main", "/register/main", "\(site)/register/",
                ]
                let codes: Set<JSONValue> = ["unknownTopic", "unknownKind", "forbidden"]
                let staff = try await hub.client("staff")
                for client in [
                    try await hub.client("driver1"), try await hub.client("staff2"), try await hub.edge("1").client,
                ] {
                    for topic in spellings {
                        let answer = try await client.subscribe(topic)
                        #expect(answer.op == "error" && codes.contains(answer.error.code), "\(topic): \(answer)")
                        let reply = try await client.command(
                            topic, "enterManually", ["plate": "부산80바1234", "grams": 20_000_000, "reason": "x"])
                        #expect(reply.ok == false && codes.contains(reply.error.code), "\(topic): \(reply)")
                    }
                    let count = client.inbox.log.count
                    try await staff.succeed(
                        TestHub.register, "enterManually", ["plate": "부산80바1234", "grams": 20_000_000, "reason": "x"])
                    try await staff.succeed(TestHub.register, "cancelOpen", ["plate": "부산80바1234", "reason": "x"])
                    client.send(["op": "ping"])
                    _ = try await client.inbox.take("pong") { $0.op == "pong" }
                    #expect(client.inbox.log.count == count + 1, "somebody heard of it")
                }
            }
        }

        @Test func `a name has one spelling, and a record one stream`() async throws {
            try await TestHub.run { hub in
                let admin = try await hub.client("admin")
                let site = TestHub.site
                try await admin.succeed("\(site)/order/주문-é", "create", ["details": ["type": "DELIVERY"]])
                for key in ["주문-é".decomposed, "DO-\u{212A}1", "\u{1112}\u{1161}\u{11AB}", "\u{F900}"] {
                    let topic = "\(site)/order/\(key)"
                    #expect(try await admin.subscribe(topic).error.code == "unknownTopic", "\(key)")
                    try await admin.expectRefusal("unknownTopic", topic, "create", ["details": ["type": "DELIVERY"]])
                }
                // The record of a driver's account is `user:driver1` and nothing else.
                for key in [":user:driver1", "::user:driver1"] {
                    let reply = try await admin.command(
                        "\(site)/master/\(key)", "create",
                        ["fields": ["login": "driver1", "name": "x", "role": "ADMIN"]])
                    #expect(reply.ok == false, "\(key): \(reply)")
                }
                #expect(try await hub.client("driver1").subscribe(TestHub.register).error.code == "forbidden")
            }
        }
    }
}

extension String {
    /// The same to Unicode, in other bytes.
    fileprivate var decomposed: String {
        String(decoding: Array(replacing("é", with: "e\u{0301}").utf8), as: UTF8.self)
    }
}
