import NIOCore
import Synchronization
import Testing

@testable import Edge

/// Indicators on a pseudo terminal that speak when they are asked, each with its own weight.
private final class Bus: Sendable {
    private struct State: ~Copyable {
        let terminal: PseudoTerminal
        var asked: [UInt8] = []
        var counts: [Int: Int] = [:]
    }
    private let state: Mutex<State>
    private let profile: IndicatorProfile
    let path: String

    init(_ profile: IndicatorProfile) throws {
        let terminal = try PseudoTerminal()
        path = terminal.path
        self.profile = profile
        state = Mutex(State(terminal: terminal))
    }

    /// Answers what was asked since; `weights` by device.
    func answer(_ weights: [Int: Int64]) throws {
        let poll = try #require(profile.poll)
        state.withLock { state in
            state.asked += state.terminal.read()
            for (device, weight) in weights where poll.asks(device: device, in: state.asked) {
                state.asked = []
                state.counts[device, default: 0] += 1
                let display = IndicatorEncoder.Display(
                    value: ExactDecimal(mantissa: weight), status: .stable, device: device)
                if let frame = IndicatorEncoder(profile: profile).encode(display) { state.terminal.write(frame) }
            }
        }
    }

    func count(_ device: Int) -> Int { state.withLock { $0.counts[device, default: 0] } }
}

@Suite struct StationLineTests {
    private static func stations(_ path: String, devices: [Int]) throws -> [EdgeConfiguration.Station] {
        let entries = devices.map { device in
            """
            {"id": "\(device)", "profile": "sewha", "port": "\(path)", "device": \(device), "pollMillis": 40,
             "divisionGrams": 20000, "engageGrams": 500000, "zeroBandGrams": 40000}
            """
        }
        let json = """
            {"hub": "wss://hub.example/ws", "apiKeyFile": "k", "site": "ulsan", "dataDirectory": "d",
             "stations": [\(entries.joined(separator: ","))]}
            """
        return try EdgeConfiguration.parse(json.utf8, directory: "/").stations
    }

    @Test("indicators that share a line are asked in turn, and each answer reaches its own station")
    func sharedLine() async throws {
        let profile = try ProfileCatalogue.builtIn.profile("sewha")
        let bus = try Bus(profile)
        let stations = try Self.stations(bus.path, devices: [1, 2, 3])
        #expect(StationLine.shared(stations).map(\.count) == [3])
        let desks = Mutex(
            Dictionary(
                uniqueKeysWithValues: stations.map {
                    ($0.topic, StationDesk(profile: $0.profile, settle: $0.settle, device: $0.device))
                }))
        let seen = Mutex<[String: Set<Int64>]>([:])
        let refused = Mutex(0)
        let group = EdgeLoop.start()
        let loop = group.next()
        let clock = EdgeClock()
        let line = try await loop.submit {
            let line = StationLine(stations, on: loop) { event, station in
                let outputs = desks.withLock { desks -> [StationDesk.Output] in
                    switch event {
                    case .opened:
                        desks[station.topic]?.opened(at: clock.now)
                        return []
                    case .asked: return desks[station.topic]?.asked() ?? []
                    case .bytes(let bytes): return desks[station.topic]?.receive(bytes, at: clock.now) ?? []
                    case .lost: return desks[station.topic]?.closed() ?? []
                    }
                }
                for output in outputs {
                    switch output {
                    case .live(let live):
                        if let grams = live.grams {
                            seen.withLock { _ = $0[station.topic, default: []].insert(grams) }
                        }
                    case .refused: refused.withLock { $0 += 1 }
                    default: break
                    }
                }
            }
            line.start()
            return NIOLoopBound(line, eventLoop: loop)
        }.get()
        // The third one does not answer: nobody else speaks for it, and the others go on.
        let weights: [Int: Int64] = [1: 10_000, 2: 20_000]
        for _ in 0..<6_000 where bus.count(1) < 5 || bus.count(2) < 5 {
            try bus.answer(weights)
            // An indicator answers within milliseconds; the line asks every 40.
            try await Task.sleep(for: .milliseconds(5))
        }
        try await loop.submit { line.value.stop() }.get()
        try await group.shutdownGracefully()
        #expect(bus.count(1) >= 5 && bus.count(2) >= 5)
        let all = seen.withLock { $0 }
        #expect(all["ulsan/station/1"] == [10_000_000])
        #expect(all["ulsan/station/2"] == [20_000_000])
        #expect(all["ulsan/station/3"] == nil)
    }

    @Test("an answer with another number is refused, whoever was asked")
    func otherDevice() throws {
        let profile = try ProfileCatalogue.builtIn.profile("sewha")
        let settings = SettleDetector.Settings(engageGrams: 500_000, zeroBandGrams: 40_000, toleranceGrams: 20_000)
        var desk = StationDesk(profile: profile, settle: settings, device: 2)
        let frame = try #require(Vector.shipped.first { $0.id == "sewha-01" }).bytes
        let now = EdgeClock().now
        // With the question for the next one the frame is over: no check value comes.
        let outputs = desk.receive(frame, at: now) + desk.asked()
        #expect(outputs == [.refused(.refused(.device, raw: frame))])
    }

    @Test("a question is recognised with its number, also between others")
    func questions() throws {
        let poll = try #require(try ProfileCatalogue.builtIn.profile("sewha").poll)
        #expect(poll.command(device: 7) == Array("\u{2}07RCWT\u{3}".utf8))
        #expect(poll.command(device: 42) == Array("\u{2}42RCWT\u{3}".utf8))
        #expect(poll.asks(device: 7, in: Array("x\u{2}07RCWT\u{3}y".utf8)))
        #expect(!poll.asks(device: 8, in: Array("\u{2}07RCWT\u{3}".utf8)))
        var cycle = PollCycle(
            [1, 2].map { PollCycle.Question(topic: "\($0)", command: [$0]) }, interval: .milliseconds(40))
        #expect((0..<3).map { _ in cycle.next().topic } == ["1", "2", "1"])
        cycle.restart()
        #expect(cycle.next().topic == "1")
    }
}
