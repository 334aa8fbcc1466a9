/// What somebody in the yard does, as a machine without clock and socket: the hub's ticks are its time.
protocol Part: Sendable {
    /// The hub has let us in, for the first time or again.
    mutating func welcomed() -> [Wish]
    mutating func heard(_ says: HubSays, at now: ContinuousClock.Instant) -> [Wish]
}

/// What a part wants done on its connection.
enum Wish: Sendable {
    case follow(topic: String)
    case leave(topic: String)
    /// The answer comes as `.reply` with this id, or never when the connection goes.
    case ask(id: String, topic: String, name: String, arguments: [UInt8])
}

/// One command at a time: asked, awaited, and not asked again at once when it was refused.
struct Asking: Sendable {
    private static let patience = Duration.seconds(10)
    private var count = 0
    private var waiting: (id: String, since: ContinuousClock.Instant)?
    private var notBefore: ContinuousClock.Instant?
    /// What the hub said no to last.
    private(set) var refusal: HubSays.Fault?

    mutating func mayAsk(at now: ContinuousClock.Instant) -> Bool {
        // The answer is lost: what the hub shows tells what became of it.
        if let waiting, now - waiting.since >= Self.patience { self.waiting = nil }
        return waiting == nil && notBefore.map { now >= $0 } ?? true
    }

    mutating func ask(_ topic: String, _ name: String, _ arguments: [UInt8], at now: ContinuousClock.Instant) -> Wish {
        count += 1
        waiting = ("\(count)", now)
        return .ask(id: "\(count)", topic: topic, name: name, arguments: arguments)
    }

    /// The connection is new: no answer comes from the old one.
    mutating func forget() { waiting = nil }

    mutating func answered(_ id: String, _ fault: HubSays.Fault?, at now: ContinuousClock.Instant) {
        guard waiting?.id == id else { return }
        waiting = nil
        refusal = fault
        notBefore = fault.map { now + .milliseconds(max(5000, $0.afterMillis ?? 0)) }
    }
}
