import Testing
import Wire

@testable import Actors
@testable import Sessions

private let hello = #"{"op":"hello","token":"t"}"#

private func refresh(_ token: String = "t2") -> String { #"{"op":"refresh","token":"\#(token)"}"# }

private func identity(_ principal: Principal = staff, _ end: Int64? = nil) -> AuthenticationResult {
    .accepted(Identity(principal: principal, expiresAt: end.map { at($0) }))
}

@Suite struct `Session log-in` {
    @Test func `a token or a key is shown to the accounts`() {
        var person = Session.fresh()
        #expect(person.say(hello) == ["authenticate t"])
        var edge = Session.fresh()
        #expect(edge.say(#"{"op":"hello","apiKey":"k"}"#) == ["authenticate key k"])
        #expect(brief(edge.authenticated(identity(device), now: at(1))) == ["greet device:edge-1"])
        #expect(edge.identity?.principal == device)
    }

    @Test(arguments: [
        (#"{"op":"sub","id":"s","topic":"ulsan/queue/main"}"#, "error #s !helloFirst"),
        (#"{"op":"unsub","id":"u","topic":"ulsan/queue/main"}"#, "error #u !helloFirst"),
        (
            #"{"op":"cmd","id":"c","key":"k","topic":"ulsan/queue/main","name":"callNext"}"#,
            "error #c !helloFirst"
        ),
        (refresh(), "error !helloFirst"),
        (#"{"op":"w","topic":"ulsan/station/1","live":{}}"#, "error !helloFirst"),
        (#"{"op":"ping"}"#, "pong now 1000"),
        (#"{"op":"dance","id":"d"}"#, "error #d !unknownOp"),
        (#"{"op":"sub","id":"s"}"#, "error #s !badField"),
        ("[]", "error !badJSON"),
    ])
    func `before hello only hello and ping are heard`(json: String, answer: String) {
        var session = Session.fresh()
        #expect(session.say(json) == [answer])
        _ = session.say(hello)
        #expect(session.say(json) == [])
        #expect(session.identity == nil)
    }

    @Test func `what follows hello at once waits for the log-in, in order, up to a bound`() {
        var session = Session.fresh(SessionLimits())
        _ = session.say(hello)
        for _ in 0..<SessionLimits().heldMessageCountMax { #expect(session.say(#"{"op":"ping"}"#) == []) }
        #expect(session.say(#"{"op":"unsub","id":"u","topic":"ulsan/queue/main"}"#) == ["error #u !helloFirst"])
        let answers = brief(session.authenticated(identity(), now: at(1)))
        #expect(answers.first == "greet user:7")
        #expect(answers.dropFirst().allSatisfy { $0 == "pong now 1000" } && answers.count == 33)
    }

    @Test func `a second hello is refused, before and after the answer`() {
        var session = Session.fresh()
        _ = session.say(hello)
        #expect(session.say(hello) == [])
        #expect(brief(session.authenticated(identity(), now: at(1))) == ["greet user:7", "error !helloTwice"])
        #expect(session.say(hello) == ["error !helloTwice"])
        #expect(session.say(#"{"op":"hello","apiKey":"k"}"#) == ["error !helloTwice"])
        #expect(session.identity?.principal == staff)
    }

    @Test func `who is refused hears why and is closed for good`() {
        var session = Session.fresh()
        _ = session.say(hello)
        #expect(
            brief(session.authenticated(.refused(.tokenExpired), now: at(1)))
                == ["error !tokenExpired", "close 4001 tokenExpired"])
        #expect(session.say(hello) == [])
        #expect(brief(session.authenticated(identity(), now: at(1))) == [])
        #expect(session.identity == nil)
    }

    @Test func `a key that is refused closes with its own reason`() {
        var session = Session.fresh()
        _ = session.say(#"{"op":"hello","apiKey":"k"}"#)
        #expect(
            brief(session.authenticated(.refused(.keyInvalid), now: at(1))) == [
                "error !keyInvalid", "close 4001 keyInvalid",
            ])
    }

    @Test func `when accounts cannot be read the client comes again later`() {
        var session = Session.fresh()
        _ = session.say(hello)
        #expect(brief(session.authenticated(.unavailable, now: at(1))) == ["close 1013 unavailable"])
    }

    @Test func `an answer that nobody asked for is nothing`() {
        var session = Session.fresh()
        #expect(brief(session.authenticated(identity(), now: at(1))) == [])
        session = .open()
        #expect(brief(session.authenticated(identity(driver), now: at(1))) == [])
        #expect(session.identity?.principal == staff)
    }

    @Test func `hello is awaited for ten seconds`() {
        var session = Session.fresh()
        #expect(brief(session.tick(now: Instant(milliseconds: 9_999))) == [])
        #expect(brief(session.tick(now: at(10))) == ["close 4104 helloTimeout"])
        #expect(brief(session.tick(now: at(11))) == [])
        #expect(session.say(hello) == [])
    }

    @Test func `a hello in time stops the clock`() {
        var session = Session.fresh()
        _ = session.say(hello)
        #expect(brief(session.tick(now: at(60))) == [])
    }
}

@Suite struct `Session expiry` {
    @Test func `the end is told once, five minutes before, and kept`() {
        var session = Session.open(until: at(1000))
        #expect(brief(session.tick(now: Instant(milliseconds: 699_999))) == [])
        #expect(brief(session.tick(now: at(700))) == ["expiring until 1000000"])
        #expect(brief(session.tick(now: at(999))) == [])
        #expect(brief(session.tick(now: at(1000))) == ["error !tokenExpired", "close 4101 tokenExpired"])
        #expect(brief(session.tick(now: at(1001))) == [])
        #expect(session.say(#"{"op":"ping"}"#) == [])
    }

    @Test func `a device does not expire`() {
        var session = Session.open(device)
        #expect(brief(session.tick(now: at(1_000_000_000))) == [])
    }

    @Test func `a refresh moves the end, and the warning comes anew`() {
        var session = Session.open(until: at(1000))
        _ = session.tick(now: at(700))
        #expect(session.say(refresh()) == ["authenticate t2"])
        #expect(brief(session.authenticated(identity(staff, 2000), now: at(1))) == ["refreshed until 2000000"])
        #expect(brief(session.tick(now: at(1000))) == [])
        #expect(brief(session.tick(now: at(1700))) == ["expiring until 2000000"])
    }

    @Test func `a token of another account changes nothing`() {
        var session = Session.open(until: at(1000))
        _ = session.say(refresh())
        #expect(brief(session.authenticated(identity(driver, 2000), now: at(1))) == ["error !tokenInvalid"])
        #expect(session.identity?.principal == staff)
        #expect(brief(session.tick(now: at(1000))).last == "close 4101 tokenExpired")
    }

    @Test func `a refused refresh leaves the session as it was`() {
        var session = Session.open(until: at(1000))
        _ = session.say(refresh())
        #expect(brief(session.authenticated(.refused(.tokenInvalid), now: at(1))) == ["error !tokenInvalid"])
        #expect(session.identity?.expiresAt == at(1000))
    }

    @Test func `a refresh while accounts cannot be read is answered and may be tried again`() {
        var session = Session.open(until: at(1000))
        _ = session.say(refresh())
        #expect(brief(session.authenticated(.unavailable, now: at(1))) == ["error !unavailable"])
        _ = session.say(refresh())
        #expect(brief(session.authenticated(identity(staff, 2000), now: at(1))) == ["refreshed until 2000000"])
    }

    @Test func `each of two refreshes under way is answered`() {
        var session = Session.open(until: at(1000))
        _ = session.say(refresh("old"))
        _ = session.say(refresh("new"))
        #expect(brief(session.authenticated(.refused(.tokenInvalid), now: at(1))) == ["error !tokenInvalid"])
        #expect(brief(session.authenticated(identity(staff, 2000), now: at(1))) == ["refreshed until 2000000"])
        #expect(brief(session.authenticated(identity(staff, 3000), now: at(1))) == [])
    }

    @Test func `refreshes count against the rate`() {
        var limits = SessionLimits()
        limits.messageBurst = 2
        var session = Session.open(until: at(1000), limits: limits)
        #expect(session.say(refresh()) == ["authenticate t2"])
        #expect(session.say(refresh()) == ["authenticate t2"])
        #expect(session.say(refresh()) == ["error !rateLimited"])
    }

    @Test func `subscriptions that a refreshed account may no longer have end`() {
        var session = Session.open(until: at(1000))
        _ = session.sub("s")
        _ = session.saw(1, sight(4))
        _ = session.say(refresh())
        let demoted = Principal(id: staff.id, role: .driver, site: "ulsan", name: "김반장")
        #expect(
            brief(session.authenticated(identity(demoted, 2000), now: at(1)))
                == [
                    "leave ulsan/queue/main", "ended ulsan/queue/main !forbidden", "refreshed until 2000000",
                ])
    }
}
