import Synchronization
import Testing

@testable import Actors
@testable import Persistence

@Suite("The outbox in the database")
struct OutboxTests {
    @Test func `what a dead hub left is carried out once`() async throws {
        let dead = try TestHub(isCarryingOut: false)
        try await dead.makeYard()
        _ = await dead.send("checkIn", #"{"plate":"\#(TestHub.plate)"}"#, to: dead.queue)
        _ = await dead.send("callNext", #"{"station":"1"}"#, to: dead.queue)
        #expect(try await dead.load(dead.station).version == 0)
        dead.stop()

        let hub = try TestHub(conninfo: dead.conninfo, lane: dead.lane, isResuming: false)
        defer { hub.stop() }
        // The binding, and the no-show that is due in five minutes.
        #expect(try await hub.resume() == 2)
        // Asked for again while under way, it changes nothing.
        _ = try await hub.resume()
        try await hub.quiet()
        #expect(try await hub.load(hub.station).events.map(\.name) == ["bound"])
        #expect(
            try await hub.read("SELECT name || ' ' || coalesce(outcome, '-') FROM outbox ORDER BY name") == [
                "bind done", "noShow -",
            ])

        // Handed over once more, as after a crash between commit and answer: the key is known.
        let effect = try await hub.read("SELECT id FROM outbox WHERE name = 'bind'")[0]
        let arguments = try await hub.read("SELECT arguments::text FROM outbox WHERE name = 'bind'")[0]
        let again = await withCheckedContinuation { done in
            hub.registry.send(
                Request(
                    name: "bind", arguments: Array(arguments.utf8), key: effect, body: [], principal: .hub,
                    effect: effect, reply: { done.resume(returning: $0) }), to: hub.station)
        }
        #expect(again == .committed(seq: 1))
        #expect(try await hub.load(hub.station).version == 1)
    }

    @Test func `an effect and its settlement are one transaction`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        try await hub.checkIn()
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION refuse()
            """)
        let before = hub.journal.counters.failureCount
        _ = await hub.send("callNext", #"{"station":"1"}"#, to: hub.queue)
        while hub.journal.counters.failureCount == before { await hub.pause() }
        // Not settled, so not bound either; tried again until it can be both.
        #expect(try await hub.load(hub.station).version == 0)
        try connection.execute("DROP TRIGGER refuse ON outbox")
        try await hub.quiet()
        #expect(try await hub.load(hub.station).events.map(\.name) == ["bound"])
    }

    @Test func `uncertain is for one, before any outcome; another outcome takes its place, and stays`() async throws {
        let hub = try TestHub(isCarryingOut: false)
        defer { hub.stop() }
        let effect = OutboxEntry(
            id: "\(hub.queue)#1.0", target: .receiver("printer", of: hub.queue.site), name: "slipIssued",
            arguments: Array("{}".utf8), createdAt: hub.lane.now(), due: hub.lane.now(), validUntil: nil,
            facesPeople: false)
        _ = try await hub.append(Batch(effects: [effect])).get()
        func settle(_ outcome: String) async throws {
            _ = try await hub.append(Batch(settlements: [Settlement(effect: effect.id, outcome: outcome)])).get()
        }
        try await settle(Settlement.uncertain)
        await #expect(throws: JournalError.conflict) { try await settle(Settlement.uncertain) }
        #expect(try await hub.read("SELECT outcome FROM outbox") == ["uncertain"])
        try await settle("done")
        try await settle("expired")
        await #expect(throws: JournalError.conflict) { try await settle(Settlement.uncertain) }
        #expect(try await hub.read("SELECT outcome FROM outbox") == ["done"])
    }

    @Test func `a rejection settles an effect, too`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.station
        let effect = OutboxEntry(
            id: "\(hub.queue)#1.0", target: id, name: "fault", arguments: Array(#"{"code":"x"}"#.utf8),
            createdAt: hub.lane.now(), due: hub.lane.now(), validUntil: nil, facesPeople: false)
        _ = try await hub.append(
            Batch(
                appends: [StreamAppend(stream: hub.queue, expected: 0, chain: ChainLink(), events: [event(1)])],
                effects: [effect])
        ).get()
        try await hub.resume()
        try await hub.quiet()
        #expect(try await hub.read("SELECT outcome FROM outbox") == ["rejected:forbidden"])
        #expect(try await hub.load(id).version == 0)
    }

    /// As after a return to an older program.
    @Test func `an effect for a kind that is not known waits, and stops nothing`() async throws {
        let hub = try TestHub(isResuming: false)
        defer { hub.stop() }
        let effects = [
            FenceTests.effect(hub.id("later", "a"), "\(hub.queue)#1.0"),
            FenceTests.effect(hub.station, "\(hub.queue)#1.1"),
        ]
        _ = try await hub.append(
            Batch(
                appends: [StreamAppend(stream: hub.queue, expected: 0, chain: ChainLink(), events: [event(1)])],
                effects: effects)
        ).get()
        #expect(try await hub.resume() == 2)
        let settled = "SELECT kind FROM outbox WHERE outcome IS NOT NULL"
        let end = ContinuousClock.now + .seconds(20)
        while try await hub.read(settled).isEmpty, ContinuousClock.now < end { await hub.pause() }
        #expect(try await hub.read(settled) == [hub.station.kind])
    }

    @Test func `effects of one millisecond come back in the order of their events`() async throws {
        // A hub that takes up its outbox would carry these out before they are read.
        let hub = try TestHub(isResuming: false)
        defer { hub.stop() }
        let ids = ["#9.0", "#9.1", "#9.10", "#10.0", "#10.2", "#99.0", "#100.0"].map { "\(hub.queue)\($0)" }
        let effects = ids.reversed().map { FenceTests.effect(hub.station, $0) }
        let earlier = FenceTests.effect(hub.station, "\(hub.register)#1.0", at: 1_700_000_000_000)
        _ = try await hub.append(
            Batch(
                appends: [StreamAppend(stream: hub.queue, expected: 0, chain: ChainLink(), events: [event(1)])],
                effects: effects + [earlier])
        ).get()
        let pending = try await withCheckedContinuation { done in
            hub.journal.pendingEffects(on: hub.lane) { done.resume(returning: $0) }
        }.get()
        #expect(pending.map(\.id) == [earlier.id] + ids)
        #expect(pending.first == earlier)
    }

    @Test func `what is no longer valid is recorded as expired and not done`() async throws {
        let hub = try TestHub(isResuming: false)
        defer { hub.stop() }
        let past = Instant(milliseconds: hub.lane.now().milliseconds - 10_000)
        let effect = OutboxEntry(
            id: "\(hub.queue)#1.0", target: hub.station, name: "noticeTruck", arguments: Array("{}".utf8),
            createdAt: past, due: past, validUntil: past + .seconds(1), facesPeople: false)
        _ = try await hub.append(
            Batch(
                appends: [StreamAppend(stream: hub.queue, expected: 0, chain: ChainLink(), events: [event(1)])],
                effects: [effect])
        ).get()
        #expect(try await hub.resume() == 1)
        try await hub.quiet()
        #expect(try await hub.read("SELECT outcome FROM outbox") == ["expired"])
    }

    @Test func `what nobody asks for any more goes, what is pending stays`() async throws {
        let hub = try TestHub(isResuming: false)
        defer { hub.stop() }
        let now = hub.lane.now()
        let old = now + .seconds(-31 * 86_400)
        let effects = ["#1.0", "#1.1", "#1.2"].map {
            FenceTests.effect(hub.station, "\(hub.queue)\($0)", at: old.milliseconds)
        }
        let recent = FenceTests.effect(hub.station, "\(hub.queue)#1.3", at: now.milliseconds)
        let settlements = [effects[0], effects[1], recent].map { Settlement(effect: $0.id, outcome: "done") }
        _ = try await hub.append(
            Batch(
                appends: [StreamAppend(stream: hub.queue, expected: 0, chain: ChainLink(), events: [event(1)])],
                commands: [
                    record(hub.queue, "old", seq: 1, at: now + .seconds(-86_401)),
                    record(hub.queue, "new", seq: 1, at: now),
                ], effects: effects + [recent])
        ).get()
        _ = try await hub.append(Batch(settlements: settlements)).get()
        let hasMore = await withCheckedContinuation { done in
            hub.journal.upkeep(now: now) { done.resume(returning: $0) }
        }
        #expect(try hasMore.get() == false)
        #expect(try await hub.read("SELECT id FROM outbox ORDER BY id") == [effects[2].id, recent.id])
        let new = CommandKey(principal: "user:1", key: "new").id(in: hub.queue)
        #expect(try await hub.read("SELECT id::text FROM command") == ["\(new)"])
    }

    @Test func `what its target refused is listed and done once more when somebody wants it, once`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        try await hub.checkIn()
        try await hub.act("pause", #"{"reason":"점검"}"#, to: hub.station)
        // The call came before the pause was known: the binding is refused.
        let queries = EffectQueries(readers: hub.readers, keys: hub.keys)
        let bind = OutboxEntry(
            id: "pusan/queue/main#77.0", target: hub.station, name: "bind", arguments: Array("{}".utf8),
            createdAt: hub.lane.now(), due: hub.lane.now(), validUntil: nil, facesPeople: false)
        _ = try await hub.append(Batch(effects: [bind])).get()
        hub.outbox.schedule([bind])
        try await hub.quiet()
        let dead = try await queries.list(TestHub.site, .dead, now: hub.lane.now())
        #expect(dead.map(\.entry.id) == [bind.id])
        #expect(dead.first?.outcome?.hasPrefix("rejected:") == true)
        #expect(try await queries.list("elsewhere", .dead, now: hub.lane.now()).isEmpty)
        #expect(try await queries.dead("elsewhere", id: bind.id) == nil)

        let entry = try #require(try await queries.dead(TestHub.site, id: bind.id))
        let results = await withTaskGroup(of: Result<OutboxEntry, JournalError>.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    await withCheckedContinuation { done in hub.outbox.requeue(entry) { done.resume(returning: $0) } }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.compactMap { try? $0.get().id } == ["pusan/queue/main#77.0.1"])
        try await hub.quiet()
        #expect(try await queries.dead(TestHub.site, id: bind.id) == nil)
        // Refused again, it is the one that can be re-queued now.
        #expect(
            try await queries.list(TestHub.site, .dead, now: hub.lane.now()).map(\.entry.id)
                == ["pusan/queue/main#77.0.1"])
        #expect(OutboxEntry.nextID(after: "pusan/queue/main#77.0.9") == "pusan/queue/main#77.0.10")
        #expect(
            try await hub.read("SELECT gwanje_next_effect(x) FROM unnest(ARRAY['a/b/c#7.0', 'a/b/c#7.0.9']) AS x")
                == ["a/b/c#7.0.1", "a/b/c#7.0.10"])
    }

    /// Loses the answers to commits of effects alone, as a cut connection does.
    private final class Forgetful: Journal {
        let journal: PostgresJournal
        let writes: Bool
        /// Reads to come that fail.
        let failingReadCount = Atomic(0)

        init(_ journal: PostgresJournal, writes: Bool) {
            self.journal = journal
            self.writes = writes
        }

        func append(
            _ batch: Batch, on lane: any Lane, done: @escaping @Sendable (Result<Appended, JournalError>) -> Void
        ) {
            guard writes else { return lane.post { done(.failure(.inDoubt)) } }
            journal.append(batch, on: lane) { result in done(result.flatMap { _ in .failure(.inDoubt) }) }
        }

        func pendingEffects(
            on lane: any Lane, done: @escaping @Sendable (Result<[OutboxEntry], JournalError>) -> Void
        ) {
            if failingReadCount.wrappingSubtract(1, ordering: .relaxed).oldValue > 0 {
                return lane.post { done(.failure(.unavailable("away"))) }
            }
            journal.pendingEffects(on: lane, done: done)
        }

        func load(
            _ stream: StreamID, schema: Int, keys: [CommandKey], on lane: any Lane,
            done: @escaping @Sendable (Result<Loaded, JournalError>) -> Void
        ) { journal.load(stream, schema: schema, keys: keys, on: lane, done: done) }

        func events(
            of stream: StreamID, after seq: Int64, limit: Int, on lane: any Lane,
            done: @escaping @Sendable (Result<[StoredEvent], JournalError>) -> Void
        ) { journal.events(of: stream, after: seq, limit: limit, on: lane, done: done) }

        func rows<K: Kind>(_ kind: K.Type, _ event: K.Event, _ state: K.State, of id: StreamID, at: Instant) -> [Row] {
            journal.rows(kind, event, state, of: id, at: at)
        }
    }

    @Test(arguments: [(true, 0), (true, 2), (false, 0)])
    func `a re-queued effect whose commit is in doubt is looked up, and carried out if it is there`(
        writes: Bool, failingReadCount: Int
    ) async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let journal = Forgetful(hub.journal, writes: writes)
        let outbox = Outbox(lane: hub.lane, journal: journal) { hub.registry.send($0, to: $1) }
        defer { outbox.stop() }
        _ = try await withCheckedContinuation { done in outbox.resume { done.resume(returning: $0) } }.get()
        let dead = FenceTests.effect(hub.station, "\(hub.queue)#77.0", at: hub.lane.now().milliseconds)
        _ = try await hub.append(Batch(effects: [dead])).get()
        _ = try await hub.append(Batch(settlements: [Settlement(effect: dead.id, outcome: "expired")])).get()
        journal.failingReadCount.store(failingReadCount, ordering: .relaxed)
        let result = await withCheckedContinuation { done in outbox.requeue(dead) { done.resume(returning: $0) } }
        let next = "\(dead.id).1"
        switch (writes, result) {
        case (true, .success(let entry)): #expect(entry.id == next && failingReadCount == 0)
        case (true, .failure(.inDoubt)): #expect(failingReadCount > 0)
        case (false, .failure(.unavailable)): break
        default: Issue.record("\(result)")
        }
        try await hub.quiet()
        #expect(
            try await hub.read("SELECT id FROM outbox WHERE outcome IS NOT NULL ORDER BY id")
                == [dead.id] + (writes ? [next] : []))
    }

    @Test func `what is tried in vain for more than a minute is late`() async throws {
        let hub = try TestHub(isCarryingOut: false, isResuming: false)
        defer { hub.stop() }
        let due = hub.lane.now()
        let entry = OutboxEntry(
            id: "pusan/queue/main#1.0", target: hub.station, name: "bind", arguments: Array("{}".utf8), createdAt: due,
            due: due, validUntil: nil, facesPeople: false)
        _ = try await hub.append(Batch(effects: [entry])).get()
        let queries = EffectQueries(readers: hub.readers, keys: hub.keys)
        let minute = due + .seconds(EffectQueries.lateAfter)
        #expect(try await queries.list(TestHub.site, .late, now: minute).isEmpty)
        #expect(try await queries.list(TestHub.site, .late, now: minute + .milliseconds(1)).map(\.entry) == [entry])
        #expect(try await queries.list(TestHub.site, .dead, now: minute + .seconds(60)).isEmpty)
    }

    @Test func `twenty minutes down with a full line: nobody is skipped, called or absent by the start itself`()
        async throws
    {
        let before = try TestHub()
        try await before.makeYard()
        for number in 2...30 {
            let fields = #"{"plate":"부산80바\#(2000 + number)","company":"1"}"#
            try await before.act(
                "create", #"{"fields":\#(fields)}"#, to: before.id("master", "vehicle:\(number)"), as: .boss)
            try await before.act("checkIn", #"{"plate":"부산80바\#(2000 + number)"}"#, to: before.queue)
        }
        try await before.checkIn()
        // One was called and is away for a while, two are called and due to come.
        try await before.act("callNext", #"{"station":"1"}"#, to: before.queue)
        let first = try await before.read("SELECT ref FROM wait_queue WHERE status = 'CALLED'")[0]
        try await before.act("markAbsent", #"{"id":"\#(first)"}"#, to: before.queue)
        try await before.act("callNext", #"{"station":"1"}"#, to: before.queue)
        try await before.act("callNext", #"{"station":"2"}"#, to: before.queue)
        let timers = "SELECT count(*)::text FROM outbox WHERE outcome IS NULL AND faces_people"
        #expect(try await before.read(timers) == ["4"])
        before.stop()
        let queue = try before.readAlone("SELECT version::text FROM stream_head WHERE kind = 'queue'")

        before.lane.move(by: .seconds(1200))
        let hub = try TestHub(conninfo: before.conninfo, lane: before.lane, isResuming: false)
        defer { hub.stop() }
        #expect(try await hub.resume() == 4)
        // All of their times have passed, and none of them is taken for it.
        let passed = "SELECT bool_and(due_at < $1)::text FROM outbox WHERE outcome IS NULL"
        #expect(try await hub.read(passed, [.init(PostgresTimestamp(hub.lane.now()))]) == ["true"])
        for _ in 0..<20 { await hub.pause() }
        try await hub.quiet()
        #expect(try await hub.read("SELECT version::text FROM stream_head WHERE kind = 'queue'") == queue)
        #expect(try await hub.read(timers) == ["4"])
        // The one that was called has its time again: it drives on and is not absent.
        try await hub.act("noticeTruck", to: hub.station, as: .hub)
        #expect(try await hub.read("SELECT count(*)::text FROM wait_queue WHERE status = 'CALLED'") == ["2"])
    }
}
