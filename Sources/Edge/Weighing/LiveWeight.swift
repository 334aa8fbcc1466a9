/// What a screen shows while it happens; never stored.
package struct LiveWeight: Equatable, Sendable {
    package enum State: String, Codable, Sendable {
        case stable, moving, zero, over, under
        /// No reading for three seconds, or none yet.
        case none
    }

    /// nil whenever the indicator gives no number.
    package let grams: Int64?
    package let state: State
    package let at: Int64

    package init(grams: Int64?, state: State, at: Int64) {
        self.grams = grams
        self.state = state
        self.at = at
    }
}

/// A weight that stands still: what the hub is asked to count.
package struct SettledWeight: Equatable, Sendable {
    package let grams: Int64
    /// The binding that was in force when the truck drove on; nil when there was none.
    package let binding: String?
    package let at: Int64
    package let raw: [UInt8]

    package init(grams: Int64, binding: String?, at: Int64, raw: [UInt8]) {
        self.grams = grams
        self.binding = binding
        self.at = at
        self.raw = raw
    }
}
