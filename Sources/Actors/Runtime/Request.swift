/// A command on its way to an actor, with everything that decides how it is answered.
package struct Request: Sendable {
    package let name: String
    /// JSON object of the arguments.
    package let arguments: [UInt8]
    package let key: String
    /// A digest of topic, name and arguments.
    package let body: [UInt8]
    package let principal: Principal
    /// The version the asker has seen, when it insists on it.
    package let expected: Int64?
    /// Set when the outbox asks: its outcome is settled in the same transaction.
    package let effect: String?
    /// Called once, on the actor's lane, after commit.
    package let reply: @Sendable (Outcome) -> Void

    package init(
        name: String, arguments: [UInt8], key: String, body: [UInt8], principal: Principal, expected: Int64? = nil,
        effect: String? = nil, reply: @escaping @Sendable (Outcome) -> Void
    ) {
        self.name = name
        self.arguments = arguments
        self.key = key
        self.body = body
        self.principal = principal
        self.expected = expected
        self.effect = effect
        self.reply = reply
    }

    package var commandKey: CommandKey { CommandKey(principal: principal.id, key: key) }
}

/// The one answer to a request.
package enum Outcome: Sendable, Hashable {
    /// Durable as of this version.
    case committed(seq: Int64)
    /// The domain says no; nothing changed.
    case rejected(Rejection)
    /// The same key came with another body.
    case keyReused
    /// The topic is at `current`, not where the asker thought.
    case versionConflict(current: Int64)
    /// The mailbox is full; ask again after this long.
    case busy(after: Duration)
    /// The journal is away; nothing is known to have changed. The same key may be asked again after this long.
    case unavailable(after: Duration)
}
