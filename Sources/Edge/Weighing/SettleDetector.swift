/// Decides when the weight on a deck has settled: at most once per truck, and only a weight that may be believed.
///
/// The rules (DOMAIN.md 1.2, 1.3): the indicator's stable flag is believed once `agreeCount` readings with it agree; where the
/// protocol has none, `stableCount` readings and `steadySpan` within the tolerance, so that a slow ramp is none; a reported motion is
/// never overridden; overload, underload, hold, net and tare never settle, and they and a change of unit start it anew. After a
/// settled weight, and after a start, the deck must return into the zero band before the next counts.
package struct SettleDetector: Sendable {
    package struct Settings: Equatable, Sendable {
        /// The least weight that is a truck.
        package var engageGrams: Int64
        /// How far from 0 the empty deck may read.
        package var zeroBandGrams: Int64
        /// Software stability: the spread that `stableCount` readings may have.
        package var toleranceGrams: Int64
        package var stableCount = 5
        /// The same of time: a weight that creeps by less than the tolerance from reading to reading has not come to rest.
        package var steadySpan = Duration.seconds(1)
        /// Readings that say stable and agree within the tolerance. One is not enough without a check value: a damaged digit is a
        /// digit.
        package var agreeCount = 2
        /// A deck that reads neither empty nor loaded for so long is not at zero.
        package var driftSpan = Duration.seconds(60)
        /// Without a reading for so long the weight is hidden.
        package var silence = Duration.seconds(3)

        package init(engageGrams: Int64, zeroBandGrams: Int64, toleranceGrams: Int64) {
            self.engageGrams = engageGrams
            self.zeroBandGrams = zeroBandGrams
            self.toleranceGrams = toleranceGrams
        }
    }

    package struct Output: Equatable, Sendable {
        /// nil when the reading is no weight of the deck (refused, net or tare): silence goes on.
        package var live: LiveWeight?
        package var settled: SettledWeight?
    }

    private enum Deck: Equatable {
        /// Since the start nobody has seen it empty; a load on it counts for nobody. → clear
        case unknown
        /// In the zero band. → loaded
        case clear
        /// A truck drove on while this binding was in force. → weighed, clear
        case loaded(binding: String?)
        /// This truck has its weight. → clear
        case weighed
    }

    private let settings: Settings
    private var deck = Deck.unknown
    private var binding: String?
    private var lastReadingAt: Duration?
    private var rest = Rest()
    private var zeroCount = 0
    private var unit: WeightUnit?
    /// Since when it has read neither empty nor loaded.
    private var driftingSince: Duration?
    /// What the deck reads when it should read zero, in grams; nil when it does.
    package private(set) var drift: Int64?

    /// Readings that agree, since the first of them.
    private struct Rest {
        var since = Duration.zero
        var count = 0
        var low: Int64 = 0
        var high: Int64 = 0
        /// Whether they say that they are stable themselves.
        var isFlagged = false

        mutating func take(_ grams: Int64, isFlagged: Bool, tolerance: Int64, at now: Duration) {
            let (low, high) = (min(low, grams), max(high, grams))
            guard count > 0, self.isFlagged == isFlagged, high - low <= tolerance else {
                self = Rest(since: now, count: 1, low: grams, high: grams, isFlagged: isFlagged)
                return
            }
            (self.low, self.high, count) = (low, high, count + 1)
        }
    }

    package init(settings: Settings) { self.settings = settings }

    /// Whether the deck must return to zero before the next weight can count.
    package var awaitsZero: Bool { deck == .unknown || deck == .weighed }

    /// The truck called to this station. It counts for a load only when it was in force as that load came on: whoever
    /// stands on the deck already is somebody else.
    package mutating func bind(_ binding: String?) { self.binding = binding }

    package mutating func take(_ reading: Reading, at now: Moment) -> Output {
        guard reading.ok else { return Output() }
        guard reading.mode == nil || reading.mode == .gross else {
            forget()
            return Output()
        }
        guard !reading.overload, !reading.underload else {
            forget()
            lastReadingAt = now.elapsed
            return Output(live: LiveWeight(grams: nil, state: reading.overload ? .over : .under, at: now.millis))
        }
        guard let grams = reading.grams else { return Output() }
        lastReadingAt = now.elapsed
        if reading.unit != unit { forget() }
        unit = reading.unit
        let still = isStill(reading, grams, at: now.elapsed)
        let inZeroBand = grams.magnitude <= settings.zeroBandGrams.magnitude
        watchZero(inZeroBand && !reading.hold, still: still)
        watchDrift(grams, isExpected: inZeroBand || grams >= settings.engageGrams, at: now.elapsed)
        if deck == .clear, grams >= settings.engageGrams { deck = .loaded(binding: binding) }
        let state: LiveWeight.State =
            inZeroBand ? .zero : grams < 0 ? .under : still ? .stable : .moving
        return Output(
            live: LiveWeight(grams: grams, state: state, at: now.millis),
            settled: still ? settle(grams, reading, now) : nil)
    }

    /// When silence would begin; nil while there is nothing to hide.
    package var silentAt: Duration? { lastReadingAt.map { $0 + settings.silence } }

    /// Time has passed: the live weight to show when silence has just begun.
    package mutating func elapse(to now: Moment) -> LiveWeight? {
        guard let silentAt, now.elapsed >= silentAt else { return nil }
        forget()
        lastReadingAt = nil
        return LiveWeight(grams: nil, state: .none, at: now.millis)
    }

    private mutating func settle(_ grams: Int64, _ reading: Reading, _ now: Moment) -> SettledWeight? {
        guard case .loaded(let binding) = deck, grams >= settings.engageGrams else { return nil }
        deck = .weighed
        return SettledWeight(grams: grams, binding: binding, at: now.millis, raw: reading.raw)
    }

    /// The indicator's word where it has one; else what the latest readings show.
    private mutating func isStill(_ reading: Reading, _ grams: Int64, at now: Duration) -> Bool {
        if reading.stable == false {
            rest = Rest()
            return false
        }
        rest.take(grams, isFlagged: reading.stable == true, tolerance: settings.toleranceGrams, at: now)
        return rest.isFlagged
            ? rest.count >= settings.agreeCount
            : rest.count >= settings.stableCount && now - rest.since >= settings.steadySpan
    }

    /// Snow, mud, a stone under the deck: every truck would weigh as much more, and after it none is let on.
    private mutating func watchDrift(_ grams: Int64, isExpected: Bool, at now: Duration) {
        guard !isExpected else {
            (driftingSince, drift) = (nil, nil)
            return
        }
        let since = driftingSince ?? now
        driftingSince = since
        if now - since >= settings.driftSpan { drift = grams }
    }

    /// An empty deck that trembles in the wind is empty too, but it takes `stableCount` readings in a row to say so.
    private mutating func watchZero(_ atZero: Bool, still: Bool) {
        zeroCount = atZero ? zeroCount + 1 : 0
        if atZero, still || zeroCount >= settings.stableCount { deck = .clear }
    }

    private mutating func forget() {
        rest = Rest()
        zeroCount = 0
        (driftingSince, drift) = (nil, nil)
    }
}
