import Testing

@testable import Edge

private let topic = "ulsan/station/1"
private let other = "ulsan/station/2"

extension Outbox {
    /// Weights with an answer; the boot of the topic.
    fileprivate func fill(_ topic: String, _ count: Int64, refused: [Int64: String] = [:], at millis: Int64 = 1_000)
        throws -> String
    {
        var boot = ""
        for n in 1...count {
            let weight = SettledWeight(grams: n * 1000, binding: "b\(n)", at: n, raw: [0x02])
            boot = try record(weight, topic: topic, offsetMillis: 0, offline: false).boot
        }
        try settle(topic: topic, boot: boot, through: count, refused: refused, at: millis)
        return boot
    }

    fileprivate func again(_ topic: String, after n: Int64 = 0, limit: Int = 99) throws -> [Int64] {
        try offeredAgain(topic: topic, after: n, limit: limit).map(\.n)
    }
}

/// A hub with another history than the one that had the weights.
@Suite struct OutboxAgainTests {
    @Test("the first history and the same history get nothing again, another one everything that had an answer")
    func histories() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        _ = try outbox.fill(topic, 3, refused: [2: "late"])
        _ = try outbox.fill(other, 1)
        #expect(try outbox.adopt(epoch: "e1") == [:])
        #expect(try outbox.adopt(epoch: "e1") == [:])
        #expect(try outbox.again(topic) == [])
        let waiting = try outbox.record(
            SettledWeight(grams: 4, binding: nil, at: 4, raw: []), topic: topic, offsetMillis: 0, offline: false)
        #expect(try outbox.adopt(epoch: "e2") == [topic: 3, other: 1])
        #expect(try outbox.offeredAgain(topic: topic, after: 0, limit: 99) == outbox.all(topic: topic).dropLast())
        #expect(try outbox.again(topic, after: 1, limit: 1) == [2])
        #expect(try outbox.again(other) == [1])
        #expect(try outbox.unsettled(topic: topic, after: 0, limit: 99) == [waiting], "it never had an answer")
        #expect(try outbox.adopt(epoch: "e2") == [topic: 3, other: 1], "as long as it is not done")
    }

    @Test("what still waited when another history began gets its one answer from it, and is not offered again")
    func waiting() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        let boot = try outbox.fill(topic, 3)
        _ = try outbox.adopt(epoch: "e1")
        let weight = SettledWeight(grams: 4, binding: nil, at: 4, raw: [])
        let waiting = try outbox.record(weight, topic: topic, offsetMillis: 0, offline: true)
        #expect(try outbox.adopt(epoch: "e2") == [topic: 3])
        try outbox.settle(topic: topic, boot: boot, through: waiting.n, refused: [:], at: 9)
        #expect(try outbox.again(topic) == [1, 2, 3])
        #expect(try outbox.settleAgain(topic: topic, through: 3, refused: [:]), "the last word")
        #expect(try outbox.adopt(epoch: "e2") == [:])
        // A topic that never had an answer has nothing to get again.
        _ = try outbox.record(weight, topic: other, offsetMillis: 0, offline: true)
        #expect(try outbox.adopt(epoch: "e3") == [topic: 4])
    }

    @Test("power off: it goes on where it was, and a third history begins again from the oldest")
    func reopened() throws {
        let scratch = try Scratch()
        try {
            let outbox = try Outbox(path: scratch.file("edge.sqlite"))
            _ = try outbox.fill(topic, 5)
            _ = try outbox.adopt(epoch: "e1")
            _ = try outbox.adopt(epoch: "e2")
            #expect(try !outbox.settleAgain(topic: topic, through: 2, refused: [:]))
        }()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        #expect(try outbox.adopt(epoch: "e2") == [topic: 3])
        #expect(try outbox.again(topic) == [3, 4, 5])
        #expect(try outbox.adopt(epoch: "e1") == [topic: 5], "going back is another history, too")
        #expect(try outbox.again(topic) == [1, 2, 3, 4, 5])
        #expect(try !outbox.settleAgain(topic: topic, through: 4, refused: [:]))
        #expect(try outbox.settleAgain(topic: topic, through: 5, refused: [:]))
        #expect(try !outbox.settleAgain(topic: topic, through: 5, refused: [:]), "the last word comes once")
        #expect(try outbox.adopt(epoch: "e1") == [:])
    }

    @Test("the last answer counts: refused then, taken now, and the other way round; an earlier one is left as it was")
    func outcomes() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        _ = try outbox.fill(topic, 4, refused: [1: "late", 2: "late", 4: "late"])
        _ = try outbox.adopt(epoch: "e1")
        _ = try outbox.adopt(epoch: "e2")
        _ = try outbox.settleAgain(topic: topic, through: 1, refused: [1: "weightOutOfRange"])
        _ = try outbox.settleAgain(topic: topic, through: 3, refused: [3: "weightNotStable", 4: "later"])
        let all = try outbox.all(topic: topic)
        #expect(all.map(\.state) == [.refused, .acked, .refused, .refused])
        #expect(all.map(\.code) == ["weightOutOfRange", nil, "weightNotStable", "late"])
    }

    @Test("what settles while it is offered waits for its own answer, and is not held to be answered")
    func meanwhile() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        let boot = try outbox.fill(topic, 2)
        _ = try outbox.adopt(epoch: "e1")
        _ = try outbox.adopt(epoch: "e2")
        let new = try outbox.record(
            SettledWeight(grams: 3, binding: nil, at: 3, raw: []), topic: topic, offsetMillis: 0, offline: false)
        try outbox.markSent(topic: topic, through: new.n)
        #expect(try outbox.again(topic) == [1, 2])
        #expect(try outbox.settleAgain(topic: topic, through: 2, refused: [:]))
        #expect(try outbox.all(topic: topic).map(\.state) == [.acked, .acked, .sent])
        try outbox.settle(topic: topic, boot: boot, through: 3, refused: [:], at: 9)
        #expect(try outbox.again(topic) == [])
    }

    @Test("90 days count from the first answer, so that no hub gets a weight again that it may have forgotten")
    func prune() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        _ = try outbox.fill(topic, 2, at: 1_000)
        _ = try outbox.adopt(epoch: "e1")
        _ = try outbox.adopt(epoch: "e2")
        _ = try outbox.settleAgain(topic: topic, through: 1, refused: [:])
        #expect(try outbox.prune(at: Outbox.keptMillis + 1_000) == 0)
        #expect(try outbox.again(topic) == [2])
        #expect(try outbox.prune(at: Outbox.keptMillis + 1_001) == 2)
        #expect(try outbox.again(topic) == [])
        #expect(try outbox.adopt(epoch: "e2") == [:])
    }

    @Test("a store that was copied numbers under another boot from the first reused number on, and offers both")
    func reused() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        let boot = try outbox.fill(topic, 3, refused: [2: Outbox.keyReused])
        #expect(try outbox.depths(since: 1_000)[topic]?.reused == 1)
        #expect(try outbox.depths(since: 1_001)[topic]?.reused == 0)
        let weight = SettledWeight(grams: 4, binding: nil, at: 4, raw: [])
        let next = try outbox.record(weight, topic: topic, offsetMillis: 0, offline: false)
        #expect(next.boot != boot && next.n == 4)
        // The old boot is answered late, and changes it no more.
        try outbox.settle(topic: topic, boot: boot, through: 3, refused: [3: Outbox.keyReused], at: 5)
        try outbox.settle(topic: topic, boot: next.boot, through: 4, refused: [:], at: 5)
        #expect(try outbox.record(weight, topic: topic, offsetMillis: 0, offline: false).boot == next.boot)
        _ = try outbox.adopt(epoch: "e1")
        #expect(try outbox.adopt(epoch: "e2") == [topic: 4])
        #expect(try outbox.again(topic) == [1, 2, 3, 4])
        #expect(try outbox.settleAgain(topic: topic, through: 4, refused: [:]))
    }
}
