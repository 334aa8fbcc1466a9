import Testing

@testable import Edge

@Suite struct UplinkKeyTests {
    /// DOMAIN.md 1.12
    @Test(arguments: [UplinkMachine.End.closed(code: 4001, reason: ""), .noKey("no file")])
    func `after a refused key its file is looked at every second, and another key is tried at once`(
        _ end: UplinkMachine.End
    ) {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.close(end)
        bench.clear()
        bench.wait(.milliseconds(999))
        #expect(bench.lookCount == 0)
        bench.wait(.milliseconds(1))
        #expect(bench.lookCount == 1)
        bench.wait(.seconds(9))
        #expect(bench.lookCount == 10)
        bench.record(1...1)
        #expect(bench.connectCount == 0)
        bench.changeKey()
        #expect(bench.connectCount == 1)
        bench.open()
        bench.welcome()
        #expect(bench.sentNumbers == [1])
    }

    /// DOMAIN.md 1.12
    @Test func `a key the hub does not know is looked for from the end of that connection on, each time anew`() {
        var bench = UplinkBench()
        bench.start()
        for count in 1...3 {
            bench.open()
            bench.receive(.error(id: nil, HubError(code: "keyInvalid", retry: false)))
            #expect(bench.machine.deadline == bench.now + UplinkMachine.openingWait)
            bench.close(.closed(code: 1008, reason: ""))
            bench.wait(.seconds(1))
            #expect(bench.lookCount == count)
            bench.changeKey()
            #expect(bench.connectCount == count + 1)
        }
    }

    @Test func `a key that changes while none was refused disturbs nothing, and nothing looks for it`() {
        var bench = UplinkBench()
        bench.changeKey()
        #expect(bench.actions == [])
        bench.becomeReady()
        bench.changeKey()
        bench.wait(.seconds(5), ticking: true)
        #expect(bench.machine.isReady)
        bench.close(.closed(code: 4003, reason: ""))
        bench.changeKey()
        bench.wait(.milliseconds(59_999))
        #expect(bench.connectCount == 0)
        bench.wait(.milliseconds(1))
        #expect(bench.connectCount == 1)
        #expect(bench.lookCount == 0)
    }

    @Test func `an agent that was stopped looks for no key`() {
        var bench = UplinkBench()
        bench.becomeReady()
        bench.close(.closed(code: 4001, reason: ""))
        bench.clear()
        bench.run(bench.machine.stop())
        bench.wait(.seconds(100))
        bench.changeKey()
        #expect(bench.actions == [])
    }
}
