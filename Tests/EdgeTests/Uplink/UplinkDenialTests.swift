import Testing

@testable import Edge

/// The key speaks for other stations than the configuration says.
@Suite struct UplinkDenialTests {
    private static let topic = UplinkBench.topic

    @Test(
        "a station that is not the key's is told once, and nothing is sent for it until the next connection",
        arguments: ["forbidden", "unknownTopic"])
    func denied(_ code: String) {
        let error = HubError(code: code)
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...2)
        bench.live(1)
        bench.health(.noData)
        bench.clear()
        bench.receive(.error(id: "s0", error))
        // What went out before is refused frame by frame.
        for _ in 0..<3 { bench.receive(.error(id: nil, error)) }
        bench.receive(.reply(id: "c1", error))
        bench.record(3...3)
        bench.health(.good)
        for grams in 2...100 as ClosedRange<Int64> {
            bench.live(grams)
            bench.wait(.seconds(1), ticking: true)
        }
        #expect(bench.notes == [.subscriptionRefused(topic: Self.topic, error)])
        #expect(bench.sent == [])
        #expect(bench.stored.map(\.n) == [1, 2, 3])
        #expect(!bench.machine.speaks(for: Self.topic))

        bench.reconnect()
        #expect(bench.sent.first == .subscribe(id: "s0", topic: Self.topic, cursor: .init(epoch: .text("e1"), seq: 10)))
        #expect(bench.sentNumbers == [1, 2, 3])
        #expect(bench.sentLive == [100])
        #expect(bench.sentHealth == [.good])
        #expect(bench.machine.speaks(for: Self.topic))
    }

    @Test("the other stations go on")
    func others() {
        let second = "ulsan/station/2"
        var bench = UplinkBench(topics: [second, Self.topic])
        bench.becomeReady()
        bench.receive(.error(id: "s0", HubError(code: "forbidden")))
        bench.record(1...1)
        bench.live(7)
        #expect(bench.sentNumbers == [1])
        #expect(bench.sentLive == [7])
        #expect(bench.machine.speaks(for: Self.topic) && !bench.machine.speaks(for: second))
    }

    @Test("a refusal of a frame is told as long as every station is the key's")
    func frame() {
        let error = HubError(code: "forbidden")
        var bench = UplinkBench()
        bench.becomeReady()
        bench.receive(.error(id: nil, error))
        #expect(bench.notes == [.refused(error)])
    }

    @Test("a refusal that may pass is no denial")
    func passing() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.receive(.error(id: "s0", HubError(code: "forbidden", retry: true, after: 1_000)))
        bench.record(1...1)
        #expect(bench.sentNumbers == [1])
    }
}
