import Testing
import Wire

@testable import Actors
@testable import Sessions

private func command(_ topic: String = "ulsan/queue/main") -> String {
    #"{"op":"cmd","id":"c","key":"k","topic":"\#(topic)","name":"callNext","args":{}}"#
}

private func weight(_ n: Int64, _ topic: String = "ulsan/station/1") -> String {
    #"{"op":"w","topic":"\#(topic)","boot":"b","n":\#(n),"reading":{"grams":1}}"#
}

@Suite struct `Session commands` {
    @Test func `a command goes to its actor`() {
        var session = Session.open()
        #expect(session.say(command()) == ["command callNext to ulsan/queue/main"])
        // Whether one may is for the actor to say, not for what one may look at.
        #expect(session.say(command("ulsan/secret/1")) == ["command callNext to ulsan/secret/1"])
    }

    @Test(arguments: [
        ("queue/main", "unknownTopic"), ("ulsan/queue/main/mine", "unknownTopic"),
        ("busan/queue/main", "forbidden"), ("ulsan/nothing/1", "unknownKind"),
    ])
    func `a command that has nowhere to go is answered with a reply`(topic: String, code: String) {
        var session = Session.open()
        #expect(session.say(command(topic)) == ["reply #c !\(code)"])
    }

    @Test(arguments: [
        (Outcome.committed(seq: 12), "reply #c @12"),
        (.rejected(Rejection("queueEmpty", "비었습니다.")), "reply #c !queueEmpty"),
        (.keyReused, "reply #c !keyReused"), (.versionConflict(current: 9), "reply #c !versionConflict"),
        (.busy(after: .milliseconds(250)), "reply #c !busy"),
        (.unavailable(after: .seconds(1)), "reply #c !unavailable"),
    ])
    func `every outcome has its reply`(outcome: Outcome, reply: String) {
        #expect(brief(Session.open().answered("c", outcome)) == [reply])
    }

    @Test func `past the rate the client hears how long to wait`() {
        var limits = SessionLimits()
        limits.messageBurst = 2
        limits.messagesPerSecond = 10
        var session = Session.open(limits: limits)
        #expect(session.say(command(), at: at(1)).count == 1)
        #expect(session.sub("s").count == 2)
        #expect(session.say(command(), at: at(1)) == ["reply #c !rateLimited"])
        #expect(session.sub("s") == ["error #s !rateLimited"])
        #expect(session.say(#"{"op":"ping"}"#, at: at(1)) == ["error !rateLimited"])
        #expect(session.say(command(), at: Instant(milliseconds: 1101)) == ["command callNext to ulsan/queue/main"])
        #expect(session.say(command(), at: Instant(milliseconds: 1102)) == ["reply #c !rateLimited"])
    }

    @Test func `the rate fills up to the burst, and a clock that goes back gives nothing`() {
        var rate = RateLimit(perSecond: 10, burst: 2)
        #expect(rate.take(atMillis: 0) == nil)
        #expect(rate.take(atMillis: 0) == nil)
        #expect(rate.take(atMillis: 0) == .milliseconds(101))
        #expect(rate.take(atMillis: -50_000) != nil)
        #expect(rate.take(atMillis: 100_000) == nil)
        #expect(rate.take(atMillis: 100_000) == nil)
        #expect(rate.take(atMillis: 100_000) != nil)
    }

    @Test func `a device speaks for its own stations only`() {
        var edge = Session.open(device)
        #expect(
            edge.say(#"{"op":"w","topic":"ulsan/station/1","live":{"g":1}}"#)
                == [#"live {"g":1} to ulsan/station/1"#])
        #expect(edge.say(weight(1)) == ["settled 1 to ulsan/station/1"])
        for topic in ["ulsan/station/2", "busan/station/1", "ulsan/queue/1", "x"] {
            #expect(edge.say(weight(1, topic)) == ["error !forbidden"])
            #expect(edge.say(#"{"op":"w","topic":"\#(topic)","live":{}}"#) == ["error !forbidden"])
        }
        var person = Session.open()
        #expect(person.say(weight(1)) == ["error !forbidden"])
    }

    @Test func `settled weights beyond the window are turned away until one is acked`() throws {
        var limits = SessionLimits()
        limits.settledWindow = 2
        var edge = Session.open(device, limits: limits)
        _ = edge.say(weight(1))
        _ = edge.say(weight(2))
        #expect(edge.say(weight(3)) == ["error !rateLimited"])
        #expect(
            brief(edge.answered(try settled(1), .committed(seq: 1))) == [
                "ack ulsan/station/1 n1", "settled 2 to ulsan/station/1",
            ])
        #expect(edge.say(weight(3)) == [])
        #expect(
            brief(edge.answered(try settled(2), .committed(seq: 2))) == [
                "ack ulsan/station/1 n2", "settled 3 to ulsan/station/1",
            ])
    }

    @Test func `live weights beyond the limit are not shown, and nothing is said of it`() {
        var limits = SessionLimits()
        limits.liveValuesPerSecond = 2
        var edge = Session.open(device, limits: limits)
        let live = #"{"op":"w","topic":"ulsan/station/1","live":{"g":1}}"#
        let shown = [#"live {"g":1} to ulsan/station/1"#]
        #expect(edge.say(live) == shown)
        #expect(edge.say(live) == shown)
        #expect(edge.say(live) == [])
        #expect(edge.say(live, at: at(2)) == shown)
    }

    @Test func `pings count, and a peer that says nothing readable is sent away`() {
        var limits = SessionLimits()
        limits.messageBurst = 2
        var chatty = Session.open(limits: limits)
        for _ in 1...2 { #expect(chatty.say(#"{"op":"ping"}"#) == ["pong now 1000"]) }
        #expect(chatty.say(#"{"op":"ping"}"#) == ["error !rateLimited"])
        var noisy = Session.fresh(limits)
        for _ in 1...2 { #expect(noisy.say("[") == ["error !badJSON"]) }
        #expect(noisy.say("[") == ["close 1008 rateLimited"])
        #expect(noisy.say(#"{"op":"ping"}"#) == [])
    }

    @Test(arguments: [
        (staff, #"{"op":"hello","token":"t"}"#, "error !helloTwice"),
        (staff, #"{"op":"w","topic":"ulsan/station/1","live":{}}"#, "error !forbidden"),
        (staff, #"{"op":"w","topic":"ulsan/station/1","boot":"b","n":1,"reading":{}}"#, "error !forbidden"),
    ])
    func `who says nothing but what is refused is sent away`(principal: Principal, json: String, answer: String) {
        var session = Session.open(principal)
        for _ in 0..<200 { #expect(session.say(json) == [answer]) }
        #expect(session.say(json) == ["close 1008 rateLimited"])
        #expect(session.say(json).isEmpty)
    }

    @Test func `who was told a thousand times to wait and does not is sent away`() {
        var limits = SessionLimits()
        limits.messageBurst = 1
        var session = Session.open(limits: limits)
        #expect(session.say(#"{"op":"ping"}"#) == ["pong now 1000"])
        for _ in 0..<1000 { #expect(session.say(#"{"op":"ping"}"#) == ["error !rateLimited"]) }
        #expect(session.say(#"{"op":"ping"}"#) == ["close 1008 rateLimited"])
        #expect(session.say(#"{"op":"ping"}"#).isEmpty)
    }

    @Test func `who says everything but hello is sent away`() {
        var session = Session.fresh()
        for _ in 0..<200 { #expect(session.say(#"{"op":"unsub","id":"u","topic":"t"}"#) == ["error #u !helloFirst"]) }
        #expect(session.say(#"{"op":"unsub","id":"u","topic":"t"}"#) == ["close 1008 rateLimited"])
    }

    @Test func `what waits for the log-in has a bound in bytes, too`() {
        var limits = SessionLimits()
        limits.heldByteCountMax = 60
        var session = Session.fresh(limits)
        _ = session.say(#"{"op":"hello","token":"t"}"#)
        #expect(session.say(#"{"op":"sub","id":"1","topic":"ulsan/queue/main"}"#) == [])
        #expect(session.say(#"{"op":"sub","id":"2","topic":"ulsan/queue/main"}"#) == ["error #2 !helloFirst"])
    }

    @Test func `there is one queue`() {
        let registry = Kinds.all.first { $0.name == WaitQueue.name }
        #expect(registry?.isKey("main") == true)
        #expect(registry?.isKey("x") == false)
    }
}
