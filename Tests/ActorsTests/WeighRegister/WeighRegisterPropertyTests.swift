@testable import Actors
import Testing

@Suite("Weigh register: whatever happens")
struct WeighRegisterPropertyTests {
    @Test("200 random stories over three days: numbers without a gap, net = gross − tare, one open ticket per truck")
    func stories() {
        var slipCount = 0
        for seed in 1...200 {
            var random = SplitMix64(seed: UInt64(seed))
            var register = Given<WeighRegister>()
            var time = Duration.zero
            var numbers: [BusinessDate: [String]] = [:]
            for step in 1...80 {
                time += .seconds(Int.random(in: 0...7200, using: &random))
                let (command, principal) = Self.command(&random)
                let then = register.when(command, as: principal, at: time)
                if then.rejection != nil { #expect(then.state == register.state) }
                if let slip = then.slip {
                    slipCount += 1
                    numbers[slip.date, default: []].append(slip.number)
                    let today = BusinessDate(.start + time, zone: SiteClock())
                    let holds =
                        slip.netGrams == slip.grossGrams - slip.tareGrams && slip.netGrams >= 20_000
                        && slip.date == today && slip.completedAt == .start + time
                        && register.state.open[slip.load.vehicle]?.first == slip.first
                        && then.state.open[slip.load.vehicle] == nil
                    #expect(holds, "seed \(seed), step \(step): \(slip)")
                }
                for (vehicle, ticket) in then.state.open { #expect(ticket.load.vehicle == vehicle) }
                register = then.given
            }
            for (date, ofDay) in numbers {
                #expect(ofDay == (1...ofDay.count).map { "WR\(date.compact)\(pad($0, 4))" }, "seed \(seed)")
            }
        }
        #expect(slipCount > 2000)
    }

    private static func command(_ random: inout SplitMix64) -> (WeighRegister.Command, Principal) {
        let trucks = [("v1", "부산80바1234"), ("v2", "서울80바1234"), ("v4", "85아5678")]
        let (vehicle, text) = trucks.randomElement(using: &random) ?? trucks[0]
        let grams = Int64.random(in: 20...60, using: &random) * 500_000
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6:
            let load = WeighRegister.Load(visit: "x", plate: thePlate(text), vehicle: vehicle)
            return (.weigh(load: load, weighing: .sample(grams)), .hub)
        case 6, 7: return (.manual(grams, text), .office)
        case 8: return (.completeWithStoredTare(plate: text), .office)
        default: return (.cancelOpen(plate: text, reason: "사유"), .office)
        }
    }
}
