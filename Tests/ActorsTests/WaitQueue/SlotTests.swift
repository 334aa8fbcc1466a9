@testable import Actors
import Testing

@Suite("Wait queue: weighings and slots (1.9)")
struct SlotTests {
    @Test("weighed once the truck is away with its number, and the slot is its own until the deck is empty")
    func firstWeighing() throws {
        let then = Given<WaitQueue>.onDeck.when(.weighed(1, pass: 1), as: .hub, at: .minutes(3))
        then.thenNamed("wentAway").thenEffects()
        let entry = try #require(then.state.entry(theVisit(1)))
        #expect(entry.state == .away && entry.pass == 2 && entry.number == 1 && !entry.arrived)
        #expect(then.state.slots == ["1": theVisit(1)])
        then.given.when(.callNext(station: "1"), at: .minutes(3)).thenRejected("stationOccupied")
        then.given.when(.cleared("1", 1), as: .hub, at: .minutes(4))
            .then(.slotFreed(station: "1", id: theVisit(1), by: WaitQueue.platform)).thenEffects()
    }

    @Test("away, back with the same number at the end of the line, called, weighed again, finished")
    func secondWeighing() throws {
        let back = Given<WaitQueue>.away.when(.checkIn("부산80바1234"), as: .driver("d1"), at: .minutes(40))
        back.thenNamed("rejoined")
        #expect(back.state.entries.map(\.number) == [2, 1])
        #expect(back.state.entry(theVisit(1))?.pass == 2)
        let called = back.given.after(.call(id: theVisit(1), station: "2"), at: .minutes(45))
            .after(.arrived(1, "2.2", called: .minutes(45)), as: .hub, at: .minutes(46))
        let done = called.when(.weighed(1, pass: 2, at: "2"), as: .hub, at: .minutes(47)).thenNamed("finished")
        #expect(done.state.entries.map(\.number) == [2] && done.state.slots == ["2": theVisit(1)])
        done.given.when(.callNext(station: "2"), at: .minutes(47)).thenRejected("stationOccupied", ["number": ""])
        let clear = done.given.when(.cleared("2", 1), as: .hub, at: .minutes(48))
        clear.thenNamed("slotFreed")
        #expect(clear.state.slots.isEmpty)
    }

    @Test("a truck cannot line up again while it stands on a deck as far as anybody knows")
    func rejoinFromTheDeck() {
        let weighed = Given<WaitQueue>.onDeck.after(.weighed(1, pass: 1), as: .hub, at: .minutes(3))
        weighed.when(.checkIn("부산80바1234"), at: .minutes(4)).thenRejected("onDeck", ["number": "1"])
        weighed.after(.freeSlot(station: "1", reason: "지시계 고장"), at: .minutes(5))
            .when(.checkIn("부산80바1234"), at: .minutes(6)).thenNamed("rejoined")
    }

    @Test("a weight typed in by hand frees the slot, for it says nothing about the deck")
    func manual() {
        let queue = Given<WaitQueue>.line(2).after(.callNext(station: "1"))
        let first = queue.when(.weighed(1, pass: 1, at: nil), as: .hub, at: .minutes(3))
        first.thenNamed("wentAway", "slotFreed").thenEffects("station/1 unbind")
        let second = queue.when(.weighed(1, pass: 2, at: nil), as: .hub, at: .minutes(3))
        second.thenNamed("finished", "slotFreed")
        #expect(second.state.slots.isEmpty && second.state.entries.map(\.number) == [2])
    }

    @Test("a weighing that is told late, when the truck has been called anew, takes back that call's slot")
    func toldLate() {
        let again = Given<WaitQueue>.onDeck
            .after(.cleared("1", 1), as: .hub, at: .minutes(2))
            .after(.call(id: theVisit(1), station: "2"), at: .minutes(3))
        let then = again.when(.weighed(1, pass: 1), as: .hub, at: .minutes(3)).thenNamed("wentAway", "slotFreed")
        then.thenEffects("station/2 unbind")
        #expect(then.state.slots.isEmpty)
    }

    @Test("so does one that is told late when it has been called to the same deck anew")
    func toldLateSameDeck() {
        let again = Given<WaitQueue>.onDeck.after(.cleared("1", 1), as: .hub, at: .minutes(2))
            .after(.call(id: theVisit(1), station: "1"), at: .minutes(3))
        again.when(.weighed(1, pass: 1), as: .hub, at: .minutes(3)).thenNamed("wentAway", "slotFreed")
    }

    @Test("a weight that knows only the truck finds its entry, whatever it is doing; one for nobody changes nothing")
    func byVehicle() {
        let queue = Given<WaitQueue>.line(2)
        queue.when(.weighed(visit: "M-000001", vehicle: "v2", pass: 1, station: nil, at: nil), as: .hub).thenNamed(
            "wentAway")
        queue.when(.weighed(visit: "M-000001", vehicle: "v2", pass: 2, station: nil, at: nil), as: .hub).thenNamed(
            "finished")
        queue.when(.weighed(visit: "M-000001", vehicle: "v9", pass: 2, station: nil, at: nil), as: .hub).thenNothing()
    }

    @Test("a truck whose open ticket was cancelled is weighed for the first time again and goes away again")
    func firstWeighingAgain() {
        let called = Given<WaitQueue>.away.after(.checkIn("부산80바1234"), at: .minutes(20))
            .after(.call(id: theVisit(1), station: "1"), at: .minutes(21))
            .after(.arrived(1, "2.2", called: .minutes(21)), as: .hub, at: .minutes(22))
        let then = called.when(.weighed(1, pass: 1), as: .hub, at: .minutes(23)).thenNamed("wentAway")
        #expect(then.state.entry(theVisit(1))?.state == .away && then.state.entry(theVisit(1))?.pass == 2)
        Given<WaitQueue>.away.when(.weighed(1, pass: 1, at: nil), as: .hub, at: .minutes(9)).thenNothing()
    }

    @Test("when the weighing was refused the truck has left the deck unweighed, and lines up where it was")
    func refused() {
        let then = Given<WaitQueue>.onDeck
            .when(.cleared("1", 1), as: .hub, at: .minutes(4))
        then.thenNamed("putBack", "slotFreed")
        #expect(then.state.entries.map(\.number) == [1, 2] && then.state.slots.isEmpty)
        #expect(then.state.entry(theVisit(1))?.state == .waiting)
    }

    @Test("an empty deck frees the slot of the truck that left it, never that of the next")
    func clearedForAnother() {
        let next = Given<WaitQueue>.onDeck.after(.freeSlot(station: "1", reason: "오작동"), at: .minutes(1))
            .after(.call(id: theVisit(2), station: "1"), at: .minutes(2))
        let then = next.when(.cleared("1", 1), as: .hub, at: .minutes(3))
            .thenNothing()
        then.given.when(.call(id: theVisit(1), station: "1"), at: .minutes(4)).thenRejected("stationOccupied")
        next.when(.cleared("3", 1), as: .hub, at: .minutes(3)).thenNothing()
    }

    @Test("an empty deck that belongs to an earlier call of the truck leaves the present one alone")
    func clearedForAnEarlierCall() {
        let again = Given<WaitQueue>.onDeck.after(.freeSlot(station: "1", reason: "오작동"), at: .minutes(1))
            .after(.call(id: theVisit(1), station: "1"), at: .minutes(2))
        again.when(.cleared("1", 1), as: .hub, at: .minutes(3)).thenNothing()
        again.when(.cleared("1", 1, "1.2", called: .minutes(2)), as: .hub, at: .minutes(3))
            .thenNamed("putBack", "slotFreed")
    }

    @Test("staff free a stuck slot: a called truck goes back into the line, a weighed one stays away")
    func freeSlot() {
        let called = Given<WaitQueue>.line(2).after(.callNext(station: "1"))
        called.when(.freeSlot(station: "1", reason: " ")).thenRejected("reasonRequired")
        let then = called.when(.freeSlot(station: "1", reason: "멈춤")).thenNamed("putBack", "slotFreed")
        then.thenEffects("station/1 unbind")
        #expect(then.state.slots.isEmpty && then.state.entry(theVisit(1))?.state == .waiting)
        called.when(.freeSlot(station: "2", reason: "멈춤")).thenNothing()
        let weighed = Given<WaitQueue>.onDeck.after(.weighed(1, pass: 1), as: .hub, at: .minutes(3))
            .when(.freeSlot(station: "1", reason: "멈춤"), at: .minutes(4)).thenNamed("slotFreed")
        #expect(weighed.state.entry(theVisit(1))?.state == .away)
        let finished = Given<WaitQueue>.onDeck.after(.weighed(1, pass: 2), as: .hub, at: .minutes(3))
        finished.when(.freeSlot(station: "1", reason: "멈춤"), at: .minutes(4)).thenNamed("slotFreed")
    }

    @Test("the average is taken over the last twenty process times, from the call to the weight")
    func averages() throws {
        #expect(Given<WaitQueue>().state.averageSeconds == 180)
        let first = Given<WaitQueue>.onDeck.when(.weighed(1, pass: 1), as: .hub, at: .seconds(100))
        guard case .wentAway(_, _, let seconds, let average) = first.events[0] else { return #expect(Bool(false)) }
        #expect(seconds == 100 && average == 100 && first.state.averageSeconds == 100)
        let second = first.given.after(.call(id: theVisit(2), station: "2"), at: .seconds(100))
            .when(.weighed(2, pass: 2, at: "2"), as: .hub, at: .seconds(301))
        guard case .finished(_, let other, let both) = second.events[0] else { return #expect(Bool(false)) }
        #expect(other == 201 && both == 151 && second.state.averageSeconds == 151)
        var state = WaitQueue.State()
        state.seconds = Array(repeating: 60, count: 20)
        let entry = try #require(Given<WaitQueue>.onDeck.entry(1))
        for _ in 1...20 {
            WaitQueue.evolve(&state, .called(entry: entry, index: 0), at: .start)
            WaitQueue.evolve(&state, .finished(entry: entry, processSeconds: 90, averageSeconds: 0), at: .start)
        }
        #expect(state.seconds == Array(repeating: 90, count: 20))
    }

    @Test("a truck that was never called says nothing about the time on the deck")
    func averagesLeaveOutTheLine() {
        let queue = Given<WaitQueue>.line(2)
        for pass in 1...2 {
            let then = queue.when(.weighed(1, pass: pass, at: nil), as: .hub, at: .hours(2))
            #expect(then.state.averageSeconds == 180)
        }
    }
}

@Suite("Wait queue: who may do what")
struct WaitQueueRoleTests {
    private static let office: [WaitQueue.Command] = [
        .callNext(station: "1"), .call(id: theVisit(1), station: "1"), .recall(id: theVisit(1)),
        .putBack(id: theVisit(1)),
        .skip(id: theVisit(1)), .markAbsent(id: theVisit(1)), .transfer(id: theVisit(1), station: "2"),
        .prioritise(id: theVisit(1), on: true), .cancel(id: theVisit(1), reason: "사유"), .pauseCheckIn(reason: "사유"),
        .resumeCheckIn, .freeSlot(station: "1", reason: "사유"),
    ]
    private static let hub: [WaitQueue.Command] = [
        .noShow(id: theVisit(1), calls: 1), .absenceOver(id: theVisit(1), until: .start),
        .arrived(1),
        .weighed(1, pass: 1), .cleared("1", 1), .closeStation(station: "1"),
        .openStation(station: "1"),
    ]
    private static let drivers: [WaitQueue.Command] = [.acknowledge, .comeBack, .cancelMine(reason: "사유")]

    private func refusedTo(_ command: WaitQueue.Command) -> [Role] {
        let queue = Given<WaitQueue>.line(1).after(.callNext(station: "1"))
        return Principal.everybody.filter { queue.when(command, as: $0).rejection == .forbidden }.map(\.role)
    }

    @Test("the office's commands are for staff and admins", arguments: office)
    func officeOnly(command: WaitQueue.Command) {
        #expect(refusedTo(command) == [.system, .device, .driver])
    }

    @Test("facts come from the hub only", arguments: hub)
    func hubOnly(command: WaitQueue.Command) {
        #expect(refusedTo(command) == [.staff, .admin, .device, .driver])
    }

    @Test("what concerns a driver's own entry is for drivers", arguments: drivers)
    func driversOnly(command: WaitQueue.Command) {
        #expect(refusedTo(command) == [.staff, .admin, .system, .device])
    }

    @Test("check-in is for staff, admins and drivers")
    func checkIn() {
        #expect(refusedTo(.checkIn("85아5678")) == [.system, .device])
        let nobody = Principal(id: "user:5", role: .driver, site: "ulsan", name: "새 기사")
        Given<WaitQueue>().when(.checkIn("부산80바1234"), as: nobody).thenRejected("notYourVehicle")
    }

    @Test("drivers share one picture without plates, each sees his own entry, a device the drivers' picture")
    func views() {
        #expect(WaitQueue.view(for: .office, key: "main", mine: false) == .staff)
        #expect(WaitQueue.view(for: .driver("d1"), key: "main", mine: false) == .driver)
        #expect(WaitQueue.view(for: .driver("d1"), key: "main", mine: true) == .person("d1"))
        #expect(WaitQueue.view(for: .office, key: "main", mine: true) == nil)
        #expect(WaitQueue.view(for: .edge, key: "main", mine: false) == .driver)
        #expect(WaitQueue.view(for: .edge, key: "main", mine: true) == nil)
        #expect(WaitQueue.view(for: .hub, key: "main", mine: false) == nil)
        let queue = Given<WaitQueue>.line(3).after(.callNext(station: "1"))
        func picture(_ view: View) -> String {
            let context = Context(id: queue.id, now: .start, principal: .hub, directory: .sample)
            let picture = WaitQueue.snapshot(queue.state, live: nil, view: view, context)
            return String(decoding: JSON.encode(picture), as: UTF8.self)
        }
        #expect(picture(.driver).contains(#""line":[2,3]"#) && !picture(.driver).contains("바1234"))
        #expect(picture(.person("d1")).contains("부산80바1234") && !picture(.person("d1")).contains("서울80바1234"))
        #expect(!picture(.person("d3")).contains("바1234"))
        #expect(picture(.staff).contains("서울80바1234"))
    }
}
