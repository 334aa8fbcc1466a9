import Testing

@testable import Actors
@testable import Persistence

@Suite("Projections")
struct ProjectionTests {
    @Test func `each step over the scale shows in the rows, and a rebuild gives the same`() async throws {
        let hub = try TestHub()
        try await hub.makeYard()
        #expect(try await hub.read("SELECT count(*)::text FROM master_record WHERE is_active") == ["8"])
        #expect(
            try await hub.read("SELECT concat_ws(' ', plate_number, tare_weight, max_load, company_ref) FROM vehicle")
                == ["\(TestHub.plate) 14000.000 25000.000 1"])
        #expect(
            try await hub.read("SELECT concat_ws(' ', login_id, role, driver_ref) FROM app_user") == [
                "driver1 DRIVER 1"
            ])

        let order = hub.id("order", "A-1")
        try await hub.act("create", #"{"details":{"type":"DELIVERY","customer":"고객"}}"#, to: order)
        try await hub.checkIn(order: "A-1")
        #expect(try await Self.queue(hub) == ["WAITING 1 -"])
        #expect(try await Self.order(hub) == ["WAITING - -"])
        try await hub.call()
        #expect(try await Self.queue(hub) == ["CALLED 1 1"])
        #expect(try await Self.station(hub) == ["WEIGHING \(TestHub.plate) -"])
        try await hub.act("noticeTruck", to: hub.station, as: .hub)
        try await hub.settle(14_000_000, binding: try await hub.binding())
        #expect(try await Self.queue(hub) == ["AWAY 2 -"])
        #expect(try await Self.station(hub) == ["WEIGHING \(TestHub.plate) 14000.000"])
        #expect(try await Self.order(hub) == ["IN_PROGRESS \(try await Self.visit(hub)) -"])
        try await hub.leaveDeck()
        #expect(try await Self.station(hub) == ["IDLE - 14000.000"])

        try await hub.weigh(34_000_000)
        #expect(try await Self.queue(hub) == ["COMPLETED 2 1"])
        let slip = try await hub.read("SELECT slip_number FROM weigh_record")[0]
        #expect(try await Self.order(hub) == ["COMPLETE \(try await Self.visit(hub)) \(slip)"])
        #expect(try await Self.record(hub) == ["34000.000 14000.000 20000.000 COMPLETED 1 0 고철"])

        let ticket = hub.id("ticket", slip)
        try await hub.act("create", #"{"fields":{"name":"구리"}}"#, to: hub.id("master", "item:2"), as: .boss)
        try await hub.act("correct", #"{"item":"2","reason":"품목 착오"}"#, to: ticket, as: .boss)
        try await hub.act("reprint", to: ticket)
        #expect(try await Self.record(hub) == ["34000.000 14000.000 20000.000 COMPLETED 2 1 구리"])
        try await hub.act("void", #"{"reason":"시험"}"#, to: ticket, as: .boss)
        #expect(try await Self.record(hub) == ["34000.000 14000.000 20000.000 VOID 2 1 구리"])

        try await hub.settle(8_000_000, binding: nil)
        try await hub.settle(9_000_000, binding: nil)
        #expect(try await hub.read("SELECT unmatched_count::text FROM weigh_station") == ["2"])
        let unmatched = try await hub.read("SELECT ref FROM unmatched_weight ORDER BY weight")
        try await hub.act("dismissUnmatched", #"{"id":"\#(unmatched[0])","reason":"시험"}"#, to: hub.station)
        try await hub.act(
            "assignUnmatched", #"{"id":"\#(unmatched[1])","plate":"\#(TestHub.plate)","reason":"확인"}"#, to: hub.station)
        #expect(
            try await hub.read("SELECT concat_ws(' ', weight, outcome) FROM unmatched_weight ORDER BY weight")
                == ["8000.000 dismissed", "9000.000 assigned:\(TestHub.plate)"])
        #expect(
            try await hub.read("SELECT resolved_by FROM unmatched_weight").map { hub.keys.shown($0, at: TestHub.site) }
                == ["계량실", "계량실"])
        try await hub.act("deactivate", #"{"reason":"폐업"}"#, to: hub.id("master", "company:1"), as: .boss)
        #expect(try await hub.read("SELECT is_active::text FROM company") == ["false"])

        try await Self.expectSameAfterRebuild(hub)
    }

    private static func queue(_ hub: TestHub) async throws -> [String] {
        try await hub.read("SELECT concat_ws(' ', status, pass, coalesce(station_ref, '-')) FROM wait_queue")
    }
    private static func station(_ hub: TestHub) async throws -> [String] {
        try await hub.read(
            "SELECT concat_ws(' ', status, coalesce(plate_number, '-'), coalesce(last_weight::text, '-')) FROM weigh_station"
        )
    }
    private static func order(_ hub: TestHub) async throws -> [String] {
        try await hub.read(
            "SELECT concat_ws(' ', status, coalesce(visit, '-'), coalesce(slip_number, '-')) FROM delivery_order")
    }
    private static func visit(_ hub: TestHub) async throws -> String {
        try await hub.read("SELECT ref FROM wait_queue")[0]
    }
    private static func record(_ hub: TestHub) async throws -> [String] {
        try await hub.read(
            """
            SELECT concat_ws(' ', gross_weight, tare_weight, net_weight, status, version, reprints, item_name)
            FROM weigh_record
            """)
    }

    private static func expectSameAfterRebuild(_ hub: TestHub) async throws {
        let before = try rows(hub)
        #expect(before.values.allSatisfy { !$0.isEmpty })
        hub.stop()
        var connection = try PostgresConnection.connect(hub.conninfo)
        for table in Projections.tables.keys { try connection.execute("DELETE FROM \(table)") }
        try HubDatabase(conninfo: hub.conninfo).rebuild(keys: hub.keys)
        let after = try rows(hub)
        for table in before.keys.sorted() { #expect(before[table] == after[table], "\(table)") }
    }

    private static func rows(_ hub: TestHub) throws -> [String: [String]] {
        var rows: [String: [String]] = [:]
        for table in Projections.tables.keys {
            rows[table] = try hub.readAlone(
                "SELECT (to_jsonb(t) - 'id' - 'created_at')::text AS row FROM \(table) t ORDER BY row")
        }
        return rows
    }
}
