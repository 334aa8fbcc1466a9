/// What a deck and its indicator do while trucks come and go: pure, by the clock it is given and its seed.
///
/// Zero with a little noise; after a call a truck drives on within seconds, swings and stands; it waits for its
/// weight to be taken, or 20 s, and drives off.
package struct DeckSimulator: Sendable {
    package struct Shown: Equatable, Sendable {
        package let grams: Int64
        package let status: IndicatorProfile.Status
    }

    package enum Phase: Equatable, Sendable {
        case empty
        /// Called, not on the deck yet.
        case called(SimulatedTruck, until: Duration)
        case drivingOn(SimulatedTruck, since: Duration)
        case standing(SimulatedTruck, until: Duration)
        case drivingOff(SimulatedTruck, since: Duration)
    }

    static let standMax = Duration.seconds(20)

    package private(set) var phase = Phase.empty
    private let curve: DeckCurve
    private var generator: SplitMix64
    private var called: Binding?
    /// The binding whose truck was on the deck: it does not come twice.
    private var served: String?

    package init(divisionGrams: Int64, seed: UInt64) {
        curve = DeckCurve(divisionGrams: divisionGrams)
        generator = SplitMix64(seed: seed)
    }

    /// The station's binding is this one now.
    package mutating func bind(_ binding: Binding?, at now: Duration) {
        called = binding
        switch phase {
        case .called(let truck, _) where truck.binding != binding?.id: phase = .empty
        case .standing(let truck, let until) where truck.binding != binding?.id:
            phase = .standing(truck, until: min(until, now + random(1_000...2_000)))
        default: break
        }
        callNext(at: now)
    }

    /// The hub has the truck's weight: it goes after a moment.
    package mutating func weighed(_ binding: String, at now: Duration) {
        guard case .standing(let truck, let until) = phase, truck.binding == binding else { return }
        phase = .standing(truck, until: min(until, now + random(1_000...2_000)))
    }

    /// What the indicator shows at this moment.
    package mutating func show(at now: Duration) -> Shown {
        advance(to: now)
        switch phase {
        case .empty, .called: return noise()
        case .drivingOn(let truck, let since): return curve.climb(truck.grams, now - since)
        case .standing(let truck, _): return Shown(grams: truck.grams, status: .stable)
        case .drivingOff(let truck, let since): return curve.leave(truck.grams, now - since)
        }
    }

    private mutating func advance(to now: Duration) {
        switch phase {
        case .called(let truck, let until) where now >= until: phase = .drivingOn(truck, since: now)
        case .drivingOn(let truck, let since) where now - since >= DeckCurve.driveOn + DeckCurve.swing:
            phase = .standing(truck, until: now + Self.standMax)
        case .standing(let truck, let until) where now >= until: phase = .drivingOff(truck, since: now)
        case .drivingOff(_, let since) where now - since >= DeckCurve.driveOff:
            phase = .empty
            callNext(at: now)
        default: break
        }
    }

    private mutating func callNext(at now: Duration) {
        guard phase == .empty, let called, called.id != served else { return }
        served = called.id
        phase = .called(SimulatedTruck(called, divisionGrams: curve.divisionGrams), until: now + random(2_000...5_000))
    }

    private mutating func noise() -> Shown {
        guard Int.random(in: 0..<20, using: &generator) == 0 else { return Shown(grams: 0, status: .stable) }
        return Shown(
            grams: Bool.random(using: &generator) ? curve.divisionGrams : -curve.divisionGrams, status: .motion)
    }

    private mutating func random(_ millis: ClosedRange<Int64>) -> Duration {
        .milliseconds(Int64.random(in: millis, using: &generator))
    }
}
