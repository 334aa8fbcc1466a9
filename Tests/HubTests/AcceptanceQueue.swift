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
                    for _ in replies {
                        let entry = try await first.event(queue, "called").entry
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

        @Test func `1.9 a driver sees his number, who is before him and the minutes, on the page and over REST`()
            async throws
        {
            try await TestHub.run { hub in
                let staff = try await hub.client("staff")
                try await staff.succeed(queue, "checkIn", ["plate": "부산82바3345"])
                try await staff.succeed(queue, "checkIn", ["plate": "부산80바1234"])
                let driver = try await hub.client("driver3")
                try await driver.subscribe(queue)
                let mine = try await driver.subscribe("\(queue)/mine")
                #expect(mine.data.entry.isNull)
                try await driver.succeed(queue, "checkIn", ["plate": "경기98사1234", "item": "2"])
                let own = try await driver.state("\(queue)/mine").entry
                #expect(own.number == 3 && own.state == "waiting" && own.itemName == "철스크랩(생철)")
                let line = try await driver.state(queue) { $0.line.array.count == 3 }
                #expect(line.line == [1, 2, 3] && line.averageSeconds == 180 && line.openStations == 3)
                let place = try await hub.get("/api/v1/mobile/queue/my", as: "driver3").json.data
                // Three trucks of three minutes each, over three decks.
                #expect(place.queue_number == 3 && place.ahead_count == 2 && place.estimated_wait_time == 3)
                #expect(place.status == "WAITING")

                try await staff.succeed(queue, "callNext", ["station": "1"])
                let after = try await driver.state(queue) { $0.line.array.count == 2 }
                #expect(after.line == [2, 3] && after.called[0].number == 1 && after.called[0].stationName == "1번 계량대")
                #expect(try await hub.get("/api/v1/mobile/queue/my", as: "driver3").json.data.ahead_count == 1)
                #expect(try await hub.get("/api/v1/mobile/queue/my", as: "driver4").status == 404)
                // Plates are nobody else's business.
                #expect(!driver.inbox.log.contains { $0.json.contains("부산82바3345") })
            }
        }

        @Test func `1.9 a called truck may be recalled, a waiting one not`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let waiting = try await office.checkIn("부산82바3345")
                try await office.staff.expectRefusal("notCalled", queue, "recall", ["id": waiting.id])
                let called = try await office.callNext()
                #expect(called.calls == 1)
                try await office.staff.succeed(queue, "recall", ["id": called.id])
                let again = try await office.staff.event(queue, "recalled").entry
                #expect(again.calls == 2 && (again.deadline.int ?? 0) >= (called.deadline.int ?? 0))
                try await office.staff.expectRefusal("unknownEntry", queue, "recall", ["id": "nobody"])
            }
        }

        @Test func `1.9 skip, priority and putting back change the order as they say`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let plates = ["부산82바3345", "부산80바1234", "경기98사1234", "인천81아7702"]
                var entries: [JSONValue] = []
                for plate in plates { entries.append(try await office.checkIn(plate)) }
                try await office.staff.succeed(queue, "skip", ["id": entries[0].id])
                #expect(try await office.waiting() == [1, 0, 2, 3].map { plates[$0] })
                try await office.staff.succeed(queue, "prioritise", ["id": entries[3].id, "on": true])
                #expect(try await office.waiting() == [3, 1, 0, 2].map { plates[$0] })
                try await office.checkIn("부산85자0417", ["priority": true])
                #expect(try await office.waiting() == [plates[3], "부산85자0417", plates[1], plates[0], plates[2]])
                let called = try await office.callNext()
                #expect(called.id == entries[3].id)
                try await office.staff.succeed(queue, "putBack", ["id": called.id])
                #expect(try await office.waiting().first == plates[3])
                #expect(try await office.picture(queue).slots == [:])
            }
        }

        @Test func `1.9 a cancelled truck is gone, its deck free, and a reason is on record`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let driver = try await hub.client("driver1")
                try await driver.succeed(queue, "checkIn", ["plate": "부산82바3345"])
                try await office.checkIn("부산80바1234")
                let called = try await office.callNext()
                try await office.staff.expectRefusal(
                    "reasonRequired", queue, "cancel", ["id": called.id, "reason": " "])
                try await driver.expectRefusal("forbidden", queue, "cancel", ["id": called.id, "reason": "급한 일"])
                try await driver.succeed(queue, "cancelMine", ["reason": "급한 일"])
                let gone = try await office.staff.event(queue, "cancelled")
                #expect(gone.entry.id == called.id && gone.reason == "급한 일" && gone.by == "강태호")
                let edge = try office.edge("1")
                #expect(try await edge.client.event(edge.topic, "unbound").visit == called.id)
                #expect(try await office.callNext().plate == "부산80바1234")
                #expect(try await driver.refusal(queue, "cancelMine", ["reason": "또"]) == "notInQueue")
            }
        }

        @Test func `1.9 a transferred truck is weighed where it was sent, and nowhere else`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub, stations: ["1", "2"])
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext("1")
                let old = try await office.binding(called, at: "1")
                try await office.staff.succeed(queue, "transfer", ["id": called.id, "station": "2"])
                let first = try office.edge("1")
                #expect(try await first.client.event(first.topic, "unbound").reason == "transferred")
                let new = try await office.binding(called, at: "2")
                #expect(new.id != old.id)
                // The deck it left takes no weight for it any more.
                #expect(try await first.weigh(20_000_000, for: old.id) == nil)
                #expect(try await office.staff.event(first.topic, "unmatched").item.reason == "noBinding")
                let second = try office.edge("2")
                #expect(try await second.weigh(20_000_000, for: new.id) == nil)
                let word = try await office.registered(called.vehicle)
                #expect(word.name == "firstWeighed" && word.data.ticket.first.station == "2")
                try await office.leave("2")
                #expect(try await office.picture(queue).slots == [:])
            }
        }

        @Test func `1.9 paused check-in turns everybody away with the reason until it is resumed`() async throws {
            try await TestHub.run { hub in
                let staff = try await hub.client("staff")
                let driver = try await hub.client("driver1")
                try await staff.expectRefusal("reasonRequired", queue, "pauseCheckIn", ["reason": ""])
                try await staff.succeed(queue, "pauseCheckIn", ["reason": "야드 정전"])
                for client in [staff, driver] {
                    let reply = try await client.command(queue, "checkIn", ["plate": "부산82바3345"])
                    #expect(reply.error.code == "checkInPaused" && reply.error.params.reason == "야드 정전")
                }
                try await driver.expectRefusal("forbidden", queue, "resumeCheckIn")
                try await staff.succeed(queue, "resumeCheckIn")
                try await driver.succeed(queue, "checkIn", ["plate": "부산82바3345"])
                try await driver.expectRefusal("alreadyWaiting", queue, "checkIn", ["plate": "부산82바3345"])
            }
        }

        @Test func `1.9 a truck that does not come is absent by the timer, keeps its place for a while and loses it`()
            async throws
        {
            try await TestHub.run { hub in
                try await hub.changeSite(["callGraceSeconds": 1, "absentGraceSeconds": 2])
                let office = try await TestOffice.open(hub)
                let driver = try await hub.client("driver1")
                try await office.checkIn("부산82바3345")
                try await office.checkIn("부산80바1234")
                let called = try await office.callNext()
                let absent = try await office.staff.event(queue, "markedAbsent")
                #expect(absent.entry.id == called.id && absent.by == "timer")
                #expect(try await office.picture(queue).slots == [:])
                try await driver.succeed(queue, "comeBack")
                try await office.staff.event(queue, "returned")
                #expect(try await office.waiting() == ["부산82바3345", "부산80바1234"])

                try await office.callNext()
                try await office.staff.event(queue, "markedAbsent")
                #expect(try await office.staff.event(queue, "expired").entry.id == called.id)
                #expect(try await office.waiting() == ["부산80바1234"])
                try await driver.expectRefusal("notInQueue", queue, "comeBack")
            }
        }

        @Test func `1.9 a truck that is on the deck in time is not absent`() async throws {
            try await TestHub.run { hub in
                try await hub.changeSite(["callGraceSeconds": 1])
                let office = try await TestOffice.open(hub)
                try await office.checkIn("부산82바3345")
                let called = try await office.callNext()
                _ = try await office.binding(called)
                try office.edge("1").show(30_000_000, "moving")
                try await office.staff.event(queue, "arrived")
                try await office.staff.expectRefusal(
                    "onDeck", queue, "transfer", ["id": called.id, "station": "2"])
                // A second truck's timer falls due after the first one's: by then both have been heard.
                try await office.checkIn("부산80바1234")
                let other = try await office.callNext("2")
                #expect(try await office.staff.event(queue, "markedAbsent").entry.id == other.id)
                #expect(try await office.entry("부산82바3345").state == "called")
            }
        }

        @Test func `1.9 trucks that are unknown, idle or somebody else's do not get in`() async throws {
            try await TestHub.run { hub in
                let driver = try await hub.client("driver1")
                let admin = try await hub.client("admin")
                try await driver.expectRefusal("unknownVehicle", queue, "checkIn", ["plate": "서울82바3345"])
                try await driver.expectRefusal("unknownVehicle", queue, "checkIn", ["plate": "no plate"])
                try await driver.expectRefusal("notYourVehicle", queue, "checkIn", ["plate": "부산80바1234"])
                try await driver.expectRefusal(
                    "notYourVehicle", queue, "checkIn", ["plate": "부산82바3345", "driver": "2"])
                try await driver.expectRefusal(
                    "notYourVehicle", queue, "checkIn", ["plate": "부산82바3345", "priority": true])
                try await driver.expectRefusal("unknownItem", queue, "checkIn", ["plate": "부산82바3345", "item": "99"])
                try await driver.expectRefusal("forbidden", queue, "callNext", ["station": "1"])
                try await admin.succeed("\(TestHub.site)/master/vehicle:1", "deactivate", ["reason": "검사 만료"])
                try await driver.expectRefusal("vehicleInactive", queue, "checkIn", ["plate": "82바3345"])
                try await admin.succeed("\(TestHub.site)/master/vehicle:1", "reactivate")
                try await driver.succeed(queue, "checkIn", ["plate": "８２바 3345"])
                try await admin.expectRefusal("unknownStation", queue, "callNext", ["station": "9"])
            }
        }
    }
}
