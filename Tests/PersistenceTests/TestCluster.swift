import Glibc
import Synchronization

@testable import Persistence

/// One private PostgreSQL per test process, started by the first test that asks and stopped when the process exits.
/// Every test gets a fresh database.
enum TestCluster {
    /// A connection to a database of its own.
    static func connect() throws -> PostgresConnection { try PostgresConnection.connect(try makeDatabase()) }

    /// The conninfo of a new, empty database.
    static func makeDatabase() throws -> String {
        let cluster = try shared.get()
        let name = "t\(databaseCount.wrappingAdd(1, ordering: .relaxed).newValue)"
        var connection = try PostgresConnection.connect(cluster.conninfo)
        // One at a time: CREATE DATABASE wants the template for itself.
        try connection.execute("SELECT pg_advisory_lock(1)")
        try connection.execute("CREATE DATABASE \(name) STRATEGY file_copy")
        return cluster.conninfo.replacing("dbname='gwanje'", with: "dbname='\(name)'")
    }

    /// A directory of this test process that root's unprivileged server user can pass through.
    static func makeDirectory() throws -> String {
        let path = "/tmp/gwanje-test-\(getpid())-\(directoryCount.wrappingAdd(1, ordering: .relaxed).newValue)"
        try FileSystem.createDirectories(path, mode: 0o755)
        return path
    }

    static func remove(_ directory: String) {
        precondition(directory.hasPrefix("/tmp/gwanje-test-"))
        _ = try? ChildProcess.run(["rm", "-rf", "--", directory])
    }

    struct Shared {
        let directory: String
        let conninfo: String
    }

    private static let databaseCount = Atomic(0)
    private static let directoryCount = Atomic(0)
    private static let database = Mutex<Database?>(nil)

    private static let shared: Result<Shared, any Error> = Result {
        removeAbandoned()
        let directory = try makeDirectory()
        var configuration = ClusterConfiguration(directory: directory)
        configuration.settings = ["fsync": "off", "max_connections": "300", "autovacuum": "off"]
        let started = Database(.privateCluster(configuration))
        let conninfo = try started.start()
        database.withLock { $0 = started }
        atexit {
            TestCluster.database.withLock { try? $0?.stop() }
            if case .success(let shared) = TestCluster.shared { TestCluster.remove(shared.directory) }
        }
        return Shared(directory: directory, conninfo: conninfo)
    }

    /// Stops and removes what test processes that were killed left behind.
    private static func removeAbandoned() {
        for name in FileSystem.entries(of: "/tmp") where name.hasPrefix("gwanje-test-") {
            let parts = name.dropFirst("gwanje-test-".count).split(separator: "-")
            guard let pid = parts.first.flatMap({ Int32($0) }), kill(pid, 0) != 0, errno == ESRCH else { continue }
            let directory = "/tmp/" + name
            if FileSystem.read("\(directory)/pgdata/\(ClusterStore.markerName)") == ClusterStore.markerText {
                try? PrivateCluster.start(ClusterConfiguration(directory: directory)).stop()
            }
            remove(directory)
        }
    }
}
