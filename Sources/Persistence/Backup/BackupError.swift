/// Why a backup, a restore or an upgrade did not happen. Nothing is changed when one is thrown.
package enum BackupError: Error, Equatable, Sendable {
    case targetExists(String)
    /// Another process is writing the same backup.
    case targetBusy(String)
    case notABackup(String)
    /// A file differs from what was written, or is missing.
    case damaged(path: String, detail: String)
    /// Only an empty directory is restored into.
    case notEmpty(String)
    /// No write-ahead log of this backup's database, or not from its beginning.
    case walMissing(path: String, segment: String)
    /// There is more of it than can be read.
    case walBroken(path: String, detail: String)
    case walEndsBefore(until: String)
    /// A moment before the end of the backup.
    case untilTooEarly(until: String, takenAt: String)
}

extension BackupError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .targetExists(let path): "\(path) exists already. A backup gets a name of its own."
        case .targetBusy(let path): "Another backup is being written to \(path)."
        case .notABackup(let path): "\(path) is not a complete backup: it has no readable \(BackupRecord.fileName)."
        case .damaged(let path, let detail): "The backup in \(path) is damaged: \(detail)"
        case .notEmpty(let path): "\(path) is not empty. A backup is restored into an empty directory only."
        case .walMissing(let path, let segment):
            """
            \(path) has no write-ahead log that follows this backup (\(segment) was looked for). Give the directory that \
            `hub serve --wal-to` was given, or restore without --wal to the end of the backup.
            """
        case .walBroken(let path, let detail):
            """
            The write-ahead log cannot be read from \(path) on: \(detail). Put the file right from another copy, or restore what \
            is before it with --until-damage.
            """
        case .walEndsBefore(let until):
            "The write-ahead log ends before \(until). Leave --until away to restore all there is."
        case .untilTooEarly(let until, let takenAt):
            "\(until) is before the end of this backup (\(takenAt)), which has everything up to there. Take an older backup."
        }
    }
}
