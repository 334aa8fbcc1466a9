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
                keys: hub.freshKeys(), snapshotInterval: Self.interval
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
        #expect((report.count(.journal) == 0) == (damage.isMended || damage.finding.hasPrefix("effect")))
        guard damage.isMended else { return }
        try HubDatabase(conninfo: hub.conninfo).rebuild(
            keys: hub.freshKeys(), snapshotInterval: Self.interval)
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
            try database.rebuild(keys: hub.freshKeys())
        }
        #expect(try hub.readAlone("SELECT count(*)::text FROM vehicle") == ["0"])

        let next = try TestHub()
        defer { next.stop() }
        try await next.makeYard()
        #expect(throws: HubDatabase.InUse.self) {
            try HubDatabase(conninfo: next.conninfo).rebuild(keys: next.freshKeys())
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
        #expect(try hub.verify().count(.journal) == 0)
        let report = try hub.verify(seals: [seal])
        #expect(report.count(.journal) == 1)
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

    @Test func `a seal from before a restore is told apart: what it knows more may be lost`() async throws {
        let hub = try await Self.workedYard()
        let database = HubDatabase(conninfo: hub.conninfo)
        let seal = try database.heads(madeAt: "then", purpose: "test")
        let own = try hub.verify(seals: [seal])
        #expect(own.findings == [] && own.seals[0].description == "the seal of then was compared, all 13 streams")
        // What the hub went on to write before the database was restored: another end of the register, a new order, more of the queue.
        let future = Seal(
            epoch: seal.epoch, madeAt: "then", purpose: "test",
            heads: seal.heads.map { head in
                let (isQueue, isRegister) = (head.stream.kind == "queue", head.stream.kind == "register")
                return Seal.Head(
                    stream: head.stream, version: head.version + (isQueue ? 1 : 0),
                    chain: isRegister ? [1] : head.chain)
            } + [Seal.Head(stream: hub.id("order", "A-9"), version: 1, chain: [1])])
        #expect(try hub.verify(seals: [future]).count(.journal) == 3)

        _ = try database.beginEpoch()
        let restored = try hub.verify(seals: [seal])
        #expect(restored.findings == [] && restored.seals[0].isOfOtherEpoch)
        #expect(restored.seals[0].description.contains("it is of another epoch"))
        let lost = try hub.verify(seals: [future])
        #expect(
            lost.findings.map(\.subject).sorted().map { $0.split(separator: "#")[0] } == [
                "pusan/order/A-9", "pusan/queue/main", "pusan/register/main",
            ])
        #expect(lost.count(.other) == 3 && lost.findingCount == 3)
        #expect(lost.findings.allSatisfy { $0.what.hasSuffix("or that seal is of a future that a restore gave up") })
        // A seal of this epoch knows the past for certain, whatever stands beside it.
        let now = try database.heads(madeAt: "now", purpose: "test")
        try Self.rewrite(hub.register, replacing: "34000000", with: "33000000", hub.conninfo)
        #expect(try hub.verify(seals: [future, now]).count(.journal) == 1)
    }

    @Test func `effects that an upkeep has forgotten are not missed, whatever its clock said`() async throws {
        let hub = try await Self.workedYard()
        var connection = try PostgresConnection.connect(hub.conninfo)
        let effectCount = try hub.readAlone("SELECT count(*)::text FROM outbox")
        try HubDatabase.upkeep(hub.lane.now() + .seconds(40 * 86_400), &connection)
        #expect(try hub.readAlone("SELECT count(*)::text FROM outbox") != effectCount)
        #expect(try hub.verify().findings == [])
        // The clock is right again.
        try HubDatabase.upkeep(hub.lane.now(), &connection)
        #expect(try hub.verify().findings == [])
    }

    @Test func `a rebuild mends rows and says that it leaves effects as they are`() async throws {
        let hub = try await Self.workedYard()
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute("DELETE FROM vehicle; DELETE FROM outbox WHERE name = 'bind'")
        let report = try HubDatabase(conninfo: hub.conninfo).rebuild(
            keys: hub.freshKeys(), snapshotInterval: Self.interval)
        #expect(report.count(.derived) == 1 && report.count(.other) > 0 && report.count(.journal) == 0)
        let rest = try hub.verify()
        #expect(rest.count(.derived) == 0 && rest.count(.other) == report.count(.other))
    }

    @Test func `a snapshot of an older schema will do until one of the new is due`() async throws {
        let hub = try await Self.workedYard()
        var connection = try PostgresConnection.connect(hub.conninfo)
        try connection.execute("UPDATE snapshot SET schema = 0 WHERE kind = 'queue'")
        #expect(try hub.verify().findings == [])
    }

    @Test func `a stream is read to its end, at one page and one past it`() async throws {
        let hub = try TestHub()
        let id = hub.id("master", "item:1")
        let count = Int64(HistoryReader.pageLength)
        func stored(_ seq: Int64) -> StoredEvent {
            let fields = #"{"name":"\#(seq)"}"#
            return StoredEvent(
                seq: seq, name: seq == 1 ? "created" : "changed", schema: 1,
                payload: Array((seq == 1 ? #"{"fields":\#(fields)}"# : #"{"before":{},"after":\#(fields)}"#).utf8),
                at: hub.lane.now(), principal: "user:1", commandKey: "k\(seq)")
        }
        let first = StreamAppend(stream: id, expected: 0, chain: ChainLink(), events: (1...count).map(stored))
        let chain = try await hub.append(Batch(appends: [first])).get().chains[0]
        let page = try hub.verify()
        #expect(page.eventCount == Int(count) && page.count(.journal) == 0)
        let last = StreamAppend(stream: id, expected: count, chain: chain, events: [stored(count + 1)])
        _ = try await hub.append(Batch(appends: [last])).get()
        hub.stop()
        let more = try hub.verify()
        #expect(more.eventCount == Int(count) + 1 && more.count(.journal) == 0)
    }

    @Test func `a database without a hub's schema, or with an older one, is called that`() async throws {
        let database = HubDatabase(conninfo: try TestCluster.makeDatabase())
        let count = Schema.migrations.count
        #expect(throws: MigrationError.databaseOlder(found: 0, known: count)) { try database.requireSchema() }
        var connection = try PostgresConnection.connect(database.conninfo)
        #expect(try connection.query("SELECT FROM pg_tables WHERE schemaname = 'public'").isEmpty)
        try Migrator(Array(Schema.migrations.dropLast())).migrate(&connection)
        #expect(throws: MigrationError.databaseOlder(found: count - 1, known: count)) { try database.requireSchema() }
        try Migrator(Schema.migrations).migrate(&connection)
        try database.requireSchema()
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
            keys: freshKeys(), seals: seals, publicKey: publicKey,
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
