@testable import Actors
import Testing

@Suite("Weigh register: two passes (1.4, 1.5, 1.6)")
struct TwoPassTests {
    private typealias Register = Given<WeighRegister>

    @Test("a first weight opens a ticket and sends the truck away")
    func first() {
        let then = Register().when(.weigh(tonnes(25, kg: 480)), as: .hub)
        then.thenNamed("dayChanged", "firstWeighed").thenEffects("queue/main weighed")
        #expect(then.state.open["v1"]?.first.grams == tonnes(25, kg: 480))
        #expect(then.state.today.count == 1 && then.state.today.completed == 0)
    }

    @Test("the larger weight is the gross one, whatever the order")
    func largerIsGross() throws {
        let down = Register.open().when(.weigh(tonnes(10, kg: 200)), as: .hub)
        let up = Register().after(.weigh(tonnes(10, kg: 200)), as: .hub).when(.weigh(tonnes(25, kg: 480)), as: .hub)
        for then in [down, up] {
            let slip = try #require(then.slip)
            #expect(slip.grossGrams == tonnes(25, kg: 480) && slip.tareGrams == tonnes(10, kg: 200))
            #expect(slip.netGrams == tonnes(15, kg: 280) && slip.tareSource == .measured)
            #expect(then.state.open.isEmpty)
        }
        #expect(down.slip?.first.grams == tonnes(25, kg: 480) && up.slip?.first.grams == tonnes(10, kg: 200))
    }

    @Test("equal weights are refused; the ticket stays open, staff see it, and no number is used")
    func equal() {
        let then = Register.open().when(.weigh(tonnes(25, kg: 480)), as: .hub)
        then.thenNamed("weighingRefused").thenEffects()
        #expect(then.refusal == "sameWeight")
        #expect(then.state.open["v1"] != nil && then.state.refused.count == 1)
        let next = then.given.when(.weigh(tonnes(10)), as: .hub)
        #expect(next.slip?.number == "WR202611200001" && next.state.refused.isEmpty)
    }

    @Test("a net weight below the site's least is refused, the least itself is not")
    func netMin() {
        let register = Register.open()
        #expect(register.when(.weigh(tonnes(25, kg: 461)), as: .hub).refusal == "netTooSmall")
        #expect(register.when(.weigh(tonnes(25, kg: 460)), as: .hub).slip?.netGrams == 20_000)
        let strict = register.with(.site { $0.netMinGrams = tonnes(1) })
        #expect(strict.when(.weigh(tonnes(24, kg: 500)), as: .hub).refusal == "netTooSmall")
    }

    @Test(
        "a weight that no truck has is refused before anything is calculated with it",
        arguments: [-1, 200_000_001, .min, .max])
    func absurd(grams: Int64) {
        #expect(Register.open().when(.weigh(grams), as: .hub).refusal == "weightOutOfRange")
        #expect(
            Register().after(.weigh(grams), as: .hub).when(.weigh(tonnes(10)), as: .hub).refusal == "weightOutOfRange")
        #expect(Register.open().when(.weigh(200_000_000), as: .hub).slip?.grossGrams == 200_000_000)
    }

    @Test("a call at an absurd time does not end the world", arguments: [Int64.min, .max])
    func absurdCall(milliseconds: Int64) {
        let load = WeighRegister.Load.sample(calledAt: Instant(milliseconds: milliseconds))
        #expect(Register.open().when(.weigh(tonnes(10), load), as: .hub).slip != nil)
    }

    @Test("a second weighing at another station completes the one open ticket of the truck")
    func otherStation() {
        let second = WeighRegister.Weighing(
            id: "2-000001", grams: tonnes(10), at: .start, station: "2", source: .indicator)
        let then = Register.open().when(.weigh(load: .sample(), weighing: second), as: .hub)
        #expect(then.slip?.first.station == "1" && then.slip?.second?.station == "2")
    }

    @Test("an open ticket outlives the day and the visit; the slip keeps the visit it began with")
    func overnight() throws {
        let then = Register.open().when(.weigh(tonnes(10), .sample(visit: 7)), as: .hub, at: .hours(20))
        then.thenNamed("dayChanged", "completed")
        #expect(then.slip?.load.visit == theVisit(1) && then.slip?.number == "WR202611210001")
    }

    @Test("what the second weighing does not know is taken from the first")
    func merged() {
        let bare = WeighRegister.Load(visit: "U-2-000001", plate: thePlate("부산80바1234"), vehicle: "v1")
        let slip = Register.open(order: "DO-1").when(.weigh(tonnes(10), bare), as: .hub).slip
        #expect(slip?.load.driver == "d1" && slip?.load.companyName == "한빛운송" && slip?.load.itemName == "고철")
        #expect(slip?.load.order == "DO-1")
    }

    @Test("net is gross minus tare to the gram, over the whole range of a deck's division")
    func exact() {
        var random = SplitMix64(seed: 16)
        for _ in 1...300 {
            let first = Int64.random(in: 25...4000, using: &random) * 20_000
            let second = Int64.random(in: 25...4000, using: &random) * 20_000
            let then = Register().after(.weigh(first), as: .hub).when(.weigh(second), as: .hub)
            guard let slip = then.slip else {
                #expect(abs(first - second) < 20_000)
                continue
            }
            #expect(slip.netGrams == abs(first - second) && slip.netGrams == slip.grossGrams - slip.tareGrams)
            #expect(slip.netGrams % 20_000 == 0)
        }
    }

    @Test("a stored tare completes the ticket, marked PT with its date, and no second weighing")
    func storedTare() throws {
        let then = Register.open().when(.completeWithStoredTare(plate: "부산80바1234"))
        let slip = try #require(then.thenNamed("completed").slip)
        #expect(slip.tareSource == .preset && slip.tareSource.rawValue == "PT" && slip.second == nil)
        #expect(slip.tareGrams == tonnes(10) && slip.tareDate == BusinessDate("2026-10-01"))
        #expect(slip.netGrams == tonnes(15, kg: 480) && !slip.isManual)
    }

    @Test("a stored tare is good for ninety days and no longer; none at all, or a larger one, is refused")
    func storedTareRefused() {
        func open(_ vehicle: String, _ plateText: String) -> Register {
            let load = WeighRegister.Load(visit: theVisit(1), plate: thePlate(plateText), vehicle: vehicle)
            return Register().after(.weigh(tonnes(25), load), as: .hub)
        }
        // Measured on 2026-08-21: 91 days before.
        open("v4", "85아5678").when(.completeWithStoredTare(plate: "85아5678"))
            .thenRejected("storedTareExpired", ["date": "2026-08-21", "days": "90"])
        let ninety = open("v4", "85아5678").with(.site { $0.tareValidityDays = 91 })
        ninety.when(.completeWithStoredTare(plate: "85아5678")).thenNamed("completed")
        ninety.when(.completeWithStoredTare(plate: "85아5678"), at: .hours(14)).thenRejected("storedTareExpired")
        open("v2", "서울80바1234").when(.completeWithStoredTare(plate: "서울80바1234")).thenRejected("noStoredTare")
        Register().after(.weigh(tonnes(10)), as: .hub).when(.completeWithStoredTare(plate: "부산80바1234"))
            .thenRejected("netTooSmall")
        Register().when(.completeWithStoredTare(plate: "부산80바1234")).thenRejected("noOpenTicket")
        Register().when(.completeWithStoredTare(plate: "80바1234")).thenRejected("unknownVehicle")
    }

    @Test("an open ticket is cancelled with a reason and uses no number")
    func cancelOpen() {
        let register = Register.open()
        register.when(.cancelOpen(plate: "부산80바1234", reason: " ")).thenRejected("reasonRequired")
        register.when(.cancelOpen(plate: "서울80바1234", reason: "회차")).thenRejected("noOpenTicket")
        let then = register.when(.cancelOpen(plate: "부산80바1234", reason: "회차"))
        then.then(.openCancelled(load: .sample(), by: .office, reason: "회차")).thenEffects()
        #expect(then.state.open.isEmpty)
        then.given.when(.weigh(tonnes(25)), as: .hub).thenNamed("firstWeighed")
    }
}

@Suite("Weigh register: manual entry")
struct ManualEntryTests {
    private typealias Register = Given<WeighRegister>

    @Test("a weight typed in is marked with who and why, on the ticket and on the slip")
    func marked() throws {
        let first = Register().when(.manual(tonnes(25)), at: .minutes(1)).thenNamed("dayChanged", "firstWeighed")
        let open = try #require(first.state.open["v1"])
        #expect(open.first.source == .manual && open.first.by == "박주임" && open.first.reason == "지시계 고장")
        #expect(open.first.id == "M-000001" && open.load.driver == "d1" && open.load.companyName == "한빛운송")
        let slip = try #require(first.given.when(.weigh(tonnes(10)), as: .hub).slip)
        #expect(slip.isManual)
        let second = Register.open().when(.manual(tonnes(10), station: "2"))
        #expect(second.slip?.isManual == true && second.slip?.second?.station == "2")
        #expect(Register.open().when(.weigh(tonnes(10)), as: .hub).slip?.isManual == false)
    }

    @Test("a reason, a known truck and station, a possible weight and the division are required")
    func refused() {
        let register = Register()
        func enter(
            _ grams: Int64, _ plate: String = "부산80바1234", _ reason: String = "사유", station: String? = nil
        ) -> Then<WeighRegister> {
            register.when(.enterManually(plate: plate, grams: grams, reason: reason, station: station))
        }
        enter(tonnes(25), "부산80바1234", "").thenRejected("reasonRequired")
        enter(tonnes(25), "부산80바1234", String(repeating: "가", count: 201)).thenRejected("tooLong")
        enter(tonnes(25), "99가9999").thenRejected("unknownVehicle")
        enter(tonnes(25), String(repeating: "9", count: 500)).thenRejected("unknownVehicle")
        enter(tonnes(0, kg: 499)).thenRejected("weightOutOfRange")
        enter(tonnes(80, kg: 1)).thenRejected("weightOutOfRange")
        enter(.min).thenRejected("weightOutOfRange")
        enter(tonnes(25), station: "7").thenRejected("unknownStation")
        enter(tonnes(25, kg: 10), station: "1").thenRejected("divisionMismatch")
        enter(tonnes(25) + 500).thenRejected("divisionMismatch")
        enter(tonnes(25, kg: 10)).thenNamed("dayChanged", "firstWeighed")
    }

    @Test("unlike a fact from the deck, a second weight typed in that makes no ticket is turned away")
    func turnedAway() {
        Register.open().when(.manual(tonnes(25, kg: 480))).thenRejected("sameWeight")
        // On the division of the deck that gave the first weight.
        Register.open().when(.manual(tonnes(25, kg: 470))).thenRejected("divisionMismatch")
    }

    @Test("every manual weight has its own id, refused ones use none")
    func ids() {
        let register = Register().after(.manual(tonnes(25)))
        register.when(.manual(tonnes(25))).thenRejected("sameWeight")
        let done = register.when(.manual(tonnes(10)))
        #expect(done.slip?.second?.id == "M-000002")
        #expect(done.given.after(.manual(tonnes(25), "85아5678")).state.open["v4"]?.first.id == "M-000003")
    }

    @Test("a second weight typed in says nothing about the time on the deck")
    func noTime() {
        let then = Register.open().when(.manual(tonnes(10)), at: .hours(2))
        #expect(then.state.today.timedCount == 0 && then.state.today.seconds == 0)
        #expect(then.slip?.load.calledAt == nil)
    }

    @Test("who may do what")
    func roles() {
        func refusedTo(_ command: WeighRegister.Command) -> [Role] {
            Principal.everybody.filter { Register.open().when(command, as: $0).rejection == .forbidden }.map(\.role)
        }
        #expect(refusedTo(.weigh(tonnes(10))) == [.staff, .admin, .device, .driver])
        let office: [WeighRegister.Command] = [
            .manual(tonnes(10)), .completeWithStoredTare(plate: "부산80바1234"),
            .cancelOpen(plate: "부산80바1234", reason: "회차"),
        ]
        for command in office { #expect(refusedTo(command) == [.system, .device, .driver]) }
        #expect(WeighRegister.view(for: .driver("d1"), key: "main", mine: false) == nil)
        #expect(WeighRegister.view(for: .driver("d1"), key: "main", mine: true) == .person("d1"))
        #expect(WeighRegister.view(for: .office, key: "main", mine: false) == .staff)
        #expect(WeighRegister.view(for: .edge, key: "main", mine: false) == nil)
    }
}
