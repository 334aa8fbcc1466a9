/// One station without I/O: bytes of its indicator in; live weights, settled weights and refusals out.
package struct StationDesk: Sendable {
    package enum Output: Equatable, Sendable {
        case live(LiveWeight)
        case settled(SettledWeight)
        case refused(Reading)
        /// So many bytes came and no frame among them: the line's settings or the profile are wrong. Once until one comes.
        case noise(byteCount: Int)
    }

    /// An open frame is given up after so long without a byte.
    private static let frameWait = Duration.seconds(1)
    private static let noiseByteCountMax = 1_024

    package private(set) var decoder: IndicatorDecoder
    package private(set) var detector: SettleDetector
    private var openSince: Duration?
    /// The decoder's counters when the latest reading came.
    private var atReading = IndicatorDecoder.Counters()
    private var noiseTold = false

    package init(profile: IndicatorProfile, settle: SettleDetector.Settings) {
        decoder = IndicatorDecoder(profile: profile)
        detector = SettleDetector(settings: settle)
    }

    package mutating func bind(_ binding: String?) { detector.bind(binding) }

    package mutating func receive(_ bytes: [UInt8], at now: Moment) -> [Output] {
        openSince = now.elapsed
        return take(decoder.feed(bytes), at: now) + noise()
    }

    /// The line is closed: what comes next is the start of something else.
    package mutating func closed(at now: Moment) -> [Output] {
        openSince = nil
        return take(decoder.finish(), at: now)
    }

    package var deadline: Duration? {
        [openSince.map { $0 + Self.frameWait }, detector.silentAt].compactMap(\.self).min()
    }

    package mutating func elapse(to now: Moment) -> [Output] {
        var outputs: [Output] = []
        if let openSince, now.elapsed >= openSince + Self.frameWait { outputs += closed(at: now) }
        if let live = detector.elapse(to: now) { outputs.append(.live(live)) }
        return outputs
    }

    private mutating func take(_ readings: [Reading], at now: Moment) -> [Output] {
        readings.flatMap { reading -> [Output] in
            guard reading.ok else { return [.refused(reading)] }
            let output = detector.take(reading, at: now)
            return [output.live.map(Output.live), output.settled.map(Output.settled)].compactMap(\.self)
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
