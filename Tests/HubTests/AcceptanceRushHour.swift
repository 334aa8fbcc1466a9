import Synchronization
import Testing

@testable import Hub

/// A morning at the gate: sixty trucks, two operators, three decks, everything at once.
extension Acceptance {
    @Suite struct RushHour {
        private static let truckCount = 60

        @Test func `a rush hour ends with a slip for every truck and an empty queue`() async throws {
            try await TestHub.run { hub in
                let plates = try await hub.addTrucks(Self.truckCount)
                let office = try await TestOffice.open(hub, stations: ["1", "2", "3"])
                let operators = try await [hub.client("staff"), hub.client("staff2")]
                let gate = try await hub.client("yard")
                let start = try await office.picture(TestHub.register)
                #expect(start.today.completed == 0)

                // The model: gross and tare of each truck, and who has been weighed how often.
                let model = Model(plates)
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        for plate in plates {
                            try await gate.succeed(TestHub.queue, "checkIn", ["plate": .text(plate)])
                        }
                    }
                    for (index, station) in ["1", "2", "3"].enumerated() {
                        // Two operators for three decks: each may call to any of them.
                        tasks.addTask {
                            try await run(office, station, operators[index % 2], gate, model)
                        }
                    }
                    try await tasks.waitForAll()
                }

                let queue = try await office.picture(TestHub.queue)
                #expect(queue.entries == [] && queue.slots == [:] && queue.lastNumber == .integer(60))
                let register = try await office.picture(TestHub.register)
                #expect(register.open == [] && register.refused == [])
                #expect(register.today.completed == 60 && register.today.count == 60)
                let net = model.netGrams
                #expect(register.today.netGrams == .integer(net))

                let slips = office.staff.events(TestHub.register).filter { $0.name == "completed" }.map(\.data.slip)
                let day = try #require(register.date.string).replacing("-", with: "")
                #expect(
                    slips.compactMap(\.number.string) == (1...60).map { "WR\(day)00\($0 < 10 ? "0" : "")\($0)" })
                #expect(Set(slips.compactMap(\.load.plate.string)) == Set(plates))
                for slip in slips {
                    let plate = try #require(slip.load.plate.string)
                    let (first, second) = model.weights(plate)
                    #expect(slip.grossGrams == .integer(max(first, second)), "\(plate)")
                    #expect(slip.tareGrams == .integer(min(first, second)), "\(plate)")
                }
                for topic in [TestHub.queue, TestHub.register] { try office.staff.expectWhole(topic, from: 0) }
                for station in ["1", "2", "3"] {
                    let picture = try await office.picture(TestHub.station(station))
                    #expect(picture.binding.isNull && picture.unmatched == [] && picture.awaitingZero == false)
                }
                let date = try #require(register.date.string)
                let list = try await hub.get(
                    "/api/v1/weigh-records?start_date=\(date)&end_date=\(date)&limit=100", as: "staff"
                ).json.data
                #expect(list.pagination.total == 60 && list.netGrams == .integer(net))
            }
        }

        private final class Model: Sendable {
            private let numbers: [String: Int64]
            /// Weighings so far.
            private let counts = Mutex<[String: Int]>([:])

            init(_ plates: [String]) {
                numbers = Dictionary(uniqueKeysWithValues: plates.enumerated().map { ($1, Int64($0)) })
            }

            /// Every third truck comes empty and leaves full.
            func weights(_ plate: String) -> (first: Int64, second: Int64) {
                let number = numbers[plate] ?? 0
                let (gross, tare) = (30_000_000 + number * 100_000, 9_000_000 + number * 20_000)
                return number % 3 == 0 ? (tare, gross) : (gross, tare)
            }

            var netGrams: Int64 {
                numbers.keys.reduce(0) { $0 + abs(weights($1).first - weights($1).second) }
            }

            var isOver: Bool {
                counts.withLock { $0.count == numbers.count && $0.values.allSatisfy { $0 == 2 } }
            }

            /// The weight of a truck that is on a deck now, and whether it comes once more.
            func weigh(_ plate: String) -> (grams: Int64, again: Bool) {
                let count = counts.withLock { counts in
                    counts[plate, default: 0] += 1
                    return counts[plate]
                }
                let weights = weights(plate)
                return count == 1 ? (weights.first, true) : (weights.second, false)
            }
        }

        /// One deck: calls whoever is next, weighs, lets drive off, sends back to the gate.
        private func run(
            _ office: TestOffice, _ station: String, _ staff: TestClient, _ gate: TestClient,
            _ model: Model
        ) async throws {
            while !model.isOver {
                let reply = try await staff.command(TestHub.queue, "callNext", ["station": .text(station)])
                guard reply.ok == true else {
                    // Nobody in line at the moment: the others are on decks or on their way back.
                    #expect(reply.error.code == "queueEmpty", "\(reply)")
                    try Task.checkCancellation()
                    _ = try await staff.inbox.take("tick") { $0.op == "tick" }
                    continue
                }
                let entry = try await office.staff.event(TestHub.queue, "called") { $0.entry.station == .text(station) }
                    .entry
                let plate = try #require(entry.plate.string)
                let (grams, again) = model.weigh(plate)
                let word = try await office.weigh(entry, grams, at: station)
                #expect(word.name == (again ? "firstWeighed" : "completed"), "\(word)")
                try await office.leave(station)
                if again { try await gate.succeed(TestHub.queue, "checkIn", ["plate": .text(plate)]) }
            }
        }
    }
}
