@testable import Actors
import Testing

@Suite("A yard: queue, stations and register together")
struct YardTests {
    private var random = SplitMix64(seed: 1)

    @Test("two passes over two decks: one slip, an order done, free decks, an empty queue")
    mutating func twoPasses() throws {
        var yard = Yard()
        yard.office(.checkIn(plate: "부산80바1234", driver: nil, item: "i1", order: nil, priority: nil))
        yard.office(.callNext(station: "1"))
        yard.deliverAll(&random)
        yard.driveOn("v1", weighing: tonnes(25, kg: 480), to: "1")
        yard.deliverAll(&random)
        #expect(yard.queue.entries[0].arrived)
        yard.settle("1")
        yard.deliverAll(&random)
        #expect(yard.queue.entries[0].state == .away && yard.queue.slots == ["1": theVisit(1)])
        yard.driveOff("1")
        yard.deliverAll(&random)
        #expect(yard.queue.slots.isEmpty && yard.stations["1"]?.status == .idle)

        yard.office(.checkIn("부산80바1234"))
        yard.office(.callNext(station: "2"))
        yard.deliverAll(&random)
        yard.driveOn("v1", weighing: tonnes(10, kg: 200), to: "2")
        yard.settle("2")
        yard.driveOff("2")
        yard.deliverAll(&random)
        #expect(yard.queue.entries.isEmpty && yard.queue.slots.isEmpty && yard.register.open.isEmpty)
        let slip = try #require(yard.slips.first)
        #expect(slip.netGrams == tonnes(15, kg: 280) && slip.load.itemName == "고철" && slip.load.visit == theVisit(1))
        #expect(yard.slips.count == 1 && yard.misattributed.isEmpty)
    }

    @Test("staff free the deck under a weighed truck: the next one keeps its slot when that truck drives off")
    mutating func freedUnderATruck() {
        var yard = Yard()
        for plate in ["부산80바1234", "서울80바1234", "85아5678"] { yard.office(.checkIn(plate)) }
        yard.office(.callNext(station: "1"))
        yard.deliverAll(&random)
        yard.driveOn("v1", weighing: tonnes(25), to: "1")
        yard.settle("1")
        yard.deliverAll(&random)
        yard.office(.freeSlot(station: "1", reason: "표시 오류"))
        yard.office(.callNext(station: "1"))
        yard.deliverAll(&random)
        yard.driveOff("1")
        yard.deliverAll(&random)
        #expect(yard.office(.callNext(station: "1"))?.code == "stationOccupied")
        #expect(yard.stations["1"]?.binding?.vehicle == "v2")
    }

    @Test("a weight that staff assign lets go of a slot that its truck will never use")
    mutating func assigned() {
        var yard = Yard()
        yard.office(.checkIn("부산80바1234"))
        yard.driveOn("v1", weighing: tonnes(25), to: "2")
        yard.settle("2")
        yard.driveOff("2")
        yard.office(.callNext(station: "1"))
        yard.deliverAll(&random)
        yard.station("2", .assignUnmatched(id: "2-000001", plate: "부산80바1234", reason: "호출 전 진입"))
        yard.deliverAll(&random)
        #expect(yard.queue.entries[0].state == .away && yard.queue.slots.isEmpty)
        #expect(yard.stations["1"]?.binding == nil)
    }

    @Test("1,000 random days: no weight for the wrong truck, no broken rule, and nothing stuck at closing time")
    func days() {
        var weighedCount = 0
        var slipCount = 0
        for seed in 1...1000 {
            var day = RandomDay(seed: UInt64(seed))
            for step in 1...250 {
                day.step()
                let broken = brokenRules(of: day.yard.queue, numberMax: 99) + day.yard.misattributed
                guard broken.isEmpty else {
                    Issue.record("seed \(seed), step \(step), \(day.last): \(broken)")
                    return
                }
            }
            day.close()
            weighedCount += day.yard.weighedCalls.count
            slipCount += day.yard.slips.count
            let stuck = day.stuck
            guard stuck.isEmpty else {
                Issue.record("seed \(seed): \(stuck)")
                return
            }
        }
        #expect(weighedCount > 2500)
        #expect(slipCount > 1000)
    }
}

/// Somebody does something sensible, and now and then something hasty.
private struct RandomDay {
    var yard = Yard()
    var last = ""
    private var random: SplitMix64
    private let trucks = [("v1", "부산80바1234"), ("v2", "서울80바1234"), ("v3", "12가3456"), ("v4", "85아5678")]

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func step() {
        yard.now = yard.now + .seconds(Int.random(in: 0...40, using: &random))
        let (vehicle, plate) = trucks.randomElement(using: &random) ?? trucks[0]
        let station = "\(Int.random(in: 1...2, using: &random))"
        let entry = yard.queue.entries.randomElement(using: &random)
        let id = entry?.id ?? "nobody"
        let choice = Int.random(in: 0..<100, using: &random)
        last = "choice \(choice): \(vehicle), station \(station), entry \(id)"
        // Effects are quick, most of the time.
        while Bool.random(using: &random), yard.deliver(&random) {}
        switch choice {
        case 0..<40: _ = yard.deliver(&random)
        case 40..<48: yard.office(.checkIn(plate))
        case 48..<56: yard.office(.callNext(station: station))
        case 56..<66: obey()
        case 66..<76: yard.settle(station)
        case 76..<84:
            let deck = yard.stations[station]
            if deck?.weighed != nil || deck?.binding == nil || choice == 76 { yard.driveOff(station) }
        case 84: yard.office(.freeSlot(station: station, reason: "사유"))
        case 85: yard.office(.putBack(id: id))
        case 86: yard.office(.recall(id: id))
        case 87: yard.office(.transfer(id: id, station: station))
        case 88: yard.office(.markAbsent(id: id))
        case 89: yard.office(.call(id: id, station: station))
        case 90: yard.office(.cancel(id: id, reason: "사유"))
        case 91: yard.book(.enterManually(plate: plate, grams: tonnes(12), reason: "사유", station: nil))
        case 92: yard.book(.cancelOpen(plate: plate, reason: "사유"))
        case 93: yard.station(station, .pause(reason: "사유"))
        case 94, 95: yard.station(station, .resume)
        case 96: yard.book(.completeWithStoredTare(plate: plate))
        default: yard.settle(station)
        }
    }

    /// A driver who is called drives onto the deck once that shows his number and is empty; again, if he left it unweighed.
    /// Trucks are slower than effects: one that overtook its binding would be weighed for whoever is bound.
    private mutating func obey() {
        guard let entry = yard.queue.entries.filter({ $0.state == .called }).randomElement(using: &random),
            let station = entry.station, let call = entry.binding, !yard.weighedCalls.contains(call),
            yard.stations[station]?.binding?.id == call
        else { return }
        let grams = Int64.random(in: 400...1400, using: &random) * 20_000
        yard.driveOn(entry.vehicle, weighing: grams, to: station)
    }

    /// Everybody drives off, everything under way arrives, the timers run out.
    mutating func close() {
        for station in yard.stations.keys.sorted() {
            yard.station(station, .resume)
            yard.driveOff(station)
        }
        yard.deliverAll(&random)
        for _ in 1...5 {
            yard.now = yard.now + .minutes(20)
            yard.deliverAll(&random)
        }
    }

    /// Decks that nobody but staff can free.
    var stuck: [String] {
        yard.queue.slots.sorted { $0.key < $1.key }.compactMap { station, id in
            let entry = yard.queue.entry(id)
            return
                "station \(station) is held by \(id): \(entry.map { "\($0.state), arrived \($0.arrived)" } ?? "gone")"
        }
    }
}
