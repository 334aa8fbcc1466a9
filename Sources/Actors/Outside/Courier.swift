/// Carries effects out of the hub, by the policy of the receiver.
///
/// *At most once*: that the outcome is `uncertain` is durable before the receiver acts, and what came of it takes its place after. A
/// crash between the two leaves it at that: it is not tried again, and an operator sees it and decides. *At least once*: the receiver
/// acts before anything is durable, so a crash makes it act again, under the same key.
///
/// One try at a time per effect; the outbox repeats and expires. `@unchecked Sendable`: state is touched on `lane` only.
final class Courier: @unchecked Sendable {
    enum Carried: Sendable {
        /// It has its outcome.
        case settled(DeliveryOutcome)
        case again
    }

    private let lane: any Lane
    private let journal: any Journal
    private let receivers: [StreamID: any Receiver]
    private let settleRetry: Duration
    /// Effects that are durably `uncertain` and have certainly not been done yet.
    private var marked: Set<String> = []

    init(lane: any Lane, journal: any Journal, receivers: [StreamID: any Receiver], settleRetry: Duration) {
        self.lane = lane
        self.journal = journal
        self.receivers = receivers
        self.settleRetry = settleRetry
    }

    /// On `lane`, as is what `finished` hears.
    func carry(_ entry: OutboxEntry, _ finished: @escaping @Sendable (Carried) -> Void) {
        // Named in the master data and not configured, yet.
        guard let receiver = receivers[entry.target] else { return finished(.again) }
        guard receiver.policy == .atMostOnce, !marked.contains(entry.id) else {
            return act(entry, receiver, finished)
        }
        let batch = Batch(settlements: [Settlement(effect: entry.id, outcome: Settlement.uncertain)])
        journal.append(batch, on: lane) { [self] result in
            switch result {
            case .success:
                marked.insert(entry.id)
                act(entry, receiver, finished)
            // It has an outcome: a mark whose answer was lost, perhaps.
            case .failure(.conflict): finished(.settled(.unknown))
            case .failure: finished(.again)
            }
        }
    }

    private func act(
        _ entry: OutboxEntry, _ receiver: any Receiver, _ finished: @escaping @Sendable (Carried) -> Void
    ) {
        receiver.deliver(entry) { [self] outcome in
            lane.post { [self] in answered(entry, outcome, receiver.policy, finished) }
        }
    }

    private func answered(
        _ entry: OutboxEntry, _ outcome: DeliveryOutcome, _ policy: DeliveryPolicy,
        _ finished: @escaping @Sendable (Carried) -> Void
    ) {
        switch (outcome, policy) {
        case (.done, _): settle(entry, "done", outcome, finished)
        case (.refused(let code), _): settle(entry, "rejected:\(code)", outcome, finished)
        case (.notDone, _), (.unknown, .atLeastOnce): finished(.again)
        case (.unknown, .atMostOnce):
            marked.remove(entry.id)
            finished(.settled(outcome))
        }
    }

    /// Until the journal takes it: what was done is not done again because nothing could be written for a while.
    private func settle(
        _ entry: OutboxEntry, _ text: String, _ outcome: DeliveryOutcome,
        _ finished: @escaping @Sendable (Carried) -> Void
    ) {
        let batch = Batch(settlements: [Settlement(effect: entry.id, outcome: text)])
        journal.append(batch, on: lane) { [self] result in
            switch result {
            case .success:
                marked.remove(entry.id)
                finished(.settled(outcome))
            case .failure:
                lane.after(settleRetry) { [self] in settle(entry, text, outcome, finished) }
            }
        }
    }

    /// The outbox gives it up.
    func forget(_ entry: OutboxEntry) { marked.remove(entry.id) }
}
