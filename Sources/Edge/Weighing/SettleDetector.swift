/// Decides when the weight on a deck has settled: at most once per truck, and only a weight that may be believed.
///
/// The rules (DOMAIN.md 1.2, 1.3): the indicator's stable flag is believed; where the protocol has none, `stableCount`
/// readings within the tolerance; a reported motion is never overridden; overload, underload, hold, net and tare never
/// settle. After a settled weight, and after a start, the deck must return into the zero band before the next counts.
package struct SettleDetector: Sendable {
    package struct Settings: Equatable, Sendable {
        /// The least weight that is a truck.
        package var engageGrams: Int64
        /// How far from 0 the empty deck may read.
        package var zeroBandGrams: Int64
        /// Software stability: the spread that `stableCount` readings may have.
        package var toleranceGrams: Int64
        package var stableCount = 5
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
    /// The latest readings without a stable flag, newest last.
    private var window: [Int64] = []
    private var zeroCount = 0

    package init(settings: Settings) { self.settings = settings }

    /// Whether the deck must return to zero before the next weight can count.
    package var awaitsZero: Bool { deck == .unknown || deck == .weighed }

    /// The truck called to this station. It counts for a load only when it was in force as that load came on: whoever
    /// stands on the deck already is somebody else.
    package mutating func bind(_ binding: String?) { self.binding = binding }

    package mutating func take(_ reading: Reading, at now: Moment) -> Output {
        guard reading.ok, reading.mode == nil || reading.mode == .gross else { return Output() }
        guard !reading.overload, !reading.underload else {
            forget()
            lastReadingAt = now.elapsed
            return Output(live: LiveWeight(grams: nil, state: reading.overload ? .over : .under, at: now.millis))
        }
        guard let grams = reading.grams else { return Output() }
        lastReadingAt = now.elapsed
        let still = isStill(reading, grams)
        let inZeroBand = grams.magnitude <= settings.zeroBandGrams.magnitude
        watchZero(inZeroBand && !reading.hold, still: still)
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

    /// The indicator's word where it has one; else the spread of the latest readings.
    private mutating func isStill(_ reading: Reading, _ grams: Int64) -> Bool {
        if let stable = reading.stable {
            window = []
            return stable
        }
        window.append(grams)
        if window.count > settings.stableCount { window.removeFirst() }
        guard window.count == settings.stableCount, let least = window.min(), let most = window.max() else {
            return false
        }
        return most - least <= settings.toleranceGrams
    }

    /// An empty deck that trembles in the wind is empty too, but it takes `stableCount` readings in a row to say so.
    private mutating func watchZero(_ atZero: Bool, still: Bool) {
        zeroCount = atZero ? zeroCount + 1 : 0
        if atZero, still || zeroCount >= settings.stableCount { deck = .clear }
    }

    private mutating func forget() {
        window = []
        zeroCount = 0
    }
}
