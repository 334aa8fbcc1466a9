internal import NIOCore
internal import Synchronization

/// Listens on a line with one setting after the other.
struct LineProbe: Sendable {
    let profiles: [IndicatorProfile]
    let time: Duration
    /// Numbers of indicators that are asked where nobody speaks by himself; empty: nobody is.
    let devices: [Int]
    let loop: any EventLoop

    /// Bauds and settings to try: what the profiles say, then the usual ones.
    static func settings(_ profiles: [IndicatorProfile]) -> [(baud: Int, settings: SerialSettings)] {
        var all: [(baud: Int, settings: SerialSettings)] = []
        func add(_ baud: Int, _ settings: SerialSettings) {
            if !all.contains(where: { $0.baud == baud && $0.settings == settings }) { all.append((baud, settings)) }
        }
        for profile in profiles { add(profile.line.baud, profile.line.settings) }
        for baud in [9_600, 2_400, 4_800, 19_200, 1_200, 38_400, 57_600, 115_200] {
            for text in ["8N1", "7E1"] {
                if let settings = SerialSettings(text) { add(baud, settings) }
            }
        }
        return all
    }

    func listen(_ address: LineAddress) async throws -> LineFinding {
        let heard = Heard()
        let line = try await loop.submit {
            let line = IndicatorLine(address, silenceMax: .seconds(3_600), on: loop) { heard.take($0) }
            line.start()
            return NIOLoopBound(line, eventLoop: loop)
        }.get()
        // Somebody who speaks by himself is heard in this time, or not at all.
        try await Task.sleep(for: time)
        var seconds = time / .seconds(1)
        for question in questions where heard.bytes.isEmpty {
            for _ in 0..<Self.askCount {
                try await loop.submit { line.value.send(question) }.get()
                try await Task.sleep(for: Self.answerTime)
                seconds += Self.answerTime / .seconds(1)
            }
        }
        try await loop.submit { line.value.stop() }.get()
        return LineFinding(
            address, bytes: heard.bytes, seconds: seconds, failure: heard.failure, profiles: profiles)
    }

    /// No indicator takes longer; what comes before it is over is the answer.
    private static let answerTime = Duration.milliseconds(300)
    /// So that an answer can be told from noise.
    private static let askCount = 3

    /// Each question once, however many profiles ask it.
    private var questions: [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return profiles.compactMap(\.poll).flatMap { poll in devices.map { poll.command(device: $0) } }
            .filter { seen.insert($0).inserted }
    }

    private final class Heard: Sendable {
        private let state = Mutex<(bytes: [UInt8], failure: String?)>(([], nil))

        var bytes: [UInt8] { state.withLock { $0.bytes } }
        var failure: String? { state.withLock { $0.failure } }

        func take(_ event: IndicatorLine.Event) {
            state.withLock { state in
                switch event {
                case .opened: state.failure = nil
                // Enough to judge by, however fast it comes.
                case .bytes(let new): if state.bytes.count < 1 << 20 { state.bytes += new }
                case .lost(let reason, _): state.failure = reason
                }
            }
        }
    }
}
