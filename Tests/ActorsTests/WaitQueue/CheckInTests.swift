@testable import Actors
import Testing

@Suite("Wait queue: check-in (1.9)")
struct CheckInTests {
    @Test("the first truck of a day opens the day and copies what is known about it")
    func firstTruck() throws {
        let then = Given<WaitQueue>().when(
            .checkIn(plate: "부산 80바 1234", driver: nil, item: "i1", order: "DO-7", priority: nil), at: .minutes(1))
        then.thenNamed("dayChanged", "checkedIn")
        let entry = try #require(then.state.entries.first)
        #expect(then.state.date == BusinessDate(year: 2026, month: 11, day: 20))
        #expect(entry.id == "20261120-001" && entry.number == 1)
        #expect(entry.plate == thePlate("부산80바1234") && entry.vehicle == "v1")
        #expect(entry.driver == "d1" && entry.hasApp)
        #expect(entry.companyName == "한빛운송" && entry.itemName == "고철" && entry.order == "DO-7")
        #expect(entry.pass == 1 && entry.state == .waiting && entry.checkedInAt == .start + .minutes(1))
    }

    @Test("trucks stand in the order of their check-in")
    func order() {
        #expect(Given<WaitQueue>.line(5).numbers == [1, 2, 3, 4, 5])
    }

    @Test("a plate without its region finds the only truck it fits, and no truck when it fits two")
    func region() {
        let queue = Given<WaitQueue>()
        #expect(queue.when(.checkIn("98사9999")).state.entries.first?.vehicle == "v6")
        queue.when(.checkIn("80바1234")).thenRejected("unknownVehicle", ["plate": "80바1234"])
        #expect(queue.when(.checkIn("서울80바1234")).state.entries.first?.vehicle == "v2")
    }

    @Test("unknown and inactive trucks are turned away")
    func unknown() {
        let queue = Given<WaitQueue>()
        queue.when(.checkIn("99가9999")).thenRejected("unknownVehicle")
        queue.when(.checkIn("90차5678")).thenRejected("unknownVehicle")
        queue.when(.checkIn("")).thenRejected("unknownVehicle")
        queue.when(.checkIn(String(repeating: "가", count: 21))).thenRejected("tooLong")
        queue.when(.checkIn("80배7777")).thenRejected("vehicleInactive")
    }

    @Test("a driver, an item and an order have to be real ones")
    func references() {
        let queue = Given<WaitQueue>()
        func checkIn(driver: String? = nil, item: String? = nil, order: String? = nil) -> Then<WaitQueue> {
            queue.when(.checkIn(plate: "85아5678", driver: driver, item: item, order: order, priority: nil))
        }
        checkIn(driver: "d99").thenRejected("unknownDriver")
        checkIn(item: "i99").thenRejected("unknownItem")
        checkIn(order: "DO 1/2").thenRejected("badField")
        checkIn(driver: "d2", item: "i2", order: "DO-1").thenNamed("dayChanged", "checkedIn")
    }

    @Test("a truck that is in the queue cannot check in again")
    func twice() {
        Given<WaitQueue>.line(2).when(.checkIn("부산80바1234")).thenRejected("alreadyWaiting", ["number": "1"])
        Given<WaitQueue>.onDeck.when(.checkIn("부산80바1234")).thenRejected("alreadyWaiting", ["number": "1"])
    }

    @Test("a driver checks in his own trucks only, without priority and in nobody else's name")
    func ownTrucks() {
        let queue = Given<WaitQueue>()
        queue.when(.checkIn("부산80바1234"), as: .driver("d1")).thenNamed("dayChanged", "checkedIn")
        queue.when(.checkIn("서울80바1234"), as: .driver("d1")).thenRejected("notYourVehicle")
        queue.when(.checkIn("85아5678"), as: .driver("d1")).thenRejected("notYourVehicle")
        queue.when(
            .checkIn(plate: "부산80바1234", driver: nil, item: nil, order: nil, priority: true), as: .driver("d1")
        ).thenRejected("notYourVehicle")
        queue.when(
            .checkIn(plate: "12가3456", driver: "d3", item: nil, order: nil, priority: nil), as: .driver("d1")
        ).thenRejected("notYourVehicle")
        let shared = queue.when(.checkIn("12가3456"), as: .driver("d3"))
        #expect(shared.state.entries.first?.driver == "d3")
    }

    @Test("a driver who already has a truck in the queue cannot bring another")
    func oneTruckPerDriver() {
        Given<WaitQueue>.line(1).when(.checkIn("12가3456"), as: .driver("d1")).thenRejected("alreadyWaiting")
        let away = Given<WaitQueue>.away
        away.when(.checkIn("12가3456"), as: .driver("d1"), at: .minutes(5)).thenNamed("checkedIn")
    }

    @Test("nor can he bring one back for its second weighing while another of his waits")
    func oneTruckPerDriverOnReturn() {
        let queue = Given<WaitQueue>.away.after(.checkIn("12가3456"), as: .driver("d1"), at: .minutes(5))
        queue.when(.checkIn("부산80바1234"), as: .driver("d1"), at: .minutes(9)).thenRejected("alreadyWaiting")
    }

    @Test("a priority truck joins behind the other priority trucks and before everybody else")
    func priority() {
        func urgent(_ plate: String) -> WaitQueue.Command {
            .checkIn(plate: plate, driver: nil, item: nil, order: nil, priority: true)
        }
        let queue = Given<WaitQueue>.line(3).after(.callNext(station: "1"))
            .after(urgent("경기98사9999")).after(urgent("85아5678"))
        #expect(queue.numbers == [1, 4, 5, 2, 3])
    }

    @Test("while check-in is paused only trucks on their second weighing join, and the reason is told")
    func paused() {
        let queue = Given<WaitQueue>.away.after(.pauseCheckIn(reason: "점검"))
        queue.when(.checkIn("85아5678")).thenRejected("checkInPaused", ["reason": "점검"])
        queue.when(.checkIn("부산80바1234"), at: .minutes(30)).thenNamed("rejoined")
        queue.after(.resumeCheckIn).when(.checkIn("85아5678")).thenNamed("checkedIn")
    }

    @Test("pausing needs a reason; pausing twice and resuming twice change nothing")
    func pausing() {
        let queue = Given<WaitQueue>()
        queue.when(.pauseCheckIn(reason: " ")).thenRejected("reasonRequired")
        let paused = queue.when(.pauseCheckIn(reason: "점검"), at: .minutes(2))
            .then(.checkInPaused(by: .office, reason: "점검", at: .start + .minutes(2))).given
        paused.when(.pauseCheckIn(reason: "또")).thenNothing()
        paused.when(.resumeCheckIn).then(.checkInResumed(by: .office))
        queue.when(.resumeCheckIn).thenNothing()
    }
}

@Suite("Wait queue: numbers (1.9)")
struct QueueNumberTests {
    /// A site with `max` numbers and trucks 12가1001, 12가1002, … with ids t1, t2, …
    private func yard(max: Int, trucks: Int) -> Directory {
        .sample {
            var site = $0.site("ulsan")
            site.queueNumberMax = max
            $0.sites["ulsan"] = site
            for number in 1...trucks {
                $0.setVehicle(Directory.Vehicle(plate: thePlate("12가\(1000 + number)")), "t\(number)", at: "ulsan")
            }
        }
    }

    @Test("numbers run from 1 to 99 and then start again, passing over those still in the yard")
    func wrap() {
        var queue = Given<WaitQueue>(in: yard(max: 99, trucks: 102))
        for number in 1...99 { queue = queue.after(.checkIn("12가\(1000 + number)")) }
        #expect(queue.numbers == Array(1...99))
        for number in [1, 3] { queue = queue.after(.cancel(id: theVisit(number), reason: "회차")) }
        queue = queue.after(.checkIn("12가1100")).after(.checkIn("12가1101"))
        #expect(queue.numbers.suffix(2) == [1, 3])
        #expect(queue.state.entries.last?.id == theVisit(101))
    }

    @Test("when every number is in use nobody can join, and one who leaves makes room")
    func full() {
        let queue = (1...3).reduce(Given<WaitQueue>(in: yard(max: 3, trucks: 4))) {
            $0.after(.checkIn("12가\(1000 + $1)"))
        }
        queue.when(.checkIn("12가1004")).thenRejected("queueFull", ["max": "3"])
        let one = queue.after(.cancel(id: theVisit(2), reason: "고장")).when(.checkIn("12가1004"))
        #expect(one.state.entries.last?.number == 2)
    }

    @Test("a number that has just become free is not handed out at once while others are left")
    func notAtOnce() {
        let queue = Given<WaitQueue>.line(2).after(.cancel(id: theVisit(2), reason: "고장"))
        #expect(queue.after(.checkIn("서울80바1234")).numbers == [1, 3])
    }

    @Test("a new day begins at 1 again, passing over a truck that stayed overnight")
    func dayChange() {
        let queue = Given<WaitQueue>.line(1)
        let next = queue.when(.checkIn("서울80바1234"), at: .hours(14))
        next.thenNamed("dayChanged", "checkedIn")
        #expect(next.state.entries.map(\.number) == [1, 2])
        #expect(next.state.entries.last?.id == "20261121-001")
        queue.when(.checkIn("서울80바1234"), at: .hours(14) - .milliseconds(1)).thenNamed("checkedIn")
    }

    @Test("a site that closes at four counts three in the morning to the day before")
    func dayCut() {
        let queue = Given<WaitQueue>.line(1, in: .site { $0.clock.dayCutMinutes = 240 })
        queue.when(.checkIn("서울80바1234"), at: .hours(17)).thenNamed("checkedIn")
        queue.when(.checkIn("서울80바1234"), at: .hours(18)).thenNamed("dayChanged", "checkedIn")
    }
}
