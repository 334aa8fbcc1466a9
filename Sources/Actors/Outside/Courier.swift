import DequeModule

/// Carries effects out of the hub, by the policy of the receiver.
///
/// *At most once*: that the outcome is `uncertain` is durable before the receiver acts, and what came of it takes its place after. A
/// crash between the two leaves it at that: it is not tried again, and an operator sees it and decides. *At least once*: the receiver
/// acts before anything is durable, so a crash makes it act again, under the same key.
///
/// One try at a time per effect; the outbox repeats and expires. A receiver has a few at a time, in the order in which they came, and one
/// that fails is left alone for a while: what piles up behind it costs one try a minute. `@unchecked Sendable`: state is touched on
/// `lane` only.
final class Courier: @unchecked Sendable {
    enum Carried: Sendable {
        /// It has its outcome.
        case settled(DeliveryOutcome)
        case again
    }

    private struct Errand {
        let entry: OutboxEntry
        let finished: @Sendable (Carried) -> Void
    }

    /// On the courier's lane, too.
    private final class Desk: @unchecked Sendable {
        let receiver: any Receiver
        var waiting: Deque<Errand> = []
        var underWayCount = 0
        /// In a row.
        var failureCount = 0
        var isResting = false

        init(_ receiver: any Receiver) { self.receiver = receiver }

        /// One that failed last is asked by one effect, and what is not to be done twice is done one after the other.
        var underWayMax: Int { failureCount > 0 || receiver.policy == .atMostOnce ? 1 : 4 }
    }

    private let lane: any Lane
    private let journal: any Journal
    private let desks: [StreamID: Desk]
    private let limits: Outbox.Limits
    /// Effects that are durably `uncertain` and have certainly not been done yet.
    private var marked: Set<String> = []

    init(lane: any Lane, journal: any Journal, receivers: [StreamID: any Receiver], limits: Outbox.Limits) {
        self.lane = lane
        self.journal = journal
        desks = receivers.mapValues { Desk($0) }
        self.limits = limits
    }

    /// On `lane`, as is what `finished` hears.
    func carry(_ entry: OutboxEntry, _ finished: @escaping @Sendable (Carried) -> Void) {
        // Named in the master data and not configured, yet.
        guard let desk = desks[entry.target] else { return finished(.again) }
        desk.waiting.append(Errand(entry: entry, finished: finished))
        start(desk)
    }

    /// The outbox gives it up.
    func forget(_ entry: OutboxEntry) { marked.remove(entry.id) }

    private func start(_ desk: Desk) {
        while !desk.isResting, desk.underWayCount < desk.underWayMax, let errand = desk.waiting.popFirst() {
            // It has waited too long here: the outbox sees to it.
            if let end = errand.entry.validUntil, lane.now() > end {
                errand.finished(.again)
                continue
            }
            desk.underWayCount += 1
            mark(errand, desk)
        }
    }

    private func mark(_ errand: Errand, _ desk: Desk) {
        let id = errand.entry.id
        guard desk.receiver.policy == .atMostOnce, !marked.contains(id) else { return act(errand, desk) }
        settle(id, Settlement.uncertain) { [self] result in
            switch result {
            case .success:
                marked.insert(id)
                act(errand, desk)
            // It has an outcome: a mark whose answer was lost, perhaps.
            case .failure(.conflict): end(errand, desk, .settled(.unknown))
            case .failure: end(errand, desk, .again)
            }
        }
    }

    private func act(_ errand: Errand, _ desk: Desk) {
        desk.receiver.deliver(errand.entry) { [self] outcome in
            lane.post { [self] in answered(errand, desk, outcome) }
        }
    }

    private func answered(_ errand: Errand, _ desk: Desk, _ outcome: DeliveryOutcome) {
        switch outcome {
        case .done, .refused: desk.failureCount = 0
        case .notDone, .unknown: rest(desk)
        }
        switch (outcome, desk.receiver.policy) {
        case (.done, _): settle(errand, desk, "done", outcome)
        case (.refused(let code), _): settle(errand, desk, "rejected:\(code)", outcome)
        case (.notDone, _), (.unknown, .atLeastOnce): end(errand, desk, .again)
        case (.unknown, .atMostOnce):
            marked.remove(errand.entry.id)
            end(errand, desk, .settled(outcome))
        }
    }

    /// Until the journal takes it: what was done is not done again because nothing could be written for a while.
    private func settle(_ errand: Errand, _ desk: Desk, _ text: String, _ outcome: DeliveryOutcome) {
        settle(errand.entry.id, text) { [self] result in
            guard case .success = result else {
                return lane.after(limits.retryMax) { [self] in settle(errand, desk, text, outcome) }
            }
            marked.remove(errand.entry.id)
            end(errand, desk, .settled(outcome))
        }
    }

    private func settle(
        _ id: String, _ outcome: String, _ done: @escaping @Sendable (Result<Appended, JournalError>) -> Void
    ) {
        journal.append(Batch(settlements: [Settlement(effect: id, outcome: outcome)]), on: lane, done: done)
    }

    private func end(_ errand: Errand, _ desk: Desk, _ carried: Carried) {
        desk.underWayCount -= 1
        errand.finished(carried)
        start(desk)
    }

    private func rest(_ desk: Desk) {
        desk.failureCount += 1
        guard !desk.isResting else { return }
        desk.isResting = true
        let delay = min(limits.retryMin * (1 << min(desk.failureCount - 1, 20)), limits.outsideRetryMax)
        lane.after(delay) { [self] in
            desk.isResting = false
            start(desk)
        }
    }
}
