import Testing

@testable import Edge
@testable import Hub

/// The edge's own agent where no WebSocket can be had (DOMAIN.md 1.12): a path of the hub that has none stands for the firewall.
extension Acceptance {
    @Suite struct BlockedEdge {
        private let station = TestHub.station("1")

        @Test func `called, shown, weighed and cleared by requests alone`() async throws {
            try await TestHub.run { hub in
                let yard = try TestYardDirectory()
                let office = try await TestOffice.open(hub, stations: [])
                try await TestEdgeAgent.run(at: hub, in: yard.path("edge"), path: "blocked") { edge in
                    #expect(edge.log.facts(of: "webSocketBlocked").count == 1)
                    try await office.checkIn("부산82바3345")
                    let entry = try await office.callNext()
                    try await edge.log.wait(for: "bound")
                    edge.weigh(kilograms: 20_000)
                    #expect(try await office.registered(entry.vehicle).data.ticket.first.grams == 20_000_000)
                    try await edge.answered()
                    // The empty deck is seen within a second or two, and the next truck can be called.
                    try await office.staff.event(station, "platformCleared")
                    // Without a binding: for staff, and refused for ever when it can be no weight.
                    edge.weigh(kilograms: 21_000)
                    #expect(try await office.staff.event(station, "unmatched").item.reason == "noBinding")
                    edge.weigh(kilograms: 90_000)
                    try await edge.log.wait(for: "weightRefused")
                    try await edge.answered()
                    #expect(try edge.weights.map(\.state) == [.acked, .acked, .refused])
                    #expect(try edge.weights.last?.code == "weightOutOfRange")
                }
            }
        }
    }
}
