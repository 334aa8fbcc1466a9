internal import NIOCore
internal import NIOPosix

extension EdgeAgent {
    /// What a station shows now, besides what its desk counts.
    struct Shown: Sendable {
        var live: LiveWeight?
        var health: IndicatorHealth?
        var rate = RateMeter()
        /// Why its line is not open; nil while it is.
        var lineProblem: String?
        /// Of frames since the latest that could be read.
        var refusal: RefusalReason?
        var isDenied = false
        var hubDivisionGrams: Int64?
    }

    /// Opens the page; without it everything else goes on.
    func startStatus() {
        guard configuration.statusPort > 0 else { return }
        let server = StatusServer(port: configuration.statusPort, on: loop) { [weak self, loop] in
            self?.assumeIsolated { $0.report() } ?? loop.makeFailedFuture(ChannelError.eof)
        }
        status = server
        server.start().assumeIsolated().whenComplete { result in
            self.assumeIsolated { agent in
                switch result {
                case .success(let port):
                    agent.logger.notice(.statusOpened, ["url": "http://\(StatusServer.host):\(port)"])
                case .failure(let error):
                    agent.logger.notice(
                        .statusUnavailable, ["port": agent.configuration.statusPort, "reason": "\(error)"])
                }
            }
        }
    }

    private func report() -> EventLoopFuture<StatusReport> {
        let now = clock.now
        let stations = configuration.stations.map { station in
            let desk = desks[station.topic]
            var seen = shown[station.topic] ?? Shown()
            let counters = desk?.decoder.counters ?? .init()
            return StatusReport.Station(
                id: station.id, line: "\(station.line)", profile: station.profile.id,
                hearsIndicator: seen.health.map { $0 == .good }, silence: silence(of: station, seen),
                framesPerSecond: seen.rate.rate(at: now.elapsed),
                frames: counters.readingCount, refused: counters.refusedCount, noiseBytes: counters.noiseByteCount,
                liveGrams: seen.live?.grams, liveState: (seen.live?.state ?? .none).rawValue,
                driftGrams: desk?.detector.drift,
                isDenied: seen.isDenied,
                divisionGrams: station.divisionGrams, hubDivisionGrams: seen.hubDivisionGrams, outbox: OutboxDepth())
        }
        let report = StatusReport(
            site: configuration.site, at: now.millis, upSeconds: now.elapsed.components.seconds,
            hub: .init(
                address: configuration.hub.description, isConnected: uplink?.isReady == true,
                transport: uplink?.isReady == true ? uplink?.transport : nil,
                reason: uplink?.isReady == true ? webSocketProblem : hubProblem,
                offsetMillis: uplink?.offsetMillis),
            stations: stations,
            board: configuration.board.map {
                .init(
                    address: "tcp://\($0.host):\($0.port)", isConnected: boardState.isConnected,
                    isRefusing: boardState.isRefusing)
            })
        let topics = configuration.stations.map(\.topic)
        let outbox = outbox
        return disk.runIfActive(eventLoop: loop) {
            let depths = try outbox.depths(since: now.millis - 24 * 3600 * 1000)
            var report = report
            for (index, topic) in topics.enumerated() { report.stations[index].outbox = depths[topic] ?? OutboxDepth() }
            return report
        }
    }

    /// What an installer looks at first.
    private func silence(of station: EdgeConfiguration.Station, _ seen: Shown) -> String? {
        guard seen.health == .noData else { return nil }
        if let problem = seen.lineProblem { return "선로를 열 수 없습니다 (the line is not open): \(problem)" }
        if let refusal = seen.refusal {
            return
                "프레임이 \(station.profile.id) 로 읽히지 않습니다: \(refusal.rawValue); edge probe 로 확인하세요 (frames that cannot be read)"
        }
        if desks[station.topic]?.hearsNoise == true {
            return "프레임이 아닌 바이트만 옵니다; 속도와 프로파일을 edge probe 로 확인하세요 (bytes, and no frames)"
        }
        guard station.question != nil else { return nil }
        let number = station.device.map { "\($0)" } ?? "1"
        return "\(number)번으로 물어도 답이 없습니다; \"device\" 를 확인하세요 (asked as number \(number), no answer)"
    }
}
