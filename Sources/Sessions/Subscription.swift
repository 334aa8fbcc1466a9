import Actors
import Wire

/// One topic followed by one session: from the wish, over the picture or the missed events, to live.
///
/// `looking` and `replaying` subscriptions are fed here one by one; live ones by the loop's topic table alone.
struct Subscription {
    private enum State {
        /// Waiting for the actor's picture. What is published meanwhile is in it.
        case looking(cursor: ClientMessage.Cursor?)
        /// Waiting for the missed events up to `until`; what is published after it is held back.
        case replaying(until: Int64, held: [SharedFrame])
        case live
    }

    enum Next {
        case send([UInt8], thenLive: Bool)
        case replay(after: Int64, count: Int)
    }

    let stream: StreamID
    let mine: Bool
    let topic: Topic
    /// The client's label for the answer; nil after a resync, which nobody asked for.
    let id: String?
    private var state: State

    init(stream: StreamID, mine: Bool, topic: Topic, id: String?, cursor: ClientMessage.Cursor?) {
        self.stream = stream
        self.mine = mine
        self.topic = topic
        self.id = id
        state = .looking(cursor: cursor)
    }

    var isLive: Bool {
        if case .live = state { true } else { false }
    }

    /// The actor's picture has come.
    mutating func saw(_ sight: Sight, epoch: String, replayCountMax: Int) -> Next {
        guard case .looking(let cursor) = state else { preconditionFailure("a look is asked for once") }
        if let cursor, let id, sight.isResumable, cursor.epoch == epoch, cursor.seq <= sight.seq,
            sight.seq - cursor.seq <= Int64(replayCountMax)
        {
            guard cursor.seq < sight.seq else {
                state = .live
                return .send(
                    ServerMessage.resumed(id: id, topic: topic.name, epoch: epoch, seq: sight.seq), thenLive: true)
            }
            state = .replaying(until: sight.seq, held: [])
            return .replay(after: cursor.seq, count: Int(sight.seq - cursor.seq))
        }
        state = .live
        return .send(
            ServerMessage.snapshot(
                id: id, topic: topic.name, epoch: epoch, seq: sight.seq, at: sight.at.milliseconds, data: sight.data),
            thenLive: true)
    }

    /// The missed events have come, already reduced to what this view shows. Nil when they cannot be given whole.
    mutating func replayed(
        _ events: ArraySlice<PublishedFrame>?, epoch: String
    ) -> (answer: [UInt8], frames: [SharedFrame])? {
        guard case .replaying(let until, let held) = state, let id, let events else { return nil }
        state = .live
        let answer = ServerMessage.resumed(id: id, topic: topic.name, epoch: epoch, seq: until)
        return (answer, events.map(\.frame) + held)
    }

    /// Something was published before the subscription is live. False when too much had to be held back.
    mutating func published(_ published: PublishedFrame, countMax: Int) -> Bool {
        switch state {
        case .looking, .live: return true
        case .replaying(let until, var held):
            guard published.seq > until, published.seq > 0 else { return true }
            guard held.count < countMax else { return false }
            held.append(published.frame)
            state = .replaying(until: until, held: held)
            return true
        }
    }
}
