import Testing

@testable import Edge

@Suite struct DeckSimulatorTests {
    private static let plates = ["12가3456", "부산80바1234", "834무1234", "98사1234"]

    @Test("a truck weighs the same on every call: loaded on pass 1, its tare on pass 2", arguments: plates)
    func weights(_ plate: String) {
        let loaded = SimulatedTruck(Binding(id: "b1", plate: plate, pass: 1), divisionGrams: 20_000)
        let again = SimulatedTruck(Binding(id: "b2", plate: plate, pass: 1), divisionGrams: 20_000)
        let empty = SimulatedTruck(Binding(id: "b3", plate: plate, pass: 2), divisionGrams: 20_000)
        let known = SimulatedTruck(
            Binding(id: "b4", plate: plate, pass: 2, expectedTareGrams: 14_985_000), divisionGrams: 20_000)
        #expect(loaded.grams == again.grams)
        #expect((20_000_000...40_000_000).contains(loaded.grams))
        #expect((8_000_000...16_000_000).contains(empty.grams))
        #expect(known.grams == 14_980_000 || known.grams == 15_000_000)
        #expect([loaded, empty, known].allSatisfy { $0.grams.isMultiple(of: 20_000) })
    }

    @Test("plates differ in their weights")
    func distinct() {
        let weights = Self.plates.map {
            SimulatedTruck(Binding(id: "b", plate: $0, pass: 1), divisionGrams: 20_000).grams
        }
        #expect(Set(weights).count == Self.plates.count)
    }

    @Test(
        "a called truck settles exactly once, at its weight, over the bytes of the protocol",
        arguments: ["cas22", "and18", "seedA", "seedB"], 1...5 as ClosedRange<UInt64>)
    func wholeWay(_ id: String, _ seed: UInt64) throws {
        let profile = try ProfileCatalogue.builtIn.profile(id)
        let encoder = IndicatorEncoder(profile: profile)
        let settings = SettleDetector.Settings(engageGrams: 500_000, zeroBandGrams: 40_000, toleranceGrams: 20_000)
        var desk = StationDesk(profile: profile, settle: settings)
        var deck = DeckSimulator(divisionGrams: 20_000, seed: seed)
        var settled: [SettledWeight] = []
        let bindings = [Binding(id: "b1", plate: "12가3456", pass: 1), Binding(id: "b2", plate: "12가3456", pass: 2)]
        var waiting = bindings[...]
        for tick in 0..<1_200 {
            let now = Moment(elapsed: .milliseconds(100 * tick), millis: 0)
            if deck.phase == .empty, tick.isMultiple(of: 300), let next = waiting.popFirst() {
                deck.bind(next, at: now.elapsed)
                desk.bind(next.id)
            }
            let shown = deck.show(at: now.elapsed)
            let display = IndicatorEncoder.Display(
                value: ExactDecimal(mantissa: shown.grams / 1000), status: shown.status)
            for output in desk.receive(try #require(encoder.encode(display)), at: now) {
                guard case .settled(let weight) = output else { continue }
                settled.append(weight)
                deck.weighed(weight.binding ?? "", at: now.elapsed)
            }
        }
        #expect(settled.map(\.binding) == ["b1", "b2"])
        #expect(settled.map(\.grams) == bindings.map { SimulatedTruck($0, divisionGrams: 20_000).grams })
        #expect(deck.phase == .empty)
    }

    @Test("a truck that nobody weighs leaves after 20 s, and one whose call is taken back does not come")
    func impatience() {
        var deck = DeckSimulator(divisionGrams: 20_000, seed: 1)
        deck.bind(Binding(id: "b1"), at: .zero)
        deck.bind(nil, at: .seconds(1))
        #expect(deck.phase == .empty)
        deck.bind(Binding(id: "b2"), at: .seconds(1))
        var stoodFor = 0
        for second in 1...60 {
            _ = deck.show(at: .seconds(second))
            if case .standing = deck.phase { stoodFor += 1 }
        }
        #expect((19...21).contains(stoodFor))
        #expect(deck.phase == .empty)
    }
}
