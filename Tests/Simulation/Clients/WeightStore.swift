import Actors
import Wire

/// The settled weights of an edge until the hub has answered for them, oldest first; those of one boot before the next one's.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class WeightStore: @unchecked Sendable {
    struct Weight: Sendable {
        let station: StreamID
        let boot: String
        let n: Int64
        let settle: Settle
        /// JSON.
        let reading: [UInt8]

        var key: String { "\(boot):\(n)" }
    }

    private let principal: Principal
    private var waiting: [Weight] = []
    private var sentCount = 0
    private var lastAcked: Weight?

    /// Weights under way at a time.
    static let windowCountMax = 32

    init(_ principal: Principal) { self.principal = principal }

    var isEmpty: Bool { waiting.isEmpty }

    func add(_ weight: Weight) { waiting.append(weight) }

    /// Nothing that was sent on an earlier connection counts.
    func restart() { sentCount = 0 }

    /// What may be sent now.
    func next() -> ArraySlice<Weight> {
        guard let boot = waiting.first?.boot else { return [] }
        let end = waiting.prefix(Self.windowCountMax).prefix { $0.boot == boot }.count
        defer { sentCount = max(sentCount, end) }
        return waiting[min(sentCount, end)..<end]
    }

    /// One that was answered for long ago, offered again.
    func offerAgain() {
        if let lastAcked, waiting.isEmpty { waiting = [lastAcked] }
    }

    func acked(_ boot: String, through n: Int64, refused: [UInt8], _ oracle: Oracle) {
        let refused = String(decoding: refused, as: UTF8.self)
        while let weight = waiting.first, weight.boot == boot, weight.n <= n {
            check(weight, isRefused: refused.contains("{\"n\":\(weight.n),"), oracle)
            lastAcked = waiting.removeFirst()
            sentCount = max(0, sentCount - 1)
        }
    }

    /// What is acknowledged is durable, or was refused for good.
    private func check(_ weight: Weight, isRefused: Bool, _ oracle: Oracle) {
        let key = CommandKey(principal: principal.id, key: weight.key)
        let isDurable = oracle.store.command(key, at: weight.station) != nil
        oracle.expect(
            isDurable != isRefused,
            "weight \(weight.key) of \(weight.station) is \(isDurable ? "durable" : "not durable") and acknowledged as \(isRefused ? "refused" : "recorded")"
        )
    }
}

/// A weight as its edge sent it.
struct Settle: Sendable {
    var binding: String?
    var grams: Int64
    var stable: Bool
}
