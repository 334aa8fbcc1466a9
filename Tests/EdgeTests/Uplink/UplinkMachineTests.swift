import Testing

@testable import Edge

@Suite struct UplinkMachineTests {
    @Test("hello comes first, then each station is subscribed, then weights go")
    func opening() {
        var bench = UplinkBench()
        bench.record(1...2)
        bench.start()
        #expect(bench.actions.last == .connect(.webSocket))
        bench.open()
        #expect(bench.actions.last == .hello)
        #expect(bench.sent == [])
        bench.welcome(now: 1_000_500)
        #expect(bench.sent.first == .subscribe(id: "s0", topic: UplinkBench.topic, cursor: nil))
        #expect(bench.sentNumbers == [1, 2])
        #expect(bench.machine.offsetMillis == 500)
    }

    @Test("1.12 at most 32 weights wait for an ack, in order, and an ack lets the next go")
    func window() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...40)
        #expect(bench.sentNumbers == Array(1...32))
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 3, refused: [:]))
        #expect(bench.sentNumbers == Array(1...35))
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 35, refused: [:]))
        #expect(bench.sentNumbers == Array(1...40))
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 40, refused: [:]))
        #expect(bench.stored == [])
    }

    @Test("1.12 after a cut everything without an answer is sent again, in order")
    func resend() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...5)
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 2, refused: [:]))
        bench.close(.lost("cut"))
        bench.record(6...6)
        bench.clear()
        bench.wait(.seconds(1))
        #expect(bench.connectCount == 1)
        bench.open()
        #expect(bench.sentNumbers == [])
        bench.welcome(now: 0)
        #expect(bench.sentNumbers == [3, 4, 5, 6])
    }

    @Test("an ack for another boot settles nothing, a refusal is final and told")
    func acks() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...3)
        bench.receive(.ack(topic: UplinkBench.topic, boot: "other", n: 3, refused: [:]))
        #expect(bench.stored.count == 3)
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 3, refused: [2: "weightOutOfRange"]))
        #expect(bench.notes.contains(.weightRefused(topic: UplinkBench.topic, n: 2, code: "weightOutOfRange")))
        #expect(
            bench.actions.contains(
                .settle(topic: UplinkBench.topic, boot: "boot", through: 3, refused: [2: "weightOutOfRange"])))
    }

    @Test("without an answer for 15 s the weights go again on the same connection")
    func overdue() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...2)
        bench.wait(.seconds(14), ticking: true)
        #expect(bench.sentNumbers == [1, 2])
        bench.wait(.seconds(1), ticking: true)
        #expect(bench.sentNumbers == [1, 2, 1, 2])
        #expect(bench.notes == [.resending(topic: UplinkBench.topic)])
    }

    @Test("an outbox answer from before a cut is not sent on the new connection")
    func staleLoad() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.answersLoads = false
        bench.record(1...1)
        bench.close(.lost("cut"))
        bench.clear()
        bench.answer(UplinkBench.topic, .init(after: 0, limit: 32))
        #expect(bench.sentNumbers == [])
    }

    @Test("a busy hub gets its pause, then everything unanswered again")
    func busy() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...2)
        bench.receive(.error(id: nil, HubError(code: "busy", retry: true, after: 2_000)))
        bench.record(3...3)
        bench.wait(.milliseconds(1_999), ticking: true)
        #expect(bench.sentNumbers == [1, 2])
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sentNumbers == [1, 2, 1, 2, 3])
    }

    @Test("live weights go at most ten a second, the newest, and never while disconnected")
    func live() {
        var bench = UplinkBench()
        bench.live(1)
        #expect(bench.sentLive == [])
        bench.becomeReady()
        for tick in 0..<100 {
            bench.live(Int64(tick))
            bench.wait(.milliseconds(10))
        }
        #expect(bench.sentLive.count <= 11)
        bench.wait(.milliseconds(100))
        #expect(bench.sentLive.last == 99)
        bench.close(.lost("cut"))
        bench.clear()
        bench.live(7)
        bench.live(8)
        #expect(bench.sent == [])
        bench.wait(.seconds(1))
        bench.open()
        bench.welcome(now: 0)
        #expect(bench.sentLive == [8])
    }

    @Test("the binding follows snapshot and events, and repeats change nothing")
    func binding() {
        let (first, second) = (Binding(id: "b1", plate: "12가3456"), Binding(id: "b2"))
        var bench = UplinkBench()
        bench.becomeReady()
        bench.subscribe(seq: 10, binding: first)
        bench.receive(.event(topic: UplinkBench.topic, seq: 11, prev: 10, .unbound(binding: "b1")))
        bench.receive(.event(topic: UplinkBench.topic, seq: 13, prev: 11, .bound(second)))
        bench.receive(.event(topic: UplinkBench.topic, seq: 13, prev: 11, .bound(first)))
        bench.receive(.event(topic: UplinkBench.topic, seq: 14, prev: 13, .unbound(binding: "b1")))
        bench.receive(.event(topic: UplinkBench.topic, seq: 15, prev: 14, .weighed(binding: "b2")))
        #expect(
            bench.actions == [
                .bound(topic: UplinkBench.topic, first), .bound(topic: UplinkBench.topic, nil),
                .bound(topic: UplinkBench.topic, second), .weighed(topic: UplinkBench.topic, binding: "b2"),
            ])
    }

    @Test("a gap is asked for with the cursor, also after a cut, and nothing is applied until the answer")
    func gap() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.receive(.event(topic: UplinkBench.topic, seq: 20, prev: 19, .bound(Binding(id: "b"))))
        let cursor = Cursor(epoch: .text("e1"), seq: 10)
        let ask = EdgeMessage.subscribe(id: "s0", topic: UplinkBench.topic, cursor: cursor)
        #expect(bench.sent == [ask])
        bench.receive(.event(topic: UplinkBench.topic, seq: 21, prev: 20, .bound(Binding(id: "c"))))
        #expect(!bench.actions.contains(.bound(topic: UplinkBench.topic, Binding(id: "c"))))
        bench.receive(.resumed(topic: UplinkBench.topic, cursor: Cursor(epoch: .text("e1"), seq: 12)))
        bench.receive(.event(topic: UplinkBench.topic, seq: 12, prev: 10, .bound(Binding(id: "b"))))
        #expect(bench.actions.contains(.bound(topic: UplinkBench.topic, Binding(id: "b"))))
        bench.close(.lost("cut"))
        bench.clear()
        bench.wait(.seconds(1))
        bench.open()
        bench.welcome(now: 0)
        let resumed = Cursor(epoch: .text("e1"), seq: 12)
        #expect(bench.sent.first == .subscribe(id: "s0", topic: UplinkBench.topic, cursor: resumed))
    }

    @Test(
        "the first retry comes within a second, later ones within 15 s, for ever",
        arguments: 1...20 as ClosedRange<UInt64>)
    func backOff(_ seed: UInt64) {
        var bench = UplinkBench(seed: seed)
        bench.start()
        var delays: [Duration] = []
        for _ in 0..<50 {
            let before = bench.now
            let count = bench.connectCount
            bench.close(.failed(.noAnswer("hub:443"), "refused"))
            while bench.connectCount == count { bench.wait(.milliseconds(50)) }
            delays.append(bench.now - before)
        }
        #expect(delays[0] <= .milliseconds(1_050))
        #expect(delays.allSatisfy { $0 <= .milliseconds(15_050) })
        #expect(delays.suffix(10).allSatisfy { $0 >= .milliseconds(7_000) })
        #expect(Set(delays.suffix(10).map(\.milliseconds)).count > 1)
    }

    @Test("a connection that held starts the back-off anew")
    func backOffReset() {
        var bench = UplinkBench()
        bench.start()
        for _ in 0..<10 {
            bench.close(.failed(.noAnswer("hub:443"), "refused"))
            bench.wait(.seconds(9))
        }
        bench.wait(.seconds(6))
        bench.open()
        bench.welcome(now: 0)
        bench.wait(.seconds(6), ticking: true)
        bench.close(.lost("cut"))
        bench.clear()
        bench.wait(.seconds(1))
        #expect(bench.connectCount == 1)
    }

    @Test(
        "1.12 a wrong key is told and tried again every 60 s",
        arguments: [
            UplinkMachine.End.closed(code: 4001, reason: ""), .noKey("no file"),
        ])
    func wrongKey(_ end: UplinkMachine.End) {
        var bench = UplinkBench()
        bench.start()
        bench.open()
        bench.close(end)
        #expect(bench.notes.last == .keyRefused(end, retry: .seconds(60)))
        bench.clear()
        bench.wait(.milliseconds(59_999))
        #expect(bench.connectCount == 0)
        bench.wait(.milliseconds(1))
        #expect(bench.connectCount == 1)
    }

    @Test("a drain is obeyed to the millisecond")
    func drain() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.receive(.drain(afterMillis: 3_250))
        #expect(bench.actions.last == .disconnect(code: 1000))
        bench.close(.closed(code: 4200, reason: ""))
        bench.clear()
        bench.wait(.milliseconds(3_249))
        #expect(bench.connectCount == 0)
        bench.wait(.milliseconds(1))
        #expect(bench.connectCount == 1)
    }

    @Test("a hub that falls silent for ten seconds is left")
    func silence() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.wait(.seconds(60), ticking: true)
        #expect(bench.machine.isReady)
        bench.wait(.seconds(10))
        #expect(bench.actions.last == .disconnect(code: 1001))
        #expect(!bench.machine.isReady)
    }

    @Test("a hub that never opens or never welcomes is given up after ten seconds", arguments: [false, true])
    func openingDeadline(_ opens: Bool) {
        var bench = UplinkBench()
        bench.start()
        if opens { bench.open() }
        bench.wait(.seconds(10))
        #expect(bench.actions.last == .disconnect(code: 1001))
        bench.close(.lost("closed while connecting"))
        bench.wait(.seconds(1))
        #expect(bench.connectCount == 2)
    }

    @Test("a refused subscription is told and asked for again")
    func subscriptionRefused() {
        var bench = UplinkBench()
        bench.becomeReady()
        let error = HubError(code: "unknownKind")
        bench.receive(.error(id: "s0", error))
        #expect(bench.notes == [.subscriptionRefused(topic: UplinkBench.topic, error)])
        bench.wait(.milliseconds(59_999), ticking: true)
        #expect(bench.sent == [])
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sent.count == 1)
    }

    @Test("every input has an answer in every state")
    func anyOrder() {
        var generator = SplitMix64(seed: 3)
        for _ in 0..<200 {
            var bench = UplinkBench(seed: generator.next())
            for step in 0..<200 as Range<Int64> {
                switch UInt.random(in: 0..<25, using: &generator) {
                case 0: bench.start()
                case 1: bench.open()
                case 2: bench.welcome(now: step)
                case 3: bench.subscribe(seq: step)
                case 4: bench.close(.lost("cut"))
                case 5:
                    bench.record(step + 1...step + 1)
                    bench.offered = [UplinkBench.weight(step + 1)]
                case 6: bench.live(step)
                case 7: bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: step, refused: [:]))
                case 8: bench.receive(.drain(afterMillis: 10))
                case 9: bench.receive(.event(topic: UplinkBench.topic, seq: step, prev: step - 1, .platformCleared))
                case 10: bench.receive(.error(id: nil, HubError(code: "busy", retry: true)))
                case 11: bench.receive(.ended(topic: UplinkBench.topic, HubError(code: "forbidden")))
                case 12: bench.close(.closed(code: 4103, reason: ""))
                case 13: bench.health(step.isMultiple(of: 2) ? .good : .noData)
                case 14: bench.receive(.reply(id: "c\(step % 10)", nil))
                case 15: bench.receive(.error(id: "c\(step % 10)", HubError(code: "busy", retry: true)))
                case 16: bench.receive(.event(topic: UplinkBench.topic, seq: step, prev: step, .unreadable("bound")))
                case 17: bench.failLoad(.init(after: 0, limit: 32, again: step.isMultiple(of: 2)))
                case 18: bench.failAdopt(.text("e1"))
                case 19: bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: step, again: true, refused: [:]))
                case 20: bench.close(.closed(code: 4001, reason: ""))
                case 21: bench.changeKey()
                case 22: bench.close(.refused(status: 403))
                default: bench.wait(.milliseconds(Int64.random(in: 0...20_000, using: &generator)))
                }
                #expect(bench.sentNumbers == bench.sentNumbers.filter { $0 > 0 })
            }
        }
    }
}
