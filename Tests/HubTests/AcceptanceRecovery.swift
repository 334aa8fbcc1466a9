import Actors
import NIOHTTP1
import Sessions
import Testing
import Wire

@testable import Hub

/// Commands that are sent again, screens that come back, a hub that stops, a database that goes away.
extension Acceptance {
    @Suite struct Recovery {
        private let queue = TestHub.queue
        private let station = TestHub.station("1")

        // MARK: Commands again

        @Test func `a repeated command gets the first answer, also from another connection and after a restart`()
            async throws
        {
            let database = try await TestDatabases.make()
            let first = try await TestHub.run(on: database) { hub in
                let staff = try await hub.client("staff")
                let first = try await staff.command(queue, "checkIn", ["plate": "부산82바3345"], key: "k/1")
                let again = try await staff.command(queue, "checkIn", ["plate": "부산82바3345"], key: "k/1")
                #expect(first.ok == true && again.ok == true && again.seq == first.seq)
                let other = try await hub.client("staff")
                #expect(try await other.command(queue, "checkIn", ["plate": "부산82바3345"], key: "k/1").seq == first.seq)
                #expect(try await other.refusal(queue, "checkIn", ["plate": "부산80바1234"], key: "k/1") == "keyReused")
                #expect(try await other.refusal(queue, "resumeCheckIn", key: "k/1") == "keyReused")
                // A key is somebody's own, and of one topic.
                let stranger = try await hub.client("staff2")
                #expect(
                    try await stranger.refusal(queue, "checkIn", ["plate": "부산82바3345"], key: "k/1") == "alreadyWaiting"
                )
                #expect(try await staff.command(station, "pause", ["reason": "x"], key: "k/1").ok == true)
                // A refusal is not kept: with the same key the next try may succeed.
                #expect(try await staff.refusal(queue, "callNext", ["station": "1"], key: "k/2") == "stationClosed")
                try await staff.succeed(station, "resume", key: "k/3")
                for _ in 1...200 where try await staff.picture(queue).closed != [] {}
                try await staff.succeed(queue, "callNext", ["station": "1"], key: "k/2")
                return first
            }
            try await TestHub.run(on: database) { hub in
                let staff = try await hub.client("staff")
                let again = try await staff.command(queue, "checkIn", ["plate": "부산82바3345"], key: "k/1")
                #expect(again.ok == true && again.seq == first.seq)
                #expect(try await staff.refusal(queue, "checkIn", ["plate": "부산80바1234"], key: "k/1") == "keyReused")
                #expect(try await staff.picture(queue).entries.array.count == 1)
            }
        }

        @Test func `the same command twice in one breath happens once`() async throws {
            try await TestHub.run { hub in
                let clients = try await [hub.client("staff"), hub.client("staff")]
                for round in 1...10 {
                    async let left = clients[0].command(queue, "checkIn", ["plate": "부산82바3345"], key: "r\(round)")
                    async let right = clients[1].command(queue, "checkIn", ["plate": "부산82바3345"], key: "r\(round)")
                    let replies = try await [left, right]
                    #expect(replies.allSatisfy { $0.ok == true } && replies[0].seq == replies[1].seq, "\(replies)")
                    let entry = try await clients[0].picture(queue).entries[0]
                    try await clients[0].succeed(queue, "cancel", ["id": entry.id, "reason": "시험"])
                }
            }
        }

        @Test func `a command that expects an older version is told the present one`() async throws {
            try await TestHub.run { hub in
                let staff = try await hub.client("staff")
                let seen = try #require(try await staff.subscribe(queue).seq.int)
                let first = try await staff.command(queue, "checkIn", ["plate": "부산82바3345"], expect: seen)
                #expect(first.ok == true)
                let second = try await staff.command(queue, "checkIn", ["plate": "부산80바1234"], expect: seen)
                #expect(second.error.code == "versionConflict" && second.error.params.current.string == "\(first.seq)")
                let now = try #require(first.seq.int)
                #expect(try await staff.command(queue, "checkIn", ["plate": "부산80바1234"], expect: now).ok == true)
            }
        }

        // MARK: Following

        @Test func `a subscription made while commands run starts with a picture and misses nothing`() async throws {
            try await TestHub.run { hub in
                let plates = try await hub.addTrucks(40)
                let staff = try await hub.client("staff")
                _ = try await hub.token(of: "staff2")
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask {
                        for plate in plates { try await staff.succeed(queue, "checkIn", ["plate": .text(plate)]) }
                    }
                    for _ in 1...12 {
                        tasks.addTask {
                            let screen = try await hub.client("staff2")
                            let picture = try await screen.subscribe(queue)
                            #expect(picture.op == "snapshot")
                            let known = picture.data.entries.array.map(\.plate)
                            // On a busy machine the commands may be over before this screen is there: then no event follows.
                            if known.last != .text(plates[39]) {
                                try await screen.event(queue, "checkedIn") { $0.entry.plate == .text(plates[39]) }
                            }
                            try screen.expectWhole(queue, from: picture.seq)
                            let heard = screen.events(queue).filter { $0.name == "checkedIn" }.map(\.data.entry.plate)
                            #expect(known + heard == plates.map { .text($0) })
                        }
                    }
                    try await tasks.waitForAll()
                }
            }
        }

        @Test func `who comes back with a cursor gets what it missed, in order, also from the next run of the hub`()
            async throws
        {
            let database = try await TestDatabases.make()
            let cursor = try await TestHub.run(on: database) { hub in
                let staff = try await hub.client("staff")
                let picture = try await staff.subscribe(queue)
                let cursor = (epoch: try #require(picture.epoch.string), seq: try #require(picture.seq.int))
                try await staff.drop()
                let other = try await hub.client("staff2")
                for plate in ["부산82바3345", "부산80바1234"] {
                    try await other.succeed(queue, "checkIn", ["plate": .text(plate)])
                }
                let back = try await hub.client("staff")
                #expect(try await back.subscribe(queue, cursor: cursor).op == "resumed")
                try await back.event(queue, "checkedIn") { $0.entry.plate == "부산80바1234" }
                try back.expectWhole(queue, from: .integer(cursor.seq))
                return cursor
            }
            try await TestHub.run(on: database) { hub in
                let other = try await hub.client("staff2")
                try await other.succeed(queue, "checkIn", ["plate": "경기98사1234"])
                let back = try await hub.client("staff")
                let resumed = try await back.subscribe(queue, cursor: cursor)
                #expect(resumed.op == "resumed" && resumed.epoch == .text(cursor.epoch))
                try await other.succeed(queue, "checkIn", ["plate": "인천81아7702"])
                try await back.event(queue, "checkedIn") { $0.entry.plate == "인천81아7702" }
                try back.expectWhole(queue, from: .integer(cursor.seq))
                let plates = back.events(queue).filter { $0.name == "checkedIn" }.compactMap(\.data.entry.plate.string)
                #expect(plates == ["부산82바3345", "부산80바1234", "경기98사1234", "인천81아7702"])
                // Nothing missed: nothing but the word that it goes on.
                let seq = try #require(back.events(queue).last?.seq.int)
                let third = try await hub.client("staff")
                #expect(try await third.subscribe(queue, cursor: (cursor.epoch, seq)).op == "resumed")
                // Another history, or a place that is not there yet: a picture.
                #expect(try await third.subscribe(queue, cursor: ("other", seq)).op == "snapshot")
                #expect(try await third.subscribe(queue, cursor: (cursor.epoch, seq + 1000)).op == "snapshot")
            }
        }

        @Test func `more than a thousand events behind, the answer is a picture`() async throws {
            try await TestHub.run { hub in
                let staff = try await hub.client("staff")
                let picture = try await staff.subscribe(queue)
                let cursor = (epoch: try #require(picture.epoch.string), seq: try #require(picture.seq.int))
                let driver = try await hub.client("driver1")
                var last: Int64 = 0
                let before = try await staff.succeed(queue, "checkIn", ["plate": "부산82바3345"])
                while last < cursor.seq + 1001 {
                    // Five hundred switches at once; each is an event of its own.
                    last = try await withThrowingTaskGroup(of: Int64.self) { tasks in
                        for number in 0..<250 {
                            let name = number % 2 == 0 ? "pauseCheckIn" : "resumeCheckIn"
                            tasks.addTask {
                                try await staff.succeed(queue, name, number % 2 == 0 ? ["reason": "x"] : [:])
                            }
                        }
                        return try await tasks.reduce(0) { max($0, $1) }
                    }
                }
                try await driver.drop()
                let back = try await hub.client("staff2")
                #expect(try await back.subscribe(queue, cursor: cursor).op == "snapshot")
                #expect(try await back.subscribe(queue, cursor: (cursor.epoch, last - 1001)).op == "snapshot")
                let near = try await back.subscribe(queue, cursor: (cursor.epoch, last - 1000))
                let end = last
                #expect(near.op == "resumed" && before > 0)
                _ = try await back.inbox.take("the last event") { $0.op == "event" && $0.seq == .integer(end) }
                #expect(back.events(queue).count == 1000)
                try back.expectWhole(queue, from: .integer(last - 1000))
            }
        }

        @Test func `many who come back together share the reads, and each gets what it missed, once`() async throws {
            try await TestHub.run { hub in
                let plates = try await hub.addTrucks(30)
                let staff = try await hub.client("staff")
                let picture = try await staff.subscribe(queue)
                let (epoch, start) = (try #require(picture.epoch.string), try #require(picture.seq.int))
                for plate in plates { try await staff.succeed(queue, "checkIn", ["plate": .text(plate)]) }
                let token = try await hub.token(of: "staff2")
                let clients = try await withThrowingTaskGroup(of: TestClient.self) { tasks in
                    for _ in 1...150 { tasks.addTask { try await hub.client("staff2", token: token) } }
                    return try await tasks.reduce(into: []) { $0.append($1) }
                }
                let cursors = clients.indices.map { start + [7, 0, 19][$0 % 3] }
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for (client, cursor) in zip(clients, cursors) {
                        tasks.addTask {
                            let answer = try await client.subscribe(queue, cursor: (epoch, cursor))
                            #expect(answer.op == "resumed")
                        }
                    }
                    try await tasks.waitForAll()
                }
                let counters = hub.yard.replays.counters
                #expect(counters.askedCount == 150 && (1...6).contains(counters.readCount), "\(counters)")
                let last = try await staff.succeed(queue, "pauseCheckIn", ["reason": "시험"])
                for (client, cursor) in zip(clients, cursors) {
                    _ = try await client.inbox.take("the last event") { $0.op == "event" && $0.seq == .integer(last) }
                    #expect(client.events(queue).compactMap(\.seq.int) == Array(cursor + 1...last))
                    try client.expectWhole(queue, from: .integer(cursor))
                }
            }
        }

        // MARK: Edges

        @Test func `acks are cumulative, in order, and name what was refused`() async throws {
            try await TestHub.run { hub in
                let edge = try await hub.edge("1")
                let at = LoopLane.wallClock().milliseconds
                let numbers = (1...20).map { _ in edge.nextNumber() }
                for n in numbers { edge.settle(n % 5 == 0 ? 480_000 : 20_000_000, for: nil, n: n, at: at) }
                _ = try await edge.ack(through: 20)
                let acks = edge.client.inbox.log.filter { $0.op == "ack" }
                #expect(acks.compactMap(\.n.int) == acks.compactMap(\.n.int).sorted())
                let refused = acks.flatMap(\.refused.array)
                #expect(refused.map(\.n) == [5, 10, 15, 20])
                #expect(refused.allSatisfy { $0.code == "weightOutOfRange" })
                // Sent again, as after a cut: the same outcomes, and nothing twice.
                for n in [1, 5, 20] as [Int64] {
                    edge.settle(n % 5 == 0 ? 480_000 : 20_000_000, for: nil, n: n, at: at)
                }
                let again = try await edge.client.inbox.take("ack 20 again") { $0.op == "ack" && $0.n == 20 }
                #expect(again.isNull == false)
                let staff = try await hub.client("staff")
                #expect(try await staff.picture(station).unmatched.array.count == 16)
            }
        }

        @Test func `a weight sent again after the hub was restarted has the first outcome`() async throws {
            let database = try await TestDatabases.make()
            let at = LoopLane.wallClock().milliseconds
            for _ in 1...2 {
                try await TestHub.run(on: database) { hub in
                    let edge = TestEdge(try await hub.edge("1").client, "1", boot: "boot")
                    edge.settle(20_000_000, for: nil, n: 1, at: at)
                    #expect(try await edge.ack(through: 1).refused.isNull)
                    let staff = try await hub.client("staff")
                    #expect(try await staff.picture(station).unmatched.array.count == 1)
                }
            }
        }

        @Test func `live weights reach every screen, and one that comes later sees the newest`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                let driver = try await hub.client("driver1")
                let picture = try await driver.subscribe(station)
                #expect(picture.data.status == "IDLE" && picture.data.live.isNull)
                try office.edge("1").show(12_340_000, "moving")
                for client in [office.staff, driver] {
                    let live = try await client.inbox.take("live") { $0.op == "live" }
                    #expect(
                        live.topic == .text(station) && live.data.grams == 12_340_000 && live.data.state == "moving")
                }
                #expect(try await office.picture(station).live.grams == 12_340_000)
                // A driver sees the number, not whose it is.
                try await office.checkIn("부산80바1234")
                _ = try await office.binding(try await office.callNext())
                #expect(!driver.inbox.log.contains { $0.json.contains("부산80바1234") })
            }
        }

        @Test func `a station whose edge is gone says so and takes no trucks until it is back`() async throws {
            try await TestHub.run { hub in
                let office = try await TestOffice.open(hub)
                try await office.staff.event(station, "linked")
                try await office.checkIn("부산82바3345")
                try await office.edge("1").client.drop()
                let lost = try await office.staff.event(station, "linkLost")
                #expect(lost.device == "device:edge-1")
                try await office.staff.event(queue, "stationClosed")
                #expect(try await office.picture(station).status == "ERROR")
                try await office.staff.expectRefusal("stationClosed", queue, "callNext", ["station": "1"])
                _ = try await hub.edge("1")
                try await office.staff.event(queue, "stationOpened")
                #expect(try await office.picture(station).status == "IDLE")
                try await office.callNext()
            }
        }

        // MARK: Stopping and losing

        @Test func `a hub that stops tells its clients to come back and closes with 4200`() async throws {
            let database = try await TestDatabases.make()
            let clients = try await TestHub.run(on: database) { hub in
                let clients = try await [hub.client("staff"), hub.client("driver1"), hub.edge("1").client]
                for client in clients { _ = try await client.inbox.take("tick") { $0.op == "tick" } }
                return clients
            }
            for client in clients {
                #expect(try await client.inbox.closure().code.rawValue == 4200)
                #expect(client.inbox.log.contains { $0.op == "drain" && ($0.after.int ?? -1) >= 0 })
            }
        }

        @Test func `what was acknowledged before a stop is there after it, and what waits goes on`() async throws {
            let database = try await TestDatabases.make()
            let plates = try await TestHub.run(on: database) { hub in
                let plates = try await hub.addTrucks(30)
                let staff = try await hub.client("staff")
                for plate in plates { try await staff.succeed(queue, "checkIn", ["plate": .text(plate)]) }
                try await staff.succeed(queue, "callNext", ["station": "2"])
                return plates
            }
            try await TestHub.run(on: database) { hub in
                let office = try await TestOffice.open(hub, stations: ["2"])
                let picture = try await office.picture(queue)
                #expect(picture.entries.array.compactMap(\.plate.string) == plates)
                #expect(picture.lastNumber == 30 && picture.slots["2"] == picture.entries[0].id)
                // The truck that was called before the stop is still bound to its deck.
                let binding = try await office.picture(TestHub.station("2")).binding
                #expect(binding.visit == picture.entries[0].id)
                #expect(try await office.edge("2").weigh(20_000_000, for: binding.id) == nil)
                #expect(try await office.registered(binding.vehicle).name == "firstWeighed")
            }
        }

        @Test func `losing the database's connections under load loses nothing that was acknowledged`() async throws {
            try await TestHub.run { hub in
                let plates = try await hub.addTrucks(60)
                let staff = try await hub.client("staff")
                let picture = try await staff.subscribe(queue)
                let (progress, step) = AsyncStream<Int>.makeStream()
                async let killed: Int = {
                    var count = 0
                    for await number in progress where number % 12 == 6 {
                        count += try await TestDatabases.terminateBackends(of: hub.conninfo)
                    }
                    return count
                }()
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    for lane in 0..<4 {
                        tasks.addTask {
                            for index in stride(from: lane, to: plates.count, by: 4) {
                                try await staff.insist(queue, "checkIn", ["plate": .text(plates[index])])
                                step.yield(index)
                            }
                        }
                    }
                    try await tasks.waitForAll()
                }
                step.finish()
                #expect(try await killed > 0)
                let after = try await hub.client("staff").picture(queue)
                #expect(after.entries.array.compactMap(\.plate.string).sorted() == plates.sorted())
                #expect(after.entries.array.compactMap(\.number.int) == Array(1...60))
                // The screen that looked on has been told everything, once.
                try await staff.event(queue, "checkedIn") { $0.entry.number == 60 }
                try staff.expectWhole(queue, from: picture.seq)
                #expect(try await hub.get("/readyz").status == 200)
                #expect(try await hub.get("/api/v1/auth/me", as: "staff").status == 200)
            }
        }

        @Test func `health, readiness and counters are there for machines`() async throws {
            try await TestHub.run { hub in
                #expect(try await hub.get("/healthz").text == "ok\n")
                #expect(try await hub.get("/readyz").status == 200)
                let staff = try await hub.client("staff")
                try await staff.succeed(queue, "checkIn", ["plate": "부산82바3345"])
                _ = try await staff.inbox.take("tick") { $0.op == "tick" }
                let page = try await hub.get("/metrics")
                #expect(page.status == 200 && page.headers.first(name: "Content-Type")?.hasPrefix("text/plain") == true)
                let lines = page.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
                    $0.split(separator: " ")
                }
                let values = Dictionary(lines.map { (String($0[0]), Double($0[1])) }) { $1 }
                #expect(values["gwanje_journal_commands_total"].flatMap { $0 } ?? 0 >= 1)
                #expect(values["gwanje_sessions"] == 1)
                for path in ["/healthz", "/nothing", "/api/v1/nothing", "/api/v1/auth/me"] {
                    let answer = try await hub.get(path)
                    for name in [
                        "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
                        "Permissions-Policy", "Cross-Origin-Opener-Policy",
                    ] { #expect(answer.headers.contains(name: name), "\(path) \(name)") }
                }
                #expect(try await hub.get("/api/v1/nothing").status == 404)
            }
        }
    }
}

extension TestClient {
    /// Fails when the events of a topic do not follow each other from `seq` on.
    func expectWhole(_ topic: String, from seq: JSONValue, sourceLocation: SourceLocation = #_sourceLocation) throws {
        var seen = try #require(seq.int)
        for event in events(topic) {
            let (prev, next) = (try #require(event.prev.int), try #require(event.seq.int))
            #expect(prev <= seen && next > seen, "\(seen) then \(event)", sourceLocation: sourceLocation)
            seen = next
        }
    }

    /// Sends a command again with the same key for as long as it is told to try later.
    @discardableResult
    func insist(_ topic: String, _ name: String, _ arguments: JSONValue) async throws -> JSONValue {
        let key = label()
        for _ in 1...200 {
            let reply = try await command(topic, name, arguments, key: key)
            guard reply.error.retry == true else {
                guard reply.ok == true else { throw Refused(description: "\(name): \(reply)") }
                return reply
            }
            try await Task.sleep(for: .milliseconds(reply.error.after.int ?? 100))
        }
        throw Refused(description: "\(name) never succeeded")
    }
}
