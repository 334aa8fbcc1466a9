import Testing

@testable import Edge

@Suite struct ScenarioTests {
    private static func scenario(_ steps: String, repeats: Bool = false) throws -> Scenario {
        try Scenario.read(#"{"repeat": \#(repeats), "steps": [\#(steps)]}"#.utf8, source: "test")
    }

    private static func shown(_ scenario: Scenario, _ millis: Int64) -> DeckSimulator.Shown? {
        guard case .shown(let shown) = scenario.output(at: .milliseconds(millis), divisionGrams: 20_000) else {
            return nil
        }
        return shown
    }

    @Test("a truck drives on, stands for as long as is said, and leaves")
    func truck() throws {
        let scenario = try Self.scenario(#"{"empty": 2}, {"truck": 29850, "seconds": 10}, {"empty": 1}"#)
        #expect(scenario.time == .seconds(22))
        #expect(Self.shown(scenario, 1_999) == .init(grams: 0, status: .stable))
        #expect(Self.shown(scenario, 5_000)?.status == .motion)
        // On whole divisions, from six seconds after the first axle on.
        #expect(Self.shown(scenario, 8_000) == .init(grams: 29_860_000, status: .stable))
        #expect(Self.shown(scenario, 17_999) == .init(grams: 29_860_000, status: .stable))
        #expect(Self.shown(scenario, 19_000)?.status == .motion)
        #expect(Self.shown(scenario, 21_500) == .init(grams: 0, status: .stable))
        #expect(scenario.output(at: .seconds(22), divisionGrams: 20_000) == nil)
    }

    @Test("trouble is what it says")
    func trouble() throws {
        let scenario = try Self.scenario(
            #"""
            {"overload": 1}, {"underload": 1}, {"noise": 1}, {"cut": 1}, {"hold": 500, "seconds": 1},
            {"damaged": 7, "seconds": 1}, {"creep": -100, "seconds": 10}
            """#)
        func output(_ seconds: Double) -> Scenario.Output? {
            scenario.output(at: .seconds(seconds), divisionGrams: 20_000)
        }
        #expect(output(0) == .shown(.init(grams: 0, status: .over)))
        #expect(output(1) == .shown(.init(grams: 0, status: .under)))
        #expect(output(2) == .noise)
        #expect(output(3) == .nothing)
        #expect(output(4) == .shown(.init(grams: 500_000, status: .hold)))
        #expect(output(5) == .damaged(.init(grams: 0, status: .stable), percent: 7))
        #expect(output(11) == .shown(.init(grams: -60_000, status: .stable)))
    }

    @Test("it may go round for ever")
    func rounds() throws {
        let scenario = try Self.scenario(#"{"empty": 1}, {"cut": 1}"#, repeats: true)
        for round in [0, 1, 1_000_000] {
            let begin = Duration.seconds(2 * round)
            #expect(scenario.output(at: begin + .milliseconds(500), divisionGrams: 1)?.isNothing == false)
            #expect(scenario.output(at: begin + .milliseconds(1_500), divisionGrams: 1)?.isNothing == true)
        }
    }

    @Test(
        "what cannot be played is told with its line",
        arguments: [
            (#"{"steps": []}"#, #"line 1: "steps" has 0 steps, expected 1…10000"#),
            (
                "{\"steps\": [\n{\"empty\": 0}]}",
                #"line 2: "steps[0].empty" is 0, expected a whole number within 1…86400"#
            ),
            (#"{"steps": [{}]}"#, #""steps[0]" has 0 of empty, overload"#),
            (#"{"steps": [{"empty": 1, "cut": 1}]}"#, #""steps[0]" has 2 of empty"#),
            (#"{"steps": [{"empty": 1, "seconds": 1}]}"#, #""steps[0].seconds" is not needed"#),
            (#"{"steps": [{"truck": 100}]}"#, #""steps[0]" has no "seconds", which is needed"#),
            (#"{"steps": [{"truck": 200001, "seconds": 1}]}"#, "within 1…200000"),
            (#"{"steps": [{"damaged": 101, "seconds": 1}]}"#, "within 1…100"),
            (#"{"steps": [{"lorry": 1}]}"#, #""steps[0].lorry" is unknown"#),
            (#"{"steps""#, "line 1, column 9: expected a colon"),
        ] as [(String, String)])
    func faults(_ text: String, _ expected: String) {
        let error = #expect(throws: StartFailure.self) { try Scenario.read(text.utf8, source: "day.json") }
        #expect(error?.description.hasPrefix("day.json: ") == true)
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }
}

extension Scenario.Output {
    fileprivate var isNothing: Bool { self == .nothing }
}
