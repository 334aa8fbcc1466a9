internal import NIOCore
internal import Synchronization
internal import Wire

/// Writes down what everybody is told, in order, from all loops.
final class Witness: Sendable {
    struct Testimony: Sendable {
        var acknowledgements: [Audit.Acknowledgement] = []
        var shown: [Audit.Shown] = []
    }

    private struct State {
        var new = Testimony()
        var readerCount = 0
    }

    private let state = Mutex(State())

    /// What came since the last time.
    func take() -> Testimony {
        state.withLock { state in
            defer { state.new = Testimony() }
            return state.new
        }
    }

    func note(_ topic: String, _ key: String, _ seq: Int64?, eventCount: Int?) {
        state.withLock {
            $0.new.acknowledgements.append(
                Audit.Acknowledgement(topic: topic, key: key, seq: seq, eventCount: eventCount))
        }
    }

    /// On its loop.
    func listen(to commander: Commander) {
        commander.onCommitted = { topic, name, key, seq in
            self.note(topic, key, seq, eventCount: Self.eventCounts[name])
        }
    }

    /// On its loop.
    func listen(to edge: EdgePart) {
        edge.onAcknowledged = { topic, key in self.note(topic, key, nil, eventCount: nil) }
    }

    /// Commands that do nothing when there is nothing to do (0), or one thing only.
    private static let eventCounts: [String: Int] = [
        "assign": 1, "lock": 0, "acknowledge": 0, "comeBack": 0, "freeSlot": 0, "pauseCheckIn": 1, "resumeCheckIn": 1,
    ]

    /// On its loop.
    ///
    /// - Parameter seesAll: as staff, each event.
    func listen(to follower: Follower, seesAll: Bool) {
        let reader = state.withLock { state in
            state.readerCount += 1
            return state.readerCount
        }
        let mine = "/mine"
        let topic = follower.topic.hasSuffix(mine) ? String(follower.topic.dropLast(mine.count)) : follower.topic
        func note(_ seq: Int64, _ prev: Int64, _ what: Audit.Shown.What) {
            let one = Audit.Shown(reader: reader, topic: topic, seq: seq, prev: prev, what: what, seesAll: seesAll)
            state.withLock { $0.new.shown.append(one) }
        }
        if follower.cursor != nil { note(follower.seq, 0, .picture) }
        follower.onPicture = { note($0, 0, .picture) }
        follower.onEvent = { members, _ in
            let (seq, prev) = (members.integer("seq") ?? 0, members.integer("prev") ?? 0)
            guard let name = members.string("name") else { return note(seq, prev, .state) }
            let print = Audit.print(
                name: name, at: members.integer("at") ?? 0, data: members["data"].map(Array.init) ?? [])
            note(seq, prev, .event(print: print))
        }
    }
}
