/// An effect as the outbox keeps it.
package struct OutboxEntry: Sendable, Hashable {
    /// `stream#seq.index`, which is also the command key at the target; `stream#seq.index.n` when it was re-queued for the n-th time.
    package let id: String
    package let target: StreamID
    package let name: String
    package let arguments: [UInt8]
    package let createdAt: Instant
    package let due: Instant
    package let validUntil: Instant?
    package let facesPeople: Bool

    package init(
        id: String, target: StreamID, name: String, arguments: [UInt8], createdAt: Instant, due: Instant,
        validUntil: Instant?, facesPeople: Bool
    ) {
        self.id = id
        self.target = target
        self.name = name
        self.arguments = arguments
        self.createdAt = createdAt
        self.due = due
        self.validUntil = validUntil
        self.facesPeople = facesPeople
    }

    /// Where in its stream the effect comes from, and how often it was re-queued, out of the id.
    var place: (seq: Int64, index: Int64, round: Int64) { Self.place(id) }

    /// For a receiver, not for an actor.
    package var isOutside: Bool { target.kind == StreamID.receiverKind }

    package var isRequeued: Bool { place.round > 0 }

    /// The id it had before it was re-queued.
    package var firstID: String {
        let place = place
        return "\(source)#\(place.seq).\(place.index)"
    }

    /// The stream that caused it.
    var source: Substring { id.prefix { $0 != "#" } }

    private static func place(_ id: String) -> (seq: Int64, index: Int64, round: Int64) {
        let numbers = id.drop { $0 != "#" }.dropFirst().split(separator: ".").map { Int64($0) ?? 0 }
        return switch numbers.count {
        case 2: (numbers[0], numbers[1], 0)
        case 3: (numbers[0], numbers[1], numbers[2])
        default: (0, 0, 0)
        }
    }

    /// The id that it gets when it is re-queued: another command to its target, the same for everybody who re-queues it.
    package static func nextID(after id: String) -> String {
        let place = place(id)
        return "\(id.prefix { $0 != "#" })#\(place.seq).\(place.index).\(place.round + 1)"
    }

    package func with(arguments: [UInt8]) -> OutboxEntry {
        OutboxEntry(
            id: id, target: target, name: name, arguments: arguments, createdAt: createdAt, due: due,
            validUntil: validUntil, facesPeople: facesPeople)
    }

    /// Once more, from now on and without an end: somebody wants it.
    func requeued(at now: Instant) -> OutboxEntry {
        OutboxEntry(
            id: Self.nextID(after: id), target: target, name: name, arguments: arguments, createdAt: createdAt,
            due: now,
            validUntil: nil, facesPeople: false)
    }
}
