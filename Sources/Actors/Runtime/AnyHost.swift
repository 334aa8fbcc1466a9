/// A hosted actor of whatever kind. All calls are made on `lane`.
package protocol AnyHost: AnyObject, Sendable {
    var id: StreamID { get }
    var lane: any Lane { get }

    /// Puts a request into the mailbox; it is answered once.
    func deliver(_ request: Request)
    /// Shows the committed state through the view this principal gets, once the actor is awake.
    func look(_ look: Look)
    /// Takes a live value; newest counts.
    func observe(_ live: [UInt8], by principal: Principal) -> Rejection?
    /// True when nothing is waiting or under way and nobody has asked for `idleMax`.
    func isIdle(at now: Instant) -> Bool
    /// Somebody else has written to the stream (it was born in another actor's transaction): read it again.
    func refresh()
    /// What has been shown; nil when nobody can have seen anything.
    var shown: Shown? { get }
}

/// How far the subscribers of an actor are, kept over a passivation so that none sees a gap that is none, or misses one that is.
package struct Shown: Sendable {
    /// The last seq shown per view.
    var seqs: [View: Int64] = [:]
    /// The version that those who follow have seen, whether or not it showed them something.
    var version: Int64
}

/// A wish to see an actor's state, for a snapshot or the start of a subscription.
package struct Look: Sendable {
    package enum Answer: Sendable {
        case seen(Sight)
        case refused(Rejection)
        case unavailable(after: Duration)
    }

    package let principal: Principal
    package let mine: Bool
    /// Called once, on the actor's lane, in order with its publications.
    package let reply: @Sendable (Answer) -> Void

    package init(principal: Principal, mine: Bool, reply: @escaping @Sendable (Answer) -> Void) {
        self.principal = principal
        self.mine = mine
        self.reply = reply
    }
}

/// A view of an actor, cut at a version.
package struct Sight: Sendable {
    package let topic: Topic
    package let seq: Int64
    package let at: Instant
    /// JSON.
    package let data: [UInt8]
    /// Event views can be resumed from the journal; state views are sent whole.
    package let isResumable: Bool
}
