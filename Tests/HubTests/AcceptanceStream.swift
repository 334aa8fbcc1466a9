import Actors
import NIOCore
import NIOHTTP1
import Sessions
import Testing
import Wire

@testable import Hub

/// Server-sent events: the lines of a WebSocket, resumed by `Last-Event-ID`.
extension Acceptance {
    @Suite struct Stream {
        private let queue = TestHub.queue
        private let station = TestHub.station("1")

        // MARK: Following

        @Test func `a stream greets, shows the picture, then what happens`() async throws {
            try await TestHub.run { hub in
                let stream = try await TestStream.open(hub, [queue], as: "staff")
                #expect(stream.headers.first(name: "Content-Type") == "text/event-stream")
                #expect(stream.headers.first(name: "Cache-Control") == "no-store")
                let snapshot = try await stream.next("snapshot", queue)
                #expect(snapshot.id == "1" && snapshot.data.entries == [])
                let staff = try await hub.client("staff2")
                let seq = try await staff.succeed(queue, "checkIn", ["plate": "부산80바1234"])
                let event = try await stream.checkedIn("부산80바1234")
                #expect(event.op == "event" && event.topic == .text(queue) && event.seq == .integer(seq))
                let epoch = try #require(snapshot.epoch.string)
                #expect(event.lastID == .text(StreamCursor(epoch: epoch, seqs: [queue: seq]).text))
                _ = try await stream.inbox.take("tick") { $0.op == "tick" }
                let ops = stream.inbox.log.compactMap(\.op.string)
                #expect(ops.prefix(3) == ["retry", "welcome", "snapshot"])
                #expect(ops.dropFirst(3).allSatisfy { $0 == "event" })
                #expect(stream.inbox.log[0].after == 1000)
            }
        }

        @Test func `who comes back with the last id gets what it missed, once and in order, also from the next run`()
            async throws
        {
            let database = try await TestDatabases.make()
            let last = try await TestHub.run(on: database) { hub in
                let stream = try await TestStream.open(hub, [queue, station], as: "staff")
                _ = try await stream.next("snapshot", queue)
                _ = try await stream.next("snapshot", station)
                let staff = try await hub.client("staff2")
                try await staff.succeed(queue, "checkIn", ["plate": "부산82바3345"])
                let last = try await stream.checkedIn("부산82바3345").lastID.string
                try await stream.drop()
                try await staff.succeed(queue, "checkIn", ["plate": "부산80바1234"])
                try await staff.succeed(station, "pause", ["reason": "청소"])
                return try #require(last)
            }
            try await TestHub.run(on: database) { hub in
                let staff = try await hub.client("staff2")
                try await staff.succeed(queue, "checkIn", ["plate": "경기98사1234"])
                // In another order: topics are known by their names.
                let back = try await TestStream.open(hub, [station, queue], as: "staff", after: last)
                #expect(try await back.next("resumed", queue).id == "2")
                #expect(try await back.next("resumed", station).id == "1")
                try await staff.succeed(queue, "checkIn", ["plate": "인천81아7702"])
                let live = try await back.checkedIn("인천81아7702")
                let cursor = try #require(StreamCursor(last))
                for topic in [queue, station] {
                    var seen = try #require(cursor.seqs[topic])
                    for event in back.lines(topic).filter({ $0.op == "event" }) {
                        let (prev, seq) = (try #require(event.prev.int), try #require(event.seq.int))
                        #expect(prev <= seen && seq > seen, "\(seen) then \(event)")
                        seen = seq
                    }
                }
                let plates = back.lines(queue).filter { $0.name == "checkedIn" }.compactMap(\.data.entry.plate.string)
                #expect(plates == ["부산80바1234", "경기98사1234", "인천81아7702"])
                // Every id leads on from where the stream is with each of its topics.
                let newest = try #require(live.lastID.string.flatMap { StreamCursor($0) })
                #expect(newest.seqs[queue] == live.seq.int)
                let paused = back.lines(station).first { $0.name == "paused" }
                #expect(newest.seqs[station] == paused?.seq.int)
            }
        }

        @Test func `an id that is not of this hub, or not one at all, starts with a picture`() async throws {
            try await TestHub.run { hub in
                for id in ["other \(queue)@1", "7", "x y z", ""] {
                    let stream = try await TestStream.open(hub, [queue], as: "staff", after: id)
                    let snapshot = try await stream.next("snapshot", queue)
                    let cursor = try #require(snapshot.lastID.string.flatMap { StreamCursor($0) })
                    #expect(cursor.epoch == snapshot.epoch.string && cursor.seqs == [queue: snapshot.seq.int ?? -1])
                    try await stream.drop()
                }
            }
        }

        @Test func `a driver follows what concerns him`() async throws {
            try await TestHub.run { hub in
                let stream = try await TestStream.open(hub, [queue + "/mine", queue, queue], as: "driver1")
                _ = try await stream.next("snapshot", queue + "/mine")
                _ = try await stream.next("snapshot", queue)
                let driver = try await hub.client("driver1")
                try await driver.succeed(queue, "checkIn", ["plate": "부산82바3345"])
                let mine = try await stream.checkedIn("부산82바3345")
                #expect(mine.op == "state" && mine.topic == .text(queue + "/mine") && mine.lastID.string != nil)
                let line = try await stream.next("state", queue)
                #expect(line.lastID.string != nil)
            }
        }

        // MARK: Refused

        @Test func `what may not be followed is refused before the stream begins`() async throws {
            try await TestHub.run { hub in
                func check(
                    _ status: Int, _ code: String, _ topics: [String], as login: String? = "driver1",
                    _ location: SourceLocation = #_sourceLocation
                ) async throws {
                    let answer = try await hub.get(TestStream.path(topics), as: login)
                    #expect(answer.status == status, sourceLocation: location)
                    #expect(answer.json.error.code == .text(code), sourceLocation: location)
                }
                try await check(401, "unauthorized", [queue], as: nil)
                try await check(403, "forbidden", [TestHub.ticket("WR202611200001")])
                try await check(403, "forbidden", [queue, "elsewhere/queue/main"])
                try await check(404, "unknownTopic", ["nothing"])
                try await check(404, "unknownTopic", ["\(TestHub.site)/queue/second"])
                try await check(404, "unknownKind", [queue, "\(TestHub.site)/nothing/1"])
                try await check(400, "badField", [])
                let orders = (1...16).map { "\(TestHub.site)/order/DO-\($0)" }
                try await check(422, "tooManyTopics", orders + [queue], as: "staff")
                let most = try await TestStream.open(hub, orders, as: "staff")
                for order in orders { _ = try await most.next("snapshot", order) }
                // A token in the URL is no token.
                let token = try await hub.token(of: "staff")
                let inURL = try await TestHTTP.send(
                    .GET, TestStream.path([queue]) + "&access_token=\(token)&token=\(token)", port: hub.port)
                #expect(inURL.status == 401)
            }
        }

        @Test func `a stream is one of the sessions of its account`() async throws {
            try await TestHub.run({ $0.sessionLimits.sessionsPerUserMax = 2 }) { hub in
                let first = try await TestStream.open(hub, [queue], as: "staff")
                let socket = try await hub.client("staff")
                let refused = try await hub.get(TestStream.path([queue]), as: "staff")
                #expect(refused.status == 429 && refused.json.error.code == "tooManySessions")
                let other = try await TestStream.open(hub, [queue], as: "staff2")
                _ = try await other.next("snapshot", queue)
                try await first.drop()
                // The hub hears of it with the next tick that it cannot deliver.
                try await Self.reopened(hub, as: "staff", while: other)
                _ = try await socket.subscribe(queue)
            }
        }

        @Test func `a stream is one of the sessions of its address`() async throws {
            try await TestHub.run({ $0.webSocketsPerAddress = 2 }) { hub in
                let first = try await TestStream.open(hub, [queue], as: "staff")
                let other = try await TestStream.open(hub, [queue], as: "staff2")
                let refused = try await hub.get(TestStream.path([queue]), as: "driver1")
                #expect(refused.status == 429 && refused.json.error.code == "tooManyConnections")
                #expect(refused.headers.first(name: "Retry-After") == "30")
                await #expect(throws: (any Error).self) { _ = try await hub.client("driver1") }
                try await first.drop()
                try await Self.reopened(hub, as: "driver1", while: other)
            }
        }

        /// Opens a stream as soon as there is a place for it.
        private static func reopened(_ hub: TestHub, as login: String, while other: TestStream) async throws {
            for _ in 1...20 {
                _ = try await other.inbox.take("tick") { $0.op == "tick" }
                if let stream = try? await TestStream.open(hub, [TestHub.queue], as: login) {
                    _ = try await stream.next("snapshot", TestHub.queue)
                    return
                }
            }
            Issue.record("the place of a reader that is gone was not given back")
        }

        // MARK: Ending

        @Test func `a stream ends with its token`() async throws {
            try await TestHub.run { hub in
                let login = try await hub.tokens.verify(
                    try await hub.token(of: "staff"), now: LoopLane.wallClock()
                ).login
                let started = LoopLane.wallClock() + .seconds(-3596)
                let token = try await hub.tokens.issue(account: "staff", login: login, now: started)
                let stream = try await TestStream.open(hub, [queue], token: token)
                _ = try await stream.inbox.take("expiring") { $0.op == "expiring" }
                #expect(try await stream.inbox.take("error") { $0.op == "error" }.error.code == "tokenExpired")
                #expect(try await stream.inbox.closure().isClean)
            }
        }

        @Test func `a stream ends with its log-in, its account, and what it may see`() async throws {
            try await TestHub.run { hub in
                let register = TestHub.register
                let log = try await hub.logIn("staff")
                let token = try #require(log.access_token.string)
                let loggedOut = try await TestStream.open(hub, [queue], token: token)
                let demoted = try await TestStream.open(hub, [queue, register], as: "staff2")
                let gone = try await TestStream.open(hub, [queue], as: "driver1")
                for stream in [loggedOut, demoted, gone] { _ = try await stream.next("snapshot", queue) }

                #expect(
                    try await hub.post("/api/v1/auth/logout", ["refresh_token": log.refresh_token]).status == 200)
                #expect(try await loggedOut.inbox.closure().isClean)
                #expect(loggedOut.inbox.log.last?.text == "4003 loginEnded")
                let again = try await TestHTTP.send(.GET, TestStream.path([queue]), port: hub.port, token: token)
                #expect(again.status == 401)

                let admin = try await hub.client("admin")
                try await admin.succeed("\(TestHub.site)/master/user:driver1", "deactivate", ["reason": "퇴사"])
                #expect(try await gone.inbox.closure().isClean)
                #expect(gone.inbox.log.last?.text == "4001 revoked")

                try await admin.succeed(
                    "\(TestHub.site)/master/user:staff2", "change", ["fields": ["role": "DRIVER", "driver": "9"]])
                #expect(try await demoted.inbox.take("ended") { $0.op == "ended" }.error.code == "forbidden")
                #expect(try await demoted.inbox.closure().isClean)
                #expect(try await hub.get(TestStream.path([register]), as: "staff2").status == 403)
            }
        }

        @Test func `a hub that stops ends its streams and tells each when to come back`() async throws {
            let streams = try await TestHub.run { hub in
                let streams = try await [
                    TestStream.open(hub, [queue], as: "staff"), TestStream.open(hub, [queue], as: "driver1"),
                ]
                for stream in streams { _ = try await stream.next("snapshot", queue) }
                return streams
            }
            for stream in streams {
                #expect(try await stream.inbox.closure().isClean)
                let end = stream.inbox.log.suffix(3)
                #expect(end.compactMap(\.op.string) == ["retry", "drain", "comment"])
                let waits = end.compactMap(\.after.int)
                #expect(waits.count == 2 && waits[0] == waits[1] && (0...100).contains(waits[0]))
            }
        }

        @Test func `a quiet stream carries a comment now and then`() async throws {
            try await TestHub.run({ $0.pingInterval = .milliseconds(200) }) { hub in
                let stream = try await TestStream.open(hub, [queue], as: "staff")
                // More often than it would be given up without having read.
                for _ in 1...5 { _ = try await stream.inbox.take("comment") { $0.op == "comment" && $0.text == "" } }
            }
        }

        @Test func `a reader that takes nothing is given up, and nobody else waits for it`() async throws {
            try await TestHub.run({ $0.pingInterval = .milliseconds(200) }) { hub in
                let slow = try await TestStream.open(hub, [queue], as: "staff", isReading: false)
                let quick = try await TestStream.open(hub, [queue], as: "staff2")
                _ = try await quick.next("snapshot", queue)
                let loops = hub.yard.loops
                let broadcaster = Broadcaster { loops }
                let topic = Topic(StreamID(site: TestHub.site, kind: "queue", key: "main"), .staff)
                let fill = String(repeating: "x", count: 200_000)
                // More than the kernel keeps for a connection on both its sides.
                for number in 1...40 {
                    let value: JSONValue = ["n": .integer(Int64(number)), "fill": .text(fill)]
                    broadcaster.publish([
                        Publication(
                            topic: topic, content: .live, seq: 0, prev: 0, at: LoopLane.wallClock(), data: value.bytes)
                    ])
                    _ = try await quick.inbox.take("live \(number)") { $0.data.n == .integer(Int64(number)) }
                }
                var count = 2
                for _ in 1...15 where count > 1 {
                    _ = try await quick.inbox.take("tick") { $0.op == "tick" }
                    count = loops.reduce(0) { $0 + $1.published.sessionCount }
                }
                #expect(count == 1)
                try await slow.drop()
            }
        }
    }
}
