import Testing

@testable import Actors
@testable import Persistence

@Suite("Old months")
struct DetachTests {
    private static let key = Seal.Key()

    /// A yard that weighed two trucks 80 days ago and one today; stopped.
    private static func oldYard() async throws -> TestHub {
        let limits = VerifyTests.limits
        let lane = TestLane()
        lane.move(by: .seconds(-80 * 86_400))
        let before = try TestHub(lane: lane, limits: limits)
        try await before.makeYard()
        try await before.weigh(14_000_000)
        try await before.weigh(34_000_000)
        before.stop()
        lane.move(by: .seconds(80 * 86_400))
        let hub = try TestHub(conninfo: before.conninfo, lane: lane, limits: limits)
        try await hub.weigh(14_000_000)
        hub.stop()
        return hub
    }

    private static func month(of hub: TestHub) -> BusinessDate {
        let today = BusinessDate(hub.lane.now(), zone: SiteClock(utcOffsetMinutes: 0))
        return BusinessDate(year: today.year, month: today.month, day: 1)
    }

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
        for name in detached.partitions { try connection.execute("DROP TABLE archive.\(name)") }
        let rest = try hub.verify(publicKey: Self.key.publicKey)
        #expect(rest.findings == [])
        #expect(rest.eventCount < whole.eventCount)
        try connection.execute("UPDATE wait_queue SET calls = calls + 1 WHERE status = 'COMPLETED'")
        #expect(try hub.verify().findings.allSatisfy { $0.what == "has another calls" })
        try HubDatabase(conninfo: hub.conninfo).rebuild(
            now: hub.lane.now(), keys: hub.freshKeys(), snapshotInterval: VerifyTests.interval)
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
        let detached = try Self.detach(hub)
        var connection = try PostgresConnection.connect(hub.conninfo)
        for name in detached.partitions { try connection.execute("DROP TABLE archive.\(name)") }
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
        #expect(throws: HubDatabase.NotDetached.broken("pusan/queue/main#3: follows 1: there is a gap")) {
            try Self.detach(hub)
        }
        #expect(try hub.readAlone("SELECT count(*)::text FROM detached_partition") == ["0"])

        let running = try TestHub()
        defer { running.stop() }
        try await running.makeYard()
        #expect(throws: HubDatabase.InUse.self) { try Self.detach(running) }
        let stray = StreamAppend(
            stream: running.id("master", "item:9"), expected: 0, chain: ChainLink(),
            events: [event(1, at: Instant(milliseconds: 1_000_000_000_000))])
        let next = try TestHub()
        try await next.makeYard()
        _ = try await next.append(Batch(appends: [stray])).get()
        next.stop()
        let later = BusinessDate(year: Self.month(of: next).year + 1, month: 1, day: 1)
        #expect(throws: HubDatabase.NotDetached.strays(count: 1)) { try Self.detach(next, before: later) }
    }
}
