/// How well a profile explains what was heard on a line.
struct ProfileFit: Sendable {
    let profile: String
    let readingCount: Int
    /// Why frames were refused, and how often.
    let refusals: [RefusalReason: Int]
    /// Bytes of frames that could be read, of all that came; 0…1.
    let share: Double
    /// The latest reading.
    let example: Reading?

    init(_ profile: IndicatorProfile, _ bytes: [UInt8]) {
        var decoder = IndicatorDecoder(profile: profile)
        let readings = decoder.feed(bytes) + decoder.finish()
        let good = readings.filter(\.ok)
        self.profile = profile.id
        readingCount = good.count
        refusals = readings.reduce(into: [:]) { counts, reading in
            if let reason = reading.reason { counts[reason, default: 0] += 1 }
        }
        share = bytes.isEmpty ? 0 : Double(good.reduce(0) { $0 + $1.raw.count }) / Double(bytes.count)
        example = good.last
    }

    /// Those that found a frame at all, the best first; of equal ones in the order given.
    static func ranked(_ profiles: [IndicatorProfile], _ bytes: [UInt8]) -> [ProfileFit] {
        profiles.map { ProfileFit($0, bytes) }.filter { $0.readingCount > 0 || !$0.refusals.isEmpty }
            .enumerated().sorted { one, other in
                (one.element.rank, other.offset) > (other.element.rank, one.offset)
            }
            .map(\.element)
    }

    private var rank: Rank { Rank(share: share, refusalCount: refusals.values.reduce(0, +)) }

    private struct Rank: Comparable {
        let share: Double
        let refusalCount: Int

        static func < (one: Rank, other: Rank) -> Bool {
            (one.share, -one.refusalCount) < (other.share, -other.refusalCount)
        }
    }
}

/// What was heard with one setting of a line.
struct LineFinding: Sendable {
    enum State: String, Sendable {
        case unusable
        case noBytes
        /// The settings are wrong, or nobody knows this protocol.
        case noFrames
        /// The settings are right, but something is damaged or of another make.
        case noReadings
        case streaming

        var sentence: String {
            switch self {
            case .unusable: "열 수 없음 (cannot be opened)"
            case .noBytes: "바이트 없음 (no bytes)"
            case .noFrames: "바이트는 있으나 프레임 없음: 통신 설정이나 프로파일이 다릅니다 (bytes, but no frames: settings or profile are wrong)"
            case .noReadings: "프레임은 있으나 읽을 수 없음 (frames, but none can be read)"
            case .streaming: "값이 들어옵니다 (streaming)"
            }
        }
    }

    let line: LineAddress
    let bytes: [UInt8]
    let seconds: Double
    /// Why it cannot be opened.
    var failure: String?
    let fits: [ProfileFit]

    init(
        _ line: LineAddress, bytes: [UInt8], seconds: Double, failure: String? = nil, profiles: [IndicatorProfile]
    ) {
        self.line = line
        self.bytes = bytes
        self.seconds = seconds
        self.failure = failure
        fits = ProfileFit.ranked(profiles, bytes)
    }

    var state: State {
        if failure != nil, bytes.isEmpty { return .unusable }
        guard !bytes.isEmpty else { return .noBytes }
        guard let best = fits.first else { return .noFrames }
        return best.readingCount > 0 ? .streaming : .noReadings
    }

    /// Nothing else has to be tried: almost all that came was read, and more than once.
    var isSure: Bool { fits.first.map { $0.readingCount >= 3 && $0.share >= 0.8 } ?? false }
}
