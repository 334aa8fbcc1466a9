import Actors
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import Hub

/// What is no text but something else in disguise: stored and shown as it is, or refused by a code.
extension Hostile {
    @Suite struct Texts {
        struct Text: Sendable {
            let what: String
            /// As it stands in JSON.
            let literal: String
            /// Nil when there is no such text.
            let plain: String?
            var isLong = false

            init(_ what: String, _ plain: String, isLong: Bool = false) {
                self.what = what
                literal = JSONValue.text(plain).json
                self.plain = plain
                self.isLong = isLong
            }

            init(_ what: String, literal: String) {
                self.what = what
                self.literal = literal
                plain = nil
            }
        }

        static let texts = [
            Text("SQL", "'; DROP TABLE journal; --"), Text("more SQL", "x' OR '1'='1'); DELETE FROM login; --"),
            Text("an array of PostgreSQL", #"{"a","b\"},{NULL}"#), Text("a script", "<script>alert(1)</script>"),
            Text("an image", #""><img src=x onerror="alert(1)">"#), Text("a template", "${7*7}{{7*7}}#{7*7}<%= 7*7 %>"),
            Text("a path", "../../etc/passwd"), Text("a format", "%s%n%x%00"), Text("a NUL", "a\u{0}b"),
            Text("right to left", "\u{202E}gpj.exe\u{2066}"), Text("four bytes", "🚚𠮷\u{10FFFD}"),
            Text("lines", "a\r\nSet-Cookie: x\u{2028}b\u{85}"), Text("escapes", "\u{1B}[2J\u{7}\u{8}\u{FEFF}\u{200B}"),
            Text("half a character", literal: #""\ud83d""#), Text("the other half", literal: #""\ude9a""#),
            Text("two halves the wrong way round", literal: #""\ude9a\ud83d""#),
            Text("5,000 characters", String(repeating: "긴", count: 5000), isLong: true),
            Text("one character of 100 KB", "e" + String(repeating: "\u{0301}", count: 50_000), isLong: true),
        ]

        @Test func `every text of every command is stored as it is, or refused by a code`() async throws {
            let stored = try await TestHub.run { hub in
                let stage = try await Stage(hub)
                let tableCount = try await Self.tableCount(hub)
                var stored: Set<String> = []
                for table in CommandTables.all {
                    for (sample, roles) in try table.rows() where !roles.isEmpty {
                        for field in try JSONValue(Array(sample.arguments.utf8)).textPaths {
                            for text in Self.texts {
                                let isStored = try await stage.send(text, in: field, of: sample, table.topic, roles)
                                if isStored {
                                    stored.insert("\(sample.name).\(field.joined(separator: "."))")
                                }
                            }
                        }
                    }
                }
                #expect(try await Self.tableCount(hub) == tableCount)
                #expect(
                    try await TestDatabases.number("SELECT count(*) FROM login", in: hub.conninfo) > 0)
                try await stage.check(isThere: hub)
                return stored
            }
            // Else it was no text that was tried, but a command that came at the wrong time.
            #expect(
                stored.isSuperset(of: [
                    "cancel.reason", "pauseCheckIn.reason", "cancelMine.reason", "fault.code", "pause.reason",
                    "assignUnmatched.reason", "dismissUnmatched.reason", "enterManually.reason",
                    "cancelOpen.reason", "correct.reason", "void.reason", "edit.details.department",
                    "edit.details.warehouse", "edit.details.customer", "edit.details.address", "edit.details.item",
                    "assign.driverName", "assign.driverContact", "assign.plate", "remark.text", "forceUnlock.reason",
                    "change.fields.note", "deactivate.reason",
                ]), "\(stored.sorted())")
        }

        @Test func `every field of every class of master data too, its own name and its lists`() async throws {
            try await TestHub.run { hub in
                let stage = try await Stage(hub)
                let site = TestHub.site
                for (record, fields) in [
                    ("site:\(site)", ["name", "phone", "note"]),
                    ("company:1", ["name", "businessNumber", "contact", "address", "note"]),
                    ("vehicle:1", ["plate", "vehicleType", "company", "tareDate", "note"]),
                    ("driver:1", ["name", "company", "contact", "note"]), ("item:1", ["name", "note"]),
                    ("station:1", ["name", "indicator", "validUntil", "note"]),
                    ("user:driver9", ["login", "name", "role", "driver", "note"]),
                ] {
                    for field in fields + ["x_own"] {
                        let sample = CommandSample("change", #"{"fields":{"\#(field)":"x"}}"#)
                        for text in Self.texts {
                            _ = try await stage.send(
                                text, in: ["fields", field], of: sample, "\(site)/master/\(record)", [.admin])
                        }
                    }
                    for text in Self.texts {
                        let list = CommandSample("change", #"{"fields":{"x_list":["x","y"]}}"#)
                        _ = try await stage.send(
                            text, in: ["fields", "x_list", "0"], of: list, "\(site)/master/\(record)", [.admin])
                        // As a field's name, of a field of its own.
                        try await stage.send(
                            #"{"fields":{"x_\#(text.literal.dropFirst()):"y"}}"#, text, name: "change",
                            "\(site)/master/\(record)")
                    }
                }
                try await stage.check(isThere: hub)
                // Whoever may log in still may.
                #expect(try await hub.connect().hello(token: try await hub.token(of: "driver1")).op == "welcome")
            }
        }

        @Test func `texts over REST are what they are, or refused with 4xx`() async throws {
            try await TestHub.run { hub in
                let tableCount = try await Self.tableCount(hub)
                let office = try await TestOffice.open(hub)
                let slip = try #require(try await office.slip("부산80바1234", 40_000_000, 18_000_000).number.string)
                let today = try #require(
                    try await hub.get("/api/v1/weigh-records/\(slip)", as: "staff").json.data.date.string)
                for text in Self.texts {
                    let plain = text.plain.map { Array($0.utf8) } ?? [0xED, 0xA0, 0xBD]
                    let path = plain.prefix(4000).map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                    for (target, login) in [
                        ("/api/v1/weigh-records/\(path)", "staff"), ("/api/v1/mobile/slip/\(path)", "driver1"),
                        ("/api/v1/weigh-records?start_date=\(today)&end_date=\(today)&driver_name=\(path)", "staff"),
                        ("/api/v1/weigh-records?start_date=\(today)&end_date=\(today)&vehicle_plate=\(path)", "staff"),
                        ("/api/v1/weigh-records?start_date=\(path)&end_date=\(path)", "staff"),
                        ("/api/v1/stream?topic=\(path)", "staff"), ("/\(path)", "staff"),
                    ] {
                        let answer = try await hub.get(target, as: login)
                        #expect(answer.status < 500, "\(text.what) in \(target.prefix(60)): \(answer.status)")
                        if target.contains("&end_date=\(today)&"), answer.status == 200 {
                            #expect(answer.json.data.items.array.isEmpty, "\(text.what) in \(target.prefix(60))")
                        }
                    }
                    for (target, body) in [
                        ("/api/v1/auth/login", #"{"login_id":§,"password":"x"}"#),
                        ("/api/v1/auth/login", #"{"login_id":"staff","password":§}"#),
                        ("/api/v1/auth/refresh", #"{"refresh_token":§}"#),
                        ("/api/v1/auth/logout", #"{"refresh_token":§}"#),
                    ] {
                        let answer = try await TestHTTP.send(
                            .POST, target, port: hub.port,
                            content: ByteBuffer(string: body.replacing("§", with: text.literal)))
                        #expect(answer.status < 500, "\(text.what) in \(body): \(answer)")
                    }
                }
                #expect(try await Self.tableCount(hub) == tableCount)
            }
        }

        /// How many tables there are.
        private static func tableCount(_ hub: TestHub) async throws -> Int64 {
            try await TestDatabases.number(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'", in: hub.conninfo)
        }
    }
}

/// The people who send hostile texts, and one who looks at what becomes of them.
private final class Stage: Sendable {
    private let admin: TestClient
    private let driver: TestClient
    private let edge: TestEdge
    private let observer: TestClient
    private let slip: String
    private let entry = Mutex("x")
    private let item = Mutex("x")
    private let followed = Mutex<Set<String>>([])
    private let sample = "경기98사1234"

    init(_ hub: TestHub) async throws {
        let office = try await TestOffice.open(hub, stations: ["2"])
        slip = try #require(try await office.slip("부산82바3345", 40_000_000, 18_000_000, at: "2").number.string)
        admin = try await hub.client("admin")
        driver = try await hub.client("driver2")
        edge = try await hub.edge("1")
        observer = try await hub.client("staff")
    }

    /// Tells whether the text was stored.
    func send(
        _ text: Hostile.Texts.Text, in field: [String], of command: CommandSample, _ topic: String, _ roles: Set<Role>
    ) async throws -> Bool {
        try await prepare(command.name)
        let arguments = try JSONValue(Array(fill(command.arguments).utf8)).replacing(field[...], with: "§text")
        let client = roles.contains(.driver) ? driver : roles.contains(.device) ? edge.client : admin
        return try await send(
            arguments.json.replacing(#""§text""#, with: text.literal), text, name: command.name, fill(topic),
            by: roles.contains(.staff) ? admin : client)
    }

    @discardableResult
    func send(
        _ arguments: String, _ text: Hostile.Texts.Text, name: String, _ topic: String, by client: TestClient? = nil
    ) async throws -> Bool {
        if followed.withLock({ $0.insert(topic).inserted }) { try await observer.subscribe(topic) }
        let client = client ?? admin
        let id = client.label()
        client.send(
            #"{"op":"cmd","id":"\#(id)","key":"\#(id)","topic":"\#(topic)","name":"\#(name)","args":\#(arguments)}"#)
        let reply = try await client.inbox.take("\(text.what) in \(name)") { $0.id == .text(id) }
        #expect(reply.json.utf8.count <= 4096, "\(name) answers \(text.what) with \(reply.json.utf8.count) bytes")
        guard reply.ok == true else {
            #expect(reply.error.code.string?.isEmpty == false && reply.error.code != "forbidden", "\(name): \(reply)")
            #expect(reply.error.code != "unavailable" && reply.error.code != "busy", "\(name), \(text.what): \(reply)")
            return false
        }
        // Everything that is published of it, up to the last.
        observer.send(["op": "ping"])
        _ = try await observer.inbox.take("pong") { $0.op == "pong" }
        let events = observer.inbox.takeAll { $0.op == "event" && $0.topic == .text(topic) }
        let bytes = events.map(\.json.utf8.count).max() ?? 0
        #expect(bytes <= 16_384, "\(name) has stored \(text.what): \(bytes) bytes")
        guard let plain = text.plain else {
            #expect(!events.contains { $0.data.texts.contains { $0.contains("\u{FFFD}") } }, "\(name): \(text.what)")
            return false
        }
        return events.contains { $0.data.texts.contains { $0.utf8.elementsEqual(plain.utf8) } }
    }

    private func fill(_ text: String) -> String {
        text.replacing("§slip", with: slip).replacing("§entry", with: entry.withLock { $0 })
            .replacing("§item", with: item.withLock { $0 })
    }

    /// So that the command is not refused for another reason.
    private func prepare(_ name: String) async throws {
        let queue = TestHub.queue
        let order = OrderTable.topic
        switch name {
        case "cancel", "call", "prioritise", "cancelMine":
            let plate: JSONValue = name == "cancelMine" ? "부산80바1234" : .text(sample)
            _ = try await admin.command(queue, "resumeCheckIn")
            _ = try await admin.command(queue, "checkIn", ["plate": plate])
            let entries = try await observer.inspect(queue).entries.array
            let id = entries.first { $0.plate == plate }?.id.string
            entry.withLock { $0 = id ?? "x" }
        case "pauseCheckIn": _ = try await admin.command(queue, "resumeCheckIn")
        case "pause": _ = try await admin.command(TestHub.station("1"), "resume")
        case "fault": _ = try await edge.client.command(TestHub.station("1"), "recover")
        case "settle":
            // Weights of no truck, or of one: both are stored.
            _ = try await admin.command(queue, "resumeCheckIn")
            _ = try await admin.command(TestHub.station("1"), "resume")
        case "assignUnmatched", "dismissUnmatched":
            _ = try await admin.command(TestHub.register, "cancelOpen", ["plate": "부산80바1234", "reason": "x"])
            #expect(try await edge.weigh(20_000_000, for: nil) == nil)
            let id = try await observer.inspect(TestHub.station("1")).unmatched.array.last?.id.string
            item.withLock { $0 = id ?? "x" }
        case "enterManually":
            _ = try await admin.command(TestHub.register, "cancelOpen", ["plate": "부산80바1234", "reason": "x"])
        case "cancelOpen", "completeWithStoredTare":
            _ = try await admin.command(
                TestHub.register, "enterManually", ["plate": "부산80바1234", "grams": 20_000_000, "reason": "x"])
        case "correct": _ = try await admin.command(TestHub.ticket(slip), "correct", ["item": "1", "reason": "x"])
        case "edit", "assign", "remark", "setStatus", "forceUnlock":
            _ = try await admin.command(order, "lock", ["type": "EDIT"])
        case "change", "deactivate":
            _ = try await admin.command(MasterTable.topic, "reactivate")
        default: break
        }
        _ = observer.inbox.takeAll { $0.op == "event" }
    }

    /// Everything can still be read, also by a client that comes now.
    func check(isThere hub: TestHub) async throws {
        let visitor = try await hub.client("staff2")
        for topic in followed.withLock({ $0 }) {
            #expect(try await visitor.subscribe(topic).op == "snapshot", "\(topic)")
        }
    }
}

extension TestClient {
    /// What a topic shows, whether or not it is followed: by a picture of it anew.
    fileprivate func inspect(_ topic: String) async throws -> JSONValue { try await subscribe(topic).data }
}

extension JSONValue {
    /// Where texts stand.
    fileprivate var textPaths: [[String]] {
        switch self {
        case .text: [[]]
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { name, value in value.textPaths.map { [name] + $0 } }
        case .list(let items): items.enumerated().flatMap { index, value in value.textPaths.map { ["\(index)"] + $0 } }
        case .null, .flag, .integer, .number: []
        }
    }

    fileprivate func replacing(_ path: ArraySlice<String>, with text: String) -> JSONValue {
        guard let name = path.first else { return .text(text) }
        switch self {
        case .object(var members):
            members[name] = members[name]?.replacing(path.dropFirst(), with: text)
            return .object(members)
        case .list(var items):
            if let index = Int(name), items.indices.contains(index) {
                items[index] = items[index].replacing(path.dropFirst(), with: text)
            }
            return .list(items)
        default: return self
        }
    }

    /// All texts in it, and all names.
    fileprivate var texts: [String] {
        switch self {
        case .text(let text): [text]
        case .object(let members): members.flatMap { [$0.key] + $0.value.texts }
        case .list(let items): items.flatMap(\.texts)
        case .null, .flag, .integer, .number: []
        }
    }
}
