import Synchronization

/// Where the hub's data lives: a private cluster in its data directory, or a server that somebody else runs.
package final class Database: Sendable {
    package enum Location: Sendable {
        case privateCluster(ClusterConfiguration)
        /// A `DATABASE_URL` or `key=value` pairs; its life is not ours.
        case server(conninfo: String)
    }

    private let location: Location
    private let cluster = Mutex<PrivateCluster?>(nil)
    private let stream = Mutex<LogStream?>(nil)

    package init(_ location: Location) { self.location = location }

    /// DATABASE_URL when it is set, the private cluster otherwise.
    package convenience init(databaseURL: String?, cluster: ClusterConfiguration) {
        if let databaseURL, !databaseURL.isEmpty {
            self.init(.server(conninfo: databaseURL))
        } else {
            self.init(.privateCluster(cluster))
        }
    }

    /// Blocks until the database takes connections (a private one) and returns how to connect. A server's address is
    /// returned as it is: connecting tells whether it is there. Call it once.
    package func start() throws(ClusterError) -> String {
        switch location {
        case .server(let conninfo): return conninfo
        case .privateCluster(let configuration):
            let started = try PrivateCluster.start(configuration)
            let conninfo = started.conninfo
            var boxed: PrivateCluster? = consume started
            cluster.withLock { swap(&$0, &boxed) }
            return conninfo
        }
    }

    /// Starts the private server again if it is gone: killed, or out of memory. True when it was. Blocks.
    package func revive() throws(ClusterError) -> Bool {
        try cluster.withLock { (held: inout PrivateCluster?) throws(ClusterError) in try held?.revive() ?? false }
    }

    /// Makes ready to stream the write-ahead log of the private server, which runs, to another disk. A server of somebody
    /// else's is not ours to stream from: `nil`. It ends with the database. Blocks.
    package func makeLogStream(
        to directory: String, note: @escaping @Sendable (LogStream.Note) -> Void
    ) throws(ClusterError) -> LogStream? {
        guard case .privateCluster(let configuration) = location else { return nil }
        let conninfo = cluster.withLock { (held: inout PrivateCluster?) in held?.conninfo }
        guard let conninfo else { return nil }
        let made = try LogStream(of: configuration, conninfo: conninfo, to: directory, note: note)
        stream.withLock { $0 = made }
        return made
    }

    /// Lets go of what was kept for a stream, when there is none any more. Blocks.
    package func endLogStream() throws(PostgresError) {
        let conninfo = cluster.withLock { (held: inout PrivateCluster?) in held?.conninfo }
        if let conninfo { try LogStream.dropSlot(conninfo) }
    }

    /// Stops the private server after the last connection has been closed; without one, does nothing. Blocks.
    package func stop() throws(ClusterError) {
        // First: a server waits for whoever reads its log.
        stream.withLock { $0.take() }?.stop()
        var stopped: PrivateCluster?
        cluster.withLock { swap(&$0, &stopped) }
        if let running = stopped.take() { try running.stop() }
    }
}
