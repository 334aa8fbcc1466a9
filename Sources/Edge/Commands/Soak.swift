internal import ArgumentParser
internal import Glibc

struct Soak: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soak",
        abstract: "하루치 계량을 몇 초에 돌려 메모리와 CPU 를 봅니다. (Days of weighing in seconds: memory and CPU.)",
        discussion: """
            인디케이터의 프레임을 만들어 edge run 과 같은 해석과 확정을 거치게 합니다. 선로와 허브와 디스크는 없습니다.
            (Makes an indicator's frames and lets them pass the same decoding and settling as in `edge run`; without lines,
            hub and disk.)

            edge soak --hours 24 --rate 20 --stations 3

            마지막 시간의 메모리가 첫 시간보다 커지면 1 로 끝납니다. (Ends with 1 when the last hour needs more than the first.)
            """)

    @Option(help: "프로파일 이름 또는 .json 파일 (A profile's id, or a profile file).")
    var profile = "cas22"

    @Option(help: "시간 (Hours of simulated time).")
    var hours = 24

    @Option(help: "초당 프레임 수 (Frames a second and station).")
    var rate = 20

    @Option(help: "계량대 수 (Stations).")
    var stations = 3

    /// What a process may grow by without meaning anything: the allocator's arenas.
    private static let slackByteCount = 2 << 20

    func validate() throws {
        guard (2...8_760).contains(hours) else { throw ValidationError("--hours \(hours); expected 2…8760") }
        guard (1...100).contains(rate) else { throw ValidationError("--rate \(rate); expected 1…100") }
        guard (1...16).contains(stations) else { throw ValidationError("--stations \(stations); expected 1…16") }
    }

    func run() throws {
        let profile = try ProfileCatalogue.builtIn.load(profile)
        var decks = (0..<stations).map { SoakedDeck(profile, rate: rate, number: $0) }
        var memory: [Int] = []
        let clock = ContinuousClock()
        var spent = Duration.zero
        for hour in 0..<hours {
            for index in decks.indices {
                // Made beforehand, so that only what an edge does is timed.
                let frames = decks[index].frames(ofHour: hour)
                spent += clock.measure { decks[index].take(frames) }
            }
            memory.append(Self.residentByteCount())
        }
        let frameCount = hours * 3_600 * rate * stations
        let settled = decks.reduce(0) { $0 + $1.settledCount }
        let micros = Int(spent / .microseconds(1) * 1_000 / Double(frameCount))
        print("\(frameCount) frames of \(profile.id) in \(hours) h on \(stations) stations, \(settled) weights settled")
        print("CPU       \(micros) µs for 1000 frames")
        print(
            "memory    \(memory[0] >> 10) KiB after the first hour, \(memory[memory.count - 1] >> 10) KiB after the last"
        )
        guard memory[memory.count - 1] <= memory[0] + Self.slackByteCount else { throw ExitCode(1) }
        print("flat")
    }

    private static func residentByteCount() -> Int {
        guard let bytes = try? FileBytes.read("/proc/self/statm") else { return 0 }
        let pages = String(decoding: bytes, as: UTF8.self).split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (pages ?? 0) * sysconf(CInt(_SC_PAGESIZE))
    }
}

/// One station whose day goes round: a truck a few minutes, trouble now and then.
private struct SoakedDeck {
    private static let scenario = Scenario(
        steps: [
            .init(act: .empty, time: .seconds(40)), .init(act: .truck(grams: 29_840_000), time: .seconds(60)),
            .init(act: .empty, time: .seconds(20)), .init(act: .truck(grams: 12_460_000), time: .seconds(45)),
            .init(act: .overload, time: .seconds(5)), .init(act: .damaged(percent: 5), time: .seconds(10)),
        ], repeats: true)

    private let encoder: IndicatorEncoder
    private let rate: Int
    private var desk: StationDesk
    private var luck: SplitMix64
    private(set) var settledCount = 0
    private var at = Duration.zero

    init(_ profile: IndicatorProfile, rate: Int, number: Int) {
        let profile = profile.showing(.kilogram)
        encoder = IndicatorEncoder(profile: profile)
        self.rate = rate
        luck = SplitMix64(seed: UInt64(number))
        desk = StationDesk(
            profile: profile,
            settle: .init(engageGrams: 500_000, zeroBandGrams: 40_000, toleranceGrams: 20_000))
    }

    mutating func frames(ofHour hour: Int) -> [[UInt8]] {
        (0..<3_600 * rate).map { number in
            let moment = Duration.seconds(3_600 * hour) + .seconds(1) / rate * number
            switch Self.scenario.output(at: moment, divisionGrams: 20_000) {
            case .shown(let shown): return frame(shown)
            case .damaged(let shown, let percent): return frame(shown).damaged(percent: percent, &luck)
            case .noise, .nothing, nil: return []
            }
        }
    }

    private func frame(_ shown: DeckSimulator.Shown) -> [UInt8] {
        encoder.encode(.init(value: ExactDecimal(mantissa: shown.grams / 1_000), status: shown.status)) ?? []
    }

    mutating func take(_ frames: [[UInt8]]) {
        let step = Duration.seconds(1) / rate
        for frame in frames {
            at += step
            let now = Moment(elapsed: at, millis: at.components.seconds * 1_000)
            for output in desk.receive(frame, at: now) {
                if case .settled = output { settledCount += 1 }
            }
            if let deadline = desk.deadline, deadline <= at { _ = desk.elapse(to: now) }
        }
    }
}
