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
        let live = StationDesk.Output.live(LiveWeight(grams: nil, state: .none, at: 3_000))
        #expect(desk.elapse(to: moment(3_000)) == [.health(.noData), live])
        #expect(desk.deadline == nil)
    }

    @Test("an open line without a reading for three seconds is a fault, whatever else comes")
    func fault() throws {
        var desk = try desk()
        #expect(desk.deadline == nil)
        desk.opened(at: moment(0))
        #expect(desk.deadline == .milliseconds(3_000))
        let refused = desk.receive(Array("ST,GS,+00125x0kg\r\n".utf8), at: moment(2_500))
        #expect(refused.count == 1)
        #expect(desk.elapse(to: moment(2_999)) == [])
        #expect(desk.elapse(to: moment(3_000)) == [.health(.noData)])
        #expect(desk.elapse(to: moment(4_000)) == [])
        #expect(desk.deadline == nil)
    }

    @Test("the first good reading ends the fault, and an overload is one")
    func recovery() throws {
        var desk = try desk()
        desk.opened(at: moment(0))
        _ = desk.elapse(to: moment(3_000))
        let over = Array("OL,GS,+       kg\r\n".utf8)
        let live = StationDesk.Output.live(LiveWeight(grams: nil, state: .over, at: 4_000))
        #expect(desk.receive(over, at: moment(4_000)) == [.health(.good), live])
        for tenth in 1...100 as ClosedRange<Int64> {
            let now = moment(4_000 + 100 * tenth)
            #expect(desk.elapse(to: now) == [])
            #expect(desk.receive(over, at: now).count == 1)
        }
    }

    @Test("a lost line is a fault at once, and told once")
    func lostLine() throws {
        var desk = try desk()
        #expect(desk.closed(at: moment(0)) == [.health(.noData)])
        desk.opened(at: moment(100))
        #expect(desk.receive(Array("ST,GS,+0012500kg\r\n".utf8), at: moment(200)).first == .health(.good))
        #expect(desk.closed(at: moment(300)) == [.health(.noData)])
        #expect(desk.closed(at: moment(400)) == [])
    }

    @Test("an indicator that speaks seldom may be given more time")
    func patience() throws {
        let settings = SettleDetector.Settings(engageGrams: 500_000, zeroBandGrams: 40_000, toleranceGrams: 20_000)
        let profile = try ProfileCatalogue.builtIn.profile("and18")
        var desk = StationDesk(profile: profile, settle: settings, silence: .seconds(20))
        desk.opened(at: moment(0))
        #expect(desk.elapse(to: moment(19_999)) == [])
        #expect(desk.elapse(to: moment(20_000)) == [.health(.noData)])
    }
}
