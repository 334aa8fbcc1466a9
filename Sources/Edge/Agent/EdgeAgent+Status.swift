internal import NIOCore
internal import NIOPosix

extension EdgeAgent {
    /// What a station shows now, besides what its desk counts.
    struct Shown: Sendable {
        var live: LiveWeight?
        var health: IndicatorHealth?
        var rate = RateMeter()
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
                hearsIndicator: seen.health.map { $0 == .good }, framesPerSecond: seen.rate.rate(at: now.elapsed),
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
                transport: uplink?.isReady == true ? uplink?.transport : nil, reason: hubProblem,
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
}
