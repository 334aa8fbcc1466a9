import Glibc

extension PrivateCluster {
    /// The running server of a data directory, for work beside a hub.
    package struct Visit {
        /// Canonical.
        let directory: String
        package let conninfo: String
        let binaries: PostgresBinaries
    }

    /// Lets `body` use the server, whether a hub runs on the directory or not; a server that was started for it is stopped
    /// afterwards. The directory is not locked meanwhile: a hub may start, which takes the server over, or stop, which ends
    /// it. Blocks.
    package static func visit<T>(_ configuration: ClusterConfiguration, _ body: (Visit) throws -> T) throws -> T {
        try checkPath(configuration.directory)
        try ClusterStore.refuseForeign(directory: configuration.directory)
        guard FileSystem.status(configuration.directory + "/pgdata") != nil else {
            throw ClusterError.noCluster(configuration.directory)
        }
        let directory = try FileSystem.canonical(configuration.directory)
        var configuration = configuration
        configuration.adoptsSlowed = true
        do {
            let cluster = try start(configuration)
            let visit = Visit(directory: directory, conninfo: cluster.conninfo, binaries: cluster.server.binaries)
            let isOurs = !cluster.isAdopted
            _ = consume cluster
            defer { if isOurs { leave(configuration) } }
            return try body(visit)
        } catch ClusterError.dataDirectoryBusy(path: directory, pid: _) {
            return try body(visitOfRunningHub(configuration, directory))
        }
    }

    private static func visitOfRunningHub(
        _ configuration: ClusterConfiguration, _ directory: String
    ) throws(ClusterError) -> Visit {
        let user = try ServerUser.resolve(named: configuration.serverUser)
        let store = ClusterStore(directory: directory, user: user)
        let server = ClusterServer(
            store: store,
            binaries: try PostgresBinaries.find(
                binDirectory: configuration.binDirectory ?? ChildProcess.variable("PG_BIN"),
                preferring: store.dataVersion()),
            socketDirectory: SocketDirectory.choose(dataDirectory: directory, isRoot: !user.prefix.isEmpty),
            settings: [:], adoptsSlowed: true, startTimeout: configuration.startTimeout)
        return Visit(
            directory: directory, conninfo: server.conninfo(database: configuration.databaseName),
            binaries: server.binaries)
    }

    /// Stops the server unless a hub has taken it over by now.
    private static func leave(_ configuration: ClusterConfiguration) { try? start(configuration).stop() }
}
