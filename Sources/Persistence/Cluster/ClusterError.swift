import Glibc

/// Why the private PostgreSQL could not be used. Each says what was found, what was expected and what to do.
package enum ClusterError: Error, Equatable, Sendable {
    case binariesNotFound(searched: [String])
    case pathUnsupported(String, reason: String)
    /// The directory holds files that this program did not make.
    case foreignDirectory(String)
    case clusterVersionMismatch(found: Int, wanted: Int, path: String)
    /// `hub restore` was cut off there.
    case restoreUnfinished(String)
    /// `hub upgrade-cluster` was cut off there while the names changed.
    case upgradeUnfinished(String)
    /// No hub has ever run on the directory.
    case noCluster(String)
    case wrongOwner(path: String, found: UInt32, wanted: String)
    /// Another hub runs on this data directory.
    case dataDirectoryBusy(path: String, pid: Int32?)
    case userUnknown(String)
    /// The server's user may not pass through a directory above the data.
    case directoryNotSearchable(path: String, user: String)
    case socketDirectoryUnsafe(path: String, reason: String)
    /// A process has the PID of the postmaster and it cannot be told whether it is the postmaster.
    case postmasterUnverified(pid: Int32, path: String)
    case diskFull(path: String)
    case permissionDenied(path: String, detail: String)
    case systemCall(String, path: String, reason: String)
    case commandFailed(String, path: String, output: String)
    case startTimeout(path: String, seconds: Int)
    case databaseUnreachable(PostgresError)
}

extension ClusterError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .binariesNotFound(let searched):
            """
            PostgreSQL server programs (initdb, pg_ctl, postgres) were not found in \
            \(searched.joined(separator: ", ")). Install the postgresql package, set PG_BIN to their directory, or \
            set DATABASE_URL to a running server.
            """
        case .pathUnsupported(let path, let reason):
            "The data directory \(path) cannot be used: \(reason). Choose another path."
        case .foreignDirectory(let path):
            """
            \(path) holds files that were not made by this program, and they are left alone. Choose an empty data \
            directory, or set DATABASE_URL if this is the database of a running server.
            """
        case .clusterVersionMismatch(let found, let wanted, let path):
            """
            The database in \(path) was made by PostgreSQL \(found) and the programs found are version \(wanted). \
            Set PG_BIN to the programs of version \(found), or carry the data over with `hub upgrade-cluster`.
            """
        case .restoreUnfinished(let path):
            "A restore into \(path) did not come to its end. Run `hub restore` again; it starts afresh."
        case .upgradeUnfinished(let path):
            "An upgrade in \(path) did not come to its end. Run `hub upgrade-cluster` again; it puts the old cluster back first."
        case .noCluster(let path): "\(path) holds no data of a hub. Give its directory with --data."
        case .wrongOwner(let path, let found, let wanted):
            "\(path) belongs to user ID \(found) and should belong to \(wanted). Run as its owner, or chown -R it."
        case .dataDirectoryBusy(let path, let pid):
            """
            Another hub \(pid.map { "(process \($0)) " } ?? "")is using the data directory \(path). Stop it, or \
            choose another directory.
            """
        case .userUnknown(let name):
            """
            There is no user \(name) in the password file, and PostgreSQL needs one to run as. Create it, or \
            configure another user.
            """
        case .directoryNotSearchable(let path, let user):
            "User \(user), who runs PostgreSQL, may not enter \(path). Run chmod o+x on it, or move the data directory."
        case .socketDirectoryUnsafe(let path, let reason):
            "The socket directory \(path) cannot be trusted: \(reason). Remove it and start again."
        case .postmasterUnverified(let pid, let path):
            """
            postmaster.pid in \(path) names process \(pid), which runs, but whether it is this database's server \
            cannot be seen. Stop that process, or remove postmaster.pid if it is something else.
            """
        case .diskFull(let path): "The disk that holds \(path) is full. Free some space and start again."
        case .permissionDenied(let path, let detail):
            "Access to \(path) was denied (\(detail)). Check its owner and mode, and those of the directories above."
        case .systemCall(let call, let path, let reason): "\(call) on \(path) failed: \(reason)."
        case .commandFailed(let command, let path, let output): "\(command) failed for \(path): \(output)"
        case .startTimeout(let path, let seconds):
            """
            PostgreSQL in \(path) was not ready within \(seconds) seconds. It may still be recovering: look at its \
            log and start again.
            """
        case .databaseUnreachable(let error): "The private PostgreSQL runs and cannot be used: \(error)"
        }
    }

    /// The error for a failed system call, from `errno`.
    static func system(_ call: String, path: String, errno code: Int32 = errno) -> ClusterError {
        switch code {
        case ENOSPC, EDQUOT: .diskFull(path: path)
        case EACCES, EPERM, EROFS: .permissionDenied(path: path, detail: "\(call): \(String(cString: strerror(code)))")
        default: .systemCall(call, path: path, reason: String(cString: strerror(code)))
        }
    }

    /// The error for a failed program, from what it wrote: the two causes an operator can mend get a sentence.
    static func command(_ name: String, path: String, output: String) -> ClusterError {
        let line = { (words: String) in output.split(separator: "\n").first { $0.contains(words) }.map(String.init) }
        if line("No space left on device") != nil || line("Disk quota exceeded") != nil { return .diskFull(path: path) }
        if let detail = line("Permission denied") ?? line("Read-only file system") {
            return .permissionDenied(path: path, detail: detail)
        }
        return .commandFailed(name, path: path, output: String(output.suffix(2000)).trimmingTrailingWhitespace)
    }
}
