/// A settled weight as the outbox keeps it. (boot, n) names it for ever; the hub adds the device from the API key.
package struct StoredWeight: Equatable, Sendable {
    package enum State: String, Sendable {
        /// Recorded, not sent yet.
        case pending
        /// Sent at least once, without a final answer.
        case sent
        /// The hub has it.
        case acked
        /// The hub will never take it; `code` says why.
        case refused
    }

    package let topic: String
    /// Random, made with the topic's first weight in this database; with the database it goes.
    package let boot: String
    /// 1, 2, 3 … within topic and boot.
    package let n: Int64
    package let weight: SettledWeight
    /// What to add to the edge's clock to get the hub's, as far as known when the weight settled.
    package let offsetMillis: Int64
    /// Settled while the hub could not be reached.
    package let offline: Bool
    package var state: State
    package var code: String?
}
