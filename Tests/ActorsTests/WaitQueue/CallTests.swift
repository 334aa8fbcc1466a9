@testable import Actors
import Testing

@Suite("Wait queue: calls (1.9)")
struct CallTests {
    @Test("callNext takes the first who waits, with a deadline, a binding for the station and a timer")
    func callNext() throws {
        let then = Given<WaitQueue>.line(2).when(.callNext(station: "1"), at: .minutes(2))
        then.thenNamed("called").thenEffects("station/1 bind", "queue/main noShow")
        let entry = try #require(then.state.entry(theVisit(1)))
        #expect(entry.state == .called && entry.station == "1" && entry.calls == 1)
        #expect(entry.calledAt == .start + .minutes(2) && entry.deadline == .start + .minutes(7))
        #expect(then.state.slots == ["1": theVisit(1)])
        #expect(then.state.entries.map(\.number) == [1, 2])
        let timer = try #require(then.effects.last)
        #expect(timer.due == .start + .minutes(7) && timer.facesPeople)
    }

    @Test("two operators who call at once get different trucks, and none is passed over")
    func atOnce() {
        let first = Given<WaitQueue>.line(3).when(.callNext(station: "1"), as: .office)
        let second = first.given.when(.callNext(station: "2"), as: .otherOffice)
        #expect(first.state.slots == ["1": theVisit(1)])
        #expect(second.state.slots == ["1": theVisit(1), "2": theVisit(2)])
    }

    @Test("two operators who call to the same station at once: the second is told who stands there")
    func sameStation() {
        Given<WaitQueue>.line(3).after(.callNext(station: "1"))
            .when(.callNext(station: "1"), as: .otherOffice).thenRejected("stationOccupied", ["number": "1"])
    }

    @Test("two operators who call the same truck at once: the second is refused")
    func sameTruck() {
        Given<WaitQueue>.line(3).after(.call(id: theVisit(2), station: "1"))
            .when(.call(id: theVisit(2), station: "2"), as: .otherOffice).thenRejected("notWaiting", ["number": "2"])
    }

    @Test("an empty line has nobody to call")
    func empty() {
        Given<WaitQueue>().when(.callNext(station: "1")).thenRejected("queueEmpty")
        Given<WaitQueue>.line(1).after(.callNext(station: "1"))
            .when(.callNext(station: "2")).thenRejected("queueEmpty")
    }

    @Test("a station has to exist, be in service and be open")
    func stations() {
        let queue = Given<WaitQueue>.line(1)
        queue.when(.callNext(station: "7")).thenRejected("unknownStation")
        let retired = Directory.sample { $0.stations[Directory.Key("ulsan", "2")]?.isActive = false }
        queue.with(retired).when(.callNext(station: "2")).thenRejected("unknownStation")
        let closed = queue.after(.closeStation(station: "2"), as: .hub)
        closed.when(.callNext(station: "2")).thenRejected("stationClosed")
        closed.when(.closeStation(station: "2"), as: .hub).thenNothing()
        closed.after(.openStation(station: "2"), as: .hub).when(.callNext(station: "2")).thenNamed("called")
        queue.when(.openStation(station: "2"), as: .hub).thenNothing()
    }

    @Test("calling a certain truck leaves the places of the others")
    func callOne() {
        let then = Given<WaitQueue>.line(3).when(.call(id: theVisit(3), station: "1"))
        #expect(then.state.entries.map(\.number) == [1, 2, 3])
        #expect(then.given.after(.callNext(station: "2")).state.slots["2"] == theVisit(1))
        Given<WaitQueue>.line(1).when(.call(id: "nobody", station: "1")).thenRejected("unknownEntry")
    }

    @Test("a recall counts, gives the full time again and starts a new timer")
    func recall() throws {
        let called = Given<WaitQueue>.line(1).after(.callNext(station: "1"))
        let then = called.when(.recall(id: theVisit(1)), at: .minutes(3))
        then.thenNamed("recalled").thenEffects("queue/main noShow")
        let entry = try #require(then.state.entry(theVisit(1)))
        #expect(entry.calls == 2 && entry.deadline == .start + .minutes(8) && entry.calledAt == .start)
        Given<WaitQueue>.line(1).when(.recall(id: theVisit(1))).thenRejected("notCalled")
        Given<WaitQueue>.away.when(.recall(id: theVisit(1))).thenRejected("notCalled")
    }

    @Test("an absent truck that is recalled is called to its station again, if that is free")
    func recallAbsent() {
        let absent = Given<WaitQueue>.line(2).after(.callNext(station: "1")).after(.markAbsent(id: theVisit(1)))
        let again = absent.when(.recall(id: theVisit(1)))
        again.thenNamed("called").thenEffects("station/1 bind", "queue/main noShow")
        #expect(again.state.entry(theVisit(1))?.absentUntil == nil && again.state.entry(theVisit(1))?.calls == 2)
        absent.after(.callNext(station: "1")).when(.recall(id: theVisit(1))).thenRejected("stationOccupied")
    }

    @Test("a call that is taken back leaves the truck where it was and frees the slot")
    func putBack() {
        let then = Given<WaitQueue>.line(3).after(.call(id: theVisit(2), station: "1")).when(.putBack(id: theVisit(2)))
        then.thenNamed("putBack", "slotFreed").thenEffects("station/1 unbind")
        #expect(then.state.slots.isEmpty && then.state.entries.map(\.number) == [1, 2, 3])
        #expect(then.state.entry(theVisit(2))?.state == .waiting && then.state.entry(theVisit(2))?.station == nil)
        Given<WaitQueue>.line(1).when(.putBack(id: theVisit(1))).thenRejected("notCalled")
    }

    @Test("a transfer moves slot, binding and deadline to the other station")
    func transfer() {
        let called = Given<WaitQueue>.line(2).after(.callNext(station: "1")).after(.acknowledge, as: .driver("d1"))
        let then = called.when(.transfer(id: theVisit(1), station: "2"), at: .minutes(2))
        then.thenNamed("transferred").thenEffects("station/1 unbind", "station/2 bind", "queue/main noShow")
        #expect(then.state.slots == ["2": theVisit(1)])
        #expect(then.state.entry(theVisit(1))?.deadline == .start + .minutes(7))
        #expect(then.state.entry(theVisit(1))?.acknowledged == false)
    }

    @Test("a transfer is refused to an occupied, closed or unknown station, and from the deck")
    func transferRefused() {
        let called = Given<WaitQueue>.line(3).after(.callNext(station: "1"))
        called.after(.callNext(station: "2")).when(.transfer(id: theVisit(1), station: "2"))
            .thenRejected("stationOccupied", ["number": "2"])
        called.after(.closeStation(station: "2"), as: .hub).when(.transfer(id: theVisit(1), station: "2"))
            .thenRejected("stationClosed")
        called.when(.transfer(id: theVisit(1), station: "8")).thenRejected("unknownStation")
        called.when(.transfer(id: theVisit(1), station: "1")).thenRejected("stationOccupied")
        called.when(.transfer(id: theVisit(2), station: "2")).thenRejected("notCalled")
        Given<WaitQueue>.onDeck.when(.transfer(id: theVisit(1), station: "2")).thenRejected("onDeck")
    }

    @Test("a transferred truck is a new binding: a weight meant for the earlier one does not name it")
    func transferBinding() throws {
        let called = Given<WaitQueue>.line(1).when(.callNext(station: "1"))
        let back = called.given.after(.transfer(id: theVisit(1), station: "2")).when(
            .transfer(id: theVisit(1), station: "1"))
        func binding(_ then: Then<WaitQueue>) throws -> String {
            let commands = then.effects.compactMap { $0.command as? WeighStation.Command }
            return try #require(
                commands.compactMap { if case .bind(let binding) = $0 { binding.id } else { nil } }.first)
        }
        #expect(try binding(called) != binding(back))
    }

    @Test("a call that a restored hub makes again is another binding: a weight of the lost one names nobody here")
    func bindingOfALostFuture() {
        let backup = Given<WaitQueue>.line(1)
        let lost = backup.after(.callNext(station: "1"), at: .minutes(1))
        let restored = backup.after(.callNext(station: "1"), at: .hours(1))
        #expect(lost.entry(1)?.binding == theBinding(1, called: .minutes(1)))
        #expect(restored.entry(1)?.binding == theBinding(1, called: .hours(1)))
        #expect(lost.entry(1)?.binding != restored.entry(1)?.binding)
    }

    @Test("the driver's answer to a call is kept once, and needs a call")
    func acknowledge() {
        let called = Given<WaitQueue>.line(2).after(.callNext(station: "1"))
        let then = called.when(.acknowledge, as: .driver("d1")).thenNamed("acknowledged").thenEffects()
        then.given.when(.acknowledge, as: .driver("d1")).thenNothing()
        called.when(.acknowledge, as: .driver("d2")).thenRejected("notCalled")
        called.when(.acknowledge, as: .driver("d3")).thenRejected("notInQueue")
    }

    @Test("a driver with one truck away and another called answers for the one that is called")
    func acknowledgeTheRightOne() {
        // His first truck, visit 2, is away; the shared one, visit 3, has priority and stands before it in the list.
        let queue = Given<WaitQueue>().after(.checkIn("서울80바1234")).after(.checkIn("부산80바1234"))
            .after(.call(id: theVisit(2), station: "1")).after(.weighed(2, pass: 1, at: nil), as: .hub)
            .after(.checkIn(plate: "12가3456", driver: "d1", item: nil, order: nil, priority: true))
            .after(.call(id: theVisit(3), station: "1"))
        #expect(queue.numbers == [3, 1, 2])
        let then = queue.when(.acknowledge, as: .driver("d1")).thenNamed("acknowledged")
        #expect(then.state.entry(theVisit(3))?.acknowledged == true)
    }

    @Test("skip lets the next who waits go first; the last in line stays")
    func skip() {
        let queue = Given<WaitQueue>.line(4).after(.call(id: theVisit(2), station: "1"))
        let skipped = queue.when(.skip(id: theVisit(1))).thenNamed("skipped")
        #expect(skipped.state.entries.map(\.number) == [2, 3, 1, 4])
        queue.when(.skip(id: theVisit(4))).thenNothing()
        queue.when(.skip(id: theVisit(2))).thenRejected("notWaiting")
    }

    @Test("priority moves a truck to the front, behind earlier ones, and taking it away leaves it there")
    func prioritise() {
        let queue = Given<WaitQueue>.line(4).after(.callNext(station: "1"))
        let first = queue.when(.prioritise(id: theVisit(4), on: true)).thenNamed("prioritised")
        #expect(first.state.entries.map(\.number) == [1, 4, 2, 3])
        let second = first.given.when(.prioritise(id: theVisit(3), on: true))
        #expect(second.state.entries.map(\.number) == [1, 4, 3, 2])
        second.given.when(.prioritise(id: theVisit(3), on: true)).thenNothing()
        let off = second.given.when(.prioritise(id: theVisit(4), on: false))
        #expect(off.state.entries.map(\.number) == [1, 4, 3, 2] && off.state.entry(theVisit(4))?.priority == false)
        queue.when(.prioritise(id: theVisit(1), on: true)).thenRejected("notWaiting")
    }
}
