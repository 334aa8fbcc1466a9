import Actors
import Glibc
import Synchronization

@testable import Hub
@testable import Persistence

/// A data directory of one test with a private cluster in it, for what happens to whole directories. Beside it is room for backups.
final class TestYardDirectory: Sendable {
    private let path: String
    private static let count = Atomic(0)
    private static let prefix = "/tmp/gwanje-yardtest-"

    init() throws {
        path = "\(Self.prefix)\(getpid())-\(Self.count.wrappingAdd(1, ordering: .relaxed).newValue)"
        try FileSystem.createDirectories(path, mode: 0o755)
    }

    deinit {
        for name in FileSystem.entries(of: path) {
            Self.end("\(path)/\(name)/pgdata")
            for work in [ClusterRestore.workName, ClusterUpgrade.workName] {
                Self.end("\(path)/\(name)/\(work)/pgdata")
            }
        }
        try? FileSystem.remove(path)
    }

    /// A name in the test's own directory; nothing is made.
    func path(_ name: String) -> String { "\(path)/\(name)" }

    func configuration(_ name: String = "data") -> ClusterConfiguration {
        ClusterConfiguration(directory: path(name))
    }

    /// A started cluster with the demonstration yard and a secret beside it.
    func makeDemo() async throws -> Database {
        let database = Database(.privateCluster(configuration()))
        let conninfo = try await TestDatabases.blocking { try database.start() }
        try await TestHub.inside(of: conninfo, configuration: TestHub.configuration) { yard, _, passwords in
            let today = BusinessDate(LoopLane.wallClock(), zone: SiteClock())
            try await AccountSetup(yard: yard, passwords: passwords).make(DemoYard(today: today))
        }
        try HubDatabase(conninfo: conninfo).mark(asDemo: true)
        try FileSystem.create(path("data/token.secret"), bytes: TestHub.secret, mode: 0o600)
        return database
    }

    /// Kills the server with everything it has started, as a power cut does.
    static func killServer(_ dataDirectory: String) throws {
        let user = try ServerUser.resolve(named: "postgres")
        guard case .running(let file) = try PostmasterFile.observe(dataDirectory: dataDirectory, user: user) else {
            return
        }
        kill(file.pid, SIGKILL)
        // Its children notice a moment later; they all work in the data directory.
        let end = ContinuousClock.now + .seconds(20)
        while isAnybody(in: dataDirectory), ContinuousClock.now < end { usleep(5_000) }
    }

    private static func isAnybody(in directory: String) -> Bool {
        FileSystem.entries(of: "/proc").contains { name in
            guard Int32(name) != nil, let path = realpath("/proc/\(name)/cwd", nil) else { return false }
            defer { free(path) }
            return String(cString: path) == directory
        }
    }

    private static func end(_ dataDirectory: String) {
        guard FileSystem.status(dataDirectory) != nil, let user = try? ServerUser.resolve(named: "postgres") else {
            return
        }
        try? ClusterServer.endNow(dataDirectory: dataDirectory, user: user)
    }
}
