import Testing

@testable import Edge

/// 1.12 A network that lets no WebSocket through.
@Suite struct UplinkBlockedTests {
    private static let blocked: [UplinkMachine.End] = [.refused(status: 403), .refused(status: 502), .lost("closed")]

    /// Where each attempt went.
    private func transports(_ bench: UplinkBench) -> [TransportKind] {
        bench.actions.compactMap { if case .connect(let transport) = $0 { transport } else { nil } }
    }

    private func blockedBench(_ end: UplinkMachine.End = .refused(status: 403)) -> UplinkBench {
        var bench = UplinkBench()
        bench.start()
        bench.close(end)
        bench.wait(.seconds(2))
        bench.close(end)
        return bench
    }

    @Test("after two refusals requests carry everything, at once", arguments: blocked)
    func fallsBack(_ end: UplinkMachine.End) {
        var bench = blockedBench(end)
        bench.wait(.zero)
        #expect(transports(bench) == [.webSocket, .webSocket, .requests])
        bench.record(1...2)
        bench.open()
        bench.welcome()
        #expect(bench.notes.last == .ready(.requests))
        #expect(bench.sentNumbers == [1, 2])
    }

    @Test("a handshake without an answer is a refusal, too")
    func hangs() {
        var bench = UplinkBench()
        bench.start()
        for _ in 0..<2 {
            bench.wait(.seconds(10))
            bench.close(.lost("closed"))
            bench.wait(.seconds(2))
        }
        #expect(transports(bench) == [.webSocket, .webSocket, .requests])
    }

    @Test("a hub that is not there blocks nothing: a WebSocket is tried on and on")
    func hubAway() {
        var bench = UplinkBench()
        bench.start()
        for _ in 0..<6 {
            let count = bench.connectCount
            bench.close(.failed(.noAnswer("hub:443"), "refused"))
            while bench.connectCount == count { bench.wait(.milliseconds(50)) }
        }
        #expect(Set(transports(bench)) == [.webSocket])
    }

    @Test("when requests fail as well, both are tried in turn, and the hub is not asked without a pause")
    func inTurn() {
        var bench = blockedBench()
        bench.wait(.zero)
        bench.clear()
        for _ in 0..<4 {
            bench.close(.refused(status: 502))
            bench.wait(.milliseconds(400))
        }
        #expect(transports(bench).count <= 2)
        bench.clear()
        for _ in 0..<6 {
            bench.close(.refused(status: 502))
            bench.wait(.seconds(15))
        }
        let turns = transports(bench)
        #expect(zip(turns, turns.dropFirst()).allSatisfy { $0 != $1 }, "\(turns)")
    }

    @Test("once an hour a WebSocket is tried; where it opens again it stays")
    func triesAgain() {
        var bench = blockedBench()
        bench.wait(.zero)
        bench.open()
        bench.welcome()
        bench.subscribe()
        bench.clear()
        bench.wait(UplinkMachine.webSocketInterval - .seconds(1), ticking: true)
        #expect(!bench.actions.contains(.disconnect(code: 1000)))
        bench.wait(.seconds(1), ticking: true)
        #expect(bench.actions.last == .disconnect(code: 1000))
        bench.clear()
        bench.close(.lost("closed"))
        bench.wait(.zero)
        #expect(transports(bench) == [.webSocket])
        // Still blocked, by silence: given up before the hub says that the edge is gone.
        bench.wait(UplinkMachine.blockedWait)
        #expect(bench.actions.last == .disconnect(code: 1001))
        bench.close(.lost("closed"))
        bench.wait(.zero)
        #expect(transports(bench) == [.webSocket, .requests])
        bench.close(.lost("closed"))
        bench.wait(.seconds(2))
        bench.open()
        bench.welcome()
        #expect(bench.notes.last == .ready(.webSocket))
        bench.clear()
        bench.wait(UplinkMachine.webSocketInterval * 2, ticking: true)
        #expect(transports(bench) == [])
    }

    @Test("a handshake that passes and a network that then says nothing is blocked, too, and stays so")
    func silentAfterHandshake() {
        var bench = UplinkBench()
        bench.start()
        for _ in 0..<2 {
            bench.open()
            bench.wait(.seconds(10))
            bench.close(.lost("closed"))
            bench.wait(.seconds(2))
        }
        #expect(transports(bench) == [.webSocket, .webSocket, .requests])
        bench.open()
        bench.welcome()
        bench.subscribe()
        bench.clear()
        bench.wait(UplinkMachine.webSocketInterval, ticking: true)
        bench.close(.lost("closed"))
        bench.wait(.zero)
        bench.open()
        bench.wait(.seconds(10))
        bench.close(.lost("closed"))
        bench.wait(.zero)
        #expect(transports(bench) == [.webSocket, .requests])
    }
}
