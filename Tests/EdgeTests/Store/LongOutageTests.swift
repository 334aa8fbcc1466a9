import Testing

@testable import Edge

private let topic = OutageBench.topic
private let perDay = 500
/// What the store's log may take besides (its writer tidies up at a thousand pages of 4 KiB).
private let logByteCountMax = 5 << 20

/// As an indicator of maker A says it.
private func frame(_ kilograms: Int64) -> [UInt8] {
    let digits = String(kilograms)
    return Array("ST,GS,+\(String(repeating: "0", count: 7 - digits.utf8.count))\(digits)kg\r\n".utf8)
}

/// As long as the hub's names are.
private func binding(_ n: Int64) -> String { "01J\(String(repeating: "0", count: 16))\(1_000_000 + n)" }

@Suite struct LongOutageTests {
    /// DOMAIN.md 1.12
    @Test func `a week without a network at 500 weighings a day: all of it arrives, once, in order, and as it was`()
        throws
    {
        let scratch = try Scratch()
        let path = scratch.file("edge.sqlite")
        var bench = try OutageBench(path)
        bench.hubAheadMillis = 250
        try bench.start()
        try bench.wait(.seconds(20))
        #expect(bench.isReady)

        try bench.cut()
        let interval = Duration.seconds(24 * 3600) / perDay
        var settled: [StoredWeight] = []
        for n in 1...7 * perDay {
            try bench.wait(interval)
            let kilograms = Int64(20 * (n % 2_000 + 100))
            settled.append(
                try bench.settle(
                    grams: kilograms * 1000, binding: n.isMultiple(of: 7) ? nil : binding(Int64(n)),
                    raw: frame(kilograms)))
        }
        #expect(settled.map(\.n) == Array(1...Int64(7 * perDay)))
        #expect(settled.map(\.weight.at) == (1...7 * perDay).map { OutageBench.millis(.seconds(20) + interval * $0) })
        #expect(settled.allSatisfy { $0.offline && $0.offsetMillis == 250 && $0.state == .pending })
        #expect(try bench.outbox.all(topic: topic) == settled)
        #expect(bench.attemptCount > 7 * 24 * 3600 / 15, "it never gave up")
        #expect(OutageBench.byteCount(path) < settled.count << 10)
        #expect(bench.fileByteCountMax < settled.count << 10 + logByteCountMax)

        // Meanwhile the clocks went apart; what settled then keeps what was measured then.
        bench.hubAheadMillis = 1_900
        bench.restore()
        try bench.wait(RetryPolicy.delayMax)
        #expect(bench.isReady)
        try bench.wait(.seconds(30))
        #expect(bench.weights == settled)
        #expect(bench.unansweredMax == SendWindow.countMax)
        #expect(try bench.outbox.unsettled(topic: topic, after: 0, limit: 1) == [])
        #expect(try bench.outbox.all(topic: topic).allSatisfy { $0.state == .acked })
        #expect(bench.fileByteCountMax < settled.count << 10 + logByteCountMax)

        let next = try bench.settle(grams: 40_460_000, binding: nil, raw: frame(40_460))
        #expect(next.offsetMillis == 1_900 && !next.offline)
        try bench.wait(.seconds(20))
        #expect(bench.weights.count == settled.count + 1 && bench.weights.last?.n == next.n)
        #expect(try bench.outbox.unsettled(topic: topic, after: 0, limit: 1) == [])
    }

    /// DOMAIN.md 1.12
    @Test func `while a backlog goes out a live weight waits for nobody, and what settles then takes its turn`() throws
    {
        let scratch = try Scratch()
        var bench = try OutageBench(scratch.file("edge.sqlite"))
        bench.latency = .milliseconds(200)
        try bench.start()
        try bench.wait(.seconds(1))
        try bench.cut()
        for n in 1...800 as ClosedRange<Int64> {
            try bench.settle(grams: n * 20_000, binding: nil, raw: frame(n * 20))
        }
        bench.restore()
        try bench.live(0)
        while !bench.isReady { try bench.wait(.milliseconds(100)) }

        var late: [StoredWeight] = []
        for reading in 1...100 as ClosedRange<Int64> {
            // For a while the hub takes weights and says nothing.
            if reading == 3 { try bench.answer(false) }
            if reading == 50 { try bench.answer(true) }
            if [2, 20, 60].contains(reading) {
                late.append(try bench.settle(grams: 40_000_000 + reading, binding: "b", raw: frame(40_000)))
            }
            try bench.live(reading)
            try bench.wait(LiveThrottle.interval)
        }
        try bench.wait(.seconds(20))
        let lives = bench.lives
        #expect(lives.map(\.live.grams) == (0...100).map { $0 as Int64? })
        #expect(
            lives.dropFirst().allSatisfy {
                $0.at <= .milliseconds($0.live.at - OutageBench.millis(.zero)) + LiveThrottle.interval
            })
        let order = bench.heard.map { if case .weight(let stored) = $0.message { stored.n } else { Int64(0) } }
        let last = try #require(order.lastIndex(of: 800))
        #expect(order[..<last].count { $0 == 0 } > 80, "live weights between those of the backlog")

        var seen: Set<Int64> = []
        let first = bench.weights.map(\.n).filter { seen.insert($0).inserted }
        #expect(first == Array(1...803))
        #expect(late.map(\.n) == [801, 802, 803] && late.allSatisfy { !$0.offline })
        #expect(bench.unansweredMax == SendWindow.countMax)
        #expect(try bench.outbox.unsettled(topic: topic, after: 0, limit: 1) == [])
    }

    @Test func `what was acknowledged is kept for 90 days: over 300 days the file stops growing`() throws {
        let scratch = try Scratch()
        let path = scratch.file("edge.sqlite")
        let outbox = try Outbox(path: path)
        let (day, perDay) = (Int64(24 * 3600 * 1000), Int64(10))
        let keptDays = Outbox.keptMillis / day
        var sizes: [Int] = []
        for today in 1...300 as ClosedRange<Int64> {
            var boot = ""
            for n in (today - 1) * perDay + 1...today * perDay {
                let weight = SettledWeight(
                    grams: n * 20_000, binding: binding(n), at: OutageBench.millis(.zero) + n, raw: frame(n * 20))
                let stored = try outbox.record(weight, topic: topic, offsetMillis: 12, offline: false)
                #expect(stored.n == n)
                boot = stored.boot
            }
            try outbox.settle(topic: topic, boot: boot, through: today * perDay, refused: [:], at: today * day)
            // As the agent does, at its start and every hour.
            #expect(try outbox.prune(at: today * day + 1) == (today > keptDays ? Int(perDay) : 0))
            sizes.append(OutageBench.byteCount(path))
        }
        // Pages come from the log to the file some weeks later.
        let full = sizes[Int(keptDays) + 40]
        #expect(sizes[Int(keptDays) / 2] < full * 2 / 3, "it did grow before")
        #expect(sizes.allSatisfy { $0 <= full + full / 10 })
        #expect(full < Int(keptDays * perDay) << 10)
        #expect(OutageBench.byteCount(path + "-wal") < logByteCountMax)
        #expect(try outbox.all(topic: topic).count == Int(keptDays * perDay))
    }
}
