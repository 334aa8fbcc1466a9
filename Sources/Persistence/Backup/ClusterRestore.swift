import Glibc

/// Makes a data directory from a backup: with a new epoch, because what clients saw after the backup never happened here.
///
/// All is made in a directory within the new one and given its names at the end; until that one is gone no hub starts there,
/// and another restore begins afresh.
package struct ClusterRestore {
    package struct Outcome: Sendable {
        package let backup: BackupRecord
        package let epoch: String
        package let ownerEpoch: Int64
        package let journal: JournalPosition
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

    private var work: String { "\(directory)/\(Self.workName)" }
    private var data: String { work + "/pgdata" }
    private var log: String { work + "/wal" }

    /// Blocks until the restored database has been started once and stopped again.
    ///
    /// - Parameters:
    ///   - backup: directory of a backup, absolute.
    ///   - configuration: with the new data directory, which is made when there is none; an empty one is used.
    ///   - wal: directory that the hub streamed its write-ahead log to; what is there is replayed to its end.
    ///   - until: RFC 3339; what was committed after it is left out.
    package static func run(
        from backup: String, to configuration: ClusterConfiguration, wal: String? = nil, until: String? = nil
    ) throws -> Outcome {
        try PrivateCluster.checkPath(configuration.directory)
        let record = try BackupRecord.read(backup)
        let binaries = try PostgresBinaries.find(
            binDirectory: configuration.binDirectory ?? ChildProcess.variable("PG_BIN"),
            preferring: record.majorVersion)
        guard binaries.majorVersion == record.majorVersion else {
            throw ClusterError.clusterVersionMismatch(
                found: record.majorVersion, wanted: binaries.majorVersion, path: backup)
        }
        try refuseUsed(configuration.directory)
        let segments = try wal.map { try StreamedLog(directory: $0).segments(from: record) }
        try verify(backup, record, binaries)
        try FileSystem.createDirectories(configuration.directory, mode: 0o711)
        let directory = try FileSystem.canonical(configuration.directory)
        try PrivateCluster.checkPath(directory)
        let lock = try DataDirectoryLock(directory: directory)
        try refuseUsed(directory)
        let restore = ClusterRestore(
            backup: backup, record: record, directory: directory, configuration: configuration,
            user: try ServerUser.resolve(named: configuration.serverUser), binaries: binaries)
        let outcome = Result { try restore.make(segments, until: until) }
        if case .failure = outcome { try? restore.clear() }
        _ = consume lock
        return try outcome.get()
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
            let bytes = FileSystem.bytes(of: "\(backup)/secrets/\(name)", countMax: Secrets.byteCountMax)
            guard let bytes, Secrets.sum(bytes) == sum else {
                throw BackupError.damaged(path: backup, detail: "secrets/\(name) is missing or was changed")
            }
        }
    }

    private func make(_ segments: [String]?, until: String?) throws -> Outcome {
        try clear()
        guard mkdir(work, 0o711) == 0, chmod(work, 0o711) == 0 else { throw ClusterError.system("mkdir", path: work) }
        try copy([backup + "/pgdata"], to: data, mode: 0o700)
        if let segments {
            guard mkdir(log, 0o700) == 0 else { throw ClusterError.system("mkdir", path: log) }
            try copy(segments, to: log, mode: 0o700)
            try FileSystem.create(data + "/recovery.signal", text: "", mode: 0o600)
            try user.own(data + "/recovery.signal")
        }
        let outcome = try recover(replaying: segments != nil, until: until)
        for name in record.secrets.keys.sorted() {
            guard let bytes = FileSystem.bytes(of: "\(backup)/secrets/\(name)", countMax: Secrets.byteCountMax) else {
                throw ClusterError.system("read", path: name)
            }
            try FileSystem.create("\(directory)/\(name)", bytes: bytes, mode: 0o600)
        }
        try FileSystem.move(data, to: directory + "/pgdata")
        try FileSystem.remove(work)
        try FileSystem.sync(directory: directory)
        return outcome
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

    private func recover(replaying: Bool, until: String?) throws -> Outcome {
        var recovery = configuration
        recovery.directory = work
        recovery.startTimeout = Self.recoveryTimeMax
        if replaying {
            // The last file is one that was being written: it has the name that the stream gave it.
            let file = "\(log.replacing("%", with: "%%"))/%f"
            recovery.settings["restore_command"] = "cp \"\(file)\" \"%p\" || cp \"\(file).partial\" \"%p\""
            recovery.settings["hot_standby"] = "off"
            recovery.settings["recovery_target_action"] = "promote"
            if let until {
                // The server reads this before it knows the names of time zones, Z among them.
                let isUTC = until.last?.lowercased() == "z"
                recovery.settings["recovery_target_time"] = isUTC ? until.dropLast() + "+00:00" : until
            }
        }
        let cluster = try start(recovery, until: until)
        let outcome: Result<Outcome, any Error>
        do { outcome = .success(try beginEpoch(cluster.conninfo)) } catch { outcome = .failure(error) }
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
            if let until, output.contains("recovery stop point is before consistent recovery point") {
                throw BackupError.untilTooEarly(until: until, takenAt: record.takenAt)
            }
            throw ClusterError.commandFailed(command, path: path, output: output)
        }
    }

    private func beginEpoch(_ conninfo: String) throws -> Outcome {
        let claim = try HubDatabase(conninfo: conninfo).beginEpoch()
        var connection = try PostgresConnection.connect(conninfo)
        return Outcome(
            backup: record, epoch: claim.epoch, ownerEpoch: claim.ownerEpoch,
            journal: try JournalPosition.read(&connection))
    }
}
