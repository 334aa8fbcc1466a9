@testable import Actors
import Testing

/// What has to be true of every queue at every moment, as sentences for those that are not.
func brokenRules(of state: WaitQueue.State, numberMax: Int) -> [String] {
    var broken: [String] = []
    func require(_ holds: Bool, _ rule: String) { if !holds { broken.append(rule) } }
    let entries = state.entries
    require(Set(state.slots.values).count == state.slots.count, "a truck is in two slots")
    require(Set(entries.map(\.number)).count == entries.count, "two trucks have one number")
    require(Set(entries.map(\.vehicle)).count == entries.count, "a truck is there twice")
    require(Set(entries.map(\.id)).count == entries.count, "two trucks have one visit")
    let drivers = entries.filter { $0.state != .away }.compactMap(\.driver)
    require(Set(drivers).count == drivers.count, "a driver drives two trucks")
    require(state.seconds.count <= 20 && state.seconds.allSatisfy { $0 >= 0 }, "odd process times")
    require(state.closed == Set(state.closed).sorted(), "closed stations are not a sorted set")
    for entry in entries {
        let number = "number \(entry.number), \(entry.state)"
        require((1...numberMax).contains(entry.number), "\(number) is out of range")
        require((1...2).contains(entry.pass), "\(number) is on pass \(entry.pass)")
        require(!entry.arrived || entry.state == .called, "\(number) has arrived uncalled")
        require(!entry.acknowledged || entry.state == .called, "\(number) answered no call")
        let held = state.slots.filter { $0.value == entry.id }.map(\.key)
        switch entry.state {
        case .called:
            require(entry.station.map { held == [$0] } ?? false, "\(number) does not hold the slot of its station")
            require(entry.deadline != nil && entry.calledAt != nil && entry.calls > 0, "\(number) has no call")
        case .waiting:
            require(held.isEmpty && entry.station == nil && entry.deadline == nil, "\(number) holds on to a call")
        case .absent:
            require(held.isEmpty && entry.deadline == nil && entry.absentUntil != nil, "\(number) holds on to a call")
        case .away:
            require(entry.pass == 2 && entry.station == nil && !entry.priority, "\(number) is not simply away")
        }
    }
    return broken
}

@Suite("Wait queue: whatever happens")
struct WaitQueuePropertyTests {
    private static let plates = ["부산80바1234", "서울80바1234", "12가3456", "85아5678", "경기98사9999", "80바1234", "80배7777"]

    @Test("2,000 random stories of 60 commands each break no rule, and the journal tells the same story")
    func stories() {
        let directory = Directory.site { $0.queueNumberMax = 4 }
        var accepted = 0
        for seed in 1...2000 {
            var random = SplitMix64(seed: UInt64(seed))
            var queue = Given<WaitQueue>(in: directory)
            var time = Duration.zero
            for step in 1...60 {
                time += .seconds(Int.random(in: 0...400, using: &random))
                let (command, principal) = Self.command(queue.state, &random)
                let then = queue.when(command, as: principal, at: time)
                if then.rejection != nil { #expect(then.state == queue.state) }
                accepted += then.events.isEmpty ? 0 : 1
                let broken = brokenRules(of: then.state, numberMax: 4)
                guard broken.isEmpty else {
                    Issue.record("seed \(seed), step \(step), after \(command) by \(principal.name): \(broken)")
                    return
                }
                queue = then.given
            }
        }
        // Stories in which nothing happens would prove nothing.
        #expect(accepted > 20_000)
    }

    /// Somebody does something, more often than not something that makes sense.
    private static func command(
        _ state: WaitQueue.State, _ random: inout SplitMix64
    ) -> (WaitQueue.Command, Principal) {
        let entry = state.entries.randomElement(using: &random)
        let id = entry?.id ?? "nobody"
        let station = ["1", "2", "3", "3", "9"].randomElement(using: &random) ?? "1"
        let flag = Bool.random(using: &random)
        let driver = Principal.driver("d\(Int.random(in: 1...4, using: &random))")
        let office: Principal = flag ? .office : .otherOffice
        switch Int.random(in: 0..<26, using: &random) {
        case 0...3:
            let plate = plates.randomElement(using: &random) ?? ""
            return (
                .checkIn(plate: plate, driver: nil, item: nil, order: nil, priority: flag), flag ? office : driver
            )
        case 4...6: return (.callNext(station: station), office)
        case 7: return (.call(id: id, station: station), office)
        case 8: return (.recall(id: id), office)
        case 9: return (.putBack(id: id), office)
        case 10: return (.skip(id: id), office)
        case 11: return (.markAbsent(id: id), office)
        case 12: return (.transfer(id: id, station: station), office)
        case 13: return (.prioritise(id: id, on: flag), office)
        case 14: return (.cancel(id: id, reason: "사유"), office)
        case 15: return (flag ? .pauseCheckIn(reason: "사유") : .resumeCheckIn, office)
        case 16: return (.freeSlot(station: station, reason: "사유"), office)
        case 17: return (flag ? .acknowledge : .cancelMine(reason: "사유"), driver)
        case 18: return (.comeBack, driver)
        case 19: return (.noShow(id: id, calls: entry?.calls ?? 1), .hub)
        case 20: return (.absenceOver(id: id, until: entry?.absentUntil ?? .start), .hub)
        case 21: return (.truckArrived(visit: id, binding: entry?.binding ?? ""), .hub)
        case 22, 23:
            return (
                .weighed(
                    visit: id, vehicle: entry?.vehicle ?? "", pass: entry?.pass ?? 1,
                    station: flag ? entry?.station : nil, at: nil), .hub
            )
        case 24:
            return (
                .platformCleared(station: station, visit: state.slots[station] ?? id, binding: entry?.binding ?? ""),
                .hub
            )
        default: return (flag ? .closeStation(station: station) : .openStation(station: station), .hub)
        }
    }

    @Test("many operators who call at the same moment share the line out: nobody twice, nobody passed over")
    func operators() {
        for seed in 1...200 {
            var random = SplitMix64(seed: UInt64(seed))
            var queue = Given<WaitQueue>.line(5)
            var called: [Int] = []
            for _ in 1...12 {
                let station = "\(Int.random(in: 1...3, using: &random))"
                let then = queue.when(.callNext(station: station), as: Bool.random(using: &random) ? .office : .admin)
                for case .called(let entry, _) in then.events { called.append(entry.number) }
                queue = then.given
                if Bool.random(using: &random), let holder = queue.state.slots[station] {
                    queue = queue.after(
                        .weighed(visit: holder, vehicle: "-", pass: 2, station: station, at: nil), as: .hub
                    )
                    .after(.platformCleared(station: station, visit: holder, binding: "-"), as: .hub)
                }
            }
            #expect(called == Array(1...max(1, called.count)), "seed \(seed)")
        }
    }
}
