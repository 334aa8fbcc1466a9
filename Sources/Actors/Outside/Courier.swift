import DequeModule

/// Carries effects out of the hub, by the policy of the receiver.
///
/// *At most once*: that the outcome is `uncertain` is durable before the receiver acts, and what came of it takes its place after; when it
/// has certainly not been done, the effect waits again. A crash in between leaves it uncertain: it is not tried again, and an operator
/// sees it and decides. *At least once*: the receiver acts before anything is durable, so a crash makes it act again, under the same key.
///
/// One try at a time per effect; the outbox repeats and expires. A receiver has a few at a time, those first that it has not failed
/// at, and one that fails is left alone for a while: what piles up behind it costs one try a minute. `@unchecked Sendable`: state is
/// touched on `lane` only.
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
        var fresh: Deque<Errand> = []
        var failed: Deque<Errand> = []
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
    private var isStopped = false

    init(lane: any Lane, journal: any Journal, receivers: [StreamID: any Receiver], limits: Outbox.Limits) {
        self.lane = lane
        self.journal = journal
        desks = receivers.mapValues { Desk($0) }
        self.limits = limits
    }

    /// On `lane`, as is what `finished` hears.
    ///
    /// - Parameter isRetry: whether it was tried in vain before.
    func carry(_ entry: OutboxEntry, isRetry: Bool, _ finished: @escaping @Sendable (Carried) -> Void) {
        // Named in the master data and not configured, yet.
        guard let desk = desks[entry.target] else { return finished(.again) }
        let errand = Errand(entry: entry, finished: finished)
        if isRetry { desk.failed.append(errand) } else { desk.fresh.append(errand) }
        start(desk)
    }

    /// Nobody is asked any more; what is under way ends. On `lane`.
    func stop() { isStopped = true }

    private func start(_ desk: Desk) {
        while !isStopped, !desk.isResting, desk.underWayCount < desk.underWayMax,
            let errand = desk.fresh.popFirst() ?? desk.failed.popFirst()
        {
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
        guard desk.receiver.policy == .atMostOnce else { return act(errand, desk) }
        settle(errand, Settlement.uncertain) { [self] result in
            switch result {
            case .success where isStopped: giveBack(errand, desk)
            case .success: act(errand, desk)
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
        case (.done, _): finish(errand, desk, "done", .settled(outcome))
        case (.refused(let code), _): finish(errand, desk, "rejected:\(code)", .settled(outcome))
        case (.notDone, .atMostOnce): giveBack(errand, desk)
        case (.notDone, .atLeastOnce), (.unknown, .atLeastOnce): end(errand, desk, .again)
        case (.unknown, .atMostOnce): end(errand, desk, .settled(outcome))
        }
    }

    private func giveBack(_ errand: Errand, _ desk: Desk) { finish(errand, desk, Settlement.open, .again) }

    /// Until the journal takes it: what was done is not done again because nothing could be written for a while.
    private func finish(_ errand: Errand, _ desk: Desk, _ outcome: String, _ carried: Carried) {
        settle(errand, outcome) { [self] result in
            guard case .success = result else {
                return lane.after(limits.retryMax) { [self] in finish(errand, desk, outcome, carried) }
            }
            end(errand, desk, carried)
        }
    }

    private func settle(
        _ errand: Errand, _ outcome: String, _ done: @escaping @Sendable (Result<Appended, JournalError>) -> Void
    ) {
        let settlement = Settlement(effect: errand.entry.id, outcome: outcome)
        journal.append(Batch(settlements: [settlement]), on: lane, done: done)
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
