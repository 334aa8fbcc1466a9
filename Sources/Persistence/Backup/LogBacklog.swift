/// How long the oldest write-ahead log that is not on the other disk has been waiting, from positions seen now and then.
/// Never too long, and too short by a thirty-second part at most, or a second.
struct LogBacklog {
    private static let countMax = 128

    private(set) var bytesBehind: Int64 = 0
    /// Positions that have not arrived, oldest first, each with when it was first seen.
    private var waiting: [(position: Int64, since: ContinuousClock.Instant)] = []
    /// Between two of them. A long wait is kept with fewer.
    private var spacing: Duration = .zero

    mutating func saw(written: Int64, flushed: Int64, at now: ContinuousClock.Instant) {
        bytesBehind = max(0, written - flushed)
        waiting.removeAll { $0.position <= flushed }
        if waiting.isEmpty { spacing = .zero }
        guard written > flushed, written > waiting.last?.position ?? 0 else { return }
        guard waiting.last.map({ now - $0.since >= spacing }) ?? true else { return }
        waiting.append((written, now))
        guard waiting.count > Self.countMax else { return }
        waiting = waiting.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        spacing = (now - waiting[0].since) / (Self.countMax / 2)
    }

    func behind(at now: ContinuousClock.Instant) -> Duration { waiting.first.map { now - $0.since } ?? .zero }
}
