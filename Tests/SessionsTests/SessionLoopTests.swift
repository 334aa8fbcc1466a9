import Testing
import Wire

@testable import Actors
@testable import Sessions

private let main = "ulsan/queue/main"
private let sub = #"{"op":"sub","id":"s","topic":"ulsan/queue/main"}"#

@Suite struct `Session loop` {
    @Test func `a client is greeted and its commands are answered`() throws {
        let yard = Yard()
        let client = Yard.Client(yard)
        client.say(#"{"op":"hello","token":"t"}"#)
        #expect(client.connection.read() == [])
        yard.services.logins[0](.accepted(Identity(principal: staff, expiresAt: at(900))))
        #expect(client.connection.read() == [], "only on the loop")
        yard.lane.run()
        #expect(client.connection.read() == ["welcome now 100000 until 900000"])
        client.say(
            #"{"op":"cmd","id":"c","key":"k","topic":"ulsan/queue/main","name":"call","args":{"id":1},"expect":7}"#)
        let request = try #require(yard.services.requests.first)
        #expect(request.name == "call" && request.key == "k" && request.expected == 7)
        #expect(request.principal == staff && request.arguments == bytes(#"{"id":1}"#))
        #expect(request.body == bytes("ulsan/queue/main\0call\0{\"id\":1}"))
        request.reply(.committed(seq: 8))
        yard.lane.run()
        #expect(client.connection.read() == ["reply #c @8"])
    }

    @Test func `publications reach every live follower in order and nobody else`() {
        let yard = Yard()
        let first = yard.follower()
        let second = yard.follower()
        let other = yard.client()
        let board = yard.client(driver)
        board.say(sub)
        yard.answerLook(.seen(sight(4, Topic(queue, .driver))))
        _ = board.connection.read()
        yard.publish(frame(5), frame(6), liveFrame(), frame(7))
        let expected = ["event \(main) @5 <4", "event \(main) @6 <5", "live \(main)", "event \(main) @7 <6"]
        #expect(first.connection.read() == expected)
        #expect(second.connection.read() == expected)
        #expect(other.connection.read() == [])
        #expect(board.connection.read() == [], "another view")
    }

    @Test func `what is published before the picture is in it, after it live`() {
        let yard = Yard()
        let client = yard.client()
        client.say(sub)
        yard.publish(frame(5))
        yard.answerLook(.seen(sight(5)))
        yard.publish(frame(6))
        #expect(client.connection.read() == ["snapshot #s \(main) @5", "event \(main) @6 <5"])
    }

    @Test func `the broadcaster keeps the place of a picture among the publications`() {
        let yard = Yard()
        let loop = yard.loop
        let broadcaster = Broadcaster { [loop] }
        let client = yard.client()
        client.say(sub)
        func publish(_ seq: Int64) {
            broadcaster.publish([
                Publication(
                    topic: queueTopic, content: .state, seq: seq, prev: seq - 1, at: at(1), data: bytes("{}"))
            ])
        }
        publish(5)
        yard.services.looks.removeFirst().reply(.seen(sight(5)))
        publish(6)
        yard.lane.run()
        #expect(client.connection.read() == ["snapshot #s \(main) @5", "state \(main) @6 <5"])
    }

    @Test func `missed events, then those held back, then live`() {
        let yard = Yard()
        let client = yard.client()
        client.say(#"{"op":"sub","id":"s","topic":"ulsan/queue/main","cursor":{"epoch":"e1","seq":3}}"#)
        yard.answerLook(.seen(sight(5)))
        yard.publish(frame(6), liveFrame())
        #expect(client.connection.read() == [])
        yard.services.replays[0]([stored(4), stored(5)])
        yard.lane.run()
        yard.publish(frame(7))
        #expect(
            client.connection.read() == [
                "resumed #s \(main) @5", "event \(main) @4 <3", "event \(main) @5 <4", "event \(main) @6 <5",
                "event \(main) @7 <6",
            ])
    }

    @Test func `a slow peer skips and gets a picture when it has caught up`() {
        let yard = Yard()
        let slow = yard.follower()
        let quick = yard.follower()
        slow.connection.pendingByteCount = yard.loop.limits.backlogByteCountMax + 1
        yard.publish(frame(5), frame(6))
        #expect(slow.connection.read() == [])
        #expect(quick.connection.read().count == 2)
        #expect(yard.services.looks.isEmpty, "no picture for who cannot take it")
        slow.connection.pendingByteCount = 0
        yard.publish(frame(7))
        #expect(slow.connection.read() == [], "a gap is not delivered over")
        slow.connection.drain()
        yard.answerLook(.seen(sight(7)))
        yard.publish(frame(8))
        #expect(slow.connection.read() == ["snapshot \(main) @7", "event \(main) @8 <7"])
        slow.connection.drain()
        #expect(yard.services.looks.isEmpty)
    }

    @Test func `at the bound a peer still gets everything`() {
        let yard = Yard()
        let client = yard.follower()
        client.connection.pendingByteCount = yard.loop.limits.backlogByteCountMax
        yard.publish(frame(5))
        #expect(client.connection.read() == ["event \(main) @5 <4"])
    }

    @Test func `a live value for a slow peer is dropped and costs no picture`() {
        let yard = Yard()
        let client = yard.follower()
        client.connection.pendingByteCount = .max
        yard.publish(liveFrame(), liveFrame())
        client.connection.pendingByteCount = 0
        client.connection.drain()
        #expect(yard.services.looks.isEmpty)
        yard.publish(frame(5), liveFrame())
        #expect(client.connection.read() == ["event \(main) @5 <4", "live \(main)"])
    }

    @Test func `a slow peer that asks again has what is held back for it`() {
        let yard = Yard()
        let client = yard.follower()
        client.connection.pendingByteCount = .max
        yard.publish(frame(5))
        client.connection.pendingByteCount = 1
        client.say(#"{"op":"sub","id":"t","topic":"ulsan/queue/main","cursor":{"epoch":"e1","seq":4}}"#)
        yard.answerLook(.seen(sight(5)))
        yard.publish(frame(6))
        yard.services.replays[0]([stored(5)])
        yard.lane.run()
        yard.publish(frame(7))
        #expect(
            client.connection.read() == [
                "resumed #t \(main) @5", "event \(main) @5 <4", "event \(main) @6 <5", "event \(main) @7 <6",
            ])
        client.connection.drain()
        #expect(yard.services.looks.isEmpty, "it has what it skipped")
    }

    @Test func `who unsubscribed while slow gets no picture`() {
        let yard = Yard()
        let client = yard.follower()
        client.connection.pendingByteCount = .max
        yard.publish(frame(5))
        client.say(#"{"op":"unsub","id":"u","topic":"ulsan/queue/main"}"#)
        client.connection.drain()
        #expect(client.connection.read() == ["unsubscribed #u \(main)"])
        #expect(yard.services.looks.isEmpty && yard.loop.table.topicCount == 0)
    }

    @Test func `the second hand reaches those who are logged in and keep up`() {
        let yard = Yard()
        let client = yard.client()
        let slow = yard.client()
        let stranger = Yard.Client(yard)
        slow.connection.pendingByteCount = 1
        yard.loop.startTicking()
        yard.lane.run()
        yard.lane.pass(.seconds(2))
        #expect(client.connection.read() == ["tick now 100100", "tick now 101100"])
        #expect(slow.connection.read() == [] && stranger.connection.read() == [])
        #expect(yard.loop.published.sessionCount == 3)
        yard.loop.stopTicking()
        yard.lane.run()
        yard.lane.pass(.seconds(5))
        #expect(client.connection.read() == [])
    }

    @Test func `the second hand closes who never says hello and whose token ends`() {
        let yard = Yard()
        let stranger = Yard.Client(yard)
        let client = yard.client(until: at(103))
        yard.loop.startTicking()
        yard.lane.run()
        yard.lane.pass(.seconds(11))
        #expect(stranger.connection.closed == ["4104 helloTimeout"])
        #expect(client.connection.closed == ["4101 tokenExpired"])
        #expect(
            client.connection.read() == [
                "expiring until 103000", "tick now 100200", "tick now 101200", "tick now 102200", "error !tokenExpired",
            ])
    }

    @Test func `draining spreads the clients over the time given`() {
        let yard = Yard()
        let clients = (0..<4).map { _ in yard.client() }
        yard.loop.drain(spread: .seconds(2))
        yard.lane.run()
        #expect(clients.map { payloadAfter($0) } == ["drain 0", "drain 500", "drain 1000", "drain 1500"])
        #expect(clients.allSatisfy { $0.connection.closed == ["4200 drain"] })
    }

    private func payloadAfter(_ client: Yard.Client) -> String {
        client.connection.read().joined().replacing("after ", with: "")
    }

    @Test func `a review ends what the account may no longer have`() {
        let yard = Yard()
        let client = yard.follower()
        let other = yard.follower(4, Principal(id: "user:9", role: .staff, site: "ulsan", name: "박반장"))
        let demoted = Principal(id: staff.id, role: .driver, site: "ulsan", name: "김반장")
        yard.loop.startTicking()
        yard.lane.run()
        yard.services.changed[staff.id] = demoted
        yard.lane.pass(.seconds(1))
        #expect(client.connection.read().first == "ended \(main) !forbidden")
        yard.publish(frame(5))
        #expect(client.connection.read() == [])
        #expect(other.connection.read().last == "event \(main) @5 <4")
        yard.services.changed[staff.id] = .some(nil)
        yard.lane.pass(.seconds(1))
        #expect(client.connection.closed == ["4001 revoked"] && other.connection.closed == [])
    }

    @Test func `an answer for a session that is gone is nothing`() {
        let yard = Yard()
        let client = yard.client()
        client.say(sub)
        client.say(#"{"op":"cmd","id":"c","key":"k","topic":"ulsan/queue/main","name":"call"}"#)
        client.say(#"{"op":"refresh","token":"t"}"#)
        yard.loop.closed(client.id)
        yard.answerLook(.seen(sight(4)))
        yard.services.requests[0].reply(.committed(seq: 5))
        yard.services.logins[0](.accepted(Identity(principal: staff, expiresAt: nil)))
        yard.lane.run()
        yard.publish(frame(5))
        client.connection.drain()
        client.say(sub)
        #expect(client.connection.read() == [])
        #expect(yard.loop.table.topicCount == 0 && yard.loop.members.isEmpty)
    }

    @Test func `an edge is linked while it is here, and its values go to the station`() throws {
        let yard = Yard()
        let edge = yard.client(device)
        #expect(yard.services.linked == [true])
        edge.say(#"{"op":"w","topic":"ulsan/station/1","live":{"g":1}}"#)
        #expect(yard.services.observed == [#"{"g":1}"#])
        edge.say(#"{"op":"w","topic":"ulsan/station/1","boot":"b","n":1,"binding":"B1","reading":{"g":2}}"#)
        let request = try #require(yard.services.requests.first)
        #expect(request.name == "settle" && request.key == "b:1" && request.principal == device)
        #expect(request.arguments == bytes(#"{"binding":"B1","reading":{"g":2}}"#))
        yard.loop.closed(edge.id)
        #expect(yard.services.linked == [true, false])
    }

    @Test func `a settled weight is asked again until it has an outcome`() {
        let yard = Yard()
        let edge = yard.client(device)
        for n in 1...2 {
            edge.say(#"{"op":"w","topic":"ulsan/station/1","boot":"b","n":\#(n),"reading":{"g":2}}"#)
        }
        yard.services.requests[0].reply(.unavailable(after: .seconds(1)))
        yard.lane.run()
        #expect(edge.connection.read() == [])
        yard.lane.pass(.seconds(1))
        #expect(yard.services.requests.map(\.key) == ["b:1", "b:1"], "the second one waits for the first")
        yard.services.requests[1].reply(.busy(after: .seconds(1)))
        yard.lane.pass(.seconds(1))
        yard.services.requests[2].reply(.committed(seq: 1))
        yard.lane.run()
        #expect(edge.connection.read() == ["ack ulsan/station/1 n1"])
        #expect(yard.services.requests.last?.key == "b:2")
    }

    @Test func `a settled weight is not asked again for an edge that is gone`() {
        let yard = Yard()
        let edge = yard.client(device)
        edge.say(#"{"op":"w","topic":"ulsan/station/1","boot":"b","n":1,"reading":{"g":2}}"#)
        yard.services.requests[0].reply(.busy(after: .seconds(1)))
        yard.loop.closed(edge.id)
        yard.lane.pass(.seconds(5))
        #expect(yard.services.requests.count == 1)
    }
}
