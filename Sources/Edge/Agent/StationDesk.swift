/// One station without I/O: bytes of its indicator in; live weights, settled weights and refusals out.
package struct StationDesk: Sendable {
    package enum Output: Equatable, Sendable {
        case live(LiveWeight)
        case settled(SettledWeight)
        case refused(Reading)
        /// So many bytes came and no frame among them: the line's settings or the profile are wrong. Once until one comes.
        case noise(byteCount: Int)
        /// Other than before: the indicator fell silent, or can be heard. Before anything is known it is neither.
        case health(IndicatorHealth)
        /// The deck has not read zero for long, though nothing is on it; nil: it does again.
        case drift(Int64?)
    }

    /// An open frame is given up after so long without a byte.
    private static let frameWait = Duration.seconds(1)
    private static let noiseByteCountMax = 1_024

    package private(set) var decoder: IndicatorDecoder
    package private(set) var detector: SettleDetector
    /// When bytes came last; nil when no frame can be open.
    private var bytesAt: Moment?
    /// The decoder's counters when the latest reading came.
    private var atReading = IndicatorDecoder.Counters()
    private var noiseTold = false
    private let silence: Duration
    /// The number that its indicator has to give, where it gives one.
    private let device: Int?
    private var health: IndicatorHealth?
    /// When the latest good reading came, or the line was opened since; nil while there is no silence to wait for.
    private var heardAt: Duration?

    /// - Parameters:
    ///   - silence: without a reading for so long, on an open line, the indicator is out of order.
    ///   - device: a frame with another number, or with none where the profile's may have one, is another scale's, and refused.
    package init(
        profile: IndicatorProfile, settle: SettleDetector.Settings, silence: Duration = .seconds(3), device: Int? = nil
    ) {
        decoder = IndicatorDecoder(profile: profile)
        var settle = settle
        settle.stableCount = profile.stability.readings
        settle.steadySpan = profile.stability.span
        settle.agreeCount = profile.stability.agreeing
        detector = SettleDetector(settings: settle)
        self.silence = silence
        self.device = profile.canNameDevice ? device : nil
    }

    /// Many bytes came since the latest reading, and no frame among them.
    package var hearsNoise: Bool { noiseTold }

    package mutating func bind(_ binding: String?) { detector.bind(binding) }

    /// The line is open.
    package mutating func opened(at now: Moment) { heardAt = now.elapsed }

    package mutating func receive(_ bytes: [UInt8], at now: Moment) -> [Output] {
        bytesAt = now
        return hear(decoder.feed(bytes), at: now) + noise()
    }

    /// Its indicator is asked, or another on its line: no more of an answer that is not whole will come.
    package mutating func asked() -> [Output] { finish() }

    /// The line is closed, or could not be opened: what comes next is the start of something else.
    package mutating func closed() -> [Output] {
        let outputs = finish()
        heardAt = nil
        return outputs + report(.noData)
    }

    package var deadline: Duration? {
        [bytesAt.map { $0.elapsed + Self.frameWait }, silentAt, detector.silentAt].compactMap(\.self).min()
    }

    package mutating func elapse(to now: Moment) -> [Output] {
        var outputs: [Output] = []
        if let bytesAt, now.elapsed >= bytesAt.elapsed + Self.frameWait { outputs += finish() }
        if let silentAt, now.elapsed >= silentAt {
            heardAt = nil
            outputs += report(.noData)
        }
        if let live = detector.elapse(to: now) { outputs.append(.live(live)) }
        return outputs
    }

    private var silentAt: Duration? { heardAt.map { $0 + silence } }

    /// No more of an open frame will come. One that is whole as it stands was so when its last byte came.
    private mutating func finish() -> [Output] {
        guard let bytesAt else { return [] }
        self.bytesAt = nil
        return hear(decoder.finish(), at: bytesAt)
    }

    /// A frame that can be read, an overload too, shows that the indicator works; a refused one does not.
    private mutating func hear(_ decoded: [Reading], at now: Moment) -> [Output] {
        let readings = decoded.map(own)
        guard readings.contains(where: \.ok) else { return take(readings, at: now) }
        heardAt = now.elapsed
        return report(.good) + take(readings, at: now)
    }

    private func own(_ reading: Reading) -> Reading {
        guard let device, reading.ok, reading.device != device else { return reading }
        return .refused(.device, raw: reading.raw)
    }

    private mutating func report(_ health: IndicatorHealth) -> [Output] {
        guard self.health != health else { return [] }
        self.health = health
        return [.health(health)]
    }

    private mutating func take(_ readings: [Reading], at now: Moment) -> [Output] {
        readings.flatMap { reading -> [Output] in
            guard reading.ok else { return [.refused(reading)] }
            let before = detector.drift
            let output = detector.take(reading, at: now)
            let drift = (before == nil) == (detector.drift == nil) ? nil : Output.drift(detector.drift)
            return [output.live.map(Output.live), output.settled.map(Output.settled), drift].compactMap(\.self)
        }
    }

    private mutating func noise() -> [Output] {
        if decoder.counters.readingCount > atReading.readingCount {
            atReading = decoder.counters
            noiseTold = false
        }
        let byteCount = decoder.counters.noiseByteCount - atReading.noiseByteCount
        guard !noiseTold, byteCount >= Self.noiseByteCountMax else { return [] }
        noiseTold = true
        return [.noise(byteCount: byteCount)]
    }
}
