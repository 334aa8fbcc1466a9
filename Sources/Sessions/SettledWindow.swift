import Actors
import Wire

/// The settled weights of an edge that wait for their outcome. Acks say "everything up to n", so they go out in order.
struct SettledWindow {
    private struct Lane {
        var boot: String
        var underWay: [Int64] = []
        var outcomes: [Int64: String?] = [:]
        /// The first that did not fit. None after it is taken before it: an ack of a later one would cover it.
        var turnedAway: Int64?
        /// Everything up to here was acknowledged on this connection.
        var acknowledged: Int64 = 0
    }

    private var lanes: [String: Lane] = [:]

    /// False when too many wait already; the edge sends it again.
    mutating func begin(_ settled: ClientMessage.Settled, atMost countMax: Int) -> Bool {
        var lane = lanes[settled.topic] ?? Lane(boot: settled.boot)
        if lane.boot != settled.boot { lane = Lane(boot: settled.boot) }
        defer { lanes[settled.topic] = lane }
        if lane.underWay.contains(settled.n) { return true }
        let first = lane.turnedAway ?? .max
        guard lane.underWay.count < countMax, settled.n <= first else {
            // A repeat of what was acknowledged keeps nobody waiting: the edge may not send it again.
            if settled.n > lane.acknowledged { lane.turnedAway = min(first, settled.n) }
            return false
        }
        if settled.n == first { lane.turnedAway = nil }
        lane.underWay.insert(settled.n, at: lane.underWay.firstIndex { $0 > settled.n } ?? lane.underWay.endIndex)
        return true
    }

    /// The ack that can go out now, if any.
    mutating func end(_ settled: ClientMessage.Settled, _ outcome: Outcome) -> [UInt8]? {
        guard var lane = lanes[settled.topic], lane.boot == settled.boot, lane.underWay.contains(settled.n) else {
            return nil
        }
        switch outcome {
        case .committed: lane.outcomes[settled.n] = .some(nil)
        case .rejected(let rejection): lane.outcomes[settled.n] = rejection.code
        case .keyReused: lane.outcomes[settled.n] = "keyReused"
        case .versionConflict, .busy, .unavailable:
            // No outcome yet: whoever carries the command tries again before it comes here.
            return nil
        }
        var refused: [(n: Int64, code: String)] = []
        var done: Int64?
        for n in lane.underWay {
            guard let result = lane.outcomes[n] else { break }
            if let code = result { refused.append((n, code)) }
            lane.outcomes[n] = nil
            done = n
        }
        if let done {
            lane.underWay.removeSubrange(...(lane.underWay.firstIndex(of: done) ?? 0))
            lane.acknowledged = max(lane.acknowledged, done)
        }
        lanes[settled.topic] = lane
        return done.map {
            ServerMessage.ack(topic: settled.topic, boot: settled.boot, n: $0, refused: refused)
        }
    }
}
