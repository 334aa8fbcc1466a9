import Actors
import Glibc
import Logging
import NIOCore
import NIOPosix
import Persistence
import Sessions
import Synchronization

/// The running inside of a hub: journal, actors, outbox, session loops. Everything but HTTP.
final class Yard: Sendable {
    /// Counted since the start.
    final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.add(1, ordering: .relaxed) }
    }

    let conninfo: String
    let loops: [SessionLoop]
    let registry: Registry
    let outbox: Outbox
    let journal: PostgresJournal
    /// What REST and the health check read with: a flood of them keeps no actor from being loaded.
    let queries: RecordQueries
    let effects: EffectQueries
    let refusedEffects = Counter()
    private let readers: ReadPool
    private let queryReaders: ReadPool
    private let isStopping = Atomic(false)
    let directory: DirectoryStore
    let services: HubServices
    let replays: SharedReplays
    let links: DeviceLinks
    let accounts: AccountStore
    let authenticator: Authenticator
    private let webhooks: WebhookDesk
    private let receivers: Set<StreamID>
    private let logger: Logger

    struct Parts: Sendable {
        let claim: HubDatabase.Claim
        let conninfo: String
        let keys: PersonKeys
        let directory: Directory
        let tokens: Tokens
        let passwords: Passwords
    }

    /// - Parameter deposed: called when another hub has taken the database.
    init(
        _ parts: Parts, configuration: Configuration, group: any EventLoopGroup, logger: Logger,
        deposed: @escaping @Sendable () -> Void
    ) {
        self.logger = logger
        conninfo = parts.conninfo
        directory = DirectoryStore(parts.directory)
        readers = ReadPool(conninfo: parts.conninfo)
        queryReaders = ReadPool(conninfo: parts.conninfo, threadCount: 2, queueLengthMax: 256)
        queries = RecordQueries(readers: queryReaders, keys: parts.keys)
        effects = EffectQueries(readers: queryReaders, keys: parts.keys)
        journal = PostgresJournal(
            conninfo: parts.conninfo, readers: readers, keys: parts.keys, ownerEpoch: parts.claim.ownerEpoch
        ) { trouble in
            if let trouble {
                logger.critical("nothing can be written: commands are turned away", metadata: ["error": "\(trouble)"])
            } else {
                logger.notice("the database takes what is written again")
            }
        }
        accounts = AccountStore(conninfo: parts.conninfo)
        // Registry, outbox, services and loops know each other; the boxes are filled before the first post.
        let lanes = group.makeIterator().map { LoopLane($0) }
        let outboxBox = Mutex<Outbox?>(nil)
        let loopsBox = Mutex<[SessionLoop]>([])
        let shared = Shared(outbox: outboxBox, loops: loopsBox)
        let runtime = Runtime(
            journal: journal, publisher: Broadcaster(loops: { shared.loops.withLock { $0 } }), directory: directory,
            dispatch: { entries in shared.outbox.withLock { $0 }?.schedule(entries) }, deposed: deposed)
        let registry = Registry(lanes: lanes, kinds: Kinds.all, runtime: runtime)
        self.registry = registry
        let webhooks = WebhookDesk(group: group, logger: logger)
        self.webhooks = webhooks
        receivers = Set(configuration.receivers.map(\.id))
        outbox = Outbox(
            lane: lanes[0], journal: journal,
            receivers: Dictionary(
                uniqueKeysWithValues: configuration.receivers.map { ($0.id, Webhook(entry: $0, desk: webhooks)) })
        ) {
            registry.send($0, to: $1)
        } refused: { [refusedEffects] entry, rejection in
            refusedEffects.add()
            logger.warning(
                "an effect was refused",
                metadata: [
                    "effect": "\(entry.id)", "target": "\(entry.target)",
                    "command": "\(entry.name)", "code": "\(rejection.code)",
                ])
        }
        links = DeviceLinks(lane: lanes[0], newKey: { String(Secrets.random().prefix(32)) }) {
            registry.send($0, to: $1)
        }
        authenticator = Authenticator(
            accounts: accounts, directory: directory, tokens: parts.tokens, passwords: parts.passwords, logger: logger
        ) { logins in
            for loop in shared.loops.withLock({ $0 }) { loop.end(logins: logins) }
        }
        let services = HubServices(
            epoch: parts.claim.epoch, build: configuration.build, registry: registry,
            directory: directory, authenticator: authenticator, links: links)
        self.services = services
        let run = String(parts.claim.ownerEpoch)
        let replays = SharedReplays(services)
        self.replays = replays
        let seats = SessionSeats(countMax: configuration.sessionLimits.sessionsPerUserMax)
        loops = lanes.enumerated().map { index, lane in
            SessionLoop(
                lane: lane, label: "\(run)-\(index)", services: services, limits: configuration.sessionLimits,
                seats: seats, replays: replays)
        }
        let (outbox, loops) = (outbox, loops)
        shared.outbox.withLock { $0 = outbox }
        shared.loops.withLock { $0 = loops }
    }

    private struct Shared: ~Copyable, Sendable {
        let outbox: Mutex<Outbox?>
        let loops: Mutex<[SessionLoop]>
    }

    /// Takes up what an earlier run left, and starts the clocks.
    func start() async throws {
        let resumed = await withCheckedContinuation { continuation in
            outbox.resume { continuation.resume(returning: $0) }
        }
        let count = try resumed.get()
        logger.info("outbox resumed", metadata: ["effects": "\(count)"])
        for loop in loops { loop.startTicking() }
        registry.startPassivation(every: .seconds(60))
        let stations = directory.current.stations.keys.map {
            StreamID(site: $0.site, kind: WeighStation.name, key: $0.id)
        }
        warnOfUnknownReceivers()
        keepUp()
        links.checkAfterStart(stations.sorted(), after: .seconds(15))
    }

    private func warnOfUnknownReceivers() {
        for (site, record) in directory.current.sites.sorted(by: { $0.key < $1.key }) {
            for name in record.slipReceivers ?? [] where !receivers.contains(.receiver(name, of: site)) {
                logger.warning(
                    "a site names a receiver that --receivers does not have: what it should be told waits",
                    metadata: ["site": "\(site)", "receiver": "\(name)"])
            }
        }
    }

    /// The database's upkeep, for as long as the lanes live.
    private func keepUp(in wait: Duration = .seconds(600)) {
        let lane = loops[0].lane
        lane.after(wait) { [weak self] in
            guard let self, !isStopping.load(ordering: .relaxed) else { return }
            let done: @Sendable (Result<Bool, PostgresError>) -> Void = { result in lane.post { self.keptUp(result) } }
            journal.upkeep(now: lane.now(), done: done)
        }
    }

    private func keptUp(_ result: Result<Bool, PostgresError>) {
        switch result {
        case .success(let hasMore): keepUp(in: hasMore ? .seconds(2) : .seconds(600))
        case .failure(let error):
            logger.warning("the database's upkeep failed", metadata: ["error": "\(error)"])
            keepUp()
        }
    }

    func loop(of eventLoop: any EventLoop) -> SessionLoop {
        guard let found = loops.first(where: { ($0.lane as? LoopLane)?.loop === eventLoop }) else {
            preconditionFailure("a connection on a loop that is not the hub's")
        }
        return found
    }

    /// Refuse, drain, join the writer, let the lanes run dry. The event loops are stopped by whoever made them.
    func stop(spread: Duration) async {
        isStopping.store(true, ordering: .relaxed)
        outbox.stop()
        registry.stopPassivation()
        for loop in loops {
            loop.stopTicking()
            loop.drain(spread: spread)
        }
        // No receiver is asked after this.
        await passLanes()
        await webhooks.stop()
        // What they answered goes to the outbox, and from there to the journal.
        await passLanes()
        let (journal, readers, queryReaders, accounts) = (journal, readers, queryReaders, accounts)
        await withCheckedContinuation { continuation in
            // The joins block.
            NIOThreadPool.singleton.submit { _ in
                journal.stop()
                readers.stop()
                queryReaders.stop()
                accounts.stop()
                continuation.resume()
            }
        }
        // The last answers of the journal go from an actor to its session, or to the outbox, each on another lane. A loop that is
        // stopped before it has heard them would be posted to after its end.
        for _ in 0..<4 { await passLanes() }
    }

    /// Every lane has done what was posted to it before.
    private func passLanes() async {
        for loop in loops { await withCheckedContinuation { continuation in loop.lane.post { continuation.resume() } } }
    }
}
