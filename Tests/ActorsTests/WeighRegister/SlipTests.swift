@testable import Actors
import Testing

@Suite("Weigh register: slips, day and effects (1.7)")
struct SlipTests {
    private typealias Register = Given<WeighRegister>

    private func round(_ register: Register, at time: Duration = .zero) -> Then<WeighRegister> {
        register.after(.weigh(tonnes(25)), as: .hub, at: time).when(.weigh(tonnes(10)), as: .hub, at: time)
    }

    @Test("numbers run from 0001 through the day and begin anew on the next")
    func numbers() {
        var then = round(Register())
        #expect(then.slip?.number == "WR202611200001")
        then = round(then.given, at: .minutes(1))
        #expect(then.slip?.number == "WR202611200002" && then.slip?.date == BusinessDate("2026-11-20"))
        then = round(then.given, at: .hours(14) - .milliseconds(1))
        #expect(then.slip?.number == "WR202611200003")
        then = round(then.given, at: .hours(14))
        #expect(then.slip?.number == "WR202611210001" && then.state.lastSlip == 1)
        #expect(then.state.today.completed == 1 && then.state.today.count == 1)
    }

    @Test("a completion that crosses midnight belongs to the new day, also with a stored tare")
    func midnight() {
        let evening = round(Register()).given.after(.weigh(tonnes(25)), as: .hub)
        let measured = evening.when(.weigh(tonnes(10)), as: .hub, at: .hours(14))
        #expect(measured.thenNamed("dayChanged", "completed").slip?.number == "WR202611210001")
        let stored = evening.when(.completeWithStoredTare(plate: "부산80바1234"), at: .hours(14))
        #expect(stored.thenNamed("dayChanged", "completed").slip?.number == "WR202611210001")
        #expect(stored.state.lastSlip == 1)
    }

    @Test("the ten-thousandth slip of a day is one digit longer, not the first again")
    func tenThousand() {
        var register = Register.open()
        var state = register.state
        state.lastSlip = 9999
        register = Given(state, register)
        #expect(register.when(.weigh(tonnes(10)), as: .hub).slip?.number == "WR2026112010000")
    }

    @Test("a refused completion uses no number")
    func refusedUsesNone() {
        let register = round(Register()).given.after(.weigh(tonnes(25)), as: .hub)
        register.when(.manual(tonnes(25))).thenRejected("sameWeight")
        let refused = register.after(.weigh(tonnes(25)), as: .hub)
        #expect(refused.when(.weigh(tonnes(10)), as: .hub).slip?.number == "WR202611200002")
    }

    @Test("a refusal on a new day opens the day, and its number is still the first")
    func refusedOnNewDay() {
        let then = Register.open().when(.weigh(tonnes(25, kg: 480)), as: .hub, at: .hours(14))
        then.thenNamed("dayChanged", "weighingRefused")
        let next = then.given.when(.weigh(tonnes(10)), as: .hub, at: .hours(14)).thenNamed("completed")
        #expect(next.slip?.number == "WR202611210001")
    }

    @Test("a finished ticket is born with its slip")
    func birth() throws {
        let then = round(Register())
        let slip = try #require(then.slip)
        let births = then.events.flatMap { WeighRegister.births($0, from: then.given.id) }
        #expect(births.map(\.stream.description) == ["ulsan/ticket/WR202611200001"])
        #expect(births.first?.event as? WeighTicket.Event == .issued(slip: slip, receivers: nil))
        let first = Register().when(.weigh(tonnes(25)), as: .hub)
        #expect(first.events.flatMap { WeighRegister.births($0, from: first.given.id) }.isEmpty)
    }

    /// What the queue is told: pass and whether by hand.
    private func told(_ then: Then<WeighRegister>) -> (pass: Int, manual: Bool)? {
        for case .weighed(_, _, let pass, let station, _) in then.effects.compactMap({
            $0.command as? WaitQueue.Command
        }) {
            return (pass, station == nil)
        }
        return nil
    }

    @Test("the queue hears of each weighing, its pass, and whether the deck had any part in it")
    func effects() {
        #expect(told(Register().when(.weigh(tonnes(25)), as: .hub))! == (1, false))
        #expect(told(Register().when(.manual(tonnes(25))))! == (1, true))
        #expect(told(Register.open().when(.weigh(tonnes(10)), as: .hub))! == (2, false))
        #expect(told(Register.open().when(.manual(tonnes(10))))! == (2, true))
        #expect(told(Register.open().when(.completeWithStoredTare(plate: "부산80바1234")))! == (2, true))
    }

    @Test("a weight that staff assigned counts as theirs: no deck will report that truck's leaving")
    func assigned() {
        let weighing = WeighRegister.Weighing(
            id: "1-000004", grams: tonnes(10), at: .start, station: "1", source: .indicator, by: "박주임", reason: "사유")
        #expect(told(Given<WeighRegister>().when(.weigh(load: .sample(), weighing: weighing), as: .hub))! == (1, true))
        let second = Register.open().when(.weigh(load: .sample(), weighing: weighing), as: .hub)
        #expect(told(second)! == (2, true) && second.slip?.isManual == false)
    }

    @Test("the order of the load hears of start and finish")
    func order() {
        let first = Register().when(.weigh(tonnes(25), .sample(order: "DO-1")), as: .hub)
        first.thenEffects("queue/main weighed", "order/DO-1 start")
        let second = first.given.when(.weigh(tonnes(10), .sample(order: "DO-1")), as: .hub)
        second.thenEffects("queue/main weighed", "order/DO-1 finish")
    }

    @Test("the day counts trucks, tonnes, local hours and time from call to weight")
    func day() {
        let then = Register.open().when(.weigh(tonnes(10)), as: .hub, at: .seconds(150))
        let day = then.state.today
        #expect(day.count == 1 && day.completed == 1 && day.netGrams == tonnes(15, kg: 480))
        #expect(day.hours[10] == 1 && day.hours.reduce(0, +) == 1)
        #expect(day.seconds == 150 && day.timedCount == 1)
        let late = Register.open().when(.weigh(tonnes(10)), as: .hub, at: .hours(13) + .minutes(59))
        #expect(late.state.today.hours[23] == 1)
    }

    @Test("the newest twenty slips are at hand, newest first, and each driver's newest of the day")
    func recent() {
        var register = Register()
        for minute in 1...22 { register = round(register, at: .minutes(minute)).given }
        #expect(register.state.recent.count == 20)
        #expect(register.state.recent.first?.number == "WR202611200022")
        #expect(register.state.latest["d1"]?.number == "WR202611200022")
        let tomorrow = register.after(.weigh(tonnes(25)), as: .hub, at: .hours(14))
        #expect(tomorrow.state.latest.isEmpty && tomorrow.state.recent.count == 20)
    }

    @Test("refusals of other trucks stay in view, at most twenty")
    func refusals() {
        var register = Register.open()
        for _ in 1...22 { register = register.after(.weigh(tonnes(25, kg: 480)), as: .hub) }
        #expect(register.state.refused.count == 20)
        let other = WeighRegister.Load(visit: theVisit(2), plate: thePlate("서울80바1234"), vehicle: "v2")
        #expect(register.after(.weigh(tonnes(25), other), as: .hub).state.refused.count == 20)
        #expect(register.after(.cancelOpen(plate: "부산80바1234", reason: "회차")).state.refused.isEmpty)
    }
}
