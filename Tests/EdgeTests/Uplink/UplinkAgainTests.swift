import Testing

@testable import Edge

/// A hub with another history than the one that had the weights.
@Suite struct UplinkAgainTests {
    private static let topic = UplinkBench.topic

    private func weights(_ numbers: ClosedRange<Int64>) -> [StoredWeight] { numbers.map { UplinkBench.weight($0) } }

    private func answer(_ n: Int64, refused: [Int64: String] = [:], again: Bool = true) -> HubMessage {
        .ack(topic: Self.topic, boot: "boot", n: n, again: again, refused: refused)
    }

    private func settled(_ n: Int64, refused: [Int64: String] = [:]) -> UplinkMachine.Action {
        .settleAgain(topic: Self.topic, boot: "boot", through: n, refused: refused)
    }

    @Test("no weight goes before the outbox knows whose history it is for; what is seen now does")
    func adoptsFirst() {
        var bench = UplinkBench()
        bench.adopts = false
        bench.record(1...1)
        bench.offered = weights(1...1)
        bench.start()
        bench.open()
        bench.welcome(epoch: "e2")
        bench.live(7)
        bench.record(2...2)
        #expect(bench.adoptions == [.text("e2")])
        #expect(bench.sentLive == [7] && bench.sent.first == .subscribe(id: "s0", topic: Self.topic, cursor: nil))
        #expect(bench.sentNumbers == [] && bench.sentAgain == [])
        bench.adopt(.text("e2"))
        #expect(bench.sentNumbers == [1, 2] && bench.sentAgain == [1])
        #expect(bench.notes == [.connecting, .ready(.webSocket), .offeringAgain(topic: Self.topic, count: 1)])
    }

    @Test("a history that could not be written down is told again after a second")
    func adoptFails() {
        var bench = UplinkBench()
        bench.adopts = false
        bench.becomeReady()
        bench.record(1...1)
        bench.failAdopt(.text("e1"))
        bench.wait(.milliseconds(999))
        #expect(bench.adoptions == [] && bench.sentNumbers == [])
        bench.adopts = true
        bench.wait(.milliseconds(1))
        #expect(bench.adoptions == [.text("e1")] && bench.sentNumbers == [1])
    }

    @Test("an answer for the hub before the cut is none for the one that is there now")
    func staleAdoption() {
        var bench = UplinkBench()
        bench.adopts = false
        bench.record(1...1)
        bench.start()
        bench.open()
        bench.welcome(epoch: "e1")
        bench.close(.lost("cut"))
        bench.adopt(.text("e1"))
        bench.wait(.seconds(1))
        bench.open()
        bench.welcome(epoch: "e2")
        bench.adopt(.text("e1"))
        bench.failAdopt(.text("e1"))
        #expect(bench.sentNumbers == [])
        bench.adopt(.text("e2"))
        #expect(bench.sentNumbers == [1])
    }

    @Test("nothing to offer: nothing is sent, and nothing told")
    func sameHistory() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.reconnect()
        #expect(bench.sentAgain == [] && bench.notes == [.connecting, .ready(.webSocket)])
    }

    @Test("32 go in order, the next when all before are answered; they are settled together with what was refused")
    func batches() {
        var bench = UplinkBench()
        bench.offered = weights(1...33)
        bench.becomeReady()
        bench.wait(.zero)
        bench.reconnect()
        #expect(bench.sentAgain == Array(1...32))
        bench.clear()
        bench.receive(answer(4, refused: [3: "late"]))
        bench.receive(answer(31))
        #expect(bench.sentAgain == [] && bench.offered.count == 33)
        #expect(bench.actions == [.note(.weightRefused(topic: Self.topic, n: 3, code: "late"))])
        bench.receive(answer(32, refused: [32: "late"]))
        #expect(bench.actions.contains(settled(32, refused: [3: "late", 32: "late"])))
        #expect(bench.sentAgain == [33])
        bench.receive(answer(33))
        #expect(bench.actions.contains(settled(33)) && bench.offered == [])
        #expect(bench.sentNumbers == [], "nothing of it is new")
    }

    @Test("a weight that settles meanwhile goes at once, and neither ack says anything of the other's")
    func liveGoesOn() {
        var bench = UplinkBench()
        bench.offered = weights(1...40)
        bench.becomeReady()
        bench.record(41...42)
        #expect(bench.sentNumbers == [41, 42], "while 32 wait for their answers")
        bench.receive(answer(42, again: false))
        #expect(bench.stored == [] && bench.offered.count == 40)
        #expect(!bench.actions.contains { if case .settleAgain = $0 { true } else { false } })
        bench.record(43...43)
        bench.clear()
        bench.receive(answer(32))
        #expect(bench.stored.map(\.n) == [43] && bench.sentAgain == Array(33...40))
    }

    @Test("after a cut it goes on behind what was settled")
    func cut() {
        var bench = UplinkBench()
        bench.offered = weights(1...70)
        bench.becomeReady()
        bench.receive(answer(32))
        bench.receive(answer(40))
        bench.reconnect()
        #expect(bench.sentAgain == Array(33...64))
        #expect(bench.notes.contains(.offeringAgain(topic: Self.topic, count: 38)))
    }

    @Test("without an answer for 15 s it goes again, and so it does after a pause that the hub asked for")
    func overdue() {
        var bench = UplinkBench()
        bench.offered = weights(1...2)
        bench.becomeReady()
        bench.wait(.milliseconds(14_999), ticking: true)
        #expect(bench.sentAgain == [])
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sentAgain == [1, 2] && bench.notes == [.resending(topic: Self.topic)])
        bench.receive(.error(id: nil, HubError(code: "rateLimited", retry: true, after: 1_000)))
        bench.clear()
        bench.wait(.milliseconds(999), ticking: true)
        #expect(bench.sentAgain == [])
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sentAgain == [1, 2])
    }

    @Test("what could not be read is asked for again after a second")
    func failedRead() {
        var bench = UplinkBench()
        bench.answersLoads = false
        bench.offered = weights(1...1)
        bench.becomeReady()
        bench.failLoad(.init(after: 0, limit: 32, again: true))
        bench.answersLoads = true
        bench.wait(.milliseconds(999))
        #expect(bench.sentAgain == [])
        bench.wait(.milliseconds(1))
        #expect(bench.sentAgain == [1])
    }

    @Test("a station that is not the key's gets nothing again")
    func denied() {
        var bench = UplinkBench()
        bench.offered = weights(1...33)
        bench.becomeReady()
        bench.receive(.error(id: "s0", HubError(code: "forbidden")))
        bench.receive(answer(32))
        #expect(bench.sentAgain == [])
    }
}
