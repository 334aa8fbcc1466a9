import Testing

@testable import Edge

@Suite struct StationDeskTests {
    private func desk() throws -> StationDesk {
        let settings = SettleDetector.Settings(engageGrams: 500_000, zeroBandGrams: 40_000, toleranceGrams: 20_000)
        return StationDesk(profile: try ProfileCatalogue.builtIn.profile("and18"), settle: settings)
    }

    private func moment(_ millis: Int64) -> Moment { Moment(elapsed: .milliseconds(millis), millis: millis) }

    @Test("half a frame is given up after a second of silence, not glued to what comes later")
    func halfFrame() throws {
        var desk = try desk()
        #expect(desk.receive(Array("ST,GS,+00125".utf8), at: moment(0)) == [])
        #expect(desk.deadline == .milliseconds(1_000))
        #expect(desk.elapse(to: moment(1_000)).count == 1)
        let later = desk.receive(Array("00kg\r\n".utf8), at: moment(1_001))
        #expect(later == [])
    }

    @Test("a line that only makes noise is told once, and again after it worked")
    func noise() throws {
        var desk = try desk()
        var told = 0
        for round in 0..<2 {
            for _ in 0..<20 {
                for output in desk.receive([UInt8](repeating: 0xFF, count: 100), at: moment(0)) {
                    if case .noise = output { told += 1 }
                }
            }
            #expect(told == round + 1)
            _ = desk.receive(Array("ST,GS,+0012500kg\r\n".utf8), at: moment(0))
        }
    }

    @Test("1.2 three seconds without a frame hide the weight")
    func silence() throws {
        var desk = try desk()
        _ = desk.receive(Array("ST,GS,+0012500kg\r\n".utf8), at: moment(0))
        _ = desk.elapse(to: moment(1_000))
        #expect(desk.deadline == .milliseconds(3_000))
        #expect(desk.elapse(to: moment(3_000)) == [.live(LiveWeight(grams: nil, state: .none, at: 3_000))])
        #expect(desk.deadline == nil)
    }
}
