import Testing

@testable import Edge

@Suite struct UplinkSubscriptionTests {
    private static let topic = UplinkBench.topic
    private static let anew = EdgeMessage.subscribe(id: "s0", topic: topic, cursor: nil)

    private static func subscribe(after seq: Int64) -> EdgeMessage {
        .subscribe(id: "s0", topic: topic, cursor: Cursor(epoch: .text("e1"), seq: seq))
    }

    @Test("an event that cannot be read is answered with one question for a fresh picture, then it goes on")
    func unreadable() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.receive(.event(topic: Self.topic, seq: 11, prev: 10, .unreadable("bound")))
        #expect(bench.sent == [Self.anew])
        #expect(bench.notes == [.unreadable(topic: Self.topic, event: "bound")])
        bench.receive(.event(topic: Self.topic, seq: 12, prev: 11, .other("linked")))
        bench.subscribe(seq: 12, binding: Binding(id: "b1"))
        bench.receive(.event(topic: Self.topic, seq: 13, prev: 12, .unbound(binding: "b1")))
        #expect(bench.actions.last == .bound(topic: Self.topic, nil))
        #expect(bench.sent == [Self.anew])
        bench.reconnect()
        #expect(bench.sent == [Self.subscribe(after: 13)])
    }

    @Test("an unreadable event inside a replay ends the replay, not the subscription")
    func unreadableReplay() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.reconnect()
        #expect(bench.sent == [Self.subscribe(after: 10)])
        bench.receive(.resumed(topic: Self.topic, cursor: Cursor(epoch: .text("e1"), seq: 12)))
        bench.receive(.event(topic: Self.topic, seq: 11, prev: 10, .unreadable("bound")))
        bench.receive(.event(topic: Self.topic, seq: 12, prev: 11, .bound(Binding(id: "b1"))))
        #expect(bench.sent == [Self.subscribe(after: 10), Self.anew])
        bench.subscribe(seq: 12, binding: Binding(id: "b1"))
        #expect(bench.actions.last == .bound(topic: Self.topic, Binding(id: "b1")))
    }

    @Test("a gap that the replay does not fill is not asked for a second time")
    func stuck() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.receive(.event(topic: Self.topic, seq: 12, prev: 11, .platformCleared))
        #expect(bench.sent == [Self.subscribe(after: 10)])
        // What came of event 11 was no message at all.
        bench.receive(.resumed(topic: Self.topic, cursor: Cursor(epoch: .text("e1"), seq: 12)))
        bench.receive(.event(topic: Self.topic, seq: 12, prev: 11, .platformCleared))
        #expect(bench.sent == [Self.subscribe(after: 10), Self.anew])
        // A late answer to the first question is not the picture.
        bench.receive(.resumed(topic: Self.topic, cursor: Cursor(epoch: .text("e1"), seq: 12)))
        bench.wait(.seconds(10), ticking: true)
        #expect(bench.sent == [Self.subscribe(after: 10), Self.anew, Self.anew])
        bench.subscribe(seq: 12)
        bench.receive(.event(topic: Self.topic, seq: 14, prev: 13, .platformCleared))
        #expect(bench.sent.last == Self.subscribe(after: 12))
    }

    @Test("a question without a readable answer is asked again every ten seconds, without the cursor")
    func unanswered() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.reconnect()
        #expect(bench.sent == [Self.subscribe(after: 10)])
        bench.wait(.milliseconds(9_999), ticking: true)
        #expect(bench.sent == [Self.subscribe(after: 10)])
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sent == [Self.subscribe(after: 10), Self.anew])
        bench.wait(.seconds(10), ticking: true)
        #expect(bench.sent == [Self.subscribe(after: 10), Self.anew, Self.anew])
        bench.subscribe(seq: 20)
        bench.wait(.seconds(60), ticking: true)
        #expect(bench.sent.count == 3)
    }
}
