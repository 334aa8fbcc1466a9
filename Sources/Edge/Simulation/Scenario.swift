/// What a simulated line does, step by step, from a file: for training, and to see what an edge makes of trouble.
package struct Scenario: Equatable, Sendable {
    /// What goes onto the line at one moment.
    enum Output: Equatable, Sendable {
        case shown(DeckSimulator.Shown)
        /// A frame of which so many in a hundred bytes are damaged.
        case damaged(DeckSimulator.Shown, percent: Int)
        /// Bytes that are no frame.
        case noise
        /// The cable is off.
        case nothing
    }

    enum Act: Equatable, Sendable {
        case empty, overload, underload, noise, cut
        /// Drives on, stands for as long as the step says, and drives off.
        case truck(grams: Int64)
        /// The zero wanders away this far, evenly.
        case creep(grams: Int64)
        /// The display is held.
        case hold(grams: Int64)
        /// An empty deck over a bad cable.
        case damaged(percent: Int)
    }

    struct Step: Equatable, Sendable {
        let act: Act
        let time: Duration
    }

    let steps: [Step]
    let repeats: Bool

    /// Of one round.
    var time: Duration { steps.reduce(.zero) { $0 + $1.time } }

    /// What happens at a moment since the beginning; nil when it is over.
    func output(at moment: Duration, divisionGrams: Int64) -> Output? {
        let round = time
        guard repeats || round > moment else { return nil }
        var rest = moment
        if rest >= round {
            let rounds = (rest / round).rounded(.down)
            rest -= round * Int(rounds)
        }
        for step in steps {
            if rest < step.time { return output(step, rest, DeckCurve(divisionGrams: divisionGrams)) }
            rest -= step.time
        }
        // Only by the last bit of the division.
        return steps.last.map { output($0, $0.time, DeckCurve(divisionGrams: divisionGrams)) }
    }

    private func output(_ step: Step, _ moment: Duration, _ curve: DeckCurve) -> Output {
        switch step.act {
        case .empty: .shown(.init(grams: 0, status: .stable))
        case .overload: .shown(.init(grams: 0, status: .over))
        case .underload: .shown(.init(grams: 0, status: .under))
        case .noise: .noise
        case .cut: .nothing
        case .truck(let grams): .shown(truck(curve.rounded(Double(grams)), step.time, moment, curve))
        case .creep(let grams):
            .shown(.init(grams: curve.rounded(Double(grams) * (moment / step.time)), status: .stable))
        case .hold(let grams): .shown(.init(grams: curve.rounded(Double(grams)), status: .hold))
        case .damaged(let percent): .damaged(.init(grams: 0, status: .stable), percent: percent)
        }
    }

    private func truck(
        _ grams: Int64, _ time: Duration, _ moment: Duration, _ curve: DeckCurve
    ) -> DeckSimulator.Shown {
        let leaves = time - DeckCurve.driveOff
        if moment < DeckCurve.driveOn + DeckCurve.swing { return curve.climb(grams, moment) }
        return moment < leaves ? .init(grams: grams, status: .stable) : curve.leave(grams, moment - leaves)
    }
}

extension [UInt8] {
    /// With one bit wrong in so many of a hundred bytes.
    func damaged(percent: Int, _ luck: inout SplitMix64) -> [UInt8] {
        map { byte in
            Int.random(in: 0..<100, using: &luck) < percent ? byte ^ (1 << UInt8.random(in: 0...7, using: &luck)) : byte
        }
    }
}

// MARK: Its file

extension Scenario {
    private static let stepCountMax = 10_000
    /// On, swing and off, besides the time it stands.
    private static let truckTime = DeckCurve.driveOn + DeckCurve.swing + DeckCurve.driveOff

    /// - Parameter source: names the file in an error.
    package static func read(_ text: some Sequence<UInt8>, source: String) throws(StartFailure) -> Scenario {
        do {
            return try scenario(JSONPlace(node: try LocatedJSON(parsing: text), path: ""))
        } catch {
            throw StartFailure(description: "\(source): \(error)")
        }
    }

    private static func scenario(_ place: JSONPlace) throws(JSONPlace.Fault) -> Scenario {
        let file = try place.object(["steps", "repeat"])
        let list = try file.required("steps")
        let entries = try list.list()
        guard (1...stepCountMax).contains(entries.count) else {
            throw list.fault("has \(entries.count) steps, expected 1…\(stepCountMax)")
        }
        var steps: [Step] = []
        for entry in entries { steps.append(try step(entry)) }
        return Scenario(steps: steps, repeats: try file["repeat"]?.flag() ?? false)
    }

    private enum Name: String, CaseIterable {
        case empty, overload, underload, noise, cut, truck, creep, hold, damaged
    }

    private static func step(_ place: JSONPlace) throws(JSONPlace.Fault) -> Step {
        let step = try place.object(Name.allCases.map(\.rawValue) + ["seconds"])
        let names = Name.allCases.filter { step[$0.rawValue] != nil }
        guard names.count == 1, let name = names.first, let value = step[name.rawValue] else {
            throw place.fault(
                "has \(names.count) of \(Name.allCases.map(\.rawValue).joined(separator: ", ")); expected one")
        }
        let seconds = 1...86_400
        switch name {
        case .empty, .overload, .underload, .noise, .cut:
            if let other = step["seconds"] { throw other.fault("is not needed: \"\(name.rawValue)\" is in seconds") }
            let acts: [Name: Act] = [
                .empty: .empty, .overload: .overload, .underload: .underload, .noise: .noise, .cut: .cut,
            ]
            return Step(act: acts[name] ?? .empty, time: .seconds(try value.number(in: seconds)))
        case .truck, .creep, .hold, .damaged:
            let time = Duration.seconds(try step.required("seconds").number(in: seconds))
            let kilograms = { (range: ClosedRange<Int>) throws(JSONPlace.Fault) in
                Int64(try value.number(in: range)) * 1_000
            }
            switch name {
            case .truck: return Step(act: .truck(grams: try kilograms(1...200_000)), time: time + truckTime)
            case .creep: return Step(act: .creep(grams: try kilograms(-10_000...10_000)), time: time)
            case .hold: return Step(act: .hold(grams: try kilograms(0...200_000)), time: time)
            default: return Step(act: .damaged(percent: try value.number(in: 1...100)), time: time)
            }
        }
    }
}
