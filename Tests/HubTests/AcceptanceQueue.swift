import NIOCore
import Testing

@testable import Hub

/// Row 1.9: join, position, call, recall, skip, no-show, priority, cancel, transfer, pause, and operators who call at once.
extension Acceptance {
    @Suite struct Queue {
        private let queue = TestHub.queue

        @Test func `1.9 two operators calling at once never call the same truck and skip none`() async throws {
            try await TestHub.run { hub in
                let plates = try await hub.addTrucks(40)
                let first = try await hub.client("staff")
                let second = try await hub.client("staff2")
                try await first.subscribe(queue)
                for plate in plates { try await first.succeed(queue, "checkIn", ["plate": .text(plate)]) }
                var called: [String] = []
                for _ in 0..<(plates.count / 2) {
                    // Both at once, on the two lanes of two connections.
                    async let left = first.command(queue, "callNext", ["station": "1"])
                    async let right = second.command(queue, "callNext", ["station": "2"])
                    let replies = try await [left, right]
                    #expect(replies.allSatisfy { $0.ok == true }, "\(replies)")
                    let events = [
                        try await first.event(queue, "called") { $0.entry.station == "1" },
                        try await first.event(queue, "called") { $0.entry.station == "2" },
                    ].sorted { ($0.seq.int ?? 0) < ($1.seq.int ?? 0) }
                    for event in events {
                        let entry = event.data.entry
                        called.append(entry.plate.string ?? "")
                        try await second.succeed(queue, "cancel", ["id": entry.id, "reason": "시험"])
                    }
                }
                #expect(called == plates)
                #expect(try await second.refusal(queue, "callNext", ["station": "1"]) == "queueEmpty")
            }
        }

        @Test func `1.9 two operators calling to one station at once call one truck`() async throws {
            try await TestHub.run { hub in
                let plates = try await hub.addTrucks(12)
                let first = try await hub.client("staff")
                let second = try await hub.client("staff2")
                for plate in plates { try await first.succeed(queue, "checkIn", ["plate": .text(plate)]) }
                for round in 1...10 {
                    async let left = first.command(queue, "callNext", ["station": "3"])
                    async let right = second.command(queue, "callNext", ["station": "3"])
                    let replies = try await [left, right]
                    #expect(replies.count { $0.ok == true } == 1)
                    #expect(replies.count { $0.error.code == "stationOccupied" } == 1)
                    let picture = try await first.picture(queue)
                    let entry = picture.entries.array.first { $0.state == "called" } ?? .null
                    #expect(entry.plate == .text(plates[round - 1]))
                    try await first.succeed(queue, "cancel", ["id": entry.id, "reason": "시험"])
                }
            }
        }
    }
}
