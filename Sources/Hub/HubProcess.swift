import Actors
import ArgumentParser
import Glibc
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Persistence
import ServiceLifecycle
import Sessions
import UnixSignals

/// One run of the hub, from an empty data directory to a clean stop. The composition root.
struct HubProcess: Sendable {
    enum Mode: Sendable { case serve, demo }

    let configuration: Configuration
    let mode: Mode
    /// Hears who was erased again after a restore.
    private let tell: @Sendable (String) -> Void
    private let logger = Logger(label: "hub")

    /// - Parameter tell: the log by default.
    init(configuration: Configuration, mode: Mode, tell: (@Sendable (String) -> Void)? = nil) {
        self.configuration = configuration
        self.mode = mode
        self.tell = tell ?? { [logger] in logger.notice("\($0)") }
    }

    /// Serves until SIGTERM or SIGINT.
    func run() async throws {
        guard access(configuration.webDirectory + "/index.html", R_OK) == 0 else {
            throw Failure(
                "\(configuration.webDirectory) has no index.html: give the directory of the pages with --web.")
        }
        try await within { yard, database, group, passwords in
            let stream = try makeLogStream(database)
            if mode == .demo { try await makeDemoYard(yard, passwords) }
            try await yard.start()
            let address = configuration
            let application = try HubApplication(
                configuration: configuration, yard: yard, group: group, logger: logger, logStream: stream
            ).make { channel in
                let port = channel.localAddress?.port ?? address.port
                let scheme = address.tls == nil ? "http" : "https"
                Logger(label: "hub").notice(
                    "serving", metadata: ["url": "\(scheme)://\(address.host):\(port)"])
            }
            var settings = ServiceGroupConfiguration(
                services: [
                    .init(service: DatabaseWatch(database: database, logger: logger)),
                    .init(
                        service: DailySeal(
                            database: HubDatabase(conninfo: yard.conninfo), directory: configuration.seals,
                            logger: logger)),
                ]
                    + (stream.map { [.init(service: LogStreamWatch(stream: $0, logger: logger))] } ?? [])
                    + Self.services(application, yard: yard, drainSpread: configuration.drainSpread),
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            // A peer that neither sends nor reads holds nobody up.
            settings.maximumGracefulShutdownDuration = .seconds(10)
            let services = ServiceGroup(configuration: settings)
            try await namingTheReason(host: configuration.host, port: configuration.port) { try await services.run() }
        }
    }

    private func makeLogStream(_ database: Database) throws -> LogStream? {
        guard let directory = configuration.logDirectory else {
            // What an earlier hub has kept for one is no reason not to open the yard.
            do { try database.endLogStream() } catch {
                logger.error(
                    "the database still keeps log for a stream that is no more", metadata: ["error": "\(error)"])
            }
            return nil
        }
        return try database.makeLogStream(to: directory) { [logger] in LogStreamWatch.log($0, logger) }
    }

    /// What runs from start to stop, in the order of the start. They stop the other way round: the clients are told while the port
    /// is still open.
    static func services(
        _ application: some Service, yard: Yard, drainSpread: Duration
    ) -> [ServiceGroupConfiguration.ServiceConfiguration] {
        [.init(service: application), .init(service: Drain(yard: yard, spread: drainSpread))]
    }

    /// Runs the inside without a port, for commands that write and end.
    ///
    /// - Parameter makesDatabase: false for what makes sense only where a hub has been.
    func offline(
        makesDatabase: Bool = true, _ body: @Sendable @escaping (Yard, Passwords) async throws -> Void
    ) async throws {
        if !makesDatabase { try requireData() }
        try await within(alone: true) { yard, _, _, passwords in try await body(yard, passwords) }
    }

    /// For a database that somebody has restored: makes all cursors void, and erases again who was erased since.
    func beginEpoch(erased: ErasedLog) async throws -> HubDatabase.Claim {
        try requireData()
        return try await withDatabase { _, conninfo in
            let database = HubDatabase(conninfo: conninfo)
            guard try !database.content().isEmpty else { throw Failure("This database holds no data of a hub.") }
            // Before the new history begins: who is cut off in between erases one time too many, not too few.
            try erased.leavePending(in: configuration.dataDirectory)
            let claim = try database.beginEpoch(alone: true)
            try await eraseAgain(conninfo)
            return claim
        }
    }

    /// Erases whoever a restore has left to be erased again, if anybody.
    func eraseAgain() async throws {
        guard try ErasedLog.pending(in: configuration.dataDirectory) != nil else { return }
        try await withDatabase { try await eraseAgain($1) }
    }

    private func requireData() throws {
        let cluster = configuration.dataDirectory + "/pgdata"
        guard configuration.databaseURL == nil, access(cluster, F_OK) != 0, errno == ENOENT else { return }
        throw Failure("\(configuration.dataDirectory) holds no data of a hub. Give its directory with --data.")
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    /// Tells the sessions to come back once the hub is asked to stop, while the port is still open.
    private struct Drain: Service {
        let yard: Yard
        let spread: Duration

        func run() async throws {
            try? await gracefulShutdown()
            for loop in yard.loops { loop.drain(spread: spread) }
        }
    }

    private func within(
        alone: Bool = false, _ body: (Yard, Database, MultiThreadedEventLoopGroup, Passwords) async throws -> Void
    ) async throws {
        try await withDatabase { database, conninfo in
            try await eraseAgain(conninfo)
            try await serve(conninfo, alone: alone) { try await body($0, database, $1, $2) }
        }
    }

    private func eraseAgain(_ conninfo: String) async throws {
        let directory = configuration.dataDirectory
        guard let pending = try ErasedLog.pending(in: directory) else { return }
        let isDemo = try HubDatabase(conninfo: conninfo).content().isDemo
        try await HubProcess(configuration: configuration, mode: isDemo ? .demo : .serve)
            .serve(conninfo, alone: true) { yard, _, _ in
                try await PersonErasure(yard: yard, directory: directory).again(pending, tell: tell)
            }
        try ErasedLog.removePending(in: directory)
    }

    private func withDatabase<T>(_ body: (Database, String) async throws -> T) async throws -> T {
        let database = Database(
            databaseURL: configuration.databaseURL,
            cluster: ClusterConfiguration(directory: configuration.dataDirectory))
        do {
            let conninfo = try database.start()
            defer { try? database.stop() }
            return try await body(database, conninfo)
        } catch is HubDatabase.InUse {
            throw Failure("A hub is running on this database. Stop it first.")
        } catch let error as ClusterError {
            throw Failure("\(error)")
        } catch let error as MigrationError {
            throw Failure("\(error)")
        } catch let error as PersonKeys.WrongMaster {
            throw Failure("\(error) Give the --data directory that the database was used with.")
        } catch let error as PostgresError {
            throw Failure("The database cannot be used: \(error)")
        }
    }

    private func serve(
        _ conninfo: String, alone: Bool, _ body: (Yard, MultiThreadedEventLoopGroup, Passwords) async throws -> Void
    ) async throws {
        let database = HubDatabase(conninfo: conninfo)
        // Before it is claimed: a hub that is refused must not stop the one that is running.
        try checkMode(try database.content())
        let claim = try database.claim(now: LoopLane.wallClock(), alone: alone)
        try database.mark(asDemo: mode == .demo)
        let keys = try database.personKeys(
            master: try SecretFile.personKey(of: database, in: configuration.dataDirectory))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loopCount)
        let threads = NIOThreadPool(numberOfThreads: 2)
        threads.start()
        let passwords = Passwords(threads: threads, cost: configuration.passwordCost)
        let parts = Yard.Parts(
            claim: claim, conninfo: conninfo, keys: keys, directory: try database.directory(keys),
            tokens: await Tokens(secret: try SecretFile.readOrMake(configuration.dataDirectory + "/token.secret")),
            passwords: passwords)
        let yard = Yard(parts, configuration: configuration, group: group, logger: logger) { [logger] in
            logger.critical("another hub has taken this database; stopping")
            kill(getpid(), SIGTERM)
        }
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(yard, group, passwords))
        } catch {
            outcome = .failure(error)
        }
        await yard.stop(spread: .zero)
        try? await threads.shutdownGracefully()
        try await group.shutdownGracefully()
        try outcome.get()
    }

    private func checkMode(_ content: HubDatabase.Content) throws {
        switch mode {
        case .serve where content.isDemo:
            throw Failure("This database holds a demonstration yard. Use `hub demo`, or another --data for real work.")
        case .demo where !content.isDemo && !content.isEmpty:
            throw Failure(
                "This database is a real one; a demonstration yard is not written into it. Choose another --data.")
        case .demo, .serve: break
        }
    }

    private func makeDemoYard(_ yard: Yard, _ passwords: Passwords) async throws {
        let today = BusinessDate(LoopLane.wallClock(), zone: SiteClock())
        guard yard.directory.current.sites[DemoYard.site] == nil else { return }
        try await AccountSetup(yard: yard, passwords: passwords).make(DemoYard(today: today))
    }
}
