import FoundationEssentials
import NIOCore
import Testing

@testable import Edge

@Suite struct StatusTests {
    private static func report(
        connected: Bool = true, hears: Bool? = true, id: String = "1", transport: TransportKind = .webSocket,
        denied: Bool = false, hubDivision: Int64 = 20_000, reused: Int64 = 0, drift: Int64? = nil,
        silence: String? = nil,
        board: StatusReport.Board? = nil
    ) -> StatusReport {
        StatusReport(
            site: "ulsan<", at: 1_764_158_400_000, upSeconds: 7_200,
            hub: .init(
                address: "wss://hub.example/ws", isConnected: connected, transport: connected ? transport : nil,
                reason: connected ? nil : "refused", offsetMillis: -1_250),
            stations: [
                .init(
                    id: id, line: "/dev/ttyUSB0 9600 8N1", profile: "cas22", hearsIndicator: hears, silence: silence,
                    framesPerSecond: 10,
                    frames: 1_000, refused: 3, noiseBytes: 17, liveGrams: 12_500_500, liveState: "stable",
                    driftGrams: drift, isDenied: denied, divisionGrams: 20_000, hubDivisionGrams: hubDivision,
                    outbox: OutboxDepth(
                        waiting: 2, oldestAt: 1, refused: 1, reused: reused, lastAnswerAt: 1_764_158_399_500))
            ], board: board)
    }

    @Test("what somebody has to look after is said, and nothing else")
    func problems() {
        #expect(Self.report().problems == [])
        #expect(Self.report(hears: nil).problems == [])
        #expect(Self.report(connected: false).problems.count == 1)
        #expect(Self.report(connected: false, hears: false).problems.map { $0.contains("계량대 1") } == [false, true])
        #expect(Self.report(connected: false).problems.first?.contains("refused") == true)
        func says(_ report: StatusReport, _ words: String) -> Bool {
            report.problems.count == 1 && report.problems[0].contains(words)
        }
        #expect(says(Self.report(transport: .requests), "WebSocket"))
        #expect(says(Self.report(hears: false, silence: "asked as number 3"), "asked as number 3"))
        #expect(says(Self.report(drift: 60_000), "60 kg"))
        #expect(says(Self.report(denied: true), "does not speak for it"))
        #expect(says(Self.report(hubDivision: 10_000), "허브 10 kg, 설정 20 kg"))
        #expect(says(Self.report(reused: 1), "numbers used twice"))
        func board(_ isConnected: Bool, _ isRefusing: Bool) -> StatusReport.Board {
            .init(address: "tcp://10.0.0.9:5000", isConnected: isConnected, isRefusing: isRefusing)
        }
        #expect(Self.report(board: board(true, false)).problems == [])
        #expect(says(Self.report(board: board(false, false)), "tcp://10.0.0.9:5000"))
        #expect(says(Self.report(board: board(true, true)), "refuses"))
    }

    @Test("the metrics are in base units, their labels escaped")
    func metrics() {
        let lines = Set(StatusText.metrics(Self.report(id: #"a"\b"#)).split(separator: "\n").map(String.init))
        for line in [
            "gwanje_edge_hub_connected 1", "gwanje_edge_clock_offset_seconds -1.250",
            #"gwanje_edge_frames_total{station="a\"\\b"} 1000"#, #"gwanje_edge_waiting_weights{station="a\"\\b"} 2"#,
            #"gwanje_edge_last_answer_timestamp_seconds{station="a\"\\b"} 1764158399.500"#,
            "# TYPE gwanje_edge_noise_bytes_total counter",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test("the page shows texts as texts")
    func page() {
        let page = StatusText.page(Self.report(connected: false, id: "<script>"))
        #expect(page.contains("ulsan&lt;") && page.contains("&lt;script>") && !page.contains("<script>"))
        #expect(page.contains("12500.5 kg"))
        #expect(page.contains("끊김"))
    }

    @Test("a rate is that of the last whole seconds")
    func rate() {
        var meter = RateMeter()
        #expect(meter.rate(at: .seconds(100)) == 0)
        for tenth in 0..<50 { meter.add(1, at: .seconds(100) + .milliseconds(100 * tenth)) }
        #expect(meter.rate(at: .seconds(105)) == 10)
        for tenth in 50..<250 { meter.add(2, at: .seconds(100) + .milliseconds(100 * tenth)) }
        #expect(meter.rate(at: .seconds(125)) == 20)
        // Silence is seen.
        #expect(meter.rate(at: .seconds(130)) < 20)
        #expect(meter.rate(at: .seconds(140)) == 0)
        #expect(meter.rate(at: .seconds(100_000)) == 0)
    }

    @Test("only this machine is answered, and only in its own name")
    func server() async throws {
        let group = EdgeLoop.start()
        let loop = group.next()
        let report = Self.report()
        let (server, port) = try await loop.flatSubmit {
            let server = StatusServer(port: 0, on: loop) { loop.makeSucceededFuture(report) }
            let bound = NIOLoopBound(server, eventLoop: loop)
            return server.start().map { (bound, $0) }
        }.get()
        let json = try await StatusClient.get("/status.json", port: port)
        #expect(json.status == "HTTP/1.1 200 OK")
        #expect(try JSONDecoder().decode(StatusReport.self, from: Data(json.body)) == report)
        for (path, host, status) in [
            ("/", "localhost:1", "200 OK"), ("/metrics", "127.0.0.1", "200 OK"), ("/x", "127.0.0.1", "404 Not Found"),
            ("/status.json", "evil.example", "421 Misdirected Request"),
            ("/status.json", "127.0.0.1.evil.example", "421 Misdirected Request"),
        ] {
            let answer = try await StatusClient.get(path, port: port, host: host)
            #expect(answer.status == "HTTP/1.1 \(status)", "\(path) of \(host)")
        }
        try await loop.submit { server.value.stop() }.get()
        await #expect(throws: (any Error).self) { try await StatusClient.get("/", port: port) }
        try await group.shutdownGracefully()
    }

    @Test("the outbox counts what waits, what was refused, and when it had its latest answer")
    func depths() throws {
        let scratch = try Scratch()
        let outbox = try Outbox(path: scratch.file("edge.sqlite"))
        #expect(try outbox.depths(since: 0) == [:])
        var boot = ""
        for number in 1...3 {
            let weight = SettledWeight(grams: 1_000, binding: nil, at: Int64(number), raw: [])
            boot = try outbox.record(weight, topic: "a", offsetMillis: 0, offline: true).boot
        }
        #expect(try outbox.depths(since: 0) == ["a": OutboxDepth(waiting: 3, oldestAt: 1)])
        try outbox.settle(topic: "a", boot: boot, through: 2, refused: [2: "tooOld"], at: 77)
        #expect(
            try outbox.depths(since: 0) == ["a": OutboxDepth(waiting: 1, oldestAt: 3, refused: 1, lastAnswerAt: 77)])
    }
}
