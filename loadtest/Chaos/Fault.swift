/// What is done to the hub and those around it.
struct Fault: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case hubKilled = "hub killed"
        case postmasterKilled = "postmaster killed"
        case backendKilled = "a backend killed"
        case writerTerminated = "writer's backend terminated"
        case readerTerminated = "another backend terminated"
        case databaseStopped = "database stopped"
        case diskFull = "disk full"
        case linksCut = "links cut"
        case linksStalled = "links silent"
        case linksDelayed = "links delayed"
        case clocksMoved = "clocks moved"
    }

    let kind: Kind
    /// How long it lasts; 0: it just happens.
    let seconds: Double
    /// Makes the rest of its choices.
    let seed: UInt64
}

/// Faults in the order in which they come: one at a time, or two where the second comes a little later.
struct FaultPlan: Sendable {
    struct Step: Sendable {
        let faults: [Fault]
        /// From the first to the second.
        let gapSeconds: Double
        /// Before the first.
        let restSeconds: Double

        var title: String { faults.map(\.kind.rawValue).joined(separator: " + ") }
    }

    let steps: [Step]

    /// All kinds come about equally often.
    ///
    /// - Parameter count: of faults.
    init(_ count: Int, kinds: [Fault.Kind], seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bag: [Fault.Kind] = []
        func draw() -> Fault {
            if bag.isEmpty { bag = kinds.shuffled(using: &random) }
            let kind = bag.removeLast()
            return Fault(kind: kind, seconds: Self.seconds(kind, &random), seed: random.next())
        }
        var (steps, left) = ([Step](), count)
        while left > 0 {
            var faults = [draw()]
            if left > 1, Int.random(in: 0..<8, using: &random) == 0 { faults.append(draw()) }
            left -= faults.count
            steps.append(
                Step(
                    faults: faults, gapSeconds: Double.random(in: 0...1, using: &random),
                    restSeconds: Double.random(in: 0.2...1, using: &random)))
        }
        self.steps = steps
    }

    private static func seconds(_ kind: Fault.Kind, _ random: inout SplitMix64) -> Double {
        switch kind {
        case .databaseStopped: Double.random(in: 1...5, using: &random)
        case .diskFull: Double.random(in: 1...4, using: &random)
        case .linksStalled, .linksDelayed: Double.random(in: 1...4, using: &random)
        default: 0
        }
    }
}
