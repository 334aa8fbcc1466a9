import Actors
import Glibc
import Logging
import NIOPosix
import Synchronization

@testable import Hub
@testable import Persistence

/// One private PostgreSQL per test process, stopped when it exits, and in it a finished demonstration yard of which every hub
/// gets a copy of its own.
enum TestDatabases {
    /// The conninfo of a fresh database with the demonstration yard.
    static func make() async throws -> String {
        let template = try await template.value
        let cluster = try shared.get()
        let name = "h\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
        try await blocking {
            var connection = try PostgresConnection.connect(cluster.conninfo)
            // One at a time: CREATE DATABASE wants the template for itself.
            try connection.execute("SELECT pg_advisory_lock(1)")
            try connection.execute("CREATE DATABASE \(name) TEMPLATE \(template) STRATEGY file_copy")
            return
        }
        return address(of: name, cluster)
    }

    /// Ends every server process that works for a database, as an administrator might; tells how many there were.
    @discardableResult
    static func terminateBackends(of conninfo: String) async throws -> Int {
        let cluster = try shared.get()
        guard let name = conninfo.split(separator: "dbname='").last?.split(separator: "'").first else { return 0 }
        return try await blocking {
            var connection = try PostgresConnection.connect(cluster.conninfo)
            return try connection.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [.text(String(name))]
            ).count
        }
    }

    /// Runs SQL that answers with one number.
    static func number(_ sql: String, in conninfo: String) async throws -> Int64 {
        try await blocking {
            var connection = try PostgresConnection.connect(conninfo)
            return try connection.query(sql)[0].value(0)
        }
    }

    static func execute(_ sql: String, in conninfo: String) async throws {
        try await blocking {
            var connection = try PostgresConnection.connect(conninfo)
            try connection.execute(sql)
        }
    }

    /// Runs what blocks on a thread that may.
    static func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(body)
    }

    struct Shared {
        let directory: String
        let conninfo: String
    }

    private static let count = Atomic(0)
    private static let database = Mutex<Database?>(nil)
    private static let prefix = "gwanje-hubtest-"

    /// Made once, by the same code as `hub demo`.
    private static let template = Task {
        let cluster = try shared.get()
        try await blocking {
            var connection = try PostgresConnection.connect(cluster.conninfo)
            try connection.execute("CREATE DATABASE demo STRATEGY file_copy")
            return
        }
        let conninfo = address(of: "demo", cluster)
        try await TestHub.inside(of: conninfo, configuration: TestHub.configuration) { yard, _, passwords in
            let today = BusinessDate(LoopLane.wallClock(), zone: SiteClock())
            try await AccountSetup(yard: yard, passwords: passwords).make(DemoYard(today: today))
        }
        return "demo"
    }

    private static func address(of name: String, _ cluster: Shared) -> String {
        cluster.conninfo.replacing("dbname='gwanje'", with: "dbname='\(name)'")
    }

    private static let shared: Result<Shared, any Error> = Result {
        removeAbandoned()
        let directory = "/tmp/\(prefix)\(getpid())"
        try FileSystem.createDirectories(directory, mode: 0o755)
        var configuration = ClusterConfiguration(directory: directory)
        configuration.settings = ["fsync": "off", "max_connections": "150", "autovacuum": "off"]
        let started = Database(.privateCluster(configuration))
        let conninfo = try started.start()
        database.withLock { $0 = started }
        atexit {
            TestDatabases.database.withLock { try? $0?.stop() }
            if case .success(let shared) = TestDatabases.shared { TestDatabases.remove(shared.directory) }
        }
        return Shared(directory: directory, conninfo: conninfo)
    }

    private static func remove(_ directory: String) {
        precondition(directory.hasPrefix("/tmp/\(prefix)"))
        _ = try? ChildProcess.run(["rm", "-rf", "--", directory])
    }

    /// Stops and removes what test processes that were killed left behind.
    private static func removeAbandoned() {
        for name in FileSystem.entries(of: "/tmp") where name.hasPrefix(prefix) {
            guard let pid = Int32(name.dropFirst(prefix.count)), kill(pid, 0) != 0, errno == ESRCH else { continue }
            let directory = "/tmp/" + name
            if FileSystem.read("\(directory)/pgdata/\(ClusterStore.markerName)") == ClusterStore.markerText {
                try? PrivateCluster.start(ClusterConfiguration(directory: directory)).stop()
            }
            remove(directory)
        }
    }
}
