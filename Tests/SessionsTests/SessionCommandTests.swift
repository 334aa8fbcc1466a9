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
        #expect(session.say(#"{"op":"ping"}"#, at: at(1)) == ["pong now 1000"])
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
        #expect(brief(edge.answered(try settled(2), .committed(seq: 2))) == [])
        #expect(brief(edge.answered(try settled(1), .committed(seq: 1))) == ["ack ulsan/station/1 n2"])
        #expect(edge.say(weight(3)) == ["settled 3 to ulsan/station/1"])
    }
}
