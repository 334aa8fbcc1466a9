@testable import Actors
import Testing

@Suite("Weigh station: settled weights (1.2, 1.3)")
struct SettleTests {
    private typealias Station = Given<WeighStation>

    @Test("a stable weight of the bound truck counts, with its proof, and goes to the register")
    func counts() throws {
        let then = Station.arrived.when(.settle(.sample(at: .seconds(5))), as: .edge, at: .seconds(6))
        then.then(
            .weighed(
                binding: .sample(), weighing: "1-000001", grams: tonnes(25, kg: 480), source: .indicator,
                at: .start + .seconds(5), raw: "5354"))
        then.thenEffects("register/main weigh")
        #expect(then.state.awaitingZero && then.state.weighed?.grams == tonnes(25, kg: 480))
        #expect(then.state.last?.plate == thePlate("부산80바1234") && then.state.status == .weighing)
        guard case .weigh(let load, let weighing)? = then.effects[0].command as? WeighRegister.Command else {
            return #expect(Bool(false))
        }
        #expect(load.visit == theVisit(1) && load.vehicle == "v1" && load.calledAt == .start)
        #expect(weighing.id == "1-000001" && weighing.station == "1" && weighing.grams == tonnes(25, kg: 480))
    }

    @Test("a weight that arrives before anybody noticed the truck counts as well")
    func withoutNotice() {
        Station.bound.when(.settle(.sample()), as: .edge).thenNamed("arrived", "weighed")
    }

    @Test("the edge's clock is corrected by its measured offset; weighings from an outage say so")
    func clock() {
        let then = Station.arrived.when(.settle(.sample(offset: -1500, offline: true)), as: .edge)
        guard case .weighed(_, _, _, let source, let at, _) = then.events.first else { return #expect(Bool(false)) }
        #expect(source == .edgeOffline && at == .start - .milliseconds(1500))
    }

    @Test("moving, too light and too heavy weights are never recorded")
    func refused() {
        let station = Station.arrived
        func settle(_ grams: Int64, stable: Bool = true) -> Then<WeighStation> {
            station.when(.settle(.sample(grams, stable: stable)), as: .edge)
        }
        settle(tonnes(25), stable: false).thenRejected("weightNotStable")
        settle(-20_000).thenRejected("weightOutOfRange")
        settle(0).thenRejected("weightOutOfRange")
        settle(tonnes(0, kg: 480)).thenRejected("weightOutOfRange", ["min": "500000"])
        settle(tonnes(0, kg: 500)).thenNamed("weighed")
        settle(tonnes(80)).thenNamed("weighed")
        settle(tonnes(80, kg: 20)).thenRejected("weightOutOfRange", ["max": "80000000"])
        settle(.max).thenRejected("weightOutOfRange")
        settle(.min).thenRejected("weightOutOfRange")
    }

    @Test("a true weight of a scale that is set up wrongly is left to staff, not lost")
    func wrongSetting() {
        for grams in [tonnes(25, kg: 470), tonnes(25) + 1] {
            let then = Station.arrived.when(.settle(.sample(grams)), as: .edge)
            then.thenNamed("unmatched").thenEffects()
            #expect(then.state.unmatched.first?.reason == .divisionMismatch)
        }
        let stranger = Principal(id: "device:x", role: .device, site: "ulsan", name: "x", stations: ["77"])
        let then = Station(key: "77").when(.settle(.sample()), as: stranger)
        then.thenNamed("unmatched")
        #expect(then.state.unmatched.first?.reason == .unknownStation)
    }

    @Test("an overlong proof is refused")
    func odd() {
        Station.arrived.when(.settle(.sample(raw: String(repeating: "0", count: 257))), as: .edge)
            .thenRejected("tooLong")
    }

    @Test("a clock that is absurd is refused, not a crash", arguments: [Int64.max, .min])
    func absurdClock(offset: Int64) {
        let reading = WeighStation.Settled(
            grams: tonnes(25), stable: true, at: Instant(milliseconds: offset), offsetMillis: offset)
        Station.arrived.when(.settle(reading), as: .edge).thenRejected("badField")
    }

    @Test("a weight nobody is bound for is unmatched")
    func noBinding() {
        let then = Station().when(.settle(.sample()), as: .edge, at: .seconds(9))
        then.thenNamed("unmatched").thenEffects()
        let item = then.state.unmatched.first
        #expect(item?.reason == .noBinding && item?.id == "1-000001" && item?.receivedAt == .start + .seconds(9))
    }

    @Test("a weight for another binding, an earlier call of the same truck included, is unmatched")
    func otherBinding() {
        for name in [nil, theBinding(2), WeighStation.Binding.sample(calls: 2).id] {
            let then = Station.arrived.when(.settle(binding: name, reading: .sample()), as: .edge)
            then.thenNamed("unmatched")
            #expect(then.state.unmatched.first?.reason == .otherBinding)
            #expect(then.state.weighed == nil)
        }
    }

    @Test("after a weighing no weight counts until the deck has been empty, not even the same truck's")
    func interlock() {
        let again = Station.weighed.when(.settle(.sample(tonnes(26))), as: .edge)
        again.thenNamed("unmatched")
        #expect(again.state.unmatched.first?.reason == .zeroInterlock)
        let next = Station.weighed.after(.clearPlatform, as: .hub).after(.bind(binding: .sample(2)), as: .hub)
        next.when(.settle(binding: WeighStation.Binding.sample(2).id, reading: .sample()), as: .edge)
            .thenNamed("arrived", "weighed")
    }

    @Test("staff free the slot with the weighed truck still there: the next one's weight waits for the empty deck")
    func interlockAfterRelease() {
        let released = Station.weighed.after(.unbind(visit: theVisit(1), reason: "released"), as: .hub)
        let next = released.after(.bind(binding: .sample(2)), as: .hub)
        let settle = WeighStation.Command.settle(binding: WeighStation.Binding.sample(2).id, reading: .sample())
        #expect(next.when(settle, as: .edge).state.unmatched.first?.reason == .zeroInterlock)
        let clear = next.when(.clearPlatform, as: .hub)
        clear.then(.platformCleared(at: .start, visit: nil, binding: nil)).thenEffects()
        #expect(clear.state.binding == .sample(2) && !clear.state.awaitingZero)
        clear.given.when(settle, as: .edge).thenNamed("arrived", "weighed")
    }

    @Test("staff free the slot with an unweighed truck on the deck: its weight is never the next one's")
    func interlockBeforeWeighing() {
        let next = Station.arrived.after(.unbind(visit: theVisit(1), reason: "released"), as: .hub)
            .after(.bind(binding: .sample(2)), as: .hub)
        let settle = WeighStation.Command.settle(binding: WeighStation.Binding.sample(2).id, reading: .sample())
        #expect(next.when(settle, as: .edge).state.unmatched.first?.reason == .zeroInterlock)
        next.after(.clearPlatform, as: .hub).when(settle, as: .edge).thenNamed("arrived", "weighed")
        // Nobody had arrived: nothing to wait for.
        Station.bound.after(.unbind(visit: theVisit(1), reason: "released"), as: .hub)
            .after(.bind(binding: .sample(2)), as: .hub).when(settle, as: .edge).thenNamed("arrived", "weighed")
    }

    @Test("while the station is paused weights are unmatched")
    func paused() {
        let then = Station.arrived.after(.pause(reason: "청소")).when(.settle(.sample()), as: .edge)
        then.thenNamed("unmatched")
        #expect(then.state.unmatched.first?.reason == .paused)
    }

    @Test("every weight has its own id, matched or not, and the list keeps the newest two thousand")
    func ids() {
        // Most of them straight from events: each step of `after` writes and reads the whole state.
        var state = Station().state
        for number in 1...1995 {
            let item = WeighStation.Unmatched(
                id: "1-\(pad(number, 6))", reason: .noBinding, grams: tonnes(20), at: .start, receivedAt: .start,
                source: .indicator)
            WeighStation.evolve(&state, .unmatched(item: item), at: .start)
        }
        var station = Station(state, Station())
        for _ in 1996...2005 { station = station.after(.settle(.sample()), as: .edge) }
        #expect(station.state.unmatched.count == 2000)
        #expect(station.state.unmatched.first?.id == "1-000006" && station.state.unmatched.last?.id == "1-002005")
        let bound = station.after(.bind(binding: .sample()), as: .hub)
        guard case .weighed(_, let id, _, _, _, _)? = bound.when(.settle(.sample()), as: .edge).events.last else {
            return #expect(Bool(false))
        }
        #expect(id == "1-002006")
    }

    @Test("staff assign an unmatched weight to a truck, with a reason; it goes to the register once")
    func assign() throws {
        let command = WeighStation.Command.assignUnmatched(id: "1-000001", plate: "서울 80바 1234", reason: "번호 오인")
        let then = Station.strayWeight.when(command).thenNamed("unmatchedAssigned").thenEffects("register/main weigh")
        #expect(then.state.unmatched.isEmpty)
        guard case .weigh(let load, let weighing)? = then.effects[0].command as? WeighRegister.Command else {
            return #expect(Bool(false))
        }
        #expect(load.vehicle == "v2" && load.visit == "U-1-000001")
        #expect(weighing.by == "박주임" && weighing.reason == "번호 오인" && weighing.source == .indicator)
        then.given.when(command, as: .otherOffice).thenRejected("unknownUnmatched")
    }

    @Test("assigning and dismissing need a reason and a weight in the list; assigning needs a known truck")
    func assignRefused() {
        let station = Station.strayWeight
        func assign(_ id: String, _ plate: String, _ reason: String) -> Then<WeighStation> {
            station.when(.assignUnmatched(id: id, plate: plate, reason: reason))
        }
        assign("1-000001", "부산80바1234", " ").thenRejected("reasonRequired")
        assign("1-000009", "부산80바1234", "사유").thenRejected("unknownUnmatched")
        assign("1-000001", "80바1234", "사유").thenRejected("unknownVehicle")
        station.when(.dismissUnmatched(id: "1-000001", reason: "")).thenRejected("reasonRequired")
        station.when(.dismissUnmatched(id: "1-000009", reason: "사유")).thenRejected("unknownUnmatched")
        let gone = station.when(.dismissUnmatched(id: "1-000001", reason: "지게차"))
        gone.thenNamed("unmatchedDismissed").thenEffects()
        #expect(gone.state.unmatched.isEmpty)
    }
}
