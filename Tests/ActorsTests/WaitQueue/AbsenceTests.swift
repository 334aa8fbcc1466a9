@testable import Actors
import Testing

@Suite("Wait queue: no-show, absence and leaving (1.9)")
struct AbsenceTests {
    private let called = Given<WaitQueue>.line(3).after(.callNext(station: "1"))

    @Test("a truck that does not come is absent: it keeps its place, loses the slot, and a timer runs")
    func noShow() throws {
        let then = called.when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5))
        then.thenNamed("markedAbsent", "slotFreed").thenEffects("queue/main absenceOver", "station/1 unbind")
        let entry = try #require(then.state.entry(theVisit(1)))
        #expect(entry.state == .absent && entry.absentUntil == .start + .minutes(20) && entry.deadline == nil)
        #expect(then.state.slots.isEmpty && then.state.entries.map(\.number) == [1, 2, 3])
        #expect(then.given.after(.callNext(station: "1"), at: .minutes(6)).state.slots["1"] == theVisit(2))
        guard case .markedAbsent(_, _, let by) = then.events[0] else { return #expect(Bool(false)) }
        #expect(by == "timer")
    }

    @Test("the timer of an earlier call is ignored")
    func staleTimer() {
        let recalled = called.after(.recall(id: theVisit(1)), at: .minutes(4))
        recalled.when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5)).thenNothing()
        recalled.when(.noShow(id: theVisit(1), calls: 2), as: .hub, at: .minutes(9)).thenNamed(
            "markedAbsent", "slotFreed")
        called.after(.putBack(id: theVisit(1))).when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5))
            .thenNothing()
        called.when(.noShow(id: "gone", calls: 1), as: .hub, at: .minutes(5)).thenNothing()
    }

    @Test("a timer that fires a moment early, by a clock that was set back, is still its own call's")
    func earlyTimer() {
        called.when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5) - .milliseconds(1))
            .thenNamed("markedAbsent", "slotFreed")
    }

    @Test("the timer of the call before a transfer is ignored: the new station gets its full time")
    func staleTimerAfterTransfer() {
        let moved = called.after(.transfer(id: theVisit(1), station: "2"), at: .minutes(4))
        moved.when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5)).thenNothing()
    }

    @Test("the timer of the first weighing is ignored when the truck has been called for its second")
    func staleTimerAfterReturn() {
        let back = called.after(.arrived(1), as: .hub, at: .minutes(1))
            .after(.weighed(1, pass: 1), as: .hub, at: .minutes(1))
            .after(.cleared("1", 1), as: .hub, at: .minutes(1))
            .after(.checkIn("부산80바1234"), at: .minutes(3))
            .after(.call(id: theVisit(1), station: "1"), at: .minutes(4))
        back.when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5)).thenNothing()
    }

    @Test("a truck that has arrived is no no-show")
    func arrived() {
        let onDeck = called.when(.arrived(1), as: .hub).thenNamed("arrived").given
        onDeck.when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5)).thenNothing()
        onDeck.when(.arrived(1), as: .hub).thenNothing()
        called.when(.arrived(2), as: .hub).thenNothing()
    }

    @Test("an arrival that belongs to an earlier call is ignored: the truck may have left that deck long ago")
    func staleArrival() {
        let moved = called.after(.transfer(id: theVisit(1), station: "2"))
        moved.when(.arrived(1, "1.1"), as: .hub).thenNothing()
        moved.when(.arrived(1, "1.2"), as: .hub).thenNamed("arrived")
        let again = called.after(.putBack(id: theVisit(1))).after(.call(id: theVisit(1), station: "1"))
        again.when(.arrived(1, "1.1"), as: .hub).thenNothing()
        // A recall repeats the call; it is no new one for the deck.
        called.after(.recall(id: theVisit(1))).when(.arrived(1, "1.1"), as: .hub).thenNamed("arrived")
    }

    @Test("the office may say so before the timer does")
    func markAbsent() {
        let then = called.when(.markAbsent(id: theVisit(1))).thenNamed("markedAbsent", "slotFreed")
        guard case .markedAbsent(_, _, let by) = then.events[0] else { return #expect(Bool(false)) }
        #expect(by == .office)
        called.when(.markAbsent(id: theVisit(2))).thenRejected("notCalled")
    }

    @Test("a truck on the deck is not absent, and not back in the line: its deck is not free")
    func onDeckNotAbsent() {
        Given<WaitQueue>.onDeck.when(.markAbsent(id: theVisit(1))).thenRejected("onDeck")
        Given<WaitQueue>.onDeck.when(.putBack(id: theVisit(1))).thenRejected("onDeck")
        // When it is another truck that stands there, staff free the deck, and say why.
        let freed = Given<WaitQueue>.onDeck.after(.freeSlot(station: "1", reason: "다른 차량"))
        #expect(freed.entry(1)?.state == .waiting && freed.entry(1)?.arrived == false)
    }

    @Test("a deck that is closed cannot say who stands on it: no timer decides, and the truck gets its time again")
    func closedDeck() {
        let closed = called.after(.closeStation(station: "1"), as: .hub)
        closed.when(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5)).thenNothing()
        let open = closed.when(.openStation(station: "1"), as: .hub, at: .minutes(6))
        open.thenNamed("stationOpened", "recalled").thenEffects("queue/main noShow")
        #expect(open.state.entries.first?.deadline == .start + .minutes(11))
    }

    @Test("absent for too long, the truck leaves the queue; a stale timer does nothing")
    func expires() throws {
        let absent = called.after(.noShow(id: theVisit(1), calls: 1), as: .hub, at: .minutes(5))
        let until = Instant.start + .minutes(20)
        let gone = absent.when(.absenceOver(id: theVisit(1), until: until), as: .hub, at: .minutes(20))
        gone.thenNamed("expired")
        #expect(gone.state.entries.map(\.number) == [2, 3])
        absent.when(.absenceOver(id: theVisit(1), until: until + .seconds(1)), as: .hub, at: .minutes(20)).thenNothing()
        absent.after(.comeBack, as: .driver("d1"), at: .minutes(7))
            .when(.absenceOver(id: theVisit(1), until: until), as: .hub, at: .minutes(20)).thenNothing()
        gone.given.when(.absenceOver(id: theVisit(1), until: until), as: .hub, at: .minutes(21)).thenNothing()
    }

    @Test("a driver who comes back stands first in line again")
    func comeBack() {
        let absent = called.after(.callNext(station: "2")).after(.markAbsent(id: theVisit(2)))
        let then = absent.when(.comeBack, as: .driver("d2")).thenNamed("returned")
        #expect(then.state.entries.map(\.number) == [1, 2, 3])
        #expect(then.state.entry(theVisit(2))?.state == .waiting && then.state.entry(theVisit(2))?.absentUntil == nil)
        called.when(.comeBack, as: .driver("d1")).thenRejected("notAbsent")
        called.when(.comeBack, as: .driver("d3")).thenRejected("notInQueue")
    }

    @Test("an absent truck may be called to any free station")
    func callAbsent() {
        let absent = called.after(.markAbsent(id: theVisit(1)))
        #expect(absent.after(.call(id: theVisit(1), station: "3")).state.slots == ["3": theVisit(1)])
    }

    @Test("the office cancels with a reason, and a called truck lets go of its slot")
    func cancel() {
        called.when(.cancel(id: theVisit(1), reason: "  ")).thenRejected("reasonRequired")
        called.when(.cancel(id: theVisit(1), reason: String(repeating: "가", count: 201))).thenRejected("tooLong")
        called.when(.cancel(id: "nobody", reason: "고장")).thenRejected("unknownEntry")
        let then = called.when(.cancel(id: theVisit(1), reason: "고장")).thenNamed("cancelled", "slotFreed")
        then.thenEffects("station/1 unbind")
        #expect(then.state.entries.map(\.number) == [2, 3] && then.state.slots.isEmpty)
        Given<WaitQueue>.onDeck.when(.cancel(id: theVisit(1), reason: "고장")).thenRejected("onDeck")
    }

    @Test("a driver cancels his own entry, until it has been weighed once")
    func cancelMine() {
        called.when(.cancelMine(reason: ""), as: .driver("d1")).thenRejected("reasonRequired")
        called.when(.cancelMine(reason: "급한 일"), as: .driver("d3")).thenRejected("notInQueue")
        let then = called.when(.cancelMine(reason: "급한 일"), as: .driver("d1"))
        then.thenNamed("cancelled", "slotFreed")
        #expect(then.state.entries.map(\.number) == [2, 3])
        Given<WaitQueue>.onDeck.when(.cancelMine(reason: "급한 일"), as: .driver("d1")).thenRejected("onDeck")
        Given<WaitQueue>.away.when(.cancelMine(reason: "급한 일"), as: .driver("d1")).thenRejected("alreadyWeighed")
        Given<WaitQueue>.away.after(.checkIn("부산80바1234"), at: .minutes(9))
            .when(.cancelMine(reason: "급한 일"), as: .driver("d1")).thenRejected("alreadyWeighed")
    }
}
