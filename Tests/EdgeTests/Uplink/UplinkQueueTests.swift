import Testing

@testable import Edge

/// 1.11 What the board shows comes over the same connection.
@Suite struct UplinkQueueTests {
    private static let topic = "ulsan/queue/main"
    private static let ask = EdgeMessage.subscribe(id: "q", topic: topic, cursor: nil)
    private static let picture = QueuePicture(line: [4, 5], called: [], paused: false)

    private func pictures(_ bench: UplinkBench) -> [QueuePicture?] {
        bench.actions.compactMap { action in if case .queue(let picture) = action { .some(picture) } else { nil } }
    }

    @Test("without a board nobody asks for the queue")
    func noBoard() {
        var bench = UplinkBench()
        bench.start()
        bench.open()
        bench.welcome()
        #expect(!bench.sent.contains(Self.ask))
        bench.close(.lost("cut"))
        #expect(pictures(bench).isEmpty)
    }

    @Test("each picture is handed on, a cut is told, and it is asked for again")
    func follows() {
        var bench = UplinkBench(queue: Self.topic)
        bench.start()
        bench.open()
        bench.welcome()
        #expect(bench.sent.contains(Self.ask))
        bench.clear()
        bench.receive(.queue(topic: Self.topic, Self.picture))
        bench.receive(.queue(topic: "busan/queue/main", Self.picture))
        #expect(pictures(bench) == [Self.picture])
        bench.close(.lost("cut"))
        #expect(pictures(bench) == [Self.picture, nil])
        bench.clear()
        bench.wait(.seconds(1))
        bench.open()
        bench.welcome()
        #expect(bench.sent.contains(Self.ask))
    }

    @Test("an older hub that does not show it is asked again later, and weights go on")
    func refused() {
        var bench = UplinkBench(queue: Self.topic)
        bench.becomeReady()
        bench.receive(.error(id: "q", HubError(code: "forbidden")))
        #expect(pictures(bench) == [nil])
        bench.record(1...1)
        #expect(bench.sentNumbers == [1])
        bench.receive(.ack(topic: UplinkBench.topic, boot: "boot", n: 1, refused: [:]))
        bench.clear()
        bench.wait(RetryPolicy.slow - .milliseconds(1), ticking: true)
        #expect(!bench.sent.contains(Self.ask))
        bench.wait(.milliseconds(1), ticking: true)
        #expect(bench.sent.contains(Self.ask))
    }

    @Test("the hub's words are read")
    func messages() throws {
        let data =
            #"{"line":[4,5],"called":[{"number":3,"station":"1","stationName":"1계량대","deadline":99}],"averageSeconds":180,"openStations":2,"paused":true}"#
        let picture = QueuePicture(
            line: [4, 5], called: [.init(number: 3, stationName: "1계량대", deadline: 99)], paused: true)
        for op in ["snapshot", "state"] {
            let json = #"{"op":"\#(op)","topic":"\#(Self.topic)","epoch":"e","seq":1,"at":0,"data":\#(data)}"#
            #expect(try HubMessage(json: json.utf8) == .queue(topic: Self.topic, picture))
        }
        let station = #"{"op":"state","topic":"ulsan/station/1","seq":1,"data":{}}"#
        #expect(try HubMessage(json: station.utf8) == .other(op: "state"))
    }
}
