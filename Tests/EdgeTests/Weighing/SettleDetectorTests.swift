import Testing

@testable import Edge

/// A deck under test: kilograms in, outputs out, one reading every 100 ms.
private struct Bench {
    private(set) var detector: SettleDetector
    private(set) var settled: [SettledWeight] = []
    private(set) var states: [LiveWeight.State] = []
    private var elapsed = Duration.zero

    /// - Parameter agreeCount: 1 for a protocol with a check value.
    init(clear: Bool = true, agreeCount: Int = 1) {
        var settings = SettleDetector.Settings(engageGrams: 500_000, zeroBandGrams: 40_000, toleranceGrams: 20_000)
        settings.agreeCount = agreeCount
        detector = SettleDetector(settings: settings)
        if clear { show(0, .stable, times: agreeCount) }
    }

    enum Status { case stable, moving, unknown, hold, over, under }

    mutating func show(_ kilograms: Int64, _ status: Status, mode: WeighMode? = .gross, times: Int = 1) {
        for _ in 0..<times {
            var reading = Reading(raw: [1])
            reading.mode = mode
            reading.overload = status == .over
            reading.underload = status == .under
            reading.hold = status == .hold
            reading.stable = status == .unknown ? nil : status == .stable
            if !reading.overload && !reading.underload { reading.grams = kilograms * 1000 }
            take(reading)
        }
    }

    mutating func take(_ reading: Reading) {
        elapsed += .milliseconds(100)
        let output = detector.take(reading, at: now)
        if let weight = output.settled { settled.append(weight) }
        if let live = output.live { states.append(live.state) }
    }

    mutating func bind(_ binding: String?) { detector.bind(binding) }

    mutating func wait(_ span: Duration) -> LiveWeight? {
        elapsed += span
        return detector.elapse(to: now)
    }

    private var now: Moment { Moment(elapsed: elapsed, millis: elapsed.components.seconds * 1000) }
}

@Suite struct SettleDetectorTests {
    @Test("1.2 a stable weight of the truck called is settled once, with its binding")
    func settlesOnce() {
        var bench = Bench()
        bench.bind("b1")
        bench.show(9_000, .moving, times: 10)
        bench.show(40_460, .stable, times: 20)
        #expect(bench.settled.map(\.grams) == [40_460_000])
        #expect(bench.settled.map(\.binding) == ["b1"])
    }

    @Test("1.2 motion, hold, overload, underload, negative and light weights never settle")
    func neverSettles() {
        var bench = Bench()
        bench.show(40_460, .moving, times: 50)
        bench.show(40_460, .hold, times: 50)
        bench.show(0, .over, times: 50)
        bench.show(0, .under, times: 50)
        bench.show(-600, .stable, times: 50)
        bench.show(499, .stable, times: 50)
        #expect(bench.settled == [])
        bench.show(500, .stable)
        #expect(bench.settled.map(\.grams) == [500_000])
    }

    @Test("1.2 net, tare and refused frames are no weight of the deck")
    func otherModes() {
        var bench = Bench()
        bench.show(40_460, .stable, mode: .net, times: 5)
        bench.show(40_460, .stable, mode: .tare, times: 5)
        bench.take(.refused(.weight, raw: [1]))
        #expect(bench.settled == [])
        #expect(bench.states == [.zero])
    }

    @Test("1.3 the next weight needs the deck to return into the zero band")
    func zeroInterlock() {
        var bench = Bench()
        bench.show(40_460, .stable)
        bench.show(0, .over)
        bench.show(12_000, .moving)
        bench.show(12_000, .stable, times: 5)
        bench.show(60, .stable, times: 5)
        bench.show(13_000, .stable, times: 5)
        #expect(bench.settled.map(\.grams) == [40_460_000])
        #expect(bench.detector.awaitsZero)
        bench.show(40, .stable)
        #expect(!bench.detector.awaitsZero)
        bench.show(13_000, .stable)
        #expect(bench.settled.map(\.grams) == [40_460_000, 13_000_000])
    }

    @Test("1.3 after a start the deck must be seen empty first")
    func startsUnknown() {
        var bench = Bench(clear: false)
        bench.bind("b1")
        bench.show(40_460, .stable, times: 10)
        #expect(bench.settled == [])
        bench.show(0, .stable)
        bench.show(40_460, .stable)
        #expect(bench.settled.count == 1)
    }

    @Test("1.3 a trembling empty deck is empty after some readings, a held zero never")
    func tremblingZero() {
        var bench = Bench()
        bench.show(40_460, .stable)
        bench.show(20, .hold, times: 50)
        #expect(bench.detector.awaitsZero)
        bench.show(20, .moving, times: 4)
        #expect(bench.detector.awaitsZero)
        bench.show(-20, .moving)
        #expect(!bench.detector.awaitsZero)
    }

    @Test("a binding made while a truck stands on the deck is not that truck's")
    func bindingOnLoadedDeck() {
        var bench = Bench()
        bench.show(20_000, .moving)
        bench.bind("late")
        bench.show(40_460, .stable)
        #expect(bench.settled.map(\.binding) == [nil])
        bench.show(0, .stable)
        bench.show(30_000, .stable)
        #expect(bench.settled.map(\.binding) == [nil, "late"])
    }

    @Test("a truck keeps the binding it drove on with, and a new one re-arms nothing")
    func bindingChanges() {
        var bench = Bench()
        bench.bind("b1")
        bench.show(20_000, .moving)
        bench.bind("b2")
        bench.show(40_460, .stable)
        bench.bind("b3")
        bench.show(40_460, .stable, times: 10)
        #expect(bench.settled.map(\.binding) == ["b1"])
    }

    @Test("without a stable flag a second of readings within one division settles")
    func softwareStability() {
        var bench = Bench()
        for kilograms in [20_000, 30_000, 40_000] as [Int64] { bench.show(kilograms, .unknown) }
        for _ in 0..<5 { for kilograms in [40_440, 40_460] as [Int64] { bench.show(kilograms, .unknown) } }
        #expect(bench.settled == [])
        bench.show(40_460, .unknown)
        #expect(bench.settled.map(\.grams) == [40_460_000])
        #expect(bench.states.suffix(2) == [.moving, .stable])
    }

    @Test("without a stable flag a slow ramp never settles, however small its steps")
    func slowRamp() {
        var bench = Bench()
        // 3 kg in 100 ms: less than a division over five readings, more than one a second.
        for step in 0..<300 as Range<Int64> { bench.show(20_000 + 3 * step, .unknown) }
        #expect(bench.settled == [])
        bench.show(20_900, .unknown, times: 20)
        #expect(bench.settled.map(\.grams) == [20_900_000])
    }

    @Test("without a check value one reading is not believed: a second one has to agree")
    func agreement() {
        var bench = Bench(agreeCount: 2)
        bench.bind("b1")
        // A damaged digit on an empty deck, and then among those of a truck.
        bench.show(8_000, .stable)
        bench.show(0, .stable, times: 2)
        #expect(bench.settled == [])
        bench.show(30_000, .moving)
        bench.show(40_460, .stable)
        bench.show(90_460, .stable)
        bench.show(40_460, .stable)
        #expect(bench.settled == [])
        bench.show(40_460, .stable)
        #expect(bench.settled.map(\.grams) == [40_460_000])
        // Nor does one that reads zero set the deck free for the same truck again.
        bench.show(0, .stable)
        bench.show(40_460, .stable, times: 10)
        #expect(bench.settled.count == 1)
        bench.show(0, .stable, times: 2)
        bench.show(13_000, .stable, times: 2)
        #expect(bench.settled.map(\.binding) == ["b1", "b1"])
    }

    @Test("an overload that comes and goes settles nothing until it is gone")
    func overloadFlickers() {
        var bench = Bench(agreeCount: 2)
        for _ in 0..<50 {
            bench.show(79_980, .stable)
            bench.show(0, .over)
        }
        #expect(bench.settled == [])
        bench.show(79_980, .stable, times: 2)
        #expect(bench.settled.map(\.grams) == [79_980_000])
    }

    @Test("a change of unit starts it anew")
    func unitChanges() {
        var bench = Bench(agreeCount: 2)
        func reading(_ unit: WeightUnit) -> Reading {
            var reading = Reading(raw: [1])
            (reading.stable, reading.unit, reading.grams) = (true, unit, 20_000_000)
            return reading
        }
        for _ in 0..<20 {
            bench.take(reading(.kilogram))
            bench.take(reading(.tonne))
        }
        #expect(bench.settled == [])
        bench.take(reading(.tonne))
        #expect(bench.settled.count == 1)
    }

    @Test("a zero that creeps away is told after a minute, and weighs nobody")
    func creepingZero() {
        var bench = Bench()
        for kilograms in 0...60 as ClosedRange<Int64> { bench.show(kilograms, .stable, times: 5) }
        #expect(bench.detector.drift == nil)
        bench.show(60, .stable, times: 600)
        #expect(bench.detector.drift == 60_000)
        #expect(bench.settled == [])
        // A truck that drives on has nothing to do with it; behind it the deck still has to be zeroed.
        bench.show(40_460, .stable, times: 5)
        #expect(bench.detector.drift == nil && bench.settled.count == 1)
        bench.show(60, .stable, times: 601)
        #expect(bench.detector.drift == 60_000 && bench.detector.awaitsZero)
        bench.show(0, .stable)
        #expect(bench.detector.drift == nil && !bench.detector.awaitsZero)
    }

    @Test("a reported motion clears what software stability had gathered")
    func motionNotOverridden() {
        var bench = Bench()
        bench.show(40_460, .unknown, times: 10)
        bench.show(40_460, .moving)
        bench.show(40_460, .unknown, times: 10)
        #expect(bench.settled == [])
    }

    @Test("three seconds of silence hide the weight, once, and start stability anew")
    func silence() {
        var bench = Bench()
        bench.show(40_460, .unknown, times: 10)
        let early = bench.wait(.milliseconds(2_999))
        #expect(early == nil)
        let live = bench.wait(.milliseconds(1))
        #expect(live?.state == LiveWeight.State.none)
        #expect(live?.grams == nil)
        let again = bench.wait(.seconds(10))
        #expect(again == nil)
        bench.show(40_460, .unknown, times: 10)
        #expect(bench.settled == [])
    }

    @Test("the screen's states")
    func states() {
        var bench = Bench(clear: false)
        bench.show(0, .stable)
        bench.show(20, .moving)
        bench.show(12_000, .moving)
        bench.show(12_000, .stable)
        bench.show(12_000, .hold)
        bench.show(0, .over)
        bench.show(0, .under)
        bench.show(-80, .stable)
        #expect(bench.states == [.zero, .zero, .moving, .stable, .moving, .over, .under, .under])
    }
}

@Suite struct LiveThrottleTests {
    @Test("at most ten a second pass, and the newest of those that wait")
    func newestWins() {
        var throttle = LiveThrottle()
        var sent: [Int64] = []
        for tick in 0..<1000 {
            let now = Duration.milliseconds(tick)
            let live = LiveWeight(grams: Int64(tick), state: .moving, at: 0)
            if let live = throttle.offer(live, at: now), let grams = live.grams { sent.append(grams) }
        }
        #expect(sent == [0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
        #expect(throttle.deadline == .milliseconds(1000))
        let early = throttle.due(at: .milliseconds(999))
        #expect(early == nil)
        let last = throttle.due(at: .milliseconds(1000))
        #expect(last?.grams == 999)
        #expect(throttle.deadline == nil)
    }
}
