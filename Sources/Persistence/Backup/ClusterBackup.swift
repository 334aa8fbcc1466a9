import Glibc

/// Takes a physical backup of a private cluster while it works: pg_basebackup with the write-ahead log of the meantime.
///
/// Layout: `pgdata` (a cluster with its checksummed manifest), `secrets`, `backup.json`. Complete or absent: it is written
/// under another name, verified, synced and renamed.
package enum ClusterBackup {
    static let partialSuffix = ".partial"

    /// - Parameters:
    ///   - target: the backup's own directory, absolute; must not exist, its parent must.
    ///   - notice: hears what an operator should know of the files beside the cluster.
    ///   - progress: hears bytes done and bytes in all (an estimate), about once a second. Blocks.
    package static func take(
        _ configuration: ClusterConfiguration, to target: String, notice: (String) -> Void = { _ in },
        progress: (_ done: Int64, _ total: Int64) -> Void = { _, _ in }
    ) throws -> BackupRecord {
        let target = try checked(target)
        return try PrivateCluster.visit(configuration) { visit in
            let draft = try Draft(target + partialSuffix)
            try draft.clear()
            do {
                let record = try write(visit, to: draft.path, notice, progress)
                try FileSystem.move(draft.path, to: target)
                return record
            } catch {
                try? FileSystem.remove(draft.path)
                throw error
            }
        }
    }

    private static func checked(_ target: String) throws -> String {
        let parent = try FileSystem.canonical(FileSystem.parent(of: target))
        guard let name = target.split(separator: "/").last else { throw BackupError.targetExists(target) }
        let path = parent == "/" ? "/\(name)" : "\(parent)/\(name)"
        guard FileSystem.linkStatus(path) == nil else { throw BackupError.targetExists(path) }
        return path
    }

    private static func write(
        _ visit: PrivateCluster.Visit, to draft: String, _ notice: (String) -> Void, _ progress: (Int64, Int64) -> Void
    ) throws -> BackupRecord {
        var connection = try connect(visit)
        let state = try DatabaseState.read(&connection)
        let (data, beside) = (draft + "/pgdata", "\(draft)/\(SideFiles.folder)")
        guard mkdir(beside, 0o700) == 0 else { throw ClusterError.system("mkdir", path: beside) }
        let seals = try SideFiles.copySeals(from: visit.directory, to: beside)
        try copy(visit, to: data, &connection, progress)
        // To the millisecond, and not before anything that is in the copy.
        let now = try connection.query(
            "SELECT \(JournalPosition.rfc3339("(clock_timestamp() + interval '1 millisecond')"))")
        try verify(data, with: visit.binaries, prefix: gently)
        let secrets = try SideFiles.copySecrets(from: visit.directory, to: beside, notice: notice)
        let record = BackupRecord(
            takenAt: try now[0].value(0), majorVersion: visit.binaries.majorVersion, epoch: state.epoch,
            ownerEpoch: state.ownerEpoch, systemIdentifier: state.systemIdentifier, journal: state.journal,
            walStart: try walStart(data), walEnd: try walEnd(data),
            byteCount: try FileSystem.byteCount(below: draft), secrets: secrets.merging(seals) { $1 })
        try record.write(to: draft)
        try FileSystem.sync(directory: draft)
        return record
    }

    private static func connect(_ visit: PrivateCluster.Visit) throws -> PostgresConnection {
        do {
            return try PostgresConnection.connect(visit.conninfo)
        } catch {
            throw ClusterError.databaseUnreachable(error)
        }
    }

    /// pg_basebackup syncs what it has written before it ends.
    private static func copy(
        _ visit: PrivateCluster.Visit, to data: String, _ connection: inout PostgresConnection,
        _ progress: (Int64, Int64) -> Void
    ) throws {
        let child = try ChildProcess.start(
            gently + [
                visit.binaries.path(of: "pg_basebackup"), "-D", data, "-d", visit.conninfo, "-w", "-F", "plain",
                "-X", "stream", "-c", "fast", "--progress", "--label", "gwanje", "--manifest-checksums", "SHA256",
            ])
        var outcome = try child.poll()
        var told = ContinuousClock.now
        while outcome == nil {
            usleep(50_000)
            if told.duration(to: .now) > .seconds(1) {
                told = .now
                if let now = try bytesSent(&connection) { progress(now.done, now.total) }
            }
            outcome = try child.poll()
        }
        guard let outcome, outcome.status == 0 else {
            throw ClusterError.command("pg_basebackup", path: data, output: outcome?.output ?? "")
        }
    }

    private static func bytesSent(
        _ connection: inout PostgresConnection
    ) throws(PostgresError) -> (done: Int64, total: Int64)? {
        let row = try connection.query(
            "SELECT backup_streamed, backup_total FROM pg_stat_progress_basebackup WHERE backup_total > 0")
        return row.isEmpty ? nil : (try row[0].value(0), try row[0].value(1))
    }

    /// The yard comes first. Not the whole command: a server that it has started may be a hub's by the end.
    private static let gently = ["nice", "-n", "10", "ionice", "-t", "-c", "3"]

    /// Every file against the manifest's SHA-256, and the write-ahead log for being there and readable.
    static func verify(_ data: String, with binaries: PostgresBinaries, prefix: [String] = []) throws {
        let outcome = try ChildProcess.run(prefix + [binaries.path(of: "pg_verifybackup"), "--quiet", "--", data])
        guard outcome.status == 0 else {
            let detail = outcome.output.trimmingTrailingWhitespace
            throw BackupError.damaged(
                path: data, detail: detail.isEmpty ? "pg_verifybackup ended with status \(outcome.status)" : detail)
        }
    }

    /// `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)`
    private static func walStart(_ data: String) throws -> String {
        let label = FileSystem.read(data + "/backup_label") ?? ""
        guard let name = label.split(separator: "(file ").dropFirst().first?.prefix(24), name.count == 24 else {
            throw BackupError.damaged(path: data, detail: "backup_label names no write-ahead log")
        }
        return String(name)
    }

    /// At the end of the manifest: `"End-LSN": "0/2000138"`.
    private static func walEnd(_ data: String) throws -> String {
        let manifest = FileSystem.tail(data + "/backup_manifest", from: 0)
        guard
            let position = manifest.split(separator: "\"End-LSN\": \"").dropFirst().last?.prefix(while: { $0 != "\"" })
        else { throw BackupError.damaged(path: data, detail: "the manifest names no end") }
        return String(position)
    }

    /// The unfinished backup: a directory that one process at a time holds.
    private struct Draft: ~Copyable {
        let path: String
        private let descriptor: Int32

        init(_ path: String) throws {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw ClusterError.system("mkdir", path: path) }
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw ClusterError.system("open", path: path) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw BackupError.targetBusy(path)
            }
            self.path = path
            self.descriptor = descriptor
        }

        /// Removes what a backup that was cut off left.
        borrowing func clear() throws(ClusterError) {
            for name in FileSystem.entries(of: path) { try FileSystem.remove("\(path)/\(name)") }
        }

        deinit { close(descriptor) }
    }
}

/// What identifies a database and how far it is.
struct DatabaseState {
    let epoch: String
    let ownerEpoch: Int64
    let systemIdentifier: String
    let journal: JournalPosition

    static func read(_ connection: inout PostgresConnection) throws(PostgresError) -> DatabaseState {
        let row = try connection.query(
            """
            SELECT (SELECT value FROM hub_meta WHERE key = 'epoch'), (SELECT epoch FROM owner),
                (SELECT system_identifier::text FROM pg_control_system())
            """)
        return DatabaseState(
            epoch: try row[0].value(0), ownerEpoch: try row[0].value(1), systemIdentifier: try row[0].value(2),
            journal: try JournalPosition.read(&connection))
    }
}
