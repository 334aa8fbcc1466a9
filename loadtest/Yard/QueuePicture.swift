internal import Actors

/// The staff's picture of the queue, kept up by the events as the protocol says: the domain's own `evolve` on a snapshot.
struct QueuePicture: Sendable {
    private var state: WaitQueue.State
    private(set) var seq: Int64

    private struct Snapshot: Decodable {
        let date: BusinessDate?
        let paused: WaitQueue.Pause?
        let entries: [WaitQueue.Entry]
        let slots: [String: String]
        let closed: [String]
        let lastNumber: Int
    }

    init?(seq: Int64, _ data: [UInt8]) {
        guard let snapshot = try? JSON.decode(Snapshot.self, from: data) else { return nil }
        var state = WaitQueue.initial(StreamID(site: "", kind: WaitQueue.name, key: WaitQueue.key))
        state.date = snapshot.date
        state.paused = snapshot.paused
        state.entries = snapshot.entries
        state.slots = snapshot.slots
        state.closed = snapshot.closed
        state.lastNumber = snapshot.lastNumber
        self.state = state
        self.seq = seq
    }

    /// False when something was missed, or is not understood: ask for the whole picture again.
    mutating func apply(seq: Int64, prev: Int64, at: Int64, name: String, _ data: [UInt8]) -> Bool {
        guard seq > self.seq else { return true }
        guard prev <= self.seq,
            let event = try? JSON.decode(WaitQueue.Event.self, from: JSON.joinCase(name: name, payload: data))
        else { return false }
        WaitQueue.evolve(&state, event, at: Instant(milliseconds: at))
        self.seq = seq
        return true
    }

    /// The deck is free and open, and somebody waits for it.
    func isWorthCalling(_ station: String) -> Bool {
        state.slots[station] == nil && !state.closed.contains(station)
            && state.entries.contains { $0.state == .waiting }
    }
}
