/// One station's subscription and traffic, as the uplink keeps it.
struct StationLink: Sendable {
    enum Subscription: Equatable, Sendable {
        /// No connection, or none asked for yet.
        case none
        /// Asked for; the snapshot or the resumption comes, or what came could not be read.
        case asked(until: Duration)
        /// Events arrive.
        case live
        /// The hub said no; asked for again then.
        case refused(until: Duration)
        /// The hub said that the key does not speak for this station: nothing is sent until the next connection.
        case denied
    }

    /// Without a snapshot or a resumption for so long the subscription is asked for again.
    static let answerWait = Duration.seconds(10)

    let topic: String
    /// The label of this subscription's `sub`, echoed by an error.
    let id: String
    var subscription = Subscription.none
    /// Kept over a cut, so that what was missed can be asked for.
    var cursor: Cursor?
    /// Where something was missing and has been asked for.
    private var gapSeq: Int64?
    /// Kept over a cut: a truck on the deck still is the truck that was called.
    var binding: Binding?
    var window = SendWindow()
    /// Of what another history had, and this one may not.
    var againWindow = SendWindow(again: true)
    var throttle = LiveThrottle()
    var lastLive: LiveWeight?
    var report = HealthReport()
    /// The boots of the weights sent; an answer for another one is not for us.
    var boots: Set<String> = []

    init(topic: String, index: Int) {
        self.topic = topic
        id = "s\(index)"
    }

    mutating func ask(at now: Duration) -> EdgeMessage {
        subscription = .asked(until: now + Self.answerWait)
        return .subscribe(id: id, topic: topic, cursor: cursor)
    }

    /// Asks for a fresh picture: the history behind the cursor holds something that cannot be read.
    mutating func askAnew(at now: Duration) -> EdgeMessage {
        cursor = nil
        return ask(at: now)
    }

    /// Asks for what is missing behind the cursor. Missing there once more, it came and could not be read.
    mutating func askForMissed(at now: Duration) -> EdgeMessage {
        guard gapSeq != cursor?.seq else { return askAnew(at: now) }
        gapSeq = cursor?.seq
        return ask(at: now)
    }

    /// A snapshot came.
    mutating func begin(at cursor: Cursor) {
        subscription = .live
        self.cursor = cursor
        gapSeq = nil
    }

    /// The connection is gone.
    mutating func cut() {
        subscription = .none
        calmDown()
    }

    /// The station is not this key's. What is settled stays in the store, for a key that is.
    mutating func deny() {
        subscription = .denied
        calmDown()
    }

    subscript(again again: Bool) -> SendWindow {
        get { again ? againWindow : window }
        set { if again { againWindow = newValue } else { window = newValue } }
    }

    /// What has no answer is sent again from its beginning.
    mutating func restart() {
        window.restart()
        againWindow.restart()
    }

    /// Nothing is on its way any more, nothing is waited for.
    private mutating func calmDown() {
        gapSeq = nil
        restart()
        throttle.clear()
        report.cut()
    }

    var deadline: Duration? {
        let again: Duration? =
            switch subscription {
            case .refused(let until), .asked(let until): until
            case .none, .live, .denied: nil
            }
        let windows = [window, againWindow].flatMap { [$0.overdueAt, $0.retryAt] }
        return (windows + [again, throttle.deadline, report.deadline]).compactMap(\.self).min()
    }
}
