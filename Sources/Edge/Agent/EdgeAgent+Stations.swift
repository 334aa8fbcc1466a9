internal import Logging
internal import NIOCore
internal import NIOPosix

extension EdgeAgent {
    func heard(_ event: StationLine.Event, from station: EdgeConfiguration.Station) {
        guard !isStopping else { return }
        let now = clock.now
        let before = readingCount(station.topic)
        switch event {
        case .opened:
            logger.notice(.lineOpened, ["station": station.id, "line": station.line])
            shown[station.topic, default: Shown()].lineProblem = nil
            desks[station.topic]?.opened(at: now)
        case .asked:
            take(desks[station.topic]?.asked() ?? [], of: station)
        case .bytes(let bytes):
            take(desks[station.topic]?.receive(bytes, at: now) ?? [], of: station)
        case .lost(let reason, let retry):
            logger.notice(.lineLost, ["station": station.id, "reason": reason, "retry": retry])
            shown[station.topic, default: Shown()].lineProblem = reason
            take(desks[station.topic]?.closed() ?? [], of: station)
        }
        shown[station.topic, default: Shown()].rate.add(readingCount(station.topic) - before, at: now.elapsed)
        setTimer()
    }

    private func readingCount(_ topic: String) -> Int { desks[topic]?.decoder.counters.readingCount ?? 0 }

    func take(_ outputs: [StationDesk.Output], of station: EdgeConfiguration.Station) {
        for output in outputs {
            switch output {
            case .health(let health):
                logger.notice(health == .good ? .indicatorHeard : .indicatorSilent, ["station": station.id])
                shown[station.topic, default: Shown()].health = health
                if health == .good { shown[station.topic]?.refusal = nil }
                uplink?.health(health, topic: station.topic)
            case .live(let live):
                shown[station.topic, default: Shown()].live = live
                uplink?.live(live, topic: station.topic)
            case .settled(let weight):
                unrecorded.append((station.topic, weight, uplink?.speaks(for: station.topic) != true))
                recordNext()
            case .drift(let grams?):
                logger.notice(.zeroDrifts, ["station": station.id, "grams": grams])
            case .drift(nil):
                logger.notice(.zeroBack, ["station": station.id])
            case .refused(let reading): report(reading, of: station)
            case .noise(let byteCount):
                logger.notice(.noiseHeard, ["station": station.id, "bytes": byteCount, "line": station.line])
            }
        }
    }

    func bind(_ topic: String, _ binding: Binding?) {
        desks[topic]?.bind(binding?.id)
        if let binding {
            logger.notice(.bound, ["topic": topic, "binding": binding.id])
        } else {
            logger.notice(.unbound, ["topic": topic])
        }
    }

    /// The disk before anything else: the uplink hears of a weight only when it is written.
    func recordNext() {
        guard !isRecording, let next = unrecorded.first else { return finishIfDone() }
        isRecording = true
        // Not measured since the start: as it was before.
        let offset = uplink?.offsetMillis
        onDisk { outbox in
            try outbox.record(
                next.weight, topic: next.topic, offsetMillis: offset ?? outbox.latestOffsetMillis(),
                offline: next.offline)
        } then: { agent, result in
            agent.isRecording = false
            switch result {
            case .success(let stored):
                agent.unrecorded.removeFirst()
                agent.logger.notice(.settled, stored.facts)
                agent.uplink?.recorded(topic: stored.topic)
                agent.recordNext()
            case .failure(let error):
                agent.logger.notice(.storeFailed, ["reason": "\(error)", "waiting": agent.unrecorded.count])
                guard !agent.isStopping else { return agent.giveUpRecording() }
                agent.loop.assumeIsolated().scheduleTask(in: .seconds(1)) { agent.assumeIsolated { $0.recordNext() } }
            }
        }
    }

    func adopt(_ epoch: Epoch) {
        onDisk {
            try $0.adopt(epoch: epoch.description)
        } then: { agent, result in
            switch result {
            case .success(let counts):
                agent.uplink?.adopted(epoch, offering: counts)
            case .failure(let error):
                agent.logger.notice(.storeFailed, ["reason": "\(error)"])
                agent.uplink?.adoptFailed(epoch)
            }
        }
    }

    func load(_ topic: String, _ want: SendWindow.Want) {
        onDisk {
            want.again
                ? try $0.offeredAgain(topic: topic, after: want.after, limit: want.limit)
                : try $0.unsettled(topic: topic, after: want.after, limit: want.limit)
        } then: { agent, result in
            switch result {
            case .success(let weights):
                agent.uplink?.loaded(weights, topic: topic, for: want)
            case .failure(let error):
                agent.logger.notice(.storeFailed, ["reason": "\(error)"])
                agent.uplink?.loadFailed(topic: topic, for: want)
            }
        }
    }

    func settle(_ topic: String, _ boot: String, _ n: Int64, _ refused: [Int64: String]) {
        logger.notice(.weightAcked, ["topic": topic, "n": n])
        let millis = clock.now.millis
        write { try $0.settle(topic: topic, boot: boot, through: n, refused: refused, at: millis) }
    }

    func settleAgain(_ topic: String, _ n: Int64, _ refused: [Int64: String]) {
        onDisk {
            try $0.settleAgain(topic: topic, through: n, refused: refused)
        } then: { agent, result in
            switch result {
            case .success(let isDone):
                if isDone { agent.logger.notice(.offeredAgain, ["topic": topic, "n": n]) }
            case .failure(let error):
                agent.logger.notice(.storeFailed, ["reason": "\(error)"])
            }
        }
    }

    func write(_ work: @escaping @Sendable (Outbox) throws -> Void) {
        onDisk(work) { agent, result in
            if case .failure(let error) = result { agent.logger.notice(.storeFailed, ["reason": "\(error)"]) }
        }
    }

    func prune() {
        let millis = clock.now.millis
        onDisk {
            try $0.prune(at: millis)
        } then: { agent, result in
            switch result {
            case .success(let count): if count > 0 { agent.logger.notice(.pruned, ["count": count]) }
            case .failure(let error): agent.logger.notice(.storeFailed, ["reason": "\(error)"])
            }
        }
        loop.assumeIsolated().scheduleTask(in: .hours(1)) { [weak self] in self?.assumeIsolated { $0.prune() } }
    }

    /// Runs work on the disk's thread, in order, and comes back to the loop with its result.
    private func onDisk<Result: Sendable>(
        _ work: @escaping @Sendable (Outbox) throws -> Result,
        then finish: @escaping @Sendable (isolated EdgeAgent, Swift.Result<Result, any Error>) -> Void
    ) {
        let outbox = outbox
        disk.runIfActive(eventLoop: loop) { try work(outbox) }.whenComplete { result in
            self.assumeIsolated { finish($0, result) }
        }
    }

    private func giveUpRecording() {
        unrecorded = []
        finishIfDone()
    }

    /// The first refusal of a station is told, then every hundredth: a wrong profile refuses ten a second.
    private func report(_ reading: Reading, of station: EdgeConfiguration.Station) {
        shown[station.topic, default: Shown()].refusal = reading.reason
        let count = refusals[station.topic, default: 0]
        refusals[station.topic] = count + 1
        guard count.isMultiple(of: 100) else { return }
        logger.notice(
            .frameRefused,
            [
                "station": station.id, "reason": reading.reason?.rawValue ?? "", "raw": reading.raw.hex,
                "refused": count + 1,
            ])
    }
}

extension StoredWeight {
    fileprivate var facts: [String: any CustomStringConvertible & Sendable] {
        [
            "topic": topic, "boot": boot, "n": n, "grams": weight.grams, "binding": weight.binding ?? "null",
            "offline": offline,
        ]
    }
}
