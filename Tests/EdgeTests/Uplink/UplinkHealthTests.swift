import Testing

@testable import Edge

@Suite struct UplinkHealthTests {
    private static let busy = HubError(code: "busy", retry: true, after: 2_000)

    @Test("a fault waits for the hub, and goes behind the subscription and before the weights")
    func whenWelcomed() {
        var bench = UplinkBench()
        bench.record(1...1)
        bench.health(.noData)
        bench.start()
        bench.open()
        #expect(bench.sent == [])
        bench.welcome(now: 0)
        #expect(
            bench.sent == [
                .subscribe(id: "s0", topic: UplinkBench.topic, cursor: nil),
                .health(id: "c1", key: "1-1", topic: UplinkBench.topic, .noData),
                .weight(UplinkBench.weight(1)),
            ])
    }

    @Test("as long as nothing is known nothing is said, and what the hub knows is not repeated")
    func silent() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.wait(.seconds(60), ticking: true)
        #expect(bench.sentHealth == [])
        bench.health(.good)
        bench.receive(.reply(id: "c1", nil))
        bench.health(.good)
        bench.wait(.seconds(60), ticking: true)
        #expect(bench.sentHealth == [.good])
    }

    @Test("one statement at a time: what is true when the answer comes is said next")
    func oneAtATime() {
        var bench = UplinkBench()
        bench.becomeReady()
        for health in [.noData, .good, .noData, .good] as [IndicatorHealth] { bench.health(health) }
        #expect(bench.sentHealth == [.noData])
        bench.receive(.reply(id: "c1", nil))
        #expect(bench.sentHealth == [.noData, .good])
        bench.receive(.reply(id: "c1", nil))
        bench.health(.noData)
        #expect(bench.sentHealth == [.noData, .good])
        bench.receive(.reply(id: "c2", nil))
        #expect(bench.sentHealth == [.noData, .good, .noData])
        #expect(bench.notes == [])
    }

    @Test("what the hub cannot take now is said again after its pause, under a new key")
    func again() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.health(.noData)
        bench.receive(.reply(id: "c1", Self.busy))
        bench.wait(.milliseconds(1_999), ticking: true)
        #expect(bench.sentHealth == [.noData])
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sentHealth == [.noData, .noData])
        #expect(bench.commandKeys == ["1-1", "1-2"])
        #expect(bench.notes == [.refused(Self.busy)])
    }

    @Test("after the pause a fault that is over is not said again")
    func overMeanwhile() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.health(.noData)
        bench.receive(.reply(id: "c1", Self.busy))
        bench.health(.good)
        #expect(bench.sentHealth == [.noData])
        bench.wait(.seconds(2), ticking: true)
        bench.receive(.reply(id: "c2", nil))
        bench.wait(.seconds(60), ticking: true)
        #expect(bench.sentHealth == [.noData, .good])
    }

    @Test("a refusal is noted and not argued with, but the next connection is told again")
    func refused() {
        let error = HubError(code: "forbidden")
        var bench = UplinkBench()
        bench.becomeReady()
        bench.health(.noData)
        bench.receive(.reply(id: "c1", error))
        bench.wait(.seconds(60), ticking: true)
        #expect(bench.sentHealth == [.noData])
        #expect(bench.notes == [.refused(error)])
        bench.reconnect()
        #expect(bench.sentHealth == [.noData])
    }

    @Test(
        "a new connection is told what is true now, under a key never used before",
        arguments: [IndicatorHealth.noData, .good], [IndicatorHealth.noData, .good])
    func reconnected(_ before: IndicatorHealth, _ after: IndicatorHealth) {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.health(before)
        bench.close(.lost("cut"))
        bench.health(after)
        bench.clear()
        bench.wait(.seconds(1))
        bench.open()
        #expect(bench.sentHealth == [])
        bench.welcome(now: 0)
        #expect(bench.sentHealth == [after])
        #expect(bench.commandKeys == ["1-2"])
        // The answer of the old connection says nothing here.
        bench.receive(.reply(id: "c1", Self.busy))
        bench.receive(.reply(id: "c2", nil))
        bench.wait(.seconds(9), ticking: true)
        #expect(bench.sentHealth == [after])
    }

    @Test("without an answer for ten seconds it is said again")
    func unanswered() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.health(.noData)
        bench.wait(.milliseconds(9_999), ticking: true)
        #expect(bench.sentHealth == [.noData])
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sentHealth == [.noData, .noData])
        #expect(bench.commandKeys == ["1-1", "1-2"])
    }

    @Test("an error with the command's id is its answer, and no reason to hold back weights")
    func errorFrame() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.record(1...1)
        bench.health(.noData)
        bench.receive(.error(id: "c1", Self.busy))
        bench.record(2...2)
        #expect(bench.sentNumbers == [1, 2])
        bench.wait(.seconds(2), ticking: true)
        #expect(bench.sentHealth == [.noData, .noData])
        #expect(bench.sentNumbers == [1, 2])
    }

    @Test("each station is told about by itself")
    func stations() {
        let second = "ulsan/station/2"
        var bench = UplinkBench(topics: [UplinkBench.topic, second])
        bench.becomeReady()
        bench.health(.noData)
        bench.health(.good, topic: second)
        #expect(
            bench.sent == [
                .health(id: "c1", key: "1-1", topic: UplinkBench.topic, .noData),
                .health(id: "c2", key: "1-2", topic: second, .good),
            ])
        bench.receive(.reply(id: "c2", nil))
        bench.health(.noData, topic: second)
        #expect(bench.sentHealth == [.noData, .good, .noData])
    }

    @Test("keys are what the protocol allows, and those of two runs differ")
    func keys() {
        var keys: [String] = []
        for seed in [.max, .max - 1] as [UInt64] {
            var bench = UplinkBench(seed: seed)
            bench.becomeReady()
            bench.health(.noData)
            keys += bench.commandKeys
        }
        #expect(keys == ["ffffffffffffffff-1", "fffffffffffffffe-1"])
    }
}
