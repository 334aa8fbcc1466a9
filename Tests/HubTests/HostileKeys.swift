import Testing

@testable import Hub

/// Keys of commands that somebody else has used, or is going to use.
extension Hostile {
    @Suite struct ForeignKeys {
        private let queue = TestHub.queue

        @Test func `the key of another user is nobody's else: neither his answer nor in his way`() async throws {
            try await TestHub.run { hub in
                let staff = try await hub.client("staff")
                let other = try await hub.client("staff2")
                let first = try await staff.succeed(queue, "checkIn", ["plate": "부산82바3345"], key: "k")
                // The same words: the other user's own attempt, refused on its own grounds.
                let same = try await other.command(queue, "checkIn", ["plate": "부산82바3345"], key: "k")
                #expect(same.ok == false && same.error.code == "alreadyWaiting" && same.seq.isNull)
                // Other words: neither refused because of the first user, nor answered with his seq.
                let second = try await other.succeed(queue, "checkIn", ["plate": "부산80바1234"], key: "k")
                #expect(second > first)
                let driver = try await hub.client("driver3")
                let third = try await driver.succeed(queue, "checkIn", ["plate": "경기98사1234"], key: "k")
                #expect(third > second)
                for (client, seq, plate) in [
                    (staff, first, "부산82바3345"), (other, second, "부산80바1234"), (driver, third, "경기98사1234"),
                ] {
                    #expect(try await client.succeed(queue, "checkIn", ["plate": .text(plate)], key: "k") == seq)
                    let reused = try await client.command(queue, "checkIn", ["plate": "인천81아7702"], key: "k")
                    #expect(reused.error.code == "keyReused")
                }
            }
        }

        @Test func `the same key at the same moment by many users is a command of each`() async throws {
            try await TestHub.run { hub in
                var drivers: [TestClient] = []
                for number in 1...6 { drivers.append(try await hub.client("driver\(number)")) }
                let plates = ["부산82바3345", "부산80바1234", "경기98사1234", "인천81아7702", "부산85자0417", "전남81바9036"]
                let replies = try await withThrowingTaskGroup(of: JSONValue.self) { tasks in
                    for (driver, plate) in zip(drivers, plates) {
                        tasks.addTask { try await driver.command(queue, "checkIn", ["plate": .text(plate)], key: "k") }
                    }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                #expect(replies.allSatisfy { $0.ok == true }, "\(replies)")
                let staff = try await hub.client("staff")
                #expect(try await staff.picture(queue).entries.array.count == 6)
            }
        }

        @Test func `a key that the hub itself will use does not keep the hub from acting`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                try await office.checkIn("부산82바3345")
                let staff = try await hub.client("staff2")
                // An effect's key is its place in the stream it comes from, with a character that no key of a client has.
                let place = try await staff.command(queue, "resumeCheckIn", key: "\(queue)#2.0")
                #expect(place.op == "error" && place.error.params.field == "key")
                // What a deck tells itself because of a live weight is the hub's, whoever else has used the name.
                for version in 0..<40 {
                    _ = try await staff.command(
                        TestHub.station("1"), "dismissUnmatched", ["id": "x", "reason": "x"], key: "observed:\(version)"
                    )
                }
                let entry = try await office.callNext()
                try await office.weigh(entry, 40_460_000)
                try await office.leave()
            }
        }

        @Test func `an edge's commands and another edge's weights have keys of their own`() async throws {
            try await TestHub.run { hub in
                let one = try await hub.edge("1")
                let two = try await hub.edge("2")
                let boot = "boot"
                let weights = [
                    (TestEdge(one.client, "1", boot: boot), "1"), (TestEdge(two.client, "2", boot: boot), "2"),
                ]
                for (edge, _) in weights { #expect(try await edge.weigh(20_000_000, for: .null) == nil) }
                let staff = try await hub.client("staff")
                for (_, station) in weights {
                    #expect(try await staff.picture(TestHub.station(station)).unmatched.array.count == 1)
                }
            }
        }
    }
}
