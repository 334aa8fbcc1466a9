import Glibc

/// The files of a private cluster: made once, recognised and checked afterwards.
struct ClusterStore {
    let directory: String
    let user: ServerUser

    var dataDirectory: String { directory + "/pgdata" }
    var logPath: String { directory + "/postgresql.log" }

    /// In the data directory from the moment it gets its name, so a directory without it is not ours.
    static let markerName = "GWANJE"
    static let markerText = "gwanje private cluster, format 1\n"
    private static let logByteCountMax = 16 << 20

    /// Looks without touching: a PostgreSQL data directory given as ours, or a `pgdata` without our marker.
    static func refuseForeign(directory: String) throws(ClusterError) {
        if FileSystem.status(directory + "/PG_VERSION") != nil { throw .foreignDirectory(directory) }
        let data = directory + "/pgdata"
        guard FileSystem.linkStatus(data) != nil else { return }
        guard FileSystem.read("\(data)/\(markerName)") == markerText else { throw .foreignDirectory(data) }
    }

    /// The major version that made the data; `nil` when there is none yet.
    func dataVersion() -> Int? {
        FileSystem.read(dataDirectory + "/PG_VERSION").flatMap { Int($0.trimmingTrailingWhitespace) }
    }

    /// Creates the cluster, or checks that the one found is ours, whole and of the right version.
    func prepare(with binaries: PostgresBinaries) throws(ClusterError) {
        try user.checkReach(directory)
        try Self.refuseForeign(directory: directory)
        if let status = FileSystem.status(dataDirectory) {
            try check(status, binaries)
        } else {
            try initialise(with: binaries)
        }
        try prepareLog()
    }

    /// Into a directory of another name, which gets its own when complete: a crash leaves nothing half made.
    private func initialise(with binaries: PostgresBinaries) throws(ClusterError) {
        try removeLeftovers()
        let temporary = "\(directory)/pgdata.new-\(getpid())"
        guard mkdir(temporary, 0o700) == 0 else { throw .system("mkdir", path: temporary) }
        do throws(ClusterError) {
            try fill(temporary, with: binaries)
            try FileSystem.move(temporary, to: dataDirectory)
        } catch {
            try? removeLeftovers()
            throw error
        }
    }

    /// Makes a cluster in an empty directory, with our marker.
    func fill(_ path: String, with binaries: PostgresBinaries, _ more: [String] = []) throws(ClusterError) {
        try user.own(path)
        let outcome = try ChildProcess.run(
            user.prefix + [
                binaries.initdb, "-D", path, "-U", ClusterServer.role, "-A", "trust", "-E", "UTF8", "--locale=C",
            ] + more)
        guard outcome.status == 0 else { throw ClusterError.command("initdb", path: path, output: outcome.output) }
        let marker = "\(path)/\(Self.markerName)"
        try FileSystem.create(marker, text: Self.markerText, mode: 0o600)
        try user.own(marker)
        try FileSystem.sync(directory: path)
    }

    /// What an initdb that was cut off left. Only under the lock.
    private func removeLeftovers() throws(ClusterError) {
        for name in FileSystem.entries(of: directory) where name.hasPrefix("pgdata.new-") {
            try FileSystem.remove("\(directory)/\(name)")
        }
    }

    private func check(_ status: stat, _ binaries: PostgresBinaries) throws(ClusterError) {
        guard status.st_uid == user.uid else {
            throw .wrongOwner(path: dataDirectory, found: status.st_uid, wanted: user.name)
        }
        guard let version = dataVersion() else { throw .foreignDirectory(dataDirectory) }
        guard version == binaries.majorVersion else {
            throw .clusterVersionMismatch(found: version, wanted: binaries.majorVersion, path: dataDirectory)
        }
    }

    /// The server's user writes the log, in a directory where he may create nothing. A large one is set aside, one
    /// generation, at a start of the hub.
    private func prepareLog() throws(ClusterError) {
        if let status = FileSystem.status(logPath), status.st_size > Self.logByteCountMax {
            guard rename(logPath, logPath + ".1") == 0 else { throw .system("rename", path: logPath) }
        }
        if FileSystem.status(logPath) == nil { try FileSystem.create(logPath, text: "", mode: 0o600) }
        try user.own(logPath)
    }
}
