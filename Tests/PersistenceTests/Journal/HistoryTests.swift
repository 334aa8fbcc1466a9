import Testing

@testable import Actors
@testable import Persistence

@Suite("The history")
struct HistoryTests {
    @Test func `it cannot be changed, deleted or emptied, by way of a partition neither`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        let old = Instant(milliseconds: 1_000_000_000_000)
        _ = try await hub.append(
            Batch(appends: [
                StreamAppend(
                    stream: id, expected: 0, chain: ChainLink(),
                    events: [event(1, at: old), event(2, at: hub.lane.now())])
            ])
        ).get()
        var connection = try PostgresConnection.connect(hub.conninfo)
        let tables = try connection.query(
            """
            SELECT 'journal' UNION ALL SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'journal'::regclass
            """
        ).map { try $0.value(0, as: String.self) }
        #expect(tables.count == 5)
        var refusedCount = 0
        for table in tables {
            for sql in ["UPDATE \(table) SET event = 'x'", "DELETE FROM \(table)", "TRUNCATE \(table)"] {
                do {
                    // A partition without rows has nothing to refuse to change.
                    #expect(try connection.execute(sql) == 0 && !sql.hasPrefix("TRUNCATE"), "\(sql)")
                } catch {
                    #expect(error.failure?.sqlState == "GW003", "\(error)")
                    refusedCount += 1
                }
            }
        }
        #expect(refusedCount == 5 + 3 * 2)
        #expect(try await hub.load(id).events.map(\.seq) == [1, 2])
    }

    @Test func `a stream reads on over months, with what has no partition in the default one`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        let today = BusinessDate(hub.lane.now(), zone: SiteClock(utcOffsetMinutes: 0))
        let next = hub.nextMonth
        let midnight = Int64(next.daysSinceEpoch) * 86_400_000
        let instants = [
            1_000_000_000_000, midnight - 1, midnight, midnight + 70 * 86_400_000,
        ].map { Instant(milliseconds: $0) }
        let events = instants.enumerated().map { event(Int64($0 + 1), #"{"n":\#($0)}"#, at: $1) }
        _ = try await hub.append(
            Batch(appends: [StreamAppend(stream: id, expected: 0, chain: ChainLink(), events: events)])
        ).get()
        #expect(
            try await hub.read("SELECT tableoid::regclass::text FROM journal ORDER BY seq") == [
                "journal_default", Self.partition(today), Self.partition(next), "journal_default",
            ])
        #expect(try await hub.load(id).events == events)
        #expect(try await hub.chainHolds(id))

        // Two months on, a hub starts: the month with a row in the default partition keeps it there.
        let later = try HubDatabase(conninfo: hub.conninfo).claim(now: instants[3])
        #expect(later.ownerEpoch == hub.claim.ownerEpoch + 1)
        #expect(try await hub.load(id).events == events)
    }

    @Test func `who reads the journal for long holds neither the upkeep up nor those who come after it`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        let later = hub.lane.now() + .seconds(62 * 86_400)
        let partitions = "SELECT count(*)::text FROM pg_inherits WHERE inhparent = 'journal'::regclass"
        // This month and the next two: an upkeep may fail for a month and more before one is missed.
        #expect(try hub.readAlone(partitions) == ["4"])
        var reader = try PostgresConnection.connect(hub.conninfo)
        try reader.execute("BEGIN; SELECT count(*) FROM journal")
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute("SET statement_timeout = '10s'")
        try HubDatabase.upkeep(later, &connection)
        #expect(try hub.readAlone(partitions) == ["4"])
        // What has no month of its own yet is written all the same.
        _ = try await hub.append(
            Batch(appends: [StreamAppend(stream: id, expected: 0, chain: ChainLink(), events: [event(1)])])
        ).get()
        try reader.execute("COMMIT")
        try HubDatabase.upkeep(later, &connection)
        #expect(try #require(Int(hub.readAlone(partitions)[0])) > 4)
        #expect(try connection.query("SHOW lock_timeout")[0].value(0, as: String.self) == "0")
    }

    @Test func `the chain computed from the rows is the head's, and a changed past is not`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        try await hub.act("create", #"{"details":{"type":"DELIVERY"}}"#, to: hub.id("order", "A-1"))
        try await hub.weigh(14_000_000, order: "A-1")
        try await hub.weigh(34_000_000)
        let streams = try await hub.read("SELECT site || '/' || kind || '/' || key FROM stream_head")
        #expect(streams.count == 13)
        for stream in streams {
            #expect(try await hub.chainHolds(try #require(StreamID(stream))), "\(stream)")
        }
        var connection = try PostgresConnection.connect(hub.conninfo)
        // Whoever owns the database can switch the trigger off; the chain tells.
        try connection.execute(
            """
            SET session_replication_role = replica;
            UPDATE journal SET payload = replace(payload::text, '34000000', '33000000')::json WHERE kind = 'register'
            """)
        #expect(try await !hub.chainHolds(hub.register))
        #expect(try await hub.chainHolds(hub.queue))
    }

    @Test func `a load with a snapshot and the events after it is a load without one`() async throws {
        var limits = Runtime.Limits()
        limits.snapshotInterval = 5
        let hub = try TestHub(limits: limits)
        defer { hub.stop() }
        try await hub.makeYard()
        for _ in 0..<3 {
            try await hub.weigh(14_000_000)
            try await hub.weigh(34_000_000)
        }
        for id in [hub.queue, hub.register, hub.station] {
            let loaded = try await hub.load(id)
            let whole = try await hub.load(id, schema: 0)
            let snapshot = try #require(loaded.snapshot)
            #expect(snapshot.version > 0 && snapshot.version + Int64(loaded.events.count) == loaded.version)
            #expect(whole.snapshot == nil && whole.events.count == Int(loaded.version))
            #expect(loaded.chain == whole.chain && loaded.events == whole.events.suffix(loaded.events.count))
        }
        #expect(try await Self.state(WaitQueue.self, hub.queue, hub) == Self.whole(WaitQueue.self, hub.queue, hub))
        #expect(
            try await Self.state(WeighRegister.self, hub.register, hub)
                == Self.whole(WeighRegister.self, hub.register, hub))
        #expect(
            try await Self.state(WeighStation.self, hub.station, hub)
                == Self.whole(WeighStation.self, hub.station, hub))
        // And an actor that starts from it goes on with the numbers.
        let next = try TestHub(conninfo: hub.conninfo, lane: hub.lane, limits: limits)
        defer { next.stop() }
        try await next.weigh(14_000_000)
        try await next.weigh(34_000_000)
        #expect(try await next.read("SELECT right(max(slip_number), 4) FROM weigh_record") == ["0004"])
    }

    @Test func `events are read from a seq on, no more than asked for`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        _ = try await hub.append(
            Batch(appends: [
                StreamAppend(stream: id, expected: 0, chain: ChainLink(), events: (1...9).map { event($0) })
            ])
        ).get()
        let read = try await withCheckedContinuation { done in
            hub.journal.events(of: id, after: 4, limit: 3, on: hub.lane) { done.resume(returning: $0) }
        }.get()
        #expect(read.map(\.seq) == [5, 6, 7])
    }

    @Test func `a load brings the replies to its latest events and those asked for, until they expire`() async throws {
        var limits = PostgresJournal.Limits()
        limits.loadedCommandCountMax = 1
        let hub = try TestHub(journalLimits: limits)
        defer { hub.stop() }
        let id = hub.id("test", "a")
        let now = hub.lane.now()
        let old = Instant(milliseconds: now.milliseconds - 86_400_000 - 60_000)
        let events = [event(1, key: "old"), event(2, key: "new")]
        _ = try await hub.append(
            Batch(
                appends: [StreamAppend(stream: id, expected: 0, chain: ChainLink(), events: events)],
                commands: [record(id, "old", seq: 1, at: old), record(id, "new", seq: 2, at: now)])
        ).get()
        let keys = [CommandKey(principal: "user:1", key: "old"), CommandKey(principal: "user:2", key: "new")]
        #expect(try await hub.load(id).commands.map(\.key.key) == ["new"])
        // As long as the row is there its key conflicts, so a look-up by name has to find it.
        #expect(Set(try await hub.load(id, keys: keys).commands.map(\.key.key)) == ["new", "old"])
        #expect(try await hub.load(hub.id("test", "b"), keys: keys).commands.isEmpty)
        _ = try HubDatabase(conninfo: hub.conninfo).claim(now: now)
        #expect(try await hub.load(id, keys: keys).commands.map(\.key.key) == ["new"])
        #expect(try await hub.load(id).events.count == 2)
    }

    private static func partition(_ date: BusinessDate) -> String {
        "journal_\(pad(date.year, 4))\(pad(date.month, 2))"
    }

    private static func state<K: Kind>(_ kind: K.Type, _ id: StreamID, _ hub: TestHub) async throws -> K.State {
        let loaded = try await hub.load(id)
        let snapshot = try #require(loaded.snapshot)
        var state = try JSON.decode(Frozen<K.State>.self, from: snapshot.state).state
        for stored in loaded.events { try apply(kind, stored, &state) }
        return state
    }

    private static func whole<K: Kind>(_ kind: K.Type, _ id: StreamID, _ hub: TestHub) async throws -> K.State {
        var state = K.initial(id)
        for stored in try await hub.load(id, schema: 0).events { try apply(kind, stored, &state) }
        return state
    }

    private static func apply<K: Kind>(_ kind: K.Type, _ stored: StoredEvent, _ state: inout K.State) throws {
        let bytes = JSON.joinCase(name: stored.name, payload: stored.payload)
        K.evolve(&state, try JSON.decode(K.Event.self, from: bytes), at: stored.at)
    }
}
