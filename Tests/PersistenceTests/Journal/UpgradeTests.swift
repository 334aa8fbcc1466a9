import Synchronization
import Testing

@testable import Actors
@testable import Persistence

@Suite("Upgrades")
struct UpgradeTests {
    /// The program to come: one more step, which the present one runs on.
    private static let next =
        Schema.migrations + [
            Migration(
                id: Schema.migrations.count + 1, name: "to come",
                sql:
                    "ALTER TABLE journal ADD COLUMN trace text; ALTER TABLE outbox ADD COLUMN attempts integer NOT NULL DEFAULT 0"
            )
        ]

    @Test func `up, down and up again under load: what was acknowledged is there once`() async throws {
        let conninfo = try TestCluster.makeDatabase()
        let lane = TestLane()
        let hub = try TestHub(conninfo: conninfo, lane: lane)
        try await hub.makeYard()
        let shift = Shift(hub)
        let load = Task { await shift.work() }
        func workOn(_ least: Int) async throws {
            let start = shift.acknowledged.withLock { $0.count }
            let end = ContinuousClock.now + .seconds(30)
            while shift.acknowledged.withLock({ $0.count }) < start + least {
                try #require(ContinuousClock.now < end, "nothing is acknowledged any more")
                await hub.pause()
            }
        }

        try await workOn(50)
        // Up, while the present program runs: it goes on writing to the next schema.
        var connection = try PostgresConnection.connect(conninfo)
        #expect(try Migrator(Self.next).migrate(&connection) == [Self.next.count])
        try await workOn(50)
        var hubs = [hub]
        // The next program takes over, then the present one again, then the next.
        for migrations in [Self.next, Schema.migrations, Self.next] {
            let successor = try TestHub(conninfo: conninfo, lane: lane, migrations: migrations)
            shift.current.withLock { $0 = successor }
            // The one before says so and steps down as soon as somebody wants something of it.
            let before = hubs[hubs.count - 1]
            #expect(
                await before.send(
                    "create", #"{"fields":{"name":"x"}}"#, to: hub.id("master", "item:late-\(hubs.count)"), as: .boss)
                    == .unavailable(after: .milliseconds(250)))
            #expect(before.wasDeposed)
            hubs.append(successor)
            try await workOn(50)
        }
        shift.isOver.store(true, ordering: .relaxed)
        await load.value
        for hub in hubs { hub.stop() }

        let known = shift.acknowledged.withLock { $0 }
        #expect(known.count >= 250)
        #expect(known.values.allSatisfy { $0 == 1 })
        let written = try hub.readAlone("SELECT command_key FROM journal WHERE command_key LIKE 'clerk-%'")
        #expect(Set(written).count == written.count, "something was written twice")
        #expect(Set(known.keys).isSubset(of: written), "something acknowledged is not there")
        #expect(try hub.verify().findings == [])
        // Two steps ahead is too far.
        try connection.execute("INSERT INTO schema_migration VALUES (\(Self.next.count + 1), 'far', 'x')")
        #expect(throws: MigrationError.databaseNewer(found: Self.next.count + 1, known: Schema.migrations.count)) {
            try HubDatabase(conninfo: conninfo).claim(now: lane.now())
        }
    }

    /// Eight clerks, each of whom repeats a command under its key until it is answered by a number, whoever the hub is.
    private final class Shift: Sendable {
        let current: Mutex<TestHub>
        let isOver = Atomic(false)
        let acknowledged = Mutex<[String: Int64]>([:])

        init(_ hub: TestHub) { current = Mutex(hub) }

        func work() async {
            await withTaskGroup(of: Void.self) { clerks in
                for clerk in 0..<8 { clerks.addTask { await self.work(clerk) } }
            }
        }

        private func work(_ clerk: Int) async {
            var count = 0
            while !isOver.load(ordering: .relaxed) {
                let key = "clerk-\(clerk)-\(count)"
                let hub = current.withLock { $0 }
                let outcome = await hub.send(
                    "create", #"{"fields":{"name":"\#(key)"}}"#, to: hub.id("master", "item:\(clerk)-\(count)"),
                    key: key,
                    as: .boss)
                guard case .committed(let seq) = outcome else {
                    await hub.pause()
                    continue
                }
                acknowledged.withLock { $0[key] = seq }
                count += 1
            }
        }
    }

    @Test func `an event of an older schema is read in the words of the new one, by everybody who reads`() throws {
        let old = StoredEvent(
            seq: 1, name: "weighed", schema: 1, payload: Array(#"{"kilograms":12500}"#.utf8),
            at: Instant(milliseconds: 5), principal: "user:1", commandKey: "k")
        let new = StoredEvent(
            seq: 2, name: "measured", schema: 2, payload: Array(#"{"grams":1}"#.utf8), at: Instant(milliseconds: 6),
            principal: "user:1", commandKey: "l")
        #expect(try Scale.read(old) == .measured(grams: 12_500_000))
        #expect(try Scale.read(new) == .measured(grams: 1))
        #expect(KindEntry(Scale.self).shows(old, .staff))
        var fold = Folding(Scale.self).begin(StreamID(site: "s", kind: "scale", key: "1"))
        _ = try fold.apply(old)
        _ = try fold.apply(new)
        #expect(fold.frozen(at: Instant(milliseconds: 6)) == Array(#"{"at":6,"state":{"grams":12500001}}"#.utf8))
    }

    /// Was once about kilograms.
    private enum Scale: Kind {
        static let name = "scale"
        static let schema = 2

        struct State: Codable, Sendable { var grams: Int64 = 0 }
        enum Command: Codable, Sendable { case measure }
        enum Event: Codable, Sendable, Hashable { case measured(grams: Int64) }
        private struct Old: Decodable { let kilograms: Int64 }

        static func upcast(_ stored: StoredEvent) -> StoredEvent {
            guard let old = try? JSON.decode(Old.self, from: stored.payload) else { return stored }
            return StoredEvent(
                seq: stored.seq, name: "measured", schema: schema,
                payload: Array(#"{"grams":\#(old.kilograms * 1000)}"#.utf8),
                at: stored.at, principal: stored.principal, commandKey: stored.commandKey)
        }

        static func initial(_ id: StreamID) -> State { State() }
        static func decide(_ command: Command, _ state: State, _ context: Context) throws(Rejection) -> [Event] { [] }
        static func evolve(_ state: inout State, _ event: Event, at: Instant) {
            if case .measured(let grams) = event { state.grams += grams }
        }
        static func view(for principal: Principal, key: String, mine: Bool) -> View? { .staff }
        static func snapshot(
            _ state: State, live: NoLive?, view: View, _ context: Context
        ) -> any Encodable & Sendable { state }
    }
}
