/// One station's subscription and traffic, as the uplink keeps it.
struct StationLink: Sendable {
    enum Subscription: Equatable, Sendable {
        /// No connection, or none asked for yet.
        case none
        /// Asked for; the snapshot or the resumption comes.
        case asked
        /// Events arrive.
        case live
        /// The hub said no; asked for again then.
        case refused(until: Duration)
    }

    let topic: String
    /// The label of this subscription's `sub`, echoed by an error.
    let id: String
    var subscription = Subscription.none
    /// Kept over a cut, so that what was missed can be asked for.
    var cursor: Cursor?
    /// Kept over a cut: a truck on the deck still is the truck that was called.
    var binding: Binding?
    var window = SendWindow()
    var throttle = LiveThrottle()
    var lastLive: LiveWeight?
    /// The boot of the weights sent; an answer for another one is not for us.
    var boot: String?

    init(topic: String, index: Int) {
        self.topic = topic
        id = "s\(index)"
    }

    mutating func ask() -> EdgeMessage {
        subscription = .asked
        return .subscribe(id: id, topic: topic, cursor: cursor)
    }

    /// The connection is gone.
    mutating func cut() {
        subscription = .none
        window.restart()
        throttle.clear()
    }

    var deadline: Duration? {
        let again: Duration? = if case .refused(let until) = subscription { until } else { nil }
        return [again, throttle.deadline, window.overdueAt].compactMap(\.self).min()
    }
}
