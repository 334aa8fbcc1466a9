import Testing

@testable import Edge
@testable import Hub
@testable import Persistence

/// A hub that was restored from a backup, and the weights it has lost.
extension Acceptance {
    @Suite struct OfferedAgain {
        private let station = TestHub.station("1")

        @Test func `what the lost hub acknowledged is in the restored journal once, and no truck of today gets it`()
            async throws
        {
            let yard = try TestYardDirectory()
            let database = try await yard.makeDemo()
            let conninfo = try await TestDatabases.blocking {
                try PrivateCluster.visit(yard.configuration()) { $0.conninfo }
            }
            let lost = try await TestHub.run(on: conninfo) { hub in
                let office = try await TestOffice.open(hub, stations: [])
                return try await TestEdgeAgent.run(at: hub, in: yard.path("edge")) { edge in
                    for kilograms in [10_000, 10_020, 10_040] as [Int64] { try await stray(kilograms, edge, office) }
                    _ = try await TestDatabases.blocking {
                        try ClusterBackup.take(yard.configuration(), to: yard.path("backup"))
                    }
                    // After the backup: a truck with its binding, and more than fit into one window.
                    try await office.checkIn("부산82바3345")
                    let entry = try await office.callNext()
                    try await edge.log.wait(for: "bound")
                    edge.weigh(kilograms: 20_000)
                    #expect(try await office.registered(entry.vehicle).name == "firstWeighed")
                    for number in 0..<36 as Range<Int64> { try await stray(11_000 + 20 * number, edge, office) }
                    try await edge.answered()
                    return entry
                }
            }
            try await TestDatabases.blocking { try database.stop() }

            _ = try await TestDatabases.blocking {
                try ClusterRestore.run(from: yard.path("backup"), to: yard.configuration("restored"))
            }
            let restored = Database(.privateCluster(yard.configuration("restored")))
            let conninfoAfter = try await TestDatabases.blocking { try restored.start() }
            try await TestHub.run(on: conninfoAfter) { hub in
                let office = try await TestOffice.open(hub, stations: [])
                // Another truck gets the visit and the number of the one that is lost, and is called to the same deck.
                try await office.checkIn("부산80바1234")
                let today = try await office.callNext()
                #expect(today.id == lost.id && today.vehicle != lost.vehicle)
                try await office.staff.event(station, "bound")
                try await TestEdgeAgent.run(at: hub, in: yard.path("edge")) { edge in
                    try await edge.log.wait(for: "offeredAgain")
                    #expect(edge.log.facts(of: "offeringAgain").map { $0["count"] } == ["40"])
                    let weights = try edge.weights
                    #expect(weights.count == 40 && weights.allSatisfy { $0.state == .acked })
                    #expect(try await counts(conninfoAfter) == Dictionary(weights.map { ($0.key, 1) }) { $0 + $1 })
                    let picture = try await office.picture(station)
                    #expect(picture.weighed.isNull && picture.binding.visit == today.id)
                    #expect(Set(picture.unmatched.array.compactMap(\.grams.int)) == Set(weights.map(\.weight.grams)))
                    let late = picture.unmatched.array.filter { $0.reason == "otherBinding" }
                    #expect(late.count == 37, "the truck's own, and those of the deck behind it")

                    // The truck that is called gets what it weighs.
                    try await edge.log.wait(for: "bound")
                    edge.weigh(kilograms: 30_000)
                    #expect(try await office.registered(today.vehicle).data.ticket.first.grams == 30_000_000)
                    try await edge.answered()
                }
                // The same history: nothing but what is new.
                try await TestEdgeAgent.run(at: hub, in: yard.path("edge")) { edge in
                    try await stray(12_000, edge, office)
                    try await edge.answered()
                    #expect(edge.log.facts(of: "offeringAgain").isEmpty)
                    #expect(try await counts(conninfoAfter).values.allSatisfy { $0 == 1 })
                    #expect(try await counts(conninfoAfter).count == 42)
                }
            }
            try await expectRightHistory(conninfoAfter)
            try await TestDatabases.blocking { try restored.stop() }
        }

        /// A weight that belongs to no truck.
        private func stray(_ kilograms: Int64, _ edge: TestEdgeAgent, _ office: TestOffice) async throws {
            edge.weigh(kilograms: kilograms)
            try await office.staff.event(station, "unmatched") { $0.item.grams == .integer(kilograms * 1000) }
        }

        /// How often the journal has each weight of the deck.
        private func counts(_ conninfo: String) async throws -> [String: Int64] {
            try await TestDatabases.blocking {
                var connection = try PostgresConnection.connect(conninfo)
                let rows = try connection.query(
                    """
                    SELECT command_key, count(*) FROM journal
                    WHERE kind = 'station' AND key = '1' AND event IN ('weighed', 'unmatched') GROUP BY command_key
                    """)
                return Dictionary(
                    uniqueKeysWithValues: try rows.map {
                        (try $0.value(0, as: String.self), try $0.value(1, as: Int64.self))
                    })
            }
        }
    }
}

extension StoredWeight {
    fileprivate var key: String { "\(boot):\(n)" }
}
