import Testing

@testable import Actors
@testable import Persistence

@Suite("Old months")
struct DetachTests {
    private static let key = Seal.Key()

    /// A yard that weighed two trucks 80 days ago and one today; stopped.
    ///
    /// - Parameter between: runs after the first truck.
    private static func oldYard(_ between: (HubDatabase) throws -> Void = { _ in }) async throws -> TestHub {
        let limits = VerifyTests.limits
        let lane = TestLane()
        lane.move(by: .seconds(-80 * 86_400))
        let before = try TestHub(lane: lane, limits: limits)
        try await before.makeYard()
        try await before.weigh(14_000_000)
        try between(HubDatabase(conninfo: before.conninfo))
        try await before.weigh(34_000_000)
        before.stop()
        lane.move(by: .seconds(80 * 86_400))
        let hub = try TestHub(conninfo: before.conninfo, lane: lane, limits: limits)
        try await hub.weigh(14_000_000)
        hub.stop()
        return hub
    }

    /// The first day of this month in UTC, or of one so many later.
    private static func month(of hub: TestHub, later count: Int = 0) -> BusinessDate {
        let today = BusinessDate(hub.lane.now(), zone: SiteClock(utcOffsetMinutes: 0))
        let month = today.year * 12 + today.month - 1 + count
        return BusinessDate(year: month / 12, month: month % 12 + 1, day: 1)
    }

    /// As somebody does who has a dump of them.
    private static func dropArchive(_ hub: TestHub) throws {
        var connection = try PostgresConnection.connect(hub.conninfo)
        for name in try hub.readAlone(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'archive'::regnamespace AND relkind = 'r'")
        {
            try connection.execute("DROP TABLE archive.\(name)")
        }
    }

    @discardableResult
    private static func detach(_ hub: TestHub, before month: BusinessDate? = nil) throws -> HubDatabase.Detached {
        try HubDatabase(conninfo: hub.conninfo).detach(
            before: month ?? Self.month(of: hub), keys: hub.freshKeys(), signedWith: key, madeAt: "now",
            now: hub.lane.now(),
            snapshotInterval: VerifyTests.interval)
    }

    @Test func `what was detached is gone from the journal, and the yard goes on`() async throws {
        let hub = try await Self.oldYard()
        let slips = try hub.readAlone("SELECT slip_number FROM weigh_record ORDER BY 1")
        let detached = try Self.detach(hub)
        #expect(detached.partitions.count >= 2)
        #expect(try hub.readAlone("SELECT (min(at) > now() - interval '40 days')::text FROM journal") == ["true"])
        // Still there: everything is checked from the first event on.
        let whole = try hub.verify(publicKey: Self.key.publicKey)
        #expect(whole.findings == [])

        let next = try TestHub(conninfo: hub.conninfo, lane: hub.lane, limits: VerifyTests.limits)
        try await next.weigh(34_000_000)
        next.stop()
        #expect(try hub.verify(publicKey: Self.key.publicKey).findings == [])
        #expect(try hub.readAlone("SELECT slip_number FROM weigh_record ORDER BY 1").count == slips.count + 1)

        var connection = try PostgresConnection.connect(hub.conninfo)
        try Self.dropArchive(hub)
        let rest = try hub.verify(publicKey: Self.key.publicKey)
        #expect(rest.findings == [])
        #expect(rest.eventCount < whole.eventCount)
        try connection.execute("UPDATE wait_queue SET calls = calls + 1 WHERE status = 'COMPLETED'")
        #expect(try hub.verify().findings.allSatisfy { $0.what == "has another calls" })
        try HubDatabase(conninfo: hub.conninfo).rebuild(
            keys: hub.freshKeys(), snapshotInterval: VerifyTests.interval)
        #expect(try hub.verify(publicKey: Self.key.publicKey).findings == [])
        #expect(try hub.readAlone("SELECT slip_number FROM weigh_record ORDER BY 1").count == slips.count + 1)
    }

    @Test func `a month that waits in the archive cannot be changed, and whoever forces it is found out`() async throws
    {
        let hub = try await Self.oldYard()
        let detached = try Self.detach(hub)
        var connection = try PostgresConnection.connect(hub.conninfo)
        let table = try #require(
            detached.partitions.first { name in
                (try? hub.readAlone("SELECT count(*)::text FROM archive.\(name)")) != ["0"]
            })
        for sql in [
            "UPDATE archive.\(table) SET event = 'x'", "DELETE FROM archive.\(table)", "TRUNCATE archive.\(table)",
            "INSERT INTO archive.\(table) SELECT * FROM archive.\(table)",
        ] {
            #expect(throws: PostgresError.self, "\(sql)") { try connection.execute(sql) }
        }
        try connection.execute(
            """
            SET session_replication_role = replica;
            UPDATE archive.\(table) SET payload = replace(payload::text, '34000000', '33000000')::json WHERE kind = 'register'
            """)
        #expect(try hub.verify().findings.first?.description.hasPrefix("pusan/register/main#") == true)
    }

    @Test func `a baseline that was not signed, or is not the one that was, is named`() async throws {
        let hub = try await Self.oldYard()
        try Self.detach(hub)
        var connection = try PostgresConnection.connect(hub.conninfo)
        try Self.dropArchive(hub)
        let other = try hub.verify(publicKey: Seal.Key().publicKey)
        #expect(other.findings.first?.what.hasPrefix("its seal does not hold. It is signed with another key") == true)
        try connection.execute("UPDATE journal_baseline SET version = version - 1 WHERE kind = 'queue'")
        let report = try hub.verify(publicKey: Self.key.publicKey)
        #expect(report.findings.contains { $0.what.hasSuffix("was never signed") && $0.subject == "pusan/queue/main" })
    }

    @Test func `months that cannot go stay, all of them`() async throws {
        let hub = try await Self.oldYard()
        #expect(throws: HubDatabase.NotDetached.nothing) {
            try Self.detach(hub, before: BusinessDate(year: 2000, month: 1, day: 1))
        }
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute(
            "SET session_replication_role = replica; DELETE FROM journal WHERE kind = 'queue' AND seq = 2")
        #expect(throws: HubDatabase.NotDetached.notRight("pusan/queue/main#3: follows 1: there is a gap")) {
            try Self.detach(hub)
        }
        #expect(try hub.readAlone("SELECT count(*)::text FROM detached_partition") == ["0"])

        let running = try TestHub()
        defer { running.stop() }
        try await running.makeYard()
        #expect(throws: HubDatabase.InUse.self) { try Self.detach(running) }
        let old = try await Self.oldYard()
        let next = try TestHub(conninfo: old.conninfo, lane: old.lane)
        let stray = StreamAppend(
            stream: next.id("master", "item:9"), expected: 0, chain: ChainLink(),
            events: [event(1, at: Instant(milliseconds: 1_000_000_000_000))])
        _ = try await next.append(Batch(appends: [stray])).get()
        next.stop()
        #expect(throws: HubDatabase.NotDetached.strays(count: 1)) { try Self.detach(next) }
    }

    @Test func `only months that are over go`() async throws {
        let hub = try await Self.oldYard()
        for later in [1, 12] {
            #expect(throws: HubDatabase.NotDetached.notOver) {
                try Self.detach(hub, before: Self.month(of: hub, later: later))
            }
        }
        #expect(try !Self.detach(hub, before: Self.month(of: hub)).partitions.isEmpty)
    }

    static let lostSnapshots = [
        ("DELETE FROM snapshot WHERE key = 'item:1'", "pusan/master/item:1: has no snapshot at 1 or later"),
        ("UPDATE snapshot SET version = 0 WHERE key = 'item:1'", "pusan/master/item:1: has no snapshot at 1 or later"),
        (
            "UPDATE snapshot SET state = '{}' WHERE key = 'item:1'",
            "pusan/master/item:1: its snapshot at 1 is not what its events lead to"
        ),
        (
            "UPDATE snapshot SET version = 2 WHERE key = 'item:1'",
            "pusan/master/item:1: has a snapshot of version 2, which is to come"
        ),
        ("DELETE FROM snapshot WHERE kind = 'queue'", "pusan/queue/main: has no snapshot at "),
        (
            "INSERT INTO snapshot VALUES ('pusan', 'master', 'item:none', 1, 1, '{}')",
            "pusan/master/item:none: has a snapshot and no head"
        ),
    ]

    /// Of a stream that was not written to since, the snapshot is all that is left.
    @Test(arguments: lostSnapshots)
    func `after its months are gone a stream's snapshot is missed, compared and made anew`(sql: String, finding: String)
        async throws
    {
        let hub = try await Self.oldYard()
        try Self.detach(hub)
        try Self.dropArchive(hub)
        let before = try hub.readAlone("SELECT state::text FROM snapshot WHERE key = 'item:1'")
        #expect(before.count == 1)
        var connection = try PostgresConnection.connect(hub.conninfo)
        #expect(try connection.execute(sql) == 1)
        let found = try hub.verify(publicKey: Self.key.publicKey).findings
        #expect(found.first?.description.hasPrefix(finding) == true, "\(found)")
        #expect(found.allSatisfy { $0.sort == .derived })
        try HubDatabase(conninfo: hub.conninfo).rebuild(
            keys: hub.freshKeys(), publicKey: Self.key.publicKey, snapshotInterval: VerifyTests.interval)
        #expect(try hub.verify(publicKey: Self.key.publicKey).findings == [])
        #expect(try hub.readAlone("SELECT state::text FROM snapshot WHERE key = 'item:1'") == before)
        let next = try TestHub(conninfo: hub.conninfo, lane: hub.lane, limits: VerifyTests.limits)
        defer { next.stop() }
        try await next.weigh(34_000_000)
    }

    @Test func `a stream whose months are in the archive has to be loaded without them`() async throws {
        let hub = try await Self.oldYard()
        try Self.detach(hub)
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute("DELETE FROM snapshot WHERE key = 'item:1'")
        #expect(try hub.verify().findings.map(\.subject) == ["pusan/master/item:1"])
    }

    @Test func `a baseline is signed with the state it keeps, and by no seal but its own`() async throws {
        let hub = try await Self.oldYard()
        try Self.detach(hub, before: Self.month(of: hub, later: -1))
        var connection = try PostgresConnection.connect(hub.conninfo)
        let stream = "WHERE kind = 'register'"
        let state = try hub.readAlone("SELECT state::text FROM journal_baseline \(stream)")[0]
        for (column, wrong) in [
            ("state", "replace(state::text, '000', '001')::json"), ("schema", "schema + 1"),
            ("at", "at - interval '1 ms'"),
        ] {
            let right = try hub.readAlone("SELECT \(column)::text FROM journal_baseline \(stream)")[0]
            #expect(try connection.execute("UPDATE journal_baseline SET \(column) = \(wrong) \(stream)") == 1)
            let changed = try hub.verify(publicKey: Self.key.publicKey).findings
            #expect(changed.map(\.subject) == ["pusan/register/main"], "\(column)")
            #expect(changed.allSatisfy { $0.what.hasSuffix("was never signed") && $0.sort == .journal })
            // Nor is anything that was signed from now on to rest on it.
            let first = try #require(changed.first)
            #expect(throws: HubDatabase.NotDetached.notRight("\(first)")) { try Self.detach(hub) }
            try connection.query(
                "UPDATE journal_baseline SET \(column) = $1::text::\(column == "at" ? "timestamptz" : column == "state" ? "json" : "int") \(stream)",
                [.text(right)])
        }
        #expect(try hub.readAlone("SELECT state::text FROM journal_baseline \(stream)")[0] == state)
        #expect(try hub.verify(publicKey: Self.key.publicKey).findings == [])

        let daily = try HubDatabase(conninfo: hub.conninfo).heads(madeAt: "now", purpose: "daily 2026-11-26")
        try connection.query("UPDATE detached_partition SET seal = $1", [.text(daily.signed(with: Self.key))])
        #expect(
            try hub.verify(publicKey: Self.key.publicKey).findings.first?.what
                == "its seal does not hold. It was made for something else: daily 2026-11-26.")
    }

    @Test func `of a seal that is older than what is left it is said what was compared`() async throws {
        var early: Seal?
        let hub = try await Self.oldYard { early = try $0.heads(madeAt: "early", purpose: "test") }
        let seal = try #require(early)
        let queue = seal.heads.filter { $0.stream.kind == "queue" }
        let moved = Seal(epoch: seal.epoch, madeAt: "queue", purpose: "test", heads: queue)
        try Self.detach(hub)
        let whole = try hub.verify(seals: [seal, moved])
        #expect(whole.seals.map(\.comparedCount) == [seal.heads.count, 1])
        try Self.dropArchive(hub)
        let rest = try hub.verify(seals: [seal, moved])
        #expect(rest.findings == [])
        // What was not written to between seal and boundary begins where the seal has it.
        let still = seal.heads.filter { $0.stream.kind == "master" }.count
        #expect(rest.seals.map(\.comparedCount) == [still, 0] && still > 0)
        #expect(
            rest.seals[0].description.hasPrefix(
                "the seal of early was compared in \(still) of \(seal.heads.count) streams"))
        #expect(rest.seals[1].description.hasPrefix("NOTHING of the seal of queue was compared"))
        let forged = seal.heads.filter { $0.stream.kind == "master" }.map {
            Seal.Head(stream: $0.stream, version: $0.version, chain: [1])
        }
        let other = try hub.verify(
            seals: [Seal(epoch: seal.epoch, madeAt: "early", purpose: "test", heads: forged)])
        #expect(other.count(.journal) == still)
        #expect(other.findings.allSatisfy { $0.what.hasSuffix("the seal of early: the past was rewritten") })
    }

    @Test func `what is not right in rows or snapshots is mended first, effects hold nothing up`() async throws {
        let hub = try await Self.oldYard()
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute("UPDATE snapshot SET state = '{}' WHERE kind = 'register'")
        do {
            try Self.detach(hub)
            Issue.record("it was detached")
        } catch let error as HubDatabase.NotDetached {
            #expect("\(error)".contains("`hub rebuild` mends what can be: pusan/register/main: its snapshot at "))
        }
        #expect(try hub.readAlone("SELECT count(*)::text FROM detached_partition") == ["0"])
        try HubDatabase(conninfo: hub.conninfo).rebuild(keys: hub.freshKeys(), snapshotInterval: VerifyTests.interval)
        try connection.execute("DELETE FROM outbox")
        #expect(try hub.verify().count(.other) > 0)
        try Self.detach(hub)
    }

    /// As docs/reliability.md says it.
    @Test func `months are attached again, and detached again`() async throws {
        let hub = try await Self.oldYard()
        let names = try Self.detach(hub).partitions
        var connection = try PostgresConnection.connect(hub.conninfo)
        for dropsTrigger in [false, true] {
            for name in names {
                let (year, month) = (Int(name.suffix(6).prefix(4)) ?? 0, Int(name.suffix(2)) ?? 0)
                let next = (month == 12 ? year + 1 : year, month % 12 + 1)
                try connection.execute("ALTER TABLE archive.\(name) SET SCHEMA public")
                if dropsTrigger { try connection.execute("DROP TRIGGER archive_append_only ON \(name)") }
                try connection.execute(
                    """
                    ALTER TABLE journal ATTACH PARTITION \(name)
                        FOR VALUES FROM ('\(year)-\(month)-01 00:00+00') TO ('\(next.0)-\(next.1)-01 00:00+00')
                    """)
            }
            try connection.execute("DELETE FROM journal_baseline; DELETE FROM detached_partition")
            #expect(try hub.verify(publicKey: Self.key.publicKey).findings == [])
            #expect(try Self.detach(hub).partitions == names)
            #expect(try hub.verify(publicKey: Self.key.publicKey).findings == [])
        }
        let table = names[0]
        #expect(throws: PostgresError.self) {
            try connection.execute("INSERT INTO archive.\(table) SELECT * FROM journal")
        }
    }

    @Test func `baselines that a program cannot read are refused before it changes the schema`() async throws {
        let hub = try await Self.oldYard()
        try Self.detach(hub)
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute("UPDATE journal_baseline SET schema = 99 WHERE kind = 'queue'")
        let count = Schema.migrations.count
        let next = Migration(id: count + 1, name: "to come", sql: "CREATE TABLE to_come ()")
        #expect(throws: HubDatabase.BaselineTooOld(kind: "queue", schema: 99)) {
            try HubDatabase(conninfo: hub.conninfo).claim(now: hub.lane.now(), migrations: Schema.migrations + [next])
        }
        #expect(try hub.readAlone("SELECT count(*)::text FROM schema_migration") == ["\(count)"])
    }
}
