import Glibc

/// Carries a private cluster to a newer major version of PostgreSQL with pg_upgrade, as a copy: the old one stays beside it.
///
/// All is made in a directory of its own. The change of names comes last; cut off between two of them, no hub starts until
/// another run has put the old cluster back.
package struct ClusterUpgrade {
    package struct Outcome: Sendable, Equatable {
        package let from: Int
        package let to: Int
        package let journal: JournalPosition
        /// The cluster as it was, to be removed by hand.
        package let old: String
    }

    static let workName = "upgrade.partial"

    /// Canonical.
    let directory: String
    let old: PostgresBinaries
    let new: PostgresBinaries
    let user: ServerUser
    let configuration: ClusterConfiguration
    let progress: (String) -> Void

    private var current: String { directory + "/pgdata" }
    private var kept: String { "\(directory)/pgdata.old-\(old.majorVersion)" }
    private var work: String { "\(directory)/\(Self.workName)" }
    private var fresh: String { work + "/pgdata" }

    /// Whether an upgrade was cut off while the names changed: there is no cluster until it is put back.
    static func isHalfway(_ directory: String) -> Bool {
        FileSystem.linkStatus("\(directory)/pgdata") == nil
            && FileSystem.linkStatus("\(directory)/\(workName)/old") != nil
    }

    /// Blocks.
    ///
    /// - Parameters:
    ///   - binDirectory: of the newer programs; nil for the newest that are installed.
    ///   - allowsSameVersion: for drills where there is only one version.
    ///   - progress: hears what is being done.
    package static func run(
        _ configuration: ClusterConfiguration, to binDirectory: String? = nil, allowsSameVersion: Bool = false,
        progress: @escaping (String) -> Void = { _ in }
    ) throws -> Outcome {
        try PrivateCluster.checkPath(configuration.directory)
        guard FileSystem.status(configuration.directory) != nil else {
            throw ClusterError.noCluster(configuration.directory)
        }
        let directory = try FileSystem.canonical(configuration.directory)
        let user = try ServerUser.resolve(named: configuration.serverUser)
        do {
            let lock = try DataDirectoryLock(directory: directory)
            try putBack(directory)
            _ = consume lock
        }
        let store = ClusterStore(directory: directory, user: user)
        guard let version = store.dataVersion() else { throw ClusterError.noCluster(directory) }
        let old = try PostgresBinaries.find(
            binDirectory: configuration.binDirectory ?? ChildProcess.variable("PG_BIN"), preferring: version)
        guard old.majorVersion == version else {
            throw UpgradeError.oldProgramsMissing(version: version, found: old.majorVersion)
        }
        let new = try PostgresBinaries.newest(binDirectory: binDirectory)
        guard new.majorVersion > version || (allowsSameVersion && new.majorVersion == version) else {
            throw UpgradeError.notNewer(version: version, found: new.majorVersion, directory: new.directory)
        }
        guard access(new.path(of: "pg_upgrade"), X_OK) == 0 else { throw UpgradeError.noProgram(new.directory) }
        let upgrade = ClusterUpgrade(
            directory: directory, old: old, new: new, user: user, configuration: configuration, progress: progress)
        return try upgrade.make()
    }

    /// Finishes or takes back a change of names that was cut off, and removes what was unfinished. Only under the lock.
    private static func putBack(_ directory: String) throws {
        let (work, current) = ("\(directory)/\(workName)", directory + "/pgdata")
        guard FileSystem.linkStatus(work + "/old") != nil else { return }
        if isHalfway(directory) {
            try FileSystem.move(work + "/old", to: current)
        } else {
            let version = FileSystem.read(work + "/old/PG_VERSION")?.trimmingTrailingWhitespace ?? "unknown"
            try FileSystem.move(work + "/old", to: "\(current).old-\(version)")
        }
    }

    private func make() throws -> Outcome {
        guard FileSystem.linkStatus(kept) == nil else { throw UpgradeError.oldIsThere(kept) }
        // Holds the lock to the end. A server that a killed hub left behind is taken over and stopped as it should be:
        // pg_upgrade wants a cluster that was shut down.
        progress("looking at the cluster of PostgreSQL \(old.majorVersion)")
        let cluster = try PrivateCluster.start(with(old, directory))
        let before = try state(cluster.conninfo)
        try cluster.server.stop()
        try clear()
        try checkSpace()
        do {
            try prepare()
            progress("checking whether PostgreSQL \(new.majorVersion) takes it")
            try upgrade(["--check"])
            progress("copying it to PostgreSQL \(new.majorVersion)")
            try upgrade([])
            progress("gathering statistics")
            try check(before)
        } catch {
            try? clear()
            throw error
        }
        try FileSystem.move(current, to: work + "/old")
        try FileSystem.move(fresh, to: current)
        try FileSystem.move(work + "/old", to: kept)
        try clear()
        _ = consume cluster
        return Outcome(from: old.majorVersion, to: new.majorVersion, journal: before.journal, old: kept)
    }

    private func with(_ binaries: PostgresBinaries, _ directory: String) -> ClusterConfiguration {
        var configuration = configuration
        configuration.directory = directory
        configuration.binDirectory = binaries.directory
        return configuration
    }

    private func state(_ conninfo: String) throws -> DatabaseState {
        var connection = try PostgresConnection.connect(conninfo)
        return try DatabaseState.read(&connection)
    }

    /// What an earlier run left; its server may still run.
    private func clear() throws {
        guard FileSystem.linkStatus(work) != nil else { return }
        try ClusterServer.endNow(dataDirectory: fresh, user: user)
        try FileSystem.remove(work)
    }

    /// The copy, and as much again as pg_upgrade's own files and a margin take.
    private func checkSpace() throws {
        let needed = try FileSystem.byteCount(below: current) * 11 / 10 + 256 << 20
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { throw ClusterError.system("statvfs", path: directory) }
        let free = Int64(status.f_bavail) * Int64(status.f_frsize)
        guard free >= needed else { throw UpgradeError.noSpace(path: directory, needed: needed, free: free) }
    }

    private func prepare() throws {
        guard mkdir(work, 0o711) == 0, chmod(work, 0o711) == 0 else { throw ClusterError.system("mkdir", path: work) }
        try user.own(work)
        guard mkdir(fresh, 0o700) == 0 else { throw ClusterError.system("mkdir", path: fresh) }
        // The new cluster must be as the old one, whatever its version does by default.
        var checksums: [String] = []
        if try hasChecksums() {
            checksums = ["--data-checksums"]
        } else if new.majorVersion >= 18 {
            checksums = ["--no-data-checksums"]
        }
        try ClusterStore(directory: work, user: user).fill(fresh, with: new, checksums)
    }

    private func hasChecksums() throws -> Bool {
        let outcome = try ChildProcess.run(user.prefix + [old.path(of: "pg_controldata"), current])
        guard outcome.status == 0 else {
            throw ClusterError.command("pg_controldata", path: current, output: outcome.output)
        }
        let line = outcome.output.split(separator: "\n").first { $0.hasPrefix("Data page checksum version:") }
        return line.map { !$0.hasSuffix(" 0") } ?? false
    }

    private func upgrade(_ more: [String]) throws {
        let socket = try SocketDirectory.prepare(dataDirectory: directory, user: user)
        let outcome = try ChildProcess.start(
            user.prefix + [
                new.path(of: "pg_upgrade"), "-b", old.directory, "-B", new.directory, "-d", current, "-D", fresh,
                "-U", ClusterServer.role, "-s", socket,
            ] + more, in: work
        ).wait()
        guard outcome.status == 0 else {
            throw ClusterError.command("pg_upgrade", path: current, output: outcome.output + details())
        }
    }

    /// pg_upgrade writes what it found into files, which are about to go.
    private func details() -> String {
        let outcome = try? ChildProcess.run(
            ["sh", "-c", "find \"$0\" -path '*pg_upgrade_output.d*' -name '*.txt' -exec tail -c 500 {} +", fresh])
        return outcome.map { $0.output.isEmpty ? "" : "\n" + $0.output } ?? ""
    }

    /// Starts the new cluster once: the journal is the same, and the planner gets its statistics.
    private func check(_ before: DatabaseState) throws {
        let cluster = try PrivateCluster.start(with(new, work))
        let outcome: Result<Void, any Error>
        do {
            let after = try state(cluster.conninfo)
            guard after.journal == before.journal, after.epoch == before.epoch else {
                throw UpgradeError.differs(before: before.journal, after: after.journal)
            }
            var connection = try PostgresConnection.connect(cluster.conninfo)
            try connection.execute("ANALYZE")
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try cluster.stop()
        try outcome.get()
    }
}
