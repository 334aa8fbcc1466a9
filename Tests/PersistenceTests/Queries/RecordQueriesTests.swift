import Testing

@testable import Actors
@testable import Persistence

@Suite("Record queries")
struct RecordQueriesTests {
    @Test func `filters, pages and totals of one site's records`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        for gross: Int64 in [34_000_000, 36_000_000, 38_000_000] {
            try await hub.weigh(14_000_000)
            try await hub.weigh(gross)
        }
        let queries = RecordQueries(readers: hub.readers, keys: hub.keys)
        let today = BusinessDate(hub.lane.now(), zone: SiteClock())
        let all = RecordQueries.Filter(from: today, to: today)
        func find(_ change: (inout RecordQueries.Filter) -> Void) async throws -> RecordQueries.Page {
            var filter = all
            change(&filter)
            return try await queries.page(TestHub.site, filter)
        }
        let page = try await find { _ in }
        #expect(page.total == 3 && page.netGrams == 66_000_000)
        #expect(page.records.map { $0.ticket.slip?.netGrams } == [24_000_000, 22_000_000, 20_000_000])
        #expect(page.records.allSatisfy { $0.driverName == "박기사" })
        let second = try await find {
            $0.limit = 2
            $0.page = 2
        }
        #expect(second.total == 3 && second.netGrams == 66_000_000)
        #expect(second.records.map { $0.ticket.slip?.netGrams } == [20_000_000])

        #expect(try await find { $0.plate = "1234" }.total == 3)
        #expect(try await find { $0.driverName = "기사" }.total == 3)
        for wild in ["%", "_", "부산__", "\\", "a\0"] {
            #expect(try await find { $0.plate = wild }.total == 0, "\(wild)")
            #expect(try await find { $0.driverName = wild }.total == 0, "\(wild)")
        }
        #expect(try await find { $0.driver = "1" }.total == 3)
        #expect(try await find { $0.driver = "2" }.total == 0)
        #expect(try await queries.page("other", all).total == 0)
        let yesterday = BusinessDate(daysSinceEpoch: today.daysSinceEpoch - 1)
        #expect(try await queries.page(TestHub.site, .init(from: yesterday, to: yesterday)).total == 0)

        let slip = try #require(page.records[0].ticket.slip).number
        #expect(try await queries.record(TestHub.site, slip: slip)?.ticket.slip?.number == slip)
        #expect(try await queries.record(TestHub.site, slip: slip, driver: "1") != nil)
        #expect(try await queries.record(TestHub.site, slip: slip, driver: "2") == nil)
        #expect(try await queries.record("other", slip: slip) == nil)
        #expect(try await queries.record(TestHub.site, slip: "\0") == nil)
        // A voided one is listed, and not counted as weight.
        try await hub.act("void", #"{"reason":"시험"}"#, to: hub.id("ticket", slip), as: .boss)
        let after = try await find { _ in }
        #expect(after.total == 3 && after.netGrams == 42_000_000)
    }

    @Test func `names of a class of records, a truck by its plate`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let queries = RecordQueries(readers: hub.readers, keys: hub.keys)
        #expect(try await queries.names(TestHub.site, .station).map(\.name) == ["1번 계량대", "2번 계량대"])
        #expect(try await queries.names(TestHub.site, .vehicle).map(\.name) == [TestHub.plate])
        try await hub.act("deactivate", #"{"reason":"고장"}"#, to: hub.id("master", "station:1"), as: .boss)
        #expect(try await queries.names(TestHub.site, .station).map(\.id) == ["2"])
        #expect(await queries.isReachable())
    }
}
