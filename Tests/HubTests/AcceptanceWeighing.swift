import Actors
import Testing

@testable import Edge
@testable import Hub

/// Rows 1.1–1.3: which weights count, and for whom.
extension Acceptance {
    @Suite struct Weighing {
        private let station = TestHub.station("1")

        @Test(arguments: [
            (
                "seedA", "STX,GW,0001AAAA,KG,ZZ,ETX", "STX,GW,00000000,KG,ST,ETX", "STX,GW,00018720,KG,US,ETX",
                "STX,GW,00018720,KG,ST,ETX"
            ),
            (
                "seedB", "STX,ZZ,GW,KG,00012500,ETX", "STX,ST,GW,KG,00000000,ETX", "STX,US,GW,KG,00018720,ETX",
                "STX,ST,GW,KG,00018720,ETX"
            ),
        ])
        func `1.1 a frame read by the edge's tables becomes the weight, and an unknown status becomes none`(
            profile: String, unknown: String, zero: String, moving: String, stable: String
        ) async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let edge = try office.edge("1")
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext()
                let binding = try #require(try await office.binding(called).id.string)

                var decoder = IndicatorDecoder(profile: try ProfileCatalogue.builtIn.profile(profile))
                var detector = SettleDetector(
                    settings: .init(engageGrams: 500_000, zeroBandGrams: 100_000, toleranceGrams: 20_000))
                detector.bind(binding)
                var settled: [SettledWeight] = []
                for (index, frame) in [zero, zero, unknown, moving, unknown, stable, stable].enumerated() {
                    for reading in decoder.feed(Array(frame.utf8)) + decoder.finish() {
                        #expect(reading.ok == (frame != unknown))
                        let now = Moment(
                            elapsed: .seconds(index), millis: LoopLane.wallClock().milliseconds)
                        let output = detector.take(reading, at: now)
                        if let live = output.live { edge.client.send(EdgeMessage.live(topic: edge.topic, live).json) }
                        if let weight = output.settled { settled.append(weight) }
                    }
                }
                #expect(settled.count == 1)
                let weight = StoredWeight(
                    topic: edge.topic, boot: "boot", n: 1, weight: try #require(settled.first), offsetMillis: 0,
                    offline: false, state: .pending, code: nil)
                edge.client.send(EdgeMessage.weight(weight).json)
                let ticket = try await office.registered(called.vehicle).data.ticket
                #expect(ticket.first.grams == 18_720_000 && ticket.first.source == "INDICATOR")
                let register = try await office.picture(TestHub.register)
                #expect(register.open.array.count == 1 && register.today.count == 1)
            }
        }

        @Test func `1.2 only a stable weight within the limits and on the scale's division is recorded`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let edge = try office.edge("1")
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext()
                let binding = try await office.binding(called).id
                #expect(try await edge.weigh(18_720_000, for: binding, stable: false) == "weightNotStable")
                #expect(try await edge.weigh(-20_000, for: binding) == "weightOutOfRange")
                #expect(try await edge.weigh(480_000, for: binding) == "weightOutOfRange")
                #expect(try await edge.weigh(80_020_000, for: binding) == "weightOutOfRange")
                #expect(try await edge.weigh(.max, for: binding) == "weightOutOfRange")
                // True, but of a scale that is set up wrongly: for staff to look at.
                #expect(try await edge.weigh(18_725_000, for: binding) == nil)
                #expect(try await office.staff.event(station, "unmatched").item.reason == "divisionMismatch")
                #expect(try await office.picture(TestHub.register).open == [])
                #expect(try await office.picture(station).weighed.isNull)
                #expect(try await edge.weigh(80_000_000, for: binding) == nil)
                #expect(try await office.registered(called.vehicle).data.ticket.first.grams == 80_000_000)
            }
        }

        @Test func `1.2 a weight without its own binding waits for staff and is nobody's`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let edge = try office.edge("1")
                // Nobody is called.
                #expect(try await edge.weigh(20_000_000, for: nil) == nil)
                let nobody = try await office.staff.event(station, "unmatched").item
                #expect(nobody.reason == "noBinding" && nobody.grams == 20_000_000)
                // A truck is called, and the weight names an earlier call.
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext()
                let binding = try await office.binding(called).id
                #expect(try await edge.weigh(21_000_000, for: "earlier") == nil)
                let other = try await office.staff.event(station, "unmatched").item
                #expect(other.reason == "otherBinding")
                #expect(try await office.picture(TestHub.register).open == [])
                // Staff decide: one belongs to a truck, the other to none.
                try await office.staff.expectRefusal(
                    "reasonRequired", station, "assignUnmatched", ["id": nobody.id, "plate": "부산80바1234", "reason": ""])
                try await office.staff.succeed(
                    station, "assignUnmatched", ["id": nobody.id, "plate": "부산80바1234", "reason": "기사 확인"])
                let ticket = try await office.registered("2").data.ticket
                #expect(ticket.first.grams == 20_000_000 && ticket.first.by == "박정민" && ticket.first.reason == "기사 확인")
                try await office.staff.succeed(station, "dismissUnmatched", ["id": other.id, "reason": "시험 계량"])
                try await office.staff.expectRefusal(
                    "unknownUnmatched", station, "dismissUnmatched", ["id": other.id, "reason": "또"])
                #expect(try await office.picture(station).unmatched == [])
                // The truck that was called all the while still gets its own.
                #expect(try await edge.weigh(22_000_000, for: binding) == nil)
                #expect(try await office.registered(called.vehicle).data.ticket.first.grams == 22_000_000)
            }
        }

        @Test func `1.2 a paused station takes no truck and records no weight`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext()
                let binding = try await office.binding(called).id
                try await office.staff.succeed(station, "pause", ["reason": "청소"])
                try await office.staff.event(TestHub.queue, "stationClosed")
                #expect(try await office.edge("1").weigh(20_000_000, for: binding) == nil)
                #expect(try await office.staff.event(station, "unmatched").item.reason == "paused")
                try await office.checkIn("부산80바1234")
                try await office.staff.expectRefusal("stationClosed", TestHub.queue, "callNext", ["station": "1"])
                try await office.staff.succeed(station, "resume")
                try await office.staff.event(TestHub.queue, "stationOpened")
                #expect(try await office.edge("1").weigh(20_000_000, for: binding) == nil)
                #expect(try await office.registered(called.vehicle).name == "firstWeighed")
            }
        }

        @Test func `1.3 after a weighing the deck must show zero before the next weight counts`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let edge = try office.edge("1")
                try await office.checkIn("부산82바3345")
                try await office.checkIn("부산80바1234")
                let first = try await office.callNext()
                #expect(try await office.weigh(first, 20_000_000).name == "firstWeighed")
                try await office.staff.expectRefusal("stationOccupied", TestHub.queue, "callNext", ["station": "1"])

                // Staff force the deck free, but the truck still stands on it.
                try await office.staff.succeed(TestHub.queue, "freeSlot", ["station": "1", "reason": "시험"])
                let second = try await office.callNext()
                let binding = try await office.binding(second).id
                for (grams, state) in [(20_000_000, "stable"), (120_000, "zero"), (0, "moving")] as [(Int64, String)] {
                    edge.show(grams, state)
                }
                #expect(try await edge.weigh(30_000_000, for: binding) == nil)
                #expect(try await office.staff.event(station, "unmatched").item.reason == "zeroInterlock")
                #expect(try await office.picture(station).awaitingZero == true)

                try await office.clear()
                #expect(try await edge.weigh(30_000_000, for: binding) == nil)
                #expect(try await office.registered(second.vehicle).data.ticket.first.grams == 30_000_000)
            }
        }

        @Test func `1.3 a second weight for one call does not replace the first`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let edge = try office.edge("1")
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext()
                let binding = try await office.binding(called).id
                #expect(try await edge.weigh(20_000_000, for: binding) == nil)
                #expect(try await edge.weigh(25_000_000, for: binding) == nil)
                #expect(try await office.staff.event(station, "unmatched").item.reason == "zeroInterlock")
                #expect(try await office.registered(called.vehicle).data.ticket.first.grams == 20_000_000)
                #expect(try await office.picture(TestHub.register).open[0].first.grams == 20_000_000)
            }
        }
    }
}
