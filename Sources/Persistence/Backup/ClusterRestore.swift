import Actors
import FoundationEssentials
import Glibc

/// Makes a data directory from a backup: with a new epoch, because what clients saw after the backup never happened here.
///
/// All is made in a directory within the new one and given its names at the end; until that one is gone no hub starts there,
/// and another restore begins afresh. Who was erased after the backup is in `erased.pending`, for a hub to do before it serves.
package struct ClusterRestore {
    /// How far to go.
    package struct Log: Sendable {
        /// That the hub streamed its write-ahead log to.
        package var directory: String
        /// RFC 3339; what was committed after it is left out.
        package var until: String?
        /// Up to where the log can be read, and not only if all of it can.
        package var toDamage = false

        package init(directory: String) { self.directory = directory }
    }

    package struct Outcome: Sendable {
        package let backup: BackupRecord
        package let epoch: String
        package let ownerEpoch: Int64
        package let journal: JournalPosition
        /// Position in the write-ahead log up to which it was replayed; nil without.
        package var replayedTo: String?
        /// Why it was not replayed any further, with `toDamage`.
        package var damage: String?
        /// Directories beside the backup whose records cannot be read: whom they name as erased is not erased again.
        package var unread: [String] = []
        /// Who runs the server from now on.
        package let user: String
    }

    /// The unfinished restore, in the data directory.
    static let workName = "restore.partial"
    /// Replaying the write-ahead log of a week takes its time.
    private static let recoveryTimeMax: Duration = .seconds(86_400)

    let backup: String
    let record: BackupRecord
    /// The new data directory, canonical.
    let directory: String
    let configuration: ClusterConfiguration
    let user: ServerUser
    let binaries: PostgresBinaries
    let erased: ErasedLog

    private var work: String { "\(directory)/\(Self.workName)" }
    private var data: String { work + "/pgdata" }
    private var log: String { work + "/wal" }

    /// Blocks until the restored database has been started once and stopped again.
    ///
    /// Root restores for whoever owns the new directory, or for the server's user when that is root.
    /// - Parameters:
    ///   - backup: directory of a backup, absolute.
    ///   - configuration: with the new data directory, which is made when there is none; an empty one is used.
    ///   - log: what is there is replayed.
    ///   - erased: who was erased, besides those whom this backup and others of the same database beside it name.
    package static func run(
        from backup: String, to configuration: ClusterConfiguration, log: Log? = nil, erased: ErasedLog = ErasedLog()
    ) throws -> Outcome {
        try PrivateCluster.checkPath(configuration.directory)
        let record = try BackupRecord.read(backup)
        if let until = log?.until { try check(until, record) }
        let binaries = try PostgresBinaries.find(
            binDirectory: configuration.binDirectory ?? ChildProcess.variable("PG_BIN"),
            preferring: record.majorVersion)
        guard binaries.majorVersion == record.majorVersion else {
            throw ClusterError.clusterVersionMismatch(
                found: record.majorVersion, wanted: binaries.majorVersion, path: backup)
        }
        try refuseUsed(configuration.directory)
        let segments = try log.map {
            // Damage behind the moment that is wanted is no matter; that the moment is not reached, PostgreSQL says.
            try StreamedLog(directory: $0.directory).segments(
                from: record, toDamage: $0.toDamage || $0.until != nil)
        }
        try verify(backup, record, binaries)
        let (erased, unread) = try merged(erased, backup, record)
        try FileSystem.createDirectories(configuration.directory, mode: 0o711)
        let directory = try FileSystem.canonical(configuration.directory)
        try PrivateCluster.checkPath(directory)
        let lock = try DataDirectoryLock(directory: directory)
        try refuseUsed(directory)
        var configuration = configuration
        configuration.serverUser = try owner(of: directory) ?? configuration.serverUser
        let restore = ClusterRestore(
            backup: backup, record: record, directory: directory, configuration: configuration,
            user: try ServerUser.resolve(named: configuration.serverUser), binaries: binaries, erased: erased)
        let outcome = Result { try restore.make(segments?.files, log) }
        if case .failure = outcome { try? restore.clear() }
        _ = consume lock
        var made = try outcome.get()
        made.unread = unread
        if log?.until == nil { made.damage = made.damage ?? segments?.missing }
        return made
    }

    /// Without this, a server that finds no commit before the backup's end would stop there, at a state that is younger.
    private static func check(_ until: String, _ record: BackupRecord) throws(BackupError) {
        guard let end = Instant(rfc3339: record.takenAt), let wanted = Instant(rfc3339: until), wanted >= end else {
            throw .untilTooEarly(until: until, takenAt: record.takenAt)
        }
    }

    /// Anything but what an earlier restore was cut off at.
    private static func refuseUsed(_ directory: String) throws(BackupError) {
        let names = FileSystem.entries(of: directory)
        guard !names.contains(workName) else { return }
        guard names.allSatisfy({ ["hub.lock", "lost+found"].contains($0) }) else { throw .notEmpty(directory) }
    }

    private static func verify(_ backup: String, _ record: BackupRecord, _ binaries: PostgresBinaries) throws {
        try ClusterBackup.verify(backup + "/pgdata", with: binaries)
        for (name, sum) in record.secrets {
            if let detail = SideFiles.damage(of: name, in: backup, sum: sum) {
                throw BackupError.damaged(path: backup, detail: detail)
            }
        }
    }

    /// With what this backup says, and younger ones beside it. Those of another database mean nothing here.
    private static func merged(
        _ erased: ErasedLog, _ backup: String, _ record: BackupRecord
    ) throws -> (all: ErasedLog, unread: [String]) {
        var all = erased
        var unread: [String] = []
        let own = try FileSystem.canonical(backup)
        let parent = FileSystem.parent(of: own)
        for other in Set(FileSystem.entries(of: parent).map { "\(parent)/\($0)" } + [own]) {
            guard let found = try? BackupRecord.read(other) else {
                if BackupRecord.isNamed(in: other) { unread.append(other) }
                continue
            }
            guard found.systemIdentifier == record.systemIdentifier || found.epoch == record.epoch else { continue }
            all.merge(try ErasedLog(path: "\(other)/\(SideFiles.folder)/\(ErasedLog.name)"))
        }
        return (all, unread.sorted())
    }

    /// The name of who owns a directory, if not root.
    private static func owner(of directory: String) throws(ClusterError) -> String? {
        guard let status = FileSystem.status(directory) else { throw .system("stat", path: directory) }
        guard status.st_uid != 0 else { return nil }
        guard let entry = getpwuid(status.st_uid)?.pointee else { throw .userUnknown("with ID \(status.st_uid)") }
        return String(cString: entry.pw_name)
    }

    private func make(_ segments: [String]?, _ log: Log?) throws -> Outcome {
        try clear()
        guard mkdir(work, 0o711) == 0, chmod(work, 0o711) == 0 else { throw ClusterError.system("mkdir", path: work) }
        try copy([backup + "/pgdata"], to: data, mode: 0o700)
        if let segments {
            guard mkdir(self.log, 0o700) == 0 else { throw ClusterError.system("mkdir", path: self.log) }
            try copy(segments, to: self.log, mode: 0o700)
            try FileSystem.create(data + "/recovery.signal", text: "", mode: 0o600)
            try user.own(data + "/recovery.signal")
        }
        let outcome = try recover(log)
        try giveDirectory("\(directory)/hub.lock")
        try SideFiles.restore(record.secrets.keys.sorted(), from: backup, to: directory, give: giveDirectory)
        try erased.leavePending(in: directory, give: giveDirectory)
        try FileSystem.move(data, to: directory + "/pgdata")
        try FileSystem.remove(work)
        try FileSystem.sync(directory: directory)
        return outcome
    }

    /// What is beside the cluster belongs to whoever has the directory.
    private func giveDirectory(_ path: String) throws(ClusterError) {
        guard let status = FileSystem.status(directory) else { throw .system("stat", path: directory) }
        guard lchown(path, status.st_uid, status.st_gid) == 0 || geteuid() != 0 else {
            throw .system("chown", path: path)
        }
    }

    /// Removes an unfinished restore, whose server may still run.
    private func clear() throws {
        guard FileSystem.linkStatus(work) != nil else { return }
        try ClusterServer.endNow(dataDirectory: data, user: user)
        // The work directory goes last: while it is there, the rest counts as unfinished.
        for name in FileSystem.entries(of: directory) where !["hub.lock", "lost+found", Self.workName].contains(name) {
            try FileSystem.remove("\(directory)/\(name)")
        }
        try FileSystem.remove(work)
    }

    /// The files become the server user's; the server syncs them before it replays.
    private func copy(_ sources: [String], to target: String, mode: mode_t) throws(ClusterError) {
        for start in stride(from: 0, to: sources.count, by: 500) {
            let part = sources[start..<min(start + 500, sources.count)]
            let outcome = try ChildProcess.run(["cp", "-R", "--reflink=auto", "--"] + part + [target])
            guard outcome.status == 0 else { throw .command("cp", path: target, output: outcome.output) }
        }
        guard chmod(target, mode) == 0 else { throw .system("chmod", path: target) }
        guard !user.prefix.isEmpty else { return }
        let outcome = try ChildProcess.run(["chown", "-R", "\(user.uid):\(user.gid)", "--", target])
        guard outcome.status == 0 else { throw .command("chown", path: target, output: outcome.output) }
    }

    // MARK: Recovery

    /// For a server, which takes a status up to 125 for the end of the log, and anything above for a reason to give up.
    static func restoreCommand(_ log: String) -> String {
        // The last file is one that was being written: it has the name that the stream gave it.
        let file = "\(log.replacing("%", with: "%%"))/%f"
        func copy(_ path: String) -> String { "cp \"\(path)\" \"%p\" || exit 255" }
        return """
            if [ -e "\(file)" ]; then \(copy(file)); elif [ -e "\(file).partial" ]; then \(copy(file + ".partial")); else exit 1; fi
            """
    }

    private func recover(_ log: Log?) throws -> Outcome {
        var recovery = configuration
        recovery.directory = work
        recovery.startTimeout = Self.recoveryTimeMax
        if log != nil {
            recovery.settings["restore_command"] = Self.restoreCommand(self.log)
            recovery.settings["hot_standby"] = "off"
            recovery.settings["recovery_target_action"] = "promote"
            if let until = log?.until {
                // The server reads this before it knows the names of time zones, Z among them.
                let isUTC = until.last?.lowercased() == "z"
                recovery.settings["recovery_target_time"] = isUTC ? until.dropLast() + "+00:00" : until
            }
        }
        let cluster = try start(recovery, until: log?.until)
        let outcome: Result<Outcome, any Error>
        do { outcome = .success(try finish(cluster.conninfo, log)) } catch { outcome = .failure(error) }
        try cluster.stop()
        return try outcome.get()
    }

    private func start(_ recovery: ClusterConfiguration, until: String?) throws -> PrivateCluster {
        do {
            return try PrivateCluster.start(recovery)
        } catch ClusterError.commandFailed(let command, let path, let output) {
            if let until, output.contains("recovery ended before configured recovery target was reached") {
                throw BackupError.walEndsBefore(until: until)
            }
            throw ClusterError.commandFailed(command, path: path, output: output)
        }
    }

    private func finish(_ conninfo: String, _ log: Log?) throws -> Outcome {
        let (replayedTo, damage) = try log.map { try checkEnd(conninfo, $0) } ?? (nil, nil)
        let claim = try HubDatabase(conninfo: conninfo).beginEpoch()
        var connection = try PostgresConnection.connect(conninfo)
        return Outcome(
            backup: record, epoch: claim.epoch, ownerEpoch: claim.ownerEpoch,
            journal: try JournalPosition.read(&connection), replayedTo: replayedTo, damage: damage,
            user: user.name)
    }

    /// A server takes what it cannot read for the end. Without `until`, that has to be the end of what was streamed.
    private func checkEnd(_ conninfo: String, _ log: Log) throws -> (replayedTo: String, damage: String?) {
        var connection = try PostgresConnection.connect(conninfo)
        // `1 TAB 0/3000148 TAB no recovery target specified`: the new timeline, and where it left the old one.
        let history = try connection.query(
            """
            SELECT pg_read_file('pg_wal/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.history')
            """)[0].value(0, as: String.self)
        let last = history.split(separator: "\n").last { $0.contains("\t") } ?? ""
        guard let position = LogPosition(last.split(separator: "\t").dropFirst().first ?? "") else {
            throw ClusterError.command("the recovery", path: data, output: history)
        }
        guard log.until == nil, let path = try LogEnd(directory: self.log).fileNotRead(behind: position) else {
            return ("\(position)", nil)
        }
        let name = path.split(separator: "/").last ?? ""
        let original = "\(log.directory)/\(record.history)/\(name)"
        guard log.toDamage else {
            throw BackupError.walBroken(
                path: original, detail: "the server stopped at \(position), and the log goes on")
        }
        return ("\(position)", original)
    }
}
