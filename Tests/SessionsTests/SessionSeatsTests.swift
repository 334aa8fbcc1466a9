import Testing

@testable import Actors
@testable import Sessions

@Suite struct `Session seats` {
    private static func yard(_ countMax: Int) -> Yard {
        var limits = SessionLimits()
        limits.sessionsPerUserMax = countMax
        return Yard(limits: limits)
    }

    @Test func `one account may have as many sessions as it has seats, and the next one is told`() {
        let yard = Self.yard(2)
        let first = yard.client()
        let second = yard.client()
        let third = Yard.Client(yard)
        third.say(#"{"op":"hello","token":"t"}"#)
        yard.services.logins.removeFirst()(.accepted(Identity(principal: staff, expiresAt: nil)))
        yard.lane.run()
        #expect(third.connection.read() == ["error !tooManySessions"])
        #expect(third.connection.closed == ["4105 tooManySessions"])
        #expect(first.connection.closed.isEmpty && second.connection.closed.isEmpty)
        // Another account has seats of its own.
        #expect(yard.client(driver).connection.closed.isEmpty)
    }

    @Test func `a seat is free again when its session ends, whatever became of it`() {
        let yard = Self.yard(1)
        let first = yard.client()
        yard.loop.closed(first.id)
        let second = yard.client()
        #expect(second.connection.closed.isEmpty)
        // One that was turned away had none to give back.
        let third = yard.client()
        #expect(third.connection.closed == ["4105 tooManySessions"])
        yard.loop.closed(third.id)
        #expect(yard.client().connection.closed == ["4105 tooManySessions"])
    }

    @Test func `a new token for the same session takes no other seat`() {
        let yard = Self.yard(1)
        let client = yard.client(staff, until: at(900))
        client.say(#"{"op":"refresh","token":"t"}"#)
        yard.services.logins.removeFirst()(.accepted(Identity(principal: staff, expiresAt: at(1800))))
        yard.lane.run()
        #expect(client.connection.read() == ["refreshed until 1800000"])
        yard.loop.closed(client.id)
        #expect(yard.client().connection.closed.isEmpty)
    }

    @Test func `who was let in before it came takes a seat, too, and is greeted`() {
        let yard = Self.yard(1)
        let identity = Identity(principal: staff, expiresAt: at(900))
        let first = FakeConnection()
        guard case .opened(let id) = yard.loop.opened(first, as: identity) else {
            Issue.record("not opened")
            return
        }
        #expect(first.read() == ["welcome now 100000 until 900000"])
        yard.loop.received(bytes(#"{"op":"sub","id":"s","topic":"ulsan/queue/main"}"#), from: id)
        yard.answerLook(.seen(sight(4)))
        #expect(first.read() == ["snapshot #s ulsan/queue/main @4"])
        let second = FakeConnection()
        guard case .crowded(max: 1) = yard.loop.opened(second, as: identity) else {
            Issue.record("not turned away")
            return
        }
        #expect(second.read() == [] && second.closed == [])
        yard.loop.closed(id)
        yard.loop.drain(spread: .zero)
        yard.lane.run()
        guard case .draining = yard.loop.opened(second, as: identity) else {
            Issue.record("opened while the hub stops")
            return
        }
        #expect(yard.loop.members.isEmpty)
    }

    @Test func `the loops of a hub share the seats`() {
        let seats = SessionSeats(countMax: 1)
        #expect(seats.take(staff))
        #expect(!seats.take(staff))
        seats.leave(staff)
        #expect(seats.take(staff))
    }
}
