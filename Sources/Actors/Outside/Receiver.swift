/// Somebody outside the hub who is told of things or made to do them: an ERP, a gateway for text messages, a printer, a barrier.
package protocol Receiver: Sendable {
    var policy: DeliveryPolicy { get }

    /// Acts, once; `done` hears what came of it, later, from any thread, within a time that the receiver sets itself.
    ///
    /// - Parameter effect: its `id` and `createdAt` tell it from every other, also of a history that a restore gave up.
    func deliver(_ effect: OutboxEntry, _ done: @escaping @Sendable (DeliveryOutcome) -> Void)
}

/// What holds outside the hub, where no transaction reaches.
package enum DeliveryPolicy: String, Sendable, Codable, CaseIterable {
    /// Never twice: what has possibly been done is not done again (a barrier opens, a slip is printed).
    case atMostOnce
    /// Never not at all: what has possibly not been done is done again, under the same key (an ERP books, a gateway sends).
    case atLeastOnce
}

package enum DeliveryOutcome: Sendable, Hashable {
    case done
    /// The receiver does not want it; trying again cannot help. `code` is stable, for the outbox: `rejected:CODE`.
    case refused(code: String)
    /// It has certainly not been done: nobody answered the door.
    case notDone
    /// It was sent, and what came of it is not known.
    case unknown
}

extension StreamID {
    /// What the outbox calls those outside. No actor has this kind.
    package static let receiverKind = "receiver"

    package static func receiver(_ name: String, of site: String) -> StreamID {
        StreamID(site: site, kind: receiverKind, key: name)
    }

    /// Nil when no stream can have this name.
    package static func receiver(named name: String, of site: String = "-") -> StreamID? {
        StreamID("\(site)/\(receiverKind)/\(name)")
    }
}
