import Glibc
import Testing

@testable import Persistence

/// A directory for one test with a cluster; whatever server is left in it is ended with it.
final class ClusterScratch {
    let directory: String

    init() throws { directory = try TestCluster.makeDirectory() }

    deinit {
        if case .running(let file)? = try? observe() {
            kill(file.pid, SIGQUIT)  // immediate shutdown
            while case .running? = try? observe() { usleep(5_000) }
        }
        TestCluster.remove(directory)
    }

    var dataDirectory: String { directory + "/pgdata" }

    func configuration(in subdirectory: String = "") -> ClusterConfiguration {
        var configuration = ClusterConfiguration(directory: directory + subdirectory)
        configuration.settings = ["fsync": "off"]
        return configuration
    }

    func start() throws -> PrivateCluster { try PrivateCluster.start(configuration()) }

    /// Makes the cluster and leaves it stopped, with one row in table `t`.
    func prepareStopped() throws {
        let cluster = try start()
        try Self.insert(1, conninfo: cluster.conninfo)
        try cluster.stop()
    }

    func observe() throws -> PostmasterFile.Observation {
        try PostmasterFile.observe(dataDirectory: dataDirectory, user: try ServerUser.resolve(named: "postgres"))
    }

    func writePostmasterFile(pid: Int32) throws {
        let path = dataDirectory + "/postmaster.pid"
        unlink(path)
        try FileSystem.create(
            path, text: "\(pid)\n\(dataDirectory)\n1700000000\n5432\n\(directory)/run\n\n  123 456\nready   \n",
            mode: 0o600)
        try ServerUser.resolve(named: "postgres").own(path)
    }

    static func insert(_ id: Int64, conninfo: String) throws {
        var connection = try PostgresConnection.connect(conninfo)
        try connection.execute("CREATE TABLE IF NOT EXISTS t (id int8)")
        try connection.query("INSERT INTO t VALUES ($1)", [.int8(id)])
    }

    static func ids(conninfo: String) throws -> [Int64] {
        var connection = try PostgresConnection.connect(conninfo)
        return try connection.query("SELECT id FROM t ORDER BY id")
            .map { row throws(PostgresError) in try row.value(0) }
    }

    /// Becomes an ordinary user for good; for the child process of an exit test.
    static func dropPrivileges(owning directory: String) {
        guard getuid() == 0, let entry = getpwnam("nobody")?.pointee else { return }
        lchown(directory, entry.pw_uid, entry.pw_gid)
        precondition(setgroups(0, nil) == 0 && setgid(entry.pw_gid) == 0 && setuid(entry.pw_uid) == 0)
        precondition(setuid(0) != 0, "still root")
    }
}
