internal import NIOCore
internal import NIOPosix

/// What a fan-out measurement gave.
struct FanoutFigures: Sendable {
    let count: Clerk.Count
    let heard: Listeners.Figures
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
        let clerks = try await stage.clerks(1, topicCount: 1, on: stage.places[0], keepsDues: true)
        let listeners = Listeners(topic: clerks[0].topic)
        let threads = NIOThreadPool.singleton
        let token = stage.account(0).token
        try await threads.runIfActive { try listeners.open(subscriberCount, at: stage.hub.address, token: token) }
        async let listening = threads.runIfActive { try listeners.listen() }
        // Whatever fails here, the listeners are not left to listen for ever.
        defer { listeners.finish(at: 0) }
        let before = stage.hub.cpuMicroseconds() ?? .nan
        let start = NIODeadline.now() + .milliseconds(500)
        let end = start + .seconds(Int64(seconds))
        _ = Pace.start(clerks, perSecond: Double(rate), from: start, to: end)
        try await stage.sleep(until: end)
        try await clerks.finish()
        listeners.finish(at: try JournalCheck(stage).heads[clerks[0].topic] ?? 0)
        let heard = try await listening
        let cpu = (stage.hub.cpuMicroseconds() ?? .nan) - before
        let dues = try await clerks[0].place.run { clerks[0].takeDues() }
        let count = try await clerks.count()
        try await clerks.stop()
        var (all, last, delivered) = (Latencies(), [:] as [Int64: Int64], 0)
        for receipt in heard.receipts.joined() {
            guard let due = dues[receipt.seq] else { continue }
            let latency = (receipt.at - due).nanoseconds
            all.record(latency)
            last[receipt.seq] = max(last[receipt.seq] ?? 0, latency)
            delivered += 1
        }
        return FanoutFigures(
            count: count, heard: heard, cpuMicroseconds: cpu, deliveredCount: delivered,
            expectedCount: count.committed * subscriberCount, latencies: all,
            lastLatencies: Latencies(Array(last.values)))
    }
}
