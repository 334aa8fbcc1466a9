import Testing

@testable import Actors
@testable import Persistence

@Suite("Verifying the history")
struct VerifyTests {
    static let interval: Int64 = 5
    static var limits: Runtime.Limits {
        var limits = Runtime.Limits()
        limits.snapshotInterval = interval
        return limits
    }

    /// A yard that has weighed three trucks, stopped.
    static func workedYard() async throws -> TestHub {
        let hub = try TestHub(limits: limits)
        try await hub.makeYard()
        try await hub.act("create", #"{"details":{"type":"DELIVERY"}}"#, to: hub.id("order", "A-1"))
        try await hub.weigh(14_000_000, order: "A-1")
        try await hub.weigh(34_000_000)
        try await hub.weigh(14_000_000)
        try await hub.settle(9_000_000, binding: nil)
        hub.stop()
        return hub
    }

    @Test func `a yard that has worked is right, and a rebuild touches no row`() async throws {
        let hub = try await Self.workedYard()
        let report = try hub.verify()
        #expect(report.findings == [])
        #expect(report.streamCount == 13)
        #expect("\(report.eventCount)" == (try hub.readAlone("SELECT count(*)::text FROM journal"))[0])
        #expect("\(report.effectCount)" == (try hub.readAlone("SELECT count(*)::text FROM outbox"))[0])
        #expect(report.snapshotCount == 3)

        let rows = "SELECT string_agg(ctid::text || xmin::text, ' ' ORDER BY ctid) FROM"
        let tables = Projections.tables.keys.sorted() + ["snapshot", "outbox", "stream_head"]
        let before = try tables.map { try hub.readAlone("\(rows) \($0)") }
        #expect(
            try HubDatabase(conninfo: hub.conninfo).rebuild(
                now: hub.lane.now(), keys: hub.freshKeys(), snapshotInterval: Self.interval
            )
            .findings == [])
        #expect(try tables.map { try hub.readAlone("\(rows) \($0)") } == before)
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        let sql: String
        /// Names the place.
        let finding: String
        /// Rows and snapshots can be made anew, events cannot.
        var isMended = false

        var testDescription: String { sql }
    }

    static let damages = [
        Damage(
            sql:
                "UPDATE journal SET payload = replace(payload::text, '34000000', '33000000')::json WHERE kind = 'register'",
            finding: "pusan/register/main: its chain does not end where its head says: an event was changed"),
        Damage(
            sql: "UPDATE journal SET principal = 'user:other' WHERE kind = 'order' AND seq = 1",
            finding: "pusan/order/A-1: its chain does not end where its head says: an event was changed"),
        Damage(
            sql: "UPDATE journal SET at = at + interval '1 s' WHERE kind = 'master' AND key = 'company:1'",
            finding: "pusan/master/company:1: its chain does not end where its head says: an event was changed"),
        Damage(
            sql: "UPDATE journal SET at = at + interval '1 h' WHERE kind = 'queue' AND seq = 2",
            finding: "pusan/queue/main#3: is older than the event before it"),
        Damage(
            sql: "DELETE FROM journal WHERE kind = 'queue' AND seq = 2",
            finding: "pusan/queue/main#3: follows 1: there is a gap"),
        Damage(
            sql: "DELETE FROM journal WHERE kind = 'order' AND seq = 2",
            finding: "pusan/order/A-1#3: follows 1: there is a gap"),
        Damage(
            sql:
                "DELETE FROM journal WHERE kind = 'order' AND seq = (SELECT max(seq) FROM journal WHERE kind = 'order')",
            finding: "pusan/order/A-1: stands at "),
        Damage(
            sql: "DELETE FROM journal WHERE key = 'item:1'",
            finding: "pusan/master/item:1: stands at 1 and has no events"),
        Damage(
            sql: """
                INSERT INTO journal SELECT site, kind, key, seq, event, schema, payload, at + interval '1 ms', principal, command_key
                FROM journal WHERE key = 'item:1'
                """, finding: "pusan/master/item:1#1: is there twice"),
        Damage(
            sql: "DELETE FROM stream_head WHERE key = 'item:1'",
            finding: "pusan/master/item:1: has 1 events and no head"),
        Damage(
            sql: "UPDATE stream_head SET version = 9 WHERE key = 'item:1'",
            finding: "pusan/master/item:1: stands at 9, its last event is 1"),
        Damage(
            sql: "UPDATE journal SET payload = '{}' WHERE key = 'item:1'",
            finding: "pusan/master/item:1#1: does not read"),
        Damage(
            sql: "UPDATE weigh_record SET net_weight = net_weight + 0.001",
            finding: "weigh_record pusan/", isMended: true),
        Damage(sql: "DELETE FROM vehicle", finding: "vehicle pusan/1: is missing", isMended: true),
        Damage(
            sql: "UPDATE master_record SET fields = '{}' WHERE class = 'item'",
            finding: "master_record pusan/item/1: has another fields", isMended: true),
        Damage(
            sql: "INSERT INTO company (site, ref, name) VALUES ('pusan', '9', 'X')",
            finding: "company pusan/9: follows from no event", isMended: true),
        Damage(
            sql: "UPDATE snapshot SET state = '{\"at\":0,\"state\":{}}' WHERE kind = 'queue'",
            finding: "pusan/queue/main: its snapshot at ", isMended: true),
        Damage(
            sql: "UPDATE snapshot SET version = 99 WHERE kind = 'queue'",
            finding: "pusan/queue/main: has a snapshot of version 99, which is to come", isMended: true),
        Damage(
            sql: "DELETE FROM snapshot WHERE kind = 'queue'", finding: "pusan/queue/main: has no snapshot after",
            isMended: true),
        Damage(
            sql: "DELETE FROM outbox WHERE name = 'bind'",
            finding: "effect pusan/queue/main#"),
        Damage(
            sql: """
                INSERT INTO outbox SELECT 'pusan/queue/main#999.0', site, kind, key, name, arguments, created_at, due_at, valid_until,
                    faces_people, outcome FROM outbox LIMIT 1
                """, finding: "effect pusan/queue/main#999.0: follows from no event"),
    ]

    @Test(arguments: damages)
    func `whatever is changed behind the hub's back is named`(damage: Damage) async throws {
        let hub = try await Self.workedYard()
        var connection = try PostgresConnection.connect(hub.conninfo)
        let count = try connection.execute("SET session_replication_role = replica; \(damage.sql)")
        #expect(count > 0, "nothing was changed")
        let report = try hub.verify()
        #expect(report.findings.first?.description.hasPrefix(damage.finding) == true, "\(report.findings)")
        #expect((report.brokenCount == 0) == (damage.isMended || damage.finding.hasPrefix("effect")))
        guard damage.isMended else { return }
        try HubDatabase(conninfo: hub.conninfo).rebuild(
            now: hub.lane.now(), keys: hub.freshKeys(), snapshotInterval: Self.interval)
        #expect(try hub.verify().findings == [])
    }

    @Test func `from a history that is broken nothing is rebuilt, nor while a hub runs`() async throws {
        let hub = try await Self.workedYard()
        let database = HubDatabase(conninfo: hub.conninfo)
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute(
            "SET session_replication_role = replica; DELETE FROM vehicle; DELETE FROM journal WHERE kind = 'queue' AND seq = 2"
        )
        #expect(throws: HubDatabase.HistoryBroken.self) {
            try database.rebuild(now: hub.lane.now(), keys: hub.freshKeys())
        }
        #expect(try hub.readAlone("SELECT count(*)::text FROM vehicle") == ["0"])

        let next = try TestHub()
        defer { next.stop() }
        try await next.makeYard()
        #expect(throws: HubDatabase.InUse.self) {
            try HubDatabase(conninfo: next.conninfo).rebuild(now: next.lane.now(), keys: next.freshKeys())
        }
        #expect(try next.verify().findings == [])
    }

    @Test func `a past that was rewritten with all its links does not fit an old seal`() async throws {
        let hub = try await Self.workedYard()
        let database = HubDatabase(conninfo: hub.conninfo)
        let seal = try database.heads(madeAt: "2026-11-25T00:00:00Z", purpose: "test")
        #expect(seal.heads.count == 13)
        let next = try TestHub(conninfo: hub.conninfo, lane: hub.lane, limits: Self.limits)
        try await next.weigh(34_000_000)
        next.stop()
        #expect(try hub.verify(seals: [seal]).findings == [])

        try Self.rewrite(hub.register, replacing: "34000000", with: "33000000", hub.conninfo)
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute("DELETE FROM snapshot WHERE kind = 'register'")
        // The chain itself is consistent again.
        #expect(try hub.verify().brokenCount == 0)
        let report = try hub.verify(seals: [seal])
        #expect(report.brokenCount == 1)
        #expect(
            report.findings.contains {
                $0.what == "its chain is not the one in the seal of 2026-11-25T00:00:00Z: the past was rewritten"
            }, "\(report.findings)")

        try connection.execute(
            "SET session_replication_role = replica; DELETE FROM journal WHERE key = 'item:1'; DELETE FROM stream_head WHERE key = 'item:1'"
        )
        #expect(
            try hub.verify(seals: [seal]).findings.contains {
                $0.description == "pusan/master/item:1: is gone; the seal of 2026-11-25T00:00:00Z has it at 1"
            })
    }

    /// What somebody does who owns the database and knows how the chain is made.
    private static func rewrite(_ id: StreamID, replacing old: String, with new: String, _ conninfo: String) throws {
        var connection = try PostgresConnection.connect(conninfo)
        try connection.execute("SET session_replication_role = replica")
        let parameters: [PostgresParameter] = [.text(id.kind), .text(id.key), .text(old), .text(new)]
        try connection.query(
            "UPDATE journal SET payload = replace(payload::text, $3, $4)::json WHERE kind = $1 AND key = $2", parameters
        )
        let events = try PostgresJournal.events(of: id, after: 0, limit: 1000, &connection)
        let chain = events.reduce(ChainLink()) { $0.next($1, of: id) }
        try connection.query(
            "UPDATE stream_head SET chain_hash = $3 WHERE kind = $1 AND key = $2",
            [.text(id.kind), .text(id.key), .bytea(chain.bytes)])
    }
}

extension TestHub {
    func verify(seals: [Seal] = [], publicKey: String? = nil) throws -> HistoryReport {
        try HubDatabase(conninfo: conninfo).verify(
            keys: freshKeys(), seals: seals, publicKey: publicKey, now: lane.now(),
            snapshotInterval: VerifyTests.interval)
    }

    /// As a program finds them that starts now.
    func freshKeys() throws -> PersonKeys { try HubDatabase(conninfo: conninfo).personKeys(master: Self.master) }

    /// The first column of a query, also after the hub was stopped.
    func readAlone(_ sql: String) throws -> [String] {
        var connection = try PostgresConnection.connect(conninfo)
        return try connection.query(sql).map { try $0.optional(0, as: String.self) ?? "NULL" }
    }
}
