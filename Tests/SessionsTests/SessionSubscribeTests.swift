import Testing
import Wire

@testable import Actors
@testable import Sessions

private let main = "ulsan/queue/main"

private func limits(_ change: (inout SessionLimits) -> Void) -> SessionLimits {
    var limits = SessionLimits()
    change(&limits)
    return limits
}

extension Session {
    fileprivate mutating func got(_ frame: PublishedFrame) -> [String] { brief(published(frame)) }
}

@Suite struct `Session subscriptions` {
    @Test func `the table comes before the question, the picture before live`() {
        var session = Session.open()
        #expect(session.sub("s") == ["join \(main)", "look \(main) ?1"])
        #expect(session.got(frame(3)) == [], "in the picture already")
        #expect(session.saw(1, sight(4)) == ["snapshot #s \(main) @4", "promote \(main)"])
    }

    @Test func `a driver's own view has its own name`() {
        var session = Session.open(driver)
        #expect(session.sub("s", main + "/mine") == ["join \(main)/mine", "look \(main) mine ?1"])
        #expect(session.sub("t") == ["join \(main)", "look \(main) ?2"])
        let mine = Topic(queue, .person(driver.id))
        #expect(session.saw(1, sight(4, mine)) == ["snapshot #s \(main)/mine @4", "promote \(main)/mine"])
    }

    @Test func `asked again before the answer, only the later wish is answered`() {
        var session = Session.open()
        _ = session.sub("a")
        #expect(session.sub("b") == ["join \(main)", "look \(main) ?2"])
        #expect(session.saw(1, sight(4)) == [])
        #expect(session.saw(2, sight(5)) == ["snapshot #b \(main) @5", "promote \(main)"])
    }

    @Test func `asked again when live, a new picture comes`() {
        var session = Session.open()
        _ = session.sub("a")
        _ = session.saw(1, sight(4))
        #expect(session.sub("b", cursor: (testEpoch, 4)) == ["join \(main)", "look \(main) ?2"])
        #expect(session.saw(2, sight(4)) == ["resumed #b \(main) @4", "promote \(main)"])
    }

    @Test func `unsubscribing leaves, and a late answer is nothing`() {
        var session = Session.open()
        _ = session.sub("s")
        #expect(
            session.say(#"{"op":"unsub","id":"u","topic":"\#(main)"}"#)
                == ["leave \(main)", "unsubscribed #u \(main)"])
        #expect(session.saw(1, sight(4)) == [])
        #expect(session.got(frame(5)) == [])
        #expect(session.say(#"{"op":"unsub","id":"v","topic":"\#(main)"}"#) == ["unsubscribed #v \(main)"])
    }

    @Test(arguments: [
        ("ulsan/queue", "unknownTopic"), ("ulsan/queue/main/x", "unknownTopic"), ("ulsan//main", "unknownTopic"),
        ("/mine", "unknownTopic"), ("ulsan/queue/a b", "unknownTopic"), ("busan/queue/main", "forbidden"),
        ("ulsan/secret/1", "forbidden"), ("ulsan/nothing/1", "unknownKind"),
    ])
    func `what cannot be followed is refused with the id`(topic: String, code: String) {
        var session = Session.open()
        #expect(session.sub("s", topic) == ["error #s !\(code)"])
        #expect(brief(session.closed()) == [])
    }

    @Test func `unsubscribing from no topic is refused, from one not followed confirmed`() {
        var session = Session.open()
        #expect(session.say(#"{"op":"unsub","id":"u","topic":"x"}"#) == ["error #u !unknownTopic"])
        #expect(
            session.say(#"{"op":"unsub","id":"u","topic":"ulsan/secret/1"}"#) == ["unsubscribed #u ulsan/secret/1"])
    }

    @Test func `a session follows so many topics and no more`() {
        var session = Session.open(limits: limits { $0.topicCountMax = 2 })
        #expect(session.sub("a", "ulsan/queue/a").count == 2)
        #expect(session.sub("b", "ulsan/queue/b").count == 2)
        #expect(session.sub("c", "ulsan/queue/c") == ["error #c !tooManyTopics"])
        #expect(session.sub("a2", "ulsan/queue/a").count == 2, "one that it has already")
        _ = session.say(#"{"op":"unsub","id":"u","topic":"ulsan/queue/b"}"#)
        #expect(session.sub("c", "ulsan/queue/c").count == 2)
    }

    @Test func `the actor's refusal is an error before the picture and an end after it`() {
        var session = Session.open()
        _ = session.sub("s")
        #expect(brief(session.looked(1, .refused(.forbidden))) == ["leave \(main)", "error #s !forbidden"])
        _ = session.sub("t")
        _ = session.saw(2, sight(4))
        #expect(brief(session.resync(queueTopic)) == ["join \(main)", "look \(main) ?3"])
        #expect(brief(session.looked(3, .refused(.forbidden))) == ["leave \(main)", "ended \(main) !forbidden"])
        #expect(brief(session.closed()) == [])
    }

    @Test func `an actor that cannot answer now says when to ask again`() {
        var session = Session.open()
        _ = session.sub("s")
        #expect(
            brief(session.looked(1, .unavailable(after: .seconds(2)))) == ["leave \(main)", "error #s !unavailable"])
        #expect(session.sub("s").count == 2)
    }

    @Test func `what a person may no longer see ends, the rest goes on`() {
        var session = Session.open()
        _ = session.sub("a", "ulsan/queue/a")
        _ = session.sub("b", "ulsan/queue/b")
        _ = session.saw(1, sight(4, Topic(StreamID(site: "ulsan", kind: "queue", key: "a"), .staff)))
        #expect(brief(session.review(Identity(principal: staff, expiresAt: nil))) == [])
        let demoted = Identity(
            principal: Principal(id: staff.id, role: .driver, site: "ulsan", name: "김반장"), expiresAt: nil)
        #expect(
            brief(session.review(demoted))
                == [
                    "leave ulsan/queue/a", "ended ulsan/queue/a !forbidden", "leave ulsan/queue/b",
                    "error #b !forbidden",
                ])
        #expect(session.identity == demoted)
    }

    @Test func `a closed session leaves all its topics and hears nothing more`() {
        var session = Session.open()
        _ = session.sub("a", "ulsan/queue/a")
        _ = session.sub("b", "ulsan/queue/b")
        #expect(brief(session.closed()).sorted() == ["leave ulsan/queue/a", "leave ulsan/queue/b"])
        #expect(session.saw(1, sight(4)) == [])
        #expect(session.sub("c") == [])
    }
}

@Suite struct `Session cursors` {
    @Test func `a cursor at the newest seq resumes with nothing`() {
        var session = Session.open()
        _ = session.sub("s", cursor: (testEpoch, 4))
        #expect(session.saw(1, sight(4)) == ["resumed #s \(main) @4", "promote \(main)"])
    }

    @Test func `missed events follow in order, then what was held back`() {
        var session = Session.open()
        _ = session.sub("s", cursor: (testEpoch, 4))
        #expect(session.saw(1, sight(7)) == ["replay \(main) staff >4 ×3 ?1"])
        #expect(session.got(frame(7)) == [], "the replay has it")
        #expect(session.got(frame(8)) == [])
        #expect(session.got(liveFrame()) == [])
        #expect(session.got(frame(9)) == [])
        // The view hides 6.
        #expect(
            brief(session.replayed(1, [frame(5), frame(7)]))
                == ["resumed #s \(main) @7", "frames [5 7 8 9]", "promote \(main)"])
        #expect(session.got(frame(10)) == [], "from here on the table delivers")
    }

    @Test(
        arguments: [
            ("e0", 4, "another epoch"), (testEpoch, 3, "one too far behind"), (testEpoch, 9, "ahead of the hub"),
        ] as [(String, Int64, Comment)])
    func `a cursor that cannot be continued gets a picture`(cursorEpoch: String, seq: Int64, why: Comment) {
        var session = Session.open(limits: limits { $0.replayCountMax = 4 })
        _ = session.sub("s", cursor: (cursorEpoch, seq))
        #expect(session.saw(1, sight(8)) == ["snapshot #s \(main) @8", "promote \(main)"], why)
    }

    @Test func `as far behind as allowed is replayed`() {
        var session = Session.open(limits: limits { $0.replayCountMax = 4 })
        _ = session.sub("s", cursor: (testEpoch, 4))
        #expect(session.saw(1, sight(8)) == ["replay \(main) staff >4 ×4 ?1"])
    }

    @Test func `a state is sent whole whatever the cursor`() {
        var session = Session.open()
        _ = session.sub("s", cursor: (testEpoch, 4))
        #expect(session.saw(1, sight(4, isResumable: false)) == ["snapshot #s \(main) @4", "promote \(main)"])
    }

    @Test func `a replay that cannot be read becomes a picture under the same id`() {
        var session = Session.open()
        _ = session.sub("s", cursor: (testEpoch, 4))
        _ = session.saw(1, sight(7))
        #expect(brief(session.replayed(1, nil)) == ["join \(main)", "look \(main) ?2"])
        #expect(session.saw(2, sight(8)) == ["snapshot #s \(main) @8", "promote \(main)"])
    }

    @Test func `too much held back becomes a picture, and the replay comes too late`() {
        var session = Session.open(limits: limits { $0.heldBackCountMax = 2 })
        _ = session.sub("s", cursor: (testEpoch, 4))
        _ = session.saw(1, sight(5))
        #expect(session.got(frame(6)) == [])
        #expect(session.got(frame(7)) == [])
        #expect(session.got(frame(8)) == ["join \(main)", "look \(main) ?2"])
        #expect(brief(session.replayed(1, [frame(5)])) == [])
        #expect(session.saw(2, sight(8)) == ["snapshot #s \(main) @8", "promote \(main)"])
    }

    @Test func `a replay of a topic that was left meanwhile is nothing`() {
        var session = Session.open()
        _ = session.sub("s", cursor: (testEpoch, 4))
        _ = session.saw(1, sight(7))
        _ = session.say(#"{"op":"unsub","id":"u","topic":"\#(main)"}"#)
        #expect(brief(session.replayed(1, [frame(5)])) == [])
    }

    @Test func `a picture after falling behind has no id`() {
        var session = Session.open()
        _ = session.sub("s")
        _ = session.saw(1, sight(4))
        #expect(brief(session.resync(queueTopic)) == ["join \(main)", "look \(main) ?2"])
        #expect(session.saw(2, sight(9)) == ["snapshot \(main) @9", "promote \(main)"])
        #expect(brief(session.resync(Topic(queue, .driver))) == [], "not followed")
    }
}
