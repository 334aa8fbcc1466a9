/// Something that must happen elsewhere because of an event: a command to another actor, now or later, or a notice to a receiver
/// outside.
///
/// Effects are written to the outbox in the transaction of their event and carried out after it. Their command key derives
/// from the event, so that inside the hub they happen exactly once; outside it the receiver's `DeliveryPolicy` holds.
package struct Effect: Sendable {
    package let target: StreamID
    package let command: any Codable & Sendable
    /// Not before this time.
    package let due: Instant
    /// How long after `due` it still makes sense; past that it is recorded as expired and not carried out. Nil: for ever.
    package let validFor: Duration?
    /// A timer that faces people gets its full grace again when the hub was down at its time.
    package let facesPeople: Bool

    package init<K: Kind>(
        _ kind: K.Type, _ target: StreamID, _ command: K.Command, due: Instant, validFor: Duration? = nil,
        facesPeople: Bool = false
    ) {
        self.target = target
        self.command = command
        self.due = due
        self.validFor = validFor
        self.facesPeople = facesPeople
    }

    package init(
        _ notice: Notice, to receiver: String, of site: String, due: Instant, validFor: Duration? = nil
    ) {
        target = .receiver(receiver, of: site)
        command = notice
        self.due = due
        self.validFor = validFor
        facesPeople = false
    }
}

extension Kind {
    /// What the outbox has to carry out because of an event, each with an id that derives from the event.
    package static func effects(of event: Event, from id: StreamID, seq: Int64, at: Instant) -> [OutboxEntry] {
        react(event, from: id, at: at).enumerated().map { index, effect in
            let (name, arguments) = JSON.splitCase(JSON.encode(effect.command))
            return OutboxEntry(
                id: "\(id)#\(seq).\(index)", target: effect.target, name: name, arguments: arguments, createdAt: at,
                due: effect.due, validUntil: effect.validFor.map { effect.due + $0 },
                facesPeople: effect.facesPeople)
        }
    }
}

/// The final outcome of an effect, written in the transaction that carried it out. The first one stays, unless it is `uncertain`.
package struct Settlement: Sendable, Hashable {
    /// Whoever should have done it may have, or not, and does not do it again. Only where there is no outcome yet, else the batch is a
    /// `conflict`; another outcome may take its place.
    package static let uncertain = "uncertain"
    /// It has certainly not been done: `uncertain` is taken back, and there is no outcome.
    package static let open = "open"

    package let effect: String
    /// `done`, `rejected:CODE`, `expired`, `uncertain` or `open`.
    package let outcome: String

    package init(effect: String, outcome: String) {
        self.effect = effect
        self.outcome = outcome
    }
}
