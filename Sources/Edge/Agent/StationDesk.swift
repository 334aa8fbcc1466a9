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
    private let silence: Duration
    /// The number that its indicator has to give, where it gives one.
    private let device: Int?
    private var health: IndicatorHealth?
    /// When the latest good reading came, or the line was opened since; nil while there is no silence to wait for.
    private var heardAt: Duration?

    /// - Parameters:
    ///   - silence: without a reading for so long, on an open line, the indicator is out of order.
    ///   - device: a frame with another number is another scale's, and refused.
    package init(
        profile: IndicatorProfile, settle: SettleDetector.Settings, silence: Duration = .seconds(3), device: Int? = nil
    ) {
        decoder = IndicatorDecoder(profile: profile)
        detector = SettleDetector(settings: settle)
        self.silence = silence
        self.device = device
    }

    package mutating func bind(_ binding: String?) { detector.bind(binding) }

    /// The line is open.
    package mutating func opened(at now: Moment) { heardAt = now.elapsed }

    package mutating func receive(_ bytes: [UInt8], at now: Moment) -> [Output] {
        openSince = now.elapsed
        return hear(decoder.feed(bytes).map(own), at: now) + noise()
    }

    /// Its indicator is asked, or another on its line: no more of an answer that is not whole will come.
    package mutating func asked(at now: Moment) -> [Output] {
        openSince = nil
        return hear(decoder.finish().map(own), at: now)
    }

    /// The line is closed, or could not be opened: what comes next is the start of something else.
    package mutating func closed(at now: Moment) -> [Output] {
        openSince = nil
        heardAt = nil
        return take(decoder.finish().map(own), at: now) + report(.noData)
    }

    package var deadline: Duration? {
        [openSince.map { $0 + Self.frameWait }, silentAt, detector.silentAt].compactMap(\.self).min()
    }

    package mutating func elapse(to now: Moment) -> [Output] {
        var outputs: [Output] = []
        if let openSince, now.elapsed >= openSince + Self.frameWait {
            self.openSince = nil
            outputs += hear(decoder.finish().map(own), at: now)
        }
        if let silentAt, now.elapsed >= silentAt {
            heardAt = nil
            outputs += report(.noData)
        }
        if let live = detector.elapse(to: now) { outputs.append(.live(live)) }
        return outputs
    }

    private var silentAt: Duration? { heardAt.map { $0 + silence } }

    /// A frame that can be read, an overload too, shows that the indicator works; a refused one does not.
    private mutating func hear(_ readings: [Reading], at now: Moment) -> [Output] {
        guard readings.contains(where: \.ok) else { return take(readings, at: now) }
        heardAt = now.elapsed
        return report(.good) + take(readings, at: now)
    }

    private func own(_ reading: Reading) -> Reading {
        guard let device, let other = reading.device, other != device else { return reading }
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
