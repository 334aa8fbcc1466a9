import Testing

@testable import Edge

@Suite struct StationDeskTests {
    private func desk(_ profile: String = "and18", device: Int? = nil) throws -> StationDesk {
        let settings = SettleDetector.Settings(engageGrams: 500_000, zeroBandGrams: 40_000, toleranceGrams: 20_000)
        return StationDesk(
            profile: try ProfileCatalogue.builtIn.profile(profile), settle: settings, device: device)
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
        #expect(desk.closed() == [.health(.noData)])
        desk.opened(at: moment(100))
        #expect(desk.receive(Array("ST,GS,+0012500kg\r\n".utf8), at: moment(200)).first == .health(.good))
        #expect(desk.closed() == [.health(.noData)])
        #expect(desk.closed() == [])
    }

    @Test("a frame without a number is another indicator's where the profile's may have one")
    func namelessFrame() throws {
        let nameless = Array("ST,GS,   12500,kg\r\n".utf8)
        let named = Array("03".utf8) + nameless
        var third = try desk("dini", device: 3)
        #expect(third.receive(named, at: moment(0)).first == .health(.good))
        #expect(third.receive(nameless, at: moment(100)) == [.refused(.refused(.device, raw: nameless))])
        // Without a number of its own, or with a profile that has none, a station takes what comes.
        var any = try desk("dini")
        #expect(any.receive(nameless, at: moment(0)).first == .health(.good))
        var numbered = try desk("and18", device: 3)
        #expect(numbered.receive(Array("ST,GS,+0012500kg\r\n".utf8), at: moment(0)).first == .health(.good))
    }

    /// What ends the wait for bytes that do not come.
    enum End: CaseIterable {
        case question, silence, lostLine
    }

    @Test(
        "a frame that may have a tail was heard when its last byte came, not when the wait was over",
        arguments: End.allCases)
    func withoutTail(_ end: End) throws {
        var desk = try desk("sewha", device: 1)
        let empty = Array("\u{2}01RCWTSGP0+0000000kg\u{3}".utf8)
        let truck = Array("\u{2}01RCWTSGP0+0012500kg\u{3}".utf8)
        for (frame, millis) in [(empty, 0), (empty, 100), (truck, 300)] as [([UInt8], Int64)] {
            #expect(desk.receive(frame, at: moment(millis)) == [])
            _ = desk.asked()
        }
        #expect(desk.receive(Array(truck.dropLast()), at: moment(400)) == [])
        #expect(desk.receive(Array(truck.suffix(1)), at: moment(500)) == [])
        let weights: [StationDesk.Output] = [
            .live(LiveWeight(grams: 12_500_000, state: .stable, at: 500)),
            .settled(SettledWeight(grams: 12_500_000, binding: nil, at: 500, raw: truck)),
        ]
        switch end {
        case .question: #expect(desk.asked() == weights)
        case .silence: #expect(desk.elapse(to: moment(1_500)) == weights)
        case .lostLine: #expect(desk.closed() == weights + [.health(.noData)])
        }
        #expect(desk.deadline == .milliseconds(3_500))
        #expect(desk.asked() == [])
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
