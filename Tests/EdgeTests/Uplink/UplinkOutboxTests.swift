import Testing

@testable import Edge

@Suite struct UplinkOutboxTests {
    @Test("an outbox that could not be read is asked again after a second, from the first weight without an answer")
    func failedRead() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...2)
        bench.answersLoads = false
        bench.record(3...3)
        #expect(bench.loads.last == SendWindow.Want(after: 2, limit: 30))
        bench.failLoad(.init(after: 2, limit: 30))
        bench.clear()
        bench.record(4...4)
        bench.wait(.milliseconds(999))
        #expect(bench.loads == [])
        bench.wait(.milliseconds(1))
        #expect(bench.loads == [SendWindow.Want(after: 0, limit: 32)])
        bench.failLoad(.init(after: 0, limit: 32))
        bench.answersLoads = true
        bench.wait(.seconds(1))
        #expect(bench.sentNumbers == [1, 2, 3, 4])
    }

    @Test("a read that failed for an earlier connection stops nothing on this one")
    func staleFailure() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.answersLoads = false
        bench.record(1...1)
        bench.answersLoads = true
        bench.reconnect()
        #expect(bench.sentNumbers == [1])
        bench.failLoad(.init(after: 0, limit: 32))
        bench.record(2...2)
        #expect(bench.sentNumbers == [1, 2])
    }

    @Test("1.12 weights of an earlier boot go first and have acks of their own")
    func earlierBoot() {
        let old = [UplinkBench.weight(7, boot: "old"), UplinkBench.weight(8, boot: "old")]
        let new = [UplinkBench.weight(1), UplinkBench.weight(2)]
        var bench = UplinkBench()
        bench.becomeReady()
        bench.store(old + new)
        #expect(bench.sent == (old + new).map { EdgeMessage.weight($0) })
        bench.receive(.ack(topic: UplinkBench.topic, boot: "old", n: 7, refused: [:]))
        #expect(bench.stored == [old[1]] + new)
        bench.receive(.ack(topic: UplinkBench.topic, boot: "old", n: 8, refused: [8: "weightOutOfRange"]))
        #expect(bench.stored == new)
        #expect(
            bench.actions.contains(
                .settle(topic: UplinkBench.topic, boot: "old", through: 8, refused: [8: "weightOutOfRange"])))
        // The lower numbers of this boot still wait: without an answer they go again, and nothing else does.
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 1, refused: [:]))
        bench.clear()
        bench.wait(.seconds(15), ticking: true)
        #expect(bench.sent == [.weight(new[1])])
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 2, refused: [:]))
        #expect(bench.stored == [])
    }
}
