/// What the hub was told about one indicator on this connection.
///
/// One statement at a time: the next one waits for the answer, so that no retry of an old one comes after it.
struct HealthReport: Sendable {
    private enum State: Equatable {
        /// Nothing was said on this connection. → asked
        case unsaid
        /// On its way; without an answer it is said again. → said, waiting, asked
        case asked(id: String, IndicatorHealth, until: Duration)
        /// The hub has it, or will never take it. → asked, as soon as something else is true
        case said(IndicatorHealth)
        /// The hub could not take it; what is true then is said. → asked
        case waiting(until: Duration)
    }

    /// Without an answer for so long it is said again.
    static let answerWait = Duration.seconds(10)

    /// What is true now; nil while nothing is known. Kept over a cut.
    var truth: IndicatorHealth?
    private var state = State.unsaid

    /// What to say now; nil when the hub knows, or was just told.
    func due(at now: Duration) -> IndicatorHealth? {
        switch state {
        case .unsaid: truth
        case .said(let health): truth == health ? nil : truth
        case .asked(_, _, let until), .waiting(let until): now >= until ? truth : nil
        }
    }

    mutating func asked(id: String, _ health: IndicatorHealth, at now: Duration) {
        state = .asked(id: id, health, until: now + Self.answerWait)
    }

    /// Whether the command with this id waits for its answer.
    func isAsked(_ id: String) -> Bool {
        if case .asked(id, _, _) = state { true } else { false }
    }

    /// The hub answered what was asked: for good, or it may take it later.
    mutating func answered(retryAt: Duration?) {
        guard case .asked(_, let health, _) = state else { return }
        state = retryAt.map { State.waiting(until: $0) } ?? .said(health)
    }

    /// The connection is gone; the next one is told anew.
    mutating func cut() { state = .unsaid }

    /// When `due` may have something that no other input brings.
    var deadline: Duration? {
        switch state {
        case .unsaid, .said: nil
        case .asked(_, _, let until), .waiting(let until): until
        }
    }
}
