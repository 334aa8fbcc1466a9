internal import NIOCore

/// What a fan-out measurement gave.
struct FanoutFigures: Sendable {
    let count: Clerk.Count
    let sight: Crowd.Sight
    let behindCount: Int
    /// Of the hub, while commands were given and delivered.
    let cpuMicroseconds: Double
    /// Events received, over all subscribers, and how many there should be.
    let deliveredCount: Int
    let expectedCount: Int
    /// From when the command was due to when the event was read from each subscriber's socket.
    let latencies: Latencies
    /// From when the command was due to the last of all subscribers.
    let lastLatencies: Latencies
}

/// Many sockets on one topic, and commands on it at a fixed rate.
struct FanoutRun: Sendable {
    let stage: Stage
    let subscriberCount: Int
    let rate: Int
    let seconds: Int

    func run() async throws -> FanoutFigures {
        // The sender on a loop of its own: what the subscribers' sockets have to read does not hold it up.
        let clerks = try await stage.clerks(1, topicCount: 1, on: stage.places[0], keepsDues: true)
        let crowd = try await stage.crowd(
            subscriberCount, topics: [clerks[0].topic], on: stage.places[1], keepsReceipts: true)
        let before = stage.hub.cpuMicroseconds() ?? .nan
        let start = NIODeadline.now() + .milliseconds(500)
        let end = start + .seconds(Int64(seconds))
        _ = Pace.start(clerks, perSecond: Double(rate), from: start, to: end)
        try await stage.sleep(until: end)
        try await clerks.finish()
        let behindCount = try await [crowd].catchUp(to: try JournalCheck(stage).heads)
        let cpu = (stage.hub.cpuMicroseconds() ?? .nan) - before
        let dues = try await clerks[0].place.run { clerks[0].takeDues() }
        let receipts = try await crowd.place.run { crowd.followers.map { $0.takeReceipts() } }
        let (count, sight) = (try await clerks.count(), try await [crowd].sight())
        try await clerks.stop()
        try await [crowd].stop()
        var (all, last, delivered) = (Latencies(), [:] as [Int64: Int64], 0)
        for receipt in receipts.joined() {
            guard let due = dues[receipt.seq] else { continue }
            let latency = (receipt.at - due).nanoseconds
            all.record(latency)
            last[receipt.seq] = max(last[receipt.seq] ?? 0, latency)
            delivered += 1
        }
        return FanoutFigures(
            count: count, sight: sight, behindCount: behindCount, cpuMicroseconds: cpu, deliveredCount: delivered,
            expectedCount: count.committed * receipts.count, latencies: all,
            lastLatencies: Latencies(Array(last.values)))
    }
}
