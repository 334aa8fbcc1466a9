/// The drivers' queue as every terminal shows it (`docs/protocol.md`): numbers and decks, no plates.
package struct QueuePicture: Decodable, Equatable, Sendable {
    package struct Call: Decodable, Equatable, Sendable {
        package let number: Int
        package let stationName: String
        /// Milliseconds since 1970; later for a later call.
        package let deadline: Int64?
    }

    /// Those who wait, in order.
    package let line: [Int]
    package let called: [Call]
    /// No more trucks are taken in.
    package let paused: Bool
}

/// The subscription of the queue, for the board beside the scale. Without cursor: each picture is whole.
struct QueueLink: Sendable {
    /// The label of its `sub`.
    static let id = "q"

    let topic: String
    var subscription = StationLink.Subscription.none

    mutating func ask(at now: Duration) -> EdgeMessage {
        subscription = .asked(until: now + StationLink.answerWait)
        return .subscribe(id: Self.id, topic: topic, cursor: nil)
    }

    var deadline: Duration? {
        switch subscription {
        case .refused(let until), .asked(let until): until
        case .none, .live, .denied: nil
        }
    }
}
