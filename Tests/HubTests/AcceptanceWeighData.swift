import NIOCore
import NIOHTTP1
import Testing

@testable import Hub

/// Weights by POST, for edges that can have no WebSocket (DOMAIN.md 1.12): the seed's contract, and what our edge adds to it.
extension Acceptance {
    @Suite struct WeighDataByPost {
        private static let station = TestHub.station("1")

        /// - Parameter more: members besides those of the seed, or instead of them, as JSON has them.
        private static func post(
            _ hub: TestHub, _ more: [String: String] = [:], key: String? = DemoYard.edgeKeys["1"]
        ) async throws -> TestHTTP.Answer {
            let reading = [
                "station_id": "1", "weight": "25000.0", "unit": #""KG""#, "stable": "true",
                "timestamp": #""2026-01-25T14:30:00+09:00""#,
            ].merging(more) { $1 }
            let members = reading.map { #""\#($0)":\#($1)"# }.joined(separator: ",")
            return try await TestHTTP.send(
                .POST, "/api/v1/internal/weigh-data", port: hub.port, apiKey: key,
                content: ByteBuffer(string: "{\(members)}"))
        }

        @Test func `a stable reading of the seed's contract is recorded once, for staff to decide`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                for _ in 0..<2 {
                    let answer = try await Self.post(hub)
                    #expect(answer.status == 200 && answer.json.data.outcome == "recorded")
                }
                let item = try await office.staff.event(Self.station, "unmatched").item
                #expect(item.grams == 25_000_000 && item.reason == "noBinding" && item.at == 1_769_319_000_000)
                #expect(try await office.picture(Self.station).unmatched.array.count == 1)
            }
        }

        @Test func `a settled weight counts for the truck it names, and is the same weight over the WebSocket`()
            async throws
        {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext()
                let binding = try await office.binding(called).id
                let answer = try await Self.post(
                    hub,
                    [
                        "weight": "40460", "boot": #""b1""#, "n": "7", "offset_millis": "12", "offline": "true",
                        "binding": String(decoding: binding.bytes, as: UTF8.self), "raw": #""53542c""#,
                    ])
                #expect(answer.status == 200, "\(answer.text)")
                #expect(try await office.registered(called.vehicle).data.ticket.first.grams == 40_460_000)
                // The ack was lost, and the edge has a WebSocket again: nothing happens twice.
                let edge = try office.edge("1")
                edge.client.send([
                    "op": "w", "topic": .text(Self.station), "boot": "b1", "n": 7, "binding": binding,
                    "reading": [
                        "at": 1_769_319_000_000, "grams": 40_460_000, "offline": true, "offsetMillis": 12,
                        "raw": "53542c", "stable": true,
                    ],
                ])
                let ack = try await edge.client.inbox.take("ack") { $0.op == "ack" && $0.boot == "b1" }
                #expect(ack.refused.isNull)
                #expect(try await office.picture(Self.station).unmatched == [])
            }
        }

        @Test func `another weight under the same number is refused, and staff see it`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let number = ["boot": #""b1""#, "n": "7"]
                #expect(try await Self.post(hub, number).status == 200)
                try await office.staff.event(Self.station, "unmatched")
                for _ in 0..<2 {
                    let answer = try await Self.post(hub, number.merging(["weight": "31000"]) { $1 })
                    #expect(answer.status == 409 && answer.json.error.code == "keyReused")
                }
                let item = try await office.staff.event(Self.station, "unmatched").item
                #expect(item.reason == "numberReused" && item.grams == 31_000_000)
                #expect(try await office.picture(Self.station).unmatched.array.count == 2)
            }
        }

        @Test func `a moving reading is shown and not recorded`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let answer = try await Self.post(hub, ["stable": "false", "weight": "12340.5"])
                #expect(answer.status == 200 && answer.json.data.outcome == "shown")
                let live = try await office.staff.inbox.take("live") { $0.op == "live" }
                #expect(live.data.grams == 12_340_500 && live.data.state == "moving")
                #expect(
                    try await Self.post(hub, ["state": #""over""#, "weight": "null"]).json.data.outcome == "shown")
                #expect(try await office.picture(Self.station).unmatched == [])
            }
        }

        @Test func `what cannot be a reading is refused with the field, and nothing changes`() async throws {
            try await TestHub.run { hub in
                func check(
                    _ status: Int, _ code: String, field: String? = nil, _ more: [String: String] = [:],
                    key: String? = DemoYard.edgeKeys["1"], _ location: SourceLocation = #_sourceLocation
                ) async throws {
                    let answer = try await Self.post(hub, more, key: key)
                    #expect(answer.status == status, "\(answer.text)", sourceLocation: location)
                    #expect(answer.json.error.code == .text(code), sourceLocation: location)
                    if let field {
                        #expect(answer.json.error.params.field == .text(field), sourceLocation: location)
                    }
                }
                try await check(401, "unauthorized", key: nil)
                try await check(401, "keyInvalid", key: "nobody's")
                try await check(403, "forbidden", ["station_id": #""2""#])
                try await check(400, "badField", field: "station_id", ["station_id": #""""#])
                try await check(400, "badField", field: "weight", ["weight": #""25000""#])
                try await check(400, "badField", field: "weight", ["weight": "25000.0005"])
                try await check(400, "badField", field: "unit", ["unit": #""LB""#])
                try await check(400, "badField", field: "stable", ["stable": "1"])
                // Without an offset it may mean any hour.
                try await check(400, "badField", field: "timestamp", ["timestamp": #""2026-01-25T14:30:00""#])
                try await check(400, "badField", field: "timestamp", ["timestamp": #""2036-01-25T14:30:00+09:00""#])
                try await check(400, "badField", field: "state", ["state": #""resting""#])
                try await check(400, "badField", field: "state", ["state": "5"])
                try await check(400, "badField", field: "n", ["boot": #""b1""#, "n": "0"])
                try await check(400, "badField", field: "boot", ["boot": #""b:1""#, "n": "1"])
                try await check(400, "badField", field: "offset_millis", ["offset_millis": "0.5"])
                try await check(422, "weightOutOfRange", ["weight": "25000000"])
                let office = try await TestOffice.open(hub)
                #expect(try await office.picture(Self.station).unmatched == [])
            }
        }

        @Test func `an edge's key opens nothing else`() async throws {
            try await TestHub.run { hub in
                let key = DemoYard.edgeKeys["1"]
                for path in [
                    "dashboard/realtime", "weigh-records?start_date=2026-01-01&end_date=2026-01-02", "drivers",
                ] {
                    let answer = try await TestHTTP.send(.GET, "/api/v1/\(path)", port: hub.port, apiKey: key)
                    #expect(answer.status == 403, "\(path): \(answer.text)")
                }
            }
        }
    }
}
