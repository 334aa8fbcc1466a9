import CPostgres
import Glibc

/// What a private cluster is made from.
package struct ClusterConfiguration: Sendable {
    /// The hub's data directory, an absolute path. Holds `pgdata`, `run`, `postgresql.log` and `hub.lock`.
    package var directory: String
    /// Who runs the server when the hub is started by root.
    package var serverUser = "postgres"
    package var databaseName = "gwanje"
    /// Where initdb, pg_ctl and postgres are; `nil`: PG_BIN, `pg_config`, /usr/lib/postgresql in this order.
    package var binDirectory: String?
    /// Server settings, as `-c name=value`. They count from the next start of the server, not on adoption.
    package var settings: [String: String] = [:]
    /// Whether a server that was started with a lower priority than ours is good enough. A hub wants its own.
    var adoptsSlowed = false
    /// Also the time a crash recovery may take.
    package var startTimeout: Duration = .seconds(120)

    package init(directory: String) { self.directory = directory }
}

/// A PostgreSQL server of our own in the hub's data directory, reached over a Unix socket only the server's user and
/// root can open.
///
/// `~Copyable`: it holds the lock on the data directory. `stop()` shuts the server down; dropping the value only lets
/// go of the lock, and the server runs on, to be adopted by the next start, as it does when the hub is killed.
/// All calls block.
package struct PrivateCluster: ~Copyable {
    /// For `PostgresConnection.connect`.
    package let conninfo: String
    package let postmasterPID: Int32
    /// The server was already running and was taken over.
    package let isAdopted: Bool
    let server: ClusterServer
    private let lock: DataDirectoryLock

    /// Creates the cluster if there is none, starts the server or adopts the one that runs, and waits until it
    /// takes connections.
    package static func start(_ configuration: ClusterConfiguration) throws(ClusterError) -> PrivateCluster {
        try checkPath(configuration.directory)
        try ClusterStore.refuseForeign(directory: configuration.directory)
        let user = try ServerUser.resolve(named: configuration.serverUser)
        // 0711: the server's user has to pass through to what is his, and needs to see nothing else.
        try FileSystem.createDirectories(configuration.directory, mode: 0o711)
        let directory = try FileSystem.canonical(configuration.directory)
        try checkPath(directory)
        let lock = try DataDirectoryLock(directory: directory)
        let unfinished = FileSystem.linkStatus(directory + "/" + ClusterRestore.workName) != nil
        guard !unfinished else { throw .restoreUnfinished(directory) }
        guard !ClusterUpgrade.isHalfway(directory) else { throw .upgradeUnfinished(directory) }

        let store = ClusterStore(directory: directory, user: user)
        let binaries = try PostgresBinaries.find(
            binDirectory: configuration.binDirectory ?? ChildProcess.variable("PG_BIN"),
            preferring: store.dataVersion())
        try store.prepare(with: binaries)

        let server = ClusterServer(
            store: store, binaries: binaries,
            socketDirectory: try SocketDirectory.prepare(dataDirectory: directory, user: user),
            settings: configuration.settings, adoptsSlowed: configuration.adoptsSlowed,
            startTimeout: configuration.startTimeout)
        let running = try server.startOrAdopt()
        try server.createDatabase(configuration.databaseName)
        return PrivateCluster(
            conninfo: server.conninfo(database: configuration.databaseName), postmasterPID: running.pid,
            isAdopted: running.isAdopted, server: server, lock: lock)
    }

    /// Starts the server if it does not run; false when it does.
    package borrowing func revive() throws(ClusterError) -> Bool {
        if case .running = try server.observe() { return false }
        _ = try server.startOrAdopt()
        return true
    }

    /// Ends all sessions, writes a checkpoint and stops the server; then lets go of the data directory.
    package consuming func stop() throws(ClusterError) { try server.stop() }

    private init(
        conninfo: String, postmasterPID: Int32, isAdopted: Bool, server: ClusterServer,
        lock: consuming DataDirectoryLock
    ) {
        self.conninfo = conninfo
        self.postmasterPID = postmasterPID
        self.isAdopted = isAdopted
        self.server = server
        self.lock = lock
    }

    /// pg_ctl puts the path between double quotes on a shell's command line.
    static func checkPath(_ path: String) throws(ClusterError) {
        guard path.hasPrefix("/") else { throw .pathUnsupported(path, reason: "it is not an absolute path") }
        let special = path.unicodeScalars.first { "\"'\\$`\n\r".unicodeScalars.contains($0) }
        guard special == nil else { throw .pathUnsupported(path, reason: "quotes, \\, $ and ` do not work in it") }
        guard path.utf8.count < 900 else { throw .pathUnsupported(path, reason: "it is longer than 900 bytes") }
    }
}
