import ArgumentParser
import Glibc
import Persistence

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Back the hub's data up, while it runs or not.",
        discussion: """
            For the private PostgreSQL in --data; a server of yours (DATABASE_URL) has backups of its own. The backup is a directory \
            that is complete and verified, or not there. See docs/backup.md.
            """)

    @Option(help: "Directory of the hub's own data.")
    var data = "var/hub"

    @Option(help: "The backup's own directory. Must not exist; the one above must.")
    var to: String

    func run() throws {
        try refuseServer("back up")
        let clock = ContinuousClock()
        let begun = clock.now
        let isWatched = isatty(STDERR_FILENO) == 1
        let record = try ClusterBackup.take(
            ClusterConfiguration(directory: ServeOptions.absolute(data)), to: ServeOptions.absolute(to),
            notice: { Self.show("note: \($0)\n") }
        ) { done, total in
            guard isWatched, total > 0 else { return }
            Self.show("\r\(Self.size(done)) of \(Self.size(max(done, total))), \(min(100, done * 100 / total)) %  ")
        }
        if isWatched { Self.show("\r") }
        print(
            """
            backup     \(to)
            size       \(Self.size(record.byteCount)) in \(Self.seconds(begun.duration(to: clock.now)))
            taken at   \(record.takenAt), PostgreSQL \(record.majorVersion), log position \(record.walEnd)
            journal    at least \(Self.text(record.journal))
            epoch      \(record.epoch)
            beside it  \(Self.beside(record))
            """)
    }

    private static func show(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }

    static func size(_ count: Int64) -> String { "\(count / 1_048_576).\(count % 1_048_576 * 10 / 1_048_576) MiB" }

    static func seconds(_ duration: Duration) -> String {
        let (whole, atto) = duration.components
        return "\(whole).\(atto / 100_000_000_000_000_000) s"
    }

    /// The files beside the cluster, the seals as a number.
    static func beside(_ record: BackupRecord) -> String {
        let names = record.secrets.keys.filter { !$0.contains("/") }.sorted()
        let seals = record.secrets.count - names.count
        let all = names + (seals == 0 ? [] : ["\(seals) seals"])
        return all.isEmpty ? "nothing" : all.joined(separator: ", ")
    }

    static func text(_ journal: JournalPosition) -> String {
        "\(journal.events) events of \(journal.streams) streams" + (journal.lastAt.map { ", the last at \($0)" } ?? "")
    }
}

/// For commands that are about the private PostgreSQL.
func refuseServer(_ what: String) throws {
    guard ServeOptions.environment("DATABASE_URL") != nil else { return }
    throw ValidationError(
        "DATABASE_URL is set: this command would \(what) the private PostgreSQL, and yours is somebody else's.")
}
