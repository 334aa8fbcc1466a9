/// Which settled weights of one topic are on their way: in order, at most 32 without an answer, all again after a cut.
///
/// There is one for what waits for its answer, and one for what had it from another history and is offered again. The latter
/// sends the next ones when all before have their answers: what settles meanwhile finds the way free, and the disk is written
/// once for 32.
package struct SendWindow: Sendable {
    package static let countMax = 32
    /// Without any answer for so long, what is on its way is sent again.
    package static let answerWait = Duration.seconds(15)
    /// After an outbox that could not be read.
    package static let readWait = Duration.seconds(1)

    package struct Want: Equatable, Sendable {
        package let after: Int64
        package let limit: Int
        /// Of what is offered again.
        package let again: Bool

        package init(after: Int64, limit: Int, again: Bool = false) {
            self.after = after
            self.limit = limit
            self.again = again
        }
    }

    /// On their way, oldest first.
    private var inFlight: [(boot: String, n: Int64)] = []
    /// The last number sent since the connection began; everything up to it has an answer or is in flight.
    private var sentThrough: Int64 = 0
    /// A request to the outbox that has not come back.
    private var loading: Want?
    /// Whether the outbox may hold more than was sent.
    private var mayHoldMore = true
    private var quietSince: Duration?
    /// The outbox could not be read; it is asked again then, by `retry` and `want`.
    package private(set) var retryAt: Duration?
    /// What was refused of those on their way that have their answer, while others have not. Of what is offered again.
    private var refused: [Int64: String] = [:]
    private let again: Bool

    package init(again: Bool = false) { self.again = again }

    /// Another weight was recorded.
    package mutating func recorded() { mayHoldMore = true }

    /// What to ask the outbox for now; nil when the window is full, nothing is known to wait, a request is out, or the
    /// last one failed a moment ago.
    package mutating func want() -> Want? {
        guard retryAt == nil, loading == nil, mayHoldMore, inFlight.count < (again ? 1 : Self.countMax) else {
            return nil
        }
        let want = Want(after: sentThrough, limit: Self.countMax - inFlight.count, again: again)
        loading = want
        // A weight recorded while the request is out must lead to another one.
        mayHoldMore = false
        return want
    }

    /// The outbox answered; the weights to send, in order. An answer to a request from before a cut is dropped.
    package mutating func loaded(_ weights: [StoredWeight], for want: Want, at now: Duration) -> [StoredWeight] {
        guard loading == want else { return [] }
        loading = nil
        if weights.count == want.limit { mayHoldMore = true }
        inFlight += weights.map { (boot: $0.boot, n: $0.n) }
        if let last = weights.last { sentThrough = last.n }
        if !weights.isEmpty { quietSince = quietSince ?? now }
        return weights
    }

    /// The outbox could not answer: begins again, after a pause. A request from before a cut is no concern of ours.
    package mutating func failed(for want: Want, at now: Duration) {
        guard loading == want else { return }
        restart()
        retryAt = now + Self.readWait
    }

    /// The pause is over.
    package mutating func retry() { retryAt = nil }

    /// The hub answered everything of this boot up to `n`.
    ///
    /// - Returns: up to which number all have their answer, with what was refused of them; nil when others are to be answered first.
    package mutating func answered(
        boot: String, through n: Int64, refused: [Int64: String], at now: Duration
    ) -> (through: Int64, refused: [Int64: String])? {
        inFlight.removeAll { $0.boot == boot && $0.n <= n }
        quietSince = inFlight.isEmpty ? nil : now
        guard again else { return (n, refused) }
        self.refused.merge(refused) { $1 }
        guard inFlight.isEmpty else { return nil }
        defer { self.refused = [:] }
        // Of several boots, whichever was answered last.
        return (max(n, sentThrough), self.refused)
    }

    /// When the answer is overdue; nil while nothing is on its way.
    package var overdueAt: Duration? { quietSince.map { $0 + Self.answerWait } }

    /// Begins again: what has no answer is asked from the outbox and sent once more.
    package mutating func restart() { self = SendWindow(again: again) }
}
