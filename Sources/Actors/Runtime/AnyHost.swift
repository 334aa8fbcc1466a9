/// A hosted actor of whatever kind. All calls are made on `lane`.
///
/// Closures and not a protocol: made where the kind is known, they lead into code that the compiler has specialised for it.
package struct AnyHost: Sendable {
    package let id: StreamID
    package let lane: any Lane

    /// Puts a request into the mailbox; it is answered once.
    package let deliver: @Sendable (Request) -> Void
    /// Shows the committed state through the view this principal gets, once the actor is awake.
    package let look: @Sendable (Look) -> Void
    /// Takes a live value; newest counts.
    package let observe: @Sendable (_ live: [UInt8], _ by: Principal) -> Rejection?
    /// True when nothing is waiting or under way and nobody has asked for `idleMax`.
    package let isIdle: @Sendable (_ at: Instant) -> Bool
    /// Somebody else has written to the stream (it was born in another actor's transaction): read it again.
    package let refresh: @Sendable () -> Void
    /// What has been shown; nil when nobody can have seen anything.
    package let shown: @Sendable () -> Shown?

    package init<K: Kind>(_ host: Host<K>) {
        id = host.id
        lane = host.lane
        deliver = { host.deliver($0) }
        look = { host.look($0) }
        observe = { host.observe($0, by: $1) }
        isIdle = { host.isIdle(at: $0) }
        refresh = { host.refresh() }
        shown = { host.shown }
    }
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
