/// A state as snapshots keep it, with the time of its last event: time must not run backwards after a restart either.
package struct Frozen<State: Codable & Sendable>: Codable, Sendable {
    package let at: Instant
    package let state: State

    package init(at: Instant, state: State) {
        self.at = at
        self.state = state
    }
}
