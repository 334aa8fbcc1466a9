import Actors
import Testing

@testable import Hub
@testable import Persistence

/// A person who was in the yard, before and after `hub erase`.
extension Acceptance {
    @Suite struct Erasing {
        private static let master = "\(TestHub.site)/master/"
        private static let order = "\(TestHub.site)/order/SO-7"
        private static let phone = "010-9876-5432"
        private static let plate = "부산82바3345"

        /// A driver with a truck that was weighed, an account that paused the queue, and an order with its people.
        private static func work(_ hub: TestHub) async throws -> String {
            let admin = try await hub.client("admin")
            try await admin.succeed(
                master + "driver:77", "create", ["fields": ["name": "홍길동", "contact": .text(phone)]])
            try await admin.succeed(
                order, "create", ["details": ["type": "DELIVERY", "customer": "임꺽정", "address": "부산 사하구"]])
            try await admin.succeed(order, "lock", ["type": "ASSIGN"])
            try await admin.succeed(order, "assign", ["driverName": "장길산", "driverContact": .text(phone)])
            try await admin.succeed(order, "remark", ["text": "뒷문으로"])
            try await admin.close()
            let office = try await TestOffice.open(hub)
            let number = try #require(try await office.slip(plate, 40_000_000, 15_000_000).number.string)
            let boss = try await hub.client("admin")
            try await boss.succeed(TestHub.ticket(number), "correct", ["driver": "77", "reason": "기사 정정"])
            try await boss.close()
            try await office.staff.succeed(TestHub.queue, "pauseCheckIn", ["reason": "점심"])
            #expect(try await office.picture(TestHub.queue).paused.by == "박정민")
            let picture = try await office.picture(order)
            #expect(picture.driverName == "장길산" && picture.remarks[0].text == "뒷문으로" && picture.remarks[0].by == "관리자")
            let record = try await hub.get("/api/v1/weigh-records/\(number)", as: "staff").json.data
            #expect(record.driverName == "홍길동")
            return number
        }

        private static func erase(_ persons: [String], on database: String, in directory: String) async throws {
            try await TestHub.inside(of: database, configuration: TestHub.configuration) { yard, _, _ in
                for text in ["길동", "9876", "01098765432", "010 9876"] {
                    let found = try await yard.queries.persons(TestHub.site, containing: text).map(\.id)
                    #expect(found.contains("driver:77"), "\(found)")
                }
                #expect(try await yard.queries.persons(TestHub.site, containing: "임꺽정").map(\.id) == ["order:SO-7"])
                let erasure = PersonErasure(yard: yard, directory: directory)
                for person in persons {
                    try await erasure.erase(Person(site: TestHub.site, id: person), reason: "본인 요청")
                }
                // As after a crash in the middle.
                try await erasure.erase(Person(site: TestHub.site, id: persons[0]), reason: "본인 요청")
                await #expect(throws: PersonErasure.Refused.self) {
                    try await erasure.erase(Person(site: TestHub.site, id: "driver:nobody"), reason: "본인 요청")
                }
                for text in ["길동", "9876", "임꺽정", "박정민"] {
                    #expect(
                        try await yard.queries.persons(TestHub.site, containing: text).map(\.name).filter {
                            $0.contains(text)
                        } == [])
                }
                #expect(try await yard.journal.erasedPersons().map(\.id) == persons.sorted())
            }
        }

        @Test func `who is erased is blank on every screen, in lists and in histories, and the slip stays`()
            async throws
        {
            let database = try await TestDatabases.make()
            let number = try await TestHub.run(on: database) { try await Self.work($0) }
            let yard = try TestYardDirectory()
            let directory = yard.path("data")
            try FileSystem.createDirectories(directory, mode: 0o700)
            let staff = "user:staff"
            try await Self.erase(["driver:77", "order:SO-7", staff], on: database, in: directory)
            let log = try #require(FileSystem.read(directory + "/erased.log"))
            let end = try #require(log.firstIndex(of: "\n"))
            #expect(log[...end].hasSuffix(" \(TestHub.site) driver:77\n"))

            try await TestHub.run(on: database) { hub in
                let admin = try await hub.client("admin")
                let driver = try await admin.picture(Self.master + "driver:77")
                #expect(driver.fields.name == "" && driver.fields.contact == "" && driver.active == false)
                let order = try await admin.picture(Self.order)
                #expect(order.driverName == "" && order.driverContact == "" && order.details.customer == "")
                #expect(order.remarks[0].text == "" && order.remarks[0].by == "관리자")
                #expect(try await admin.picture(TestHub.queue).paused.by == "")
                #expect(try await admin.picture(Self.master + staff).fields.login == "staff")
                #expect(
                    try await hub.get("/api/v1/drivers", as: "admin").json.data.array.allSatisfy { $0.name != "홍길동" })
                let record = try await hub.get("/api/v1/weigh-records/\(number)", as: "admin").json.data
                #expect(record.driverName == "" && record.plate == .text(Self.plate) && record.driver == "77")
                #expect(record.netGrams == 25_000_000)
                let login = try await hub.post(
                    "/api/v1/auth/login", ["login_id": "staff", "password": .text(DemoYard.password)])
                #expect(login.status == 401)

                // The history, from the beginning.
                let epoch = try #require(try await admin.picture(Self.order).isNull ? nil : hub.yard.services.epoch)
                for topic in [Self.order, Self.master + "driver:77"] {
                    let back = try await hub.client("admin")
                    #expect(try await back.subscribe(topic, cursor: (epoch: epoch, seq: 0)).op == "resumed")
                    let told = try await back.events(topic, through: topic == Self.order ? 5 : 2)
                    #expect(!told.contains("홍길동") && !told.contains("장길산") && !told.contains(Self.phone), "\(told)")
                    #expect(told.contains(topic == Self.order ? "peopleErased" : "erased"))
                    try await back.close()
                    // A browser that was away since before anything happened.
                    let stream = try await TestStream.open(
                        hub, [topic], as: "admin", after: StreamCursor(epoch: epoch, seqs: [topic: 0]).text)
                    let word: JSONValue = topic == Self.order ? "peopleErased" : "erased"
                    _ = try await stream.inbox.take("\(word)") { $0.name == word }
                    let read = stream.inbox.log.map { "\($0)" }.joined(separator: "\n")
                    #expect(!read.contains("홍길동") && !read.contains("장길산") && !read.contains(Self.phone), "\(read)")
                    #expect(read.contains("created") && !read.contains("\u{E000}"), "\(read)")
                    try await stream.drop()
                }
            }
            try await Self.expectGone(database)
        }

        /// Neither in a row nor, opened, in what a rebuild makes of the history; and the rebuild finds the rows as they are.
        private static func expectGone(_ database: String) async throws {
            try await TestDatabases.blocking {
                let hub = HubDatabase(conninfo: database)
                let keys = try hub.personKeys(master: TestHub.secret)
                var connection = try PostgresConnection.connect(database)
                func rows(_ table: String) throws -> [String] {
                    try connection.query(
                        "SELECT (to_jsonb(t) - 'id' - 'created_at')::text AS row FROM \(table) t ORDER BY row"
                    ).map { try $0.value(0, as: String.self) }
                }
                let tables = Projections.tables.keys.sorted()
                let before = try tables.map(rows)
                // Everything that was made from the events says what they say now, and a rebuild finds nothing to mend.
                #expect(try hub.verify(keys: keys).findings == [])
                try hub.rebuild(keys: keys)
                for (table, old) in zip(tables, before) { #expect(try rows(table) == old, "\(table)") }
                // Nor in what the planner keeps of names and keys.
                try connection.execute("ANALYZE")
                let copies = try connection.query(
                    """
                    SELECT tablename || '.' || attname FROM pg_stats
                    WHERE (tablename IN ('driver', 'app_user') AND attname = 'name') OR (tablename, attname) = ('person_key', 'key')
                    """
                ).map { try $0.value(0, as: String.self) }
                #expect(copies == [])
                for table in tables + ["snapshot", "outbox", "journal", "person_key"] {
                    let text = try rows(table).joined()
                    for secret in ["홍길동", "장길산", "임꺽정", phone, "뒷문으로"] {
                        #expect(!text.contains(secret), "\(secret) is in \(table)")
                    }
                    if table != "journal" { #expect(!text.contains("driver:77\u{E002}"), "\(table)") }
                }
            }
        }
    }
}

extension TestClient {
    /// The events of a topic up to a seq, as text.
    fileprivate func events(_ topic: String, through seq: Int64) async throws -> String {
        _ = try await inbox.take("\(topic)#\(seq)") {
            $0.op == "event" && $0.topic == .text(topic) && $0.seq == .integer(seq)
        }
        return events(topic).map { "\($0)" }.joined(separator: "\n")
    }
}
