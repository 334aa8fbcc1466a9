import Actors
import Wire

/// The settled weights of an edge that wait for their outcome: per topic one at a time in the order of their numbers, so that no
/// retry overtakes the weight before it and every ack says "everything up to n".
///
/// Weights that come again after a restore are a series of their own, with acks of their own: they are older than what settles
/// meanwhile, and wait for it.
struct SettledWindow {
    enum Begun {
        /// It goes to its station now.
        case send
        /// Others go first, or it is under way already.
        case wait
        /// Too many wait; the edge sends it again.
        case full
    }

    /// What is numbered together.
    struct Series: Hashable {
        let boot: String
        let again: Bool
    }

    private struct Lane {
        /// The first is under way.
        var waiting: [ClientMessage.Settled] = []
        /// What has its outcome and waits for one before it, which came late.
        var finished: [Series: [(n: Int64, code: String?)]] = [:]
        /// The first that did not fit. None after it is taken before it: an ack of a later one would cover it.
        var turnedAway: [Series: Int64] = [:]
        /// Everything up to here was acknowledged on this connection.
        var acknowledged: [Series: Int64] = [:]

        mutating func ack(_ topic: String, _ series: Series) -> [UInt8]? {
            // Not past one that was turned away: it comes again, and what had its outcome before it waits.
            let end = turnedAway[series] ?? .max
            let done = (finished[series] ?? []).filter { $0.n < end }.sorted { $0.n < $1.n }
            guard let last = done.last?.n, !waiting.contains(where: { $0.series == series && $0.n < last }) else {
                return nil
            }
            finished[series]?.removeAll { $0.n <= last }
            acknowledged[series] = max(acknowledged[series] ?? 0, last)
            let refused = done.compactMap { one in one.code.map { (n: one.n, code: $0) } }
            return ServerMessage.ack(topic: topic, boot: series.boot, n: last, again: series.again, refused: refused)
        }
    }

    private var lanes: [String: Lane] = [:]

    mutating func begin(_ settled: ClientMessage.Settled, atMost countMax: Int) -> Begun {
        var lane = lanes[settled.topic] ?? Lane()
        defer { lanes[settled.topic] = lane }
        if lane.waiting.contains(where: { $0.isRepeated(by: settled) }) { return .wait }
        let first = lane.turnedAway[settled.series] ?? .max
        guard lane.waiting.count < countMax, settled.n <= first else {
            // A repeat of what was acknowledged keeps nobody waiting: the edge may not send it again.
            if settled.n > lane.acknowledged[settled.series] ?? 0 {
                lane.turnedAway[settled.series] = min(first, settled.n)
            }
            return .full
        }
        if settled.n == first { lane.turnedAway[settled.series] = nil }
        guard !lane.waiting.isEmpty else {
            lane.waiting = [settled]
            return .send
        }
        // Behind the one under way, before later ones of its own series and before all that come again.
        let place = lane.waiting.dropFirst().firstIndex {
            $0.series == settled.series ? $0.n > settled.n : $0.again && !settled.again
        }
        lane.waiting.insert(settled, at: place ?? lane.waiting.endIndex)
        return .wait
    }

    /// The ack that can go out, and the weight that is sent next. Nil when it is not the outcome that is waited for.
    mutating func end(
        _ settled: ClientMessage.Settled, _ outcome: Outcome
    ) -> (ack: [UInt8]?, next: ClientMessage.Settled?)? {
        guard var lane = lanes[settled.topic], lane.waiting.first?.isRepeated(by: settled) == true else { return nil }
        let code: String?
        switch outcome {
        case .committed: code = nil
        case .rejected(let rejection): code = rejection.code
        case .keyReused: code = "keyReused"
        // No outcome yet: whoever carries the command tries again before it comes here.
        case .versionConflict, .busy, .unavailable: return nil
        }
        lane.waiting.removeFirst()
        lane.finished[settled.series, default: []].append((settled.n, code))
        let ack = lane.ack(settled.topic, settled.series)
        lanes[settled.topic] = lane
        return (ack, lane.waiting.first)
    }
}

extension ClientMessage.Settled {
    fileprivate var series: SettledWindow.Series { .init(boot: boot, again: again) }
    fileprivate func isRepeated(by other: Self) -> Bool { series == other.series && n == other.n }
}
