internal import Logging
internal import NIOCore
internal import NIOPosix

/// The running agent: stations, outbox and uplink joined on one event loop. The disk has its own thread.
///
/// What happens outside is posted to the loop and enters here; nothing here waits.
actor EdgeAgent {
    nonisolated let unownedExecutor: UnownedSerialExecutor
    let loop: any EventLoop
    let configuration: EdgeConfiguration
    let outbox: Outbox
    let disk: NIOThreadPool
    let logger: Logger
    let clock = EdgeClock()
    private let tls: HubTLS?
    var uplink: UplinkDriver?
    var desks: [String: StationDesk]
    private var lines: [StationLine] = []
    private var timer: (due: Duration, scheduled: Scheduled<Void>)?
    private var stopped: CheckedContinuation<Void, Never>?
    private(set) var isStopping = false
    private var uplinkStopped = false
    /// Settled, not on disk yet; oldest first. The first is being written while `isRecording`.
    var unrecorded: [(topic: String, weight: SettledWeight, offline: Bool)] = []
    var isRecording = false
    var refusals: [String: Int] = [:]
    var shown: [String: Shown] = [:]
    var status: StatusServer?
    var board: BoardConnection?
    var boardState = BoardState()
    var hasTriedBoard = false
    /// Until the board says that nothing is known.
    var blanking: Scheduled<Void>?
    /// Why the hub was not there when it was last tried; nil while it is.
    var hubProblem: String?
    /// The same of the latest WebSocket.
    var webSocketProblem: String?

    init(
        _ configuration: EdgeConfiguration, outbox: Outbox, disk: NIOThreadPool, tls: HubTLS?,
        on loop: any EventLoop, logger: Logger
    ) {
        self.configuration = configuration
        self.outbox = outbox
        self.disk = disk
        self.tls = tls
        self.loop = loop
        self.logger = logger
        unownedExecutor = loop.executor.asUnownedSerialExecutor()
        let desks = configuration.stations.map {
            ($0.topic, StationDesk(profile: $0.profile, settle: $0.settle, silence: $0.silence, device: $0.device))
        }
        self.desks = Dictionary(uniqueKeysWithValues: desks)
    }

    /// Opens the lines and the uplink; returns after `stop`, when the last weight is on disk.
    func run() async {
        logger.notice(.started, ["stations": configuration.stations.count, "hub": configuration.hub.host])
        let uplink = UplinkDriver(
            topics: configuration.stations.map(\.topic),
            queue: configuration.board.map { _ in "\(configuration.site)/queue/main" }, address: configuration.hub,
            apiKeyFile: configuration.apiKeyFile,
            tls: tls, clock: clock, on: loop
        ) { [weak self, loop] output in
            loop.assumeIsolated().execute { self?.assumeIsolated { $0.heard(output) } }
        }
        self.uplink = uplink
        for stations in StationLine.shared(configuration.stations) {
            let line = StationLine(stations, on: loop) { [weak self, loop] event, station in
                loop.assumeIsolated().execute { self?.assumeIsolated { $0.heard(event, from: station) } }
            }
            lines.append(line)
            line.start()
        }
        prune()
        startStatus()
        startBoard()
        uplink.start()
        await withCheckedContinuation { continuation in
            stopped = continuation
            finishIfDone()
        }
    }

    func stop() {
        guard !isStopping else { return }
        isStopping = true
        logger.notice(.stopping)
        for line in lines { line.stop() }
        status?.stop()
        stopBoard()
        uplink?.stop()
        finishIfDone()
    }

    /// Done when the connection is closed and nothing waits for the disk.
    func finishIfDone() {
        guard isStopping, uplinkStopped, unrecorded.isEmpty, let stopped else { return }
        timer?.scheduled.cancel()
        logger.notice(.stopped)
        self.stopped = nil
        stopped.resume()
    }

    private func heard(_ output: UplinkDriver.Output) {
        switch output {
        case .action(let action): perform(action)
        case .badMessage(let reason): logger.notice(.badMessage, ["reason": reason])
        case .stopped:
            uplinkStopped = true
            finishIfDone()
        }
    }

    private func perform(_ action: UplinkMachine.Action) {
        switch action {
        case .adopt(let epoch): adopt(epoch)
        case .load(let topic, let want): load(topic, want)
        case .markSent(let topic, let n): write { try $0.markSent(topic: topic, through: n) }
        case .settle(let topic, let boot, let n, let refused): settle(topic, boot, n, refused)
        case .settleAgain(let topic, _, let n, let refused): settleAgain(topic, n, refused)
        case .bound(let topic, let binding): bind(topic, binding)
        case .note(let note):
            keep(note)
            log(note)
        case .queue(let picture): showQueue(picture)
        case .weighed: break
        case .connect, .hello, .lookForKey, .send, .disconnect: preconditionFailure("\(action) belongs to the driver")
        }
    }

    /// One timer, for the earliest deadline of all desks.
    func setTimer() {
        let due = desks.values.compactMap(\.deadline).min()
        guard due != timer?.due else { return }
        timer?.scheduled.cancel()
        timer = due.map { due in
            let wait = TimeAmount(max(.zero, due - clock.now.elapsed))
            return (due, loop.assumeIsolated().scheduleTask(in: wait) { self.assumeIsolated { $0.elapse() } })
        }
    }

    private func elapse() {
        timer = nil
        let now = clock.now
        for station in configuration.stations { take(desks[station.topic]?.elapse(to: now) ?? [], of: station) }
        setTimer()
    }
}
