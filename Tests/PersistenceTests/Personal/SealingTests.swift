import Testing

@testable import Actors
@testable import Persistence

@Suite("Personal texts in the database")
struct SealingTests {
    private static let phone = "010-9876-5432"
    private static let contact = "02-111-2222"
    private static let address = "부산 사하구 \"감천항\""

    /// A driver, a company and an order with their people, a note on the queue, and a snapshot of each.
    private static func makePeople(_ hub: TestHub) async throws {
        let order = hub.id("order", "A-1")
        try await hub.act(
            "create", #"{"fields":{"name":"홍길동","contact":"\#(phone)","note":"왼손"}}"#, to: hub.id("master", "driver:7"),
            as: .boss)
        try await hub.act(
            "create", #"{"fields":{"name":"한길","contact":"\#(contact)"}}"#, to: hub.id("master", "company:7"), as: .boss
        )
        try await hub.act(
            "create",
            #"{"details":{"type":"DELIVERY","customer":"임꺽정","address":"부산 사하구 \"감천항\""}}"#, to: order)
        try await hub.act("lock", #"{"type":"ASSIGN"}"#, to: order)
        try await hub.act("assign", #"{"driverName":"장길산","driverContact":"\#(phone)"}"#, to: order)
        try await hub.act("remark", #"{"text":"담을 넘어"}"#, to: order)
        try await hub.act("pauseCheckIn", #"{"reason":"점심"}"#, to: hub.queue)
    }

    /// Every row of every table, as text.
    static func everything(_ hub: TestHub) async throws -> [String: String] {
        var rows: [String: String] = [:]
        let tables = try await hub.read(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for table in tables {
            rows[table] = try await hub.read("SELECT to_json(t)::text FROM \(table) t").joined(separator: "\n")
        }
        return rows
    }

    @Test func `nothing about anybody is in a row but the names that are searched for, and all of it is read again`()
        async throws
    {
        var limits = Runtime.Limits()
        limits.snapshotInterval = 1
        let hub = try TestHub(limits: limits)
        try await Self.makePeople(hub)
        for (table, text) in try await Self.everything(hub) {
            for secret in [Self.phone, Self.contact, "임꺽정", "감천항", "장길산", "담을 넘어", "왼손", "계량실"] {
                #expect(!text.contains(secret), "\(secret) is in \(table)")
            }
            #expect(!text.contains("홍길동") || table == "driver", "the name is in \(table)")
        }
        #expect(try await hub.read("SELECT count(*)::text FROM snapshot") == ["4"])
        #expect(try await hub.read("SELECT name FROM driver") == ["홍길동"])
        hub.stop()

        let next = try TestHub(conninfo: hub.conninfo, limits: limits)
        defer { next.stop() }
        #expect(next.directory.current.driver("7", at: TestHub.site)?.name == "홍길동")
        #expect(
            try await RecordQueries(readers: next.readers, keys: next.keys).names(TestHub.site, .driver).map(\.name)
                == ["홍길동"])
        let order = try await look(next, next.id("order", "A-1"))
        for text in ["임꺽정", #"부산 사하구 \"감천항\""#, "장길산", Self.phone, "담을 넘어", "계량실"] {
            #expect(order.contains(text), "\(order)")
        }
        #expect(!order.contains("\u{E000}"))
        #expect(try await look(next, next.id("master", "driver:7")).contains(#""contact":"\#(Self.phone)""#))
        #expect(try await look(next, next.queue).contains(#""by":"계량실""#))
        let events = try await next.load(next.id("order", "A-1"), schema: 0).events
        #expect(events.count == 4 && String(decoding: events[2].payload, as: UTF8.self).contains("장길산"))
    }

    @Test func `publications and histories show texts, without their marks`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await Self.makePeople(hub)
        let shown = hub.publications.map { String(decoding: $0.data, as: UTF8.self) }
        #expect(shown.contains { $0.contains("장길산") } && shown.contains { $0.contains("계량실") })
        #expect(shown.allSatisfy { !$0.contains("\u{E000}") })
        let replayed = await withCheckedContinuation { done in
            hub.registry.replay(hub.id("order", "A-1"), view: .staff, after: 0, count: 4) { done.resume(returning: $0) }
        }
        let told = try #require(replayed).map { String(decoding: $0.payload, as: UTF8.self) }
        #expect(told[2] == #"{"by":"계량실","driverContact":"\#(Self.phone)","driverName":"장길산"}"#)
        let locked = await hub.send("lock", #"{"type":"EDIT"}"#, to: hub.id("order", "A-1"), as: .boss)
        #expect(locked.rejectionParams?["holderName"] == "계량실")
    }

    @Test func `a mark in a command is refused, and the hub's own effects carry theirs`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        for forged in ["\u{E000}driver:1\u{E001}이", #"\uE000driver:1\ue001이"#] {
            let outcome = await hub.send(
                "create", #"{"fields":{"name":"\#(forged)"}}"#, to: hub.id("master", "driver:7"), as: .boss)
            #expect(outcome.rejectionCode == "reservedCharacter", "\(outcome)")
        }
        try await hub.makeYard()
        try await hub.weigh(14_000_000)
        try await hub.checkIn()
        let visit = try await hub.read("SELECT ref FROM wait_queue WHERE status = 'WAITING'")[0]
        try await hub.act("cancel", #"{"id":"\#(visit)","reason":"회차"}"#, to: hub.queue)
        let end = try await hub.read("SELECT arguments::text || outcome FROM outbox WHERE name = 'endVisit'")
        #expect(end.count == 1 && end[0].hasSuffix("done") && end[0].contains("\u{E002}") && !end[0].contains("계량실"))
        let last = try #require(try await hub.load(hub.register, schema: 0).events.last)
        let event = try JSON.decode(
            WeighRegister.Event.self, from: JSON.joinCase(name: last.name, payload: last.payload))
        guard case .openCancelled(_, let by, _) = event else { throw Missing() }
        #expect(by == Principal.office.signature)
    }

    private struct Missing: Error {}

    @Test func `a key is made once, of a batch that failed as well, and each site has its own`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        func note(_ seq: Int64, _ text: String, of person: String = "driver:1") -> StoredEvent {
            event(seq, "{\"a\":\"\(Personal(text, of: person).coded)\"}")
        }
        // The fence refuses it, with the key that it brought.
        let wrong = StreamAppend(stream: id, expected: 4, chain: ChainLink(), events: [note(5, "김")])
        #expect(await hub.append(Batch(appends: [wrong])).isFailure)
        #expect(try await hub.read("SELECT person FROM person_key") == [])
        let first = StreamAppend(stream: id, expected: 0, chain: ChainLink(), events: [note(1, "김"), note(2, "이")])
        _ = try await hub.append(Batch(appends: [first])).get()
        let key = try await hub.read("SELECT key::text FROM person_key")
        #expect(key.count == 1)
        let other = StreamID(site: "ulsan", kind: "test", key: "a")
        _ = try await hub.append(
            Batch(appends: [StreamAppend(stream: other, expected: 0, chain: ChainLink(), events: [note(1, "김")])])
        ).get()
        #expect(try await hub.read("SELECT site FROM person_key ORDER BY site") == [TestHub.site, "ulsan"])
        #expect(try await hub.read("SELECT key::text FROM person_key WHERE site = 'pusan'") == key)
        let sealed = try await hub.read("SELECT payload::text FROM journal WHERE seq = 1")
        #expect(Set(sealed).count == 2, "two sites sealed with one key")
        for id in [id, other] {
            #expect(String(decoding: try await hub.load(id).events[0].payload, as: UTF8.self).contains("김"))
        }
    }

    @Test func `a key that another hub has made is taken, and nothing is sealed under one that is not kept`()
        async throws
    {
        let hub = try TestHub()
        defer { hub.stop() }
        // It knows of no keys, as a hub that has read them a moment too early.
        let early = try HubDatabase(conninfo: hub.conninfo).personKeys(master: TestHub.master)
        func note(_ seq: Int64) -> StoredEvent { event(seq, "{\"a\":\"\(Personal("김", of: "driver:1").coded)\"}") }
        func append(_ key: String, _ seq: Int64) -> Batch {
            Batch(appends: [
                StreamAppend(stream: hub.id("test", key), expected: 0, chain: ChainLink(), events: [note(seq)])
            ])
        }
        _ = try await hub.append(append("a", 1)).get()
        let other = PostgresJournal(
            conninfo: hub.conninfo, readers: hub.readers, keys: early, ownerEpoch: hub.claim.ownerEpoch)
        defer { other.stop() }
        func send() async -> Result<Appended, JournalError> {
            await withCheckedContinuation { done in
                other.append(append("b", 1), on: hub.lane) { done.resume(returning: $0) }
            }
        }
        #expect(await send().isFailure)
        _ = try await send().get()
        #expect(try await hub.read("SELECT count(*)::text FROM person_key") == ["1"])
        #expect(
            String(decoding: try await hub.load(hub.id("test", "b")).events[0].payload, as: UTF8.self).contains("김"))
    }

    @Test func `who is erased, or has other bytes, reads blank, and nothing else does`() async throws {
        let hub = try TestHub()
        try await Self.makePeople(hub)
        hub.stop()
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute(
            """
            INSERT INTO erased_person SELECT site, person, now() FROM person_key WHERE person = 'order:A-1';
            DELETE FROM person_key WHERE person = 'order:A-1'
            """)
        try connection.execute(
            "UPDATE master_record SET fields = regexp_replace(fields::text, '\u{E002}....', '\u{E002}AAAA', 'g')::json")
        let next = try TestHub(conninfo: hub.conninfo)
        defer { next.stop() }
        let order = try await look(next, next.id("order", "A-1"))
        #expect(order.contains(#""driverName":"""#) && order.contains(#""customer":"""#) && order.contains("계량실"))
        #expect(next.directory.current.driver("7", at: TestHub.site)?.name == "")
    }

    @Test func `nobody is taken for erased whose key is missing: it is waited for, and verify says so`() async throws {
        let hub = try TestHub()
        try await Self.makePeople(hub)
        hub.stop()
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute(
            """
            CREATE TABLE late AS SELECT * FROM person_key WHERE person = 'order:A-1';
            DELETE FROM person_key WHERE person = 'order:A-1'
            """)
        let next = try TestHub(conninfo: hub.conninfo)
        defer { next.stop() }
        await #expect(throws: Unseen.self) { try await look(next, next.id("order", "A-1")) }
        let database = HubDatabase(conninfo: hub.conninfo)
        let report = try database.verify(keys: database.personKeys(master: TestHub.master))
        #expect(report.count(.journal) == 1, "\(report.findings)")
        #expect("\(report.findings)".contains("no key that opens"))
        // As the last commit of the hub before, which came after the keys were read.
        try connection.execute("INSERT INTO person_key SELECT * FROM late")
        #expect(try await look(next, next.id("order", "A-1")).contains("임꺽정"))
        #expect(try database.verify(keys: database.personKeys(master: TestHub.master)).findings.isEmpty)
    }

    @Test func `another master key is refused`() async throws {
        let hub = try TestHub()
        try await Self.makePeople(hub)
        hub.stop()
        #expect(throws: PersonKeys.WrongMaster.self) {
            try HubDatabase(conninfo: hub.conninfo).personKeys(master: [UInt8](repeating: 4, count: 32))
        }
        #expect(try HubDatabase(conninfo: hub.conninfo).hasPersonKeys())
    }
}

/// What staff see of an actor.
func look(_ hub: TestHub, _ id: StreamID) async throws -> String {
    let answer = await withCheckedContinuation { done in
        hub.registry.look(Look(principal: .office, mine: false) { done.resume(returning: $0) }, at: id)
    }
    guard case .seen(let sight) = answer else { throw Unseen() }
    return String(decoding: sight.data, as: UTF8.self)
}

private struct Unseen: Error {}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}

extension Outcome {
    fileprivate var rejectionParams: [String: String]? {
        if case .rejected(let rejection) = self { rejection.params } else { nil }
    }
}
