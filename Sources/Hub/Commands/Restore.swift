import ArgumentParser
import FoundationEssentials
import Persistence

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a data directory from a backup.",
        discussion: """
            The backup is verified first. The restored database has a new epoch: screens take a new picture, and a hub that still \
            has the old database may not write to this one. See docs/backup.md.
            """)

    @Option(help: "Directory of a backup.")
    var from: String

    @Option(help: "The new data directory: empty, or not there.")
    var data: String

    @Option(help: "Directory that `hub serve --wal-to` was given: what was committed after the backup is replayed.")
    var wal: String?

    @Option(help: "With --wal: leave out what was committed after this time, for example 2026-03-01T14:05:00+09:00.")
    var until: String?

    func validate() throws {
        guard let until else { return }
        guard wal != nil else { throw ValidationError("--until needs --wal.") }
        guard Self.isTime(until) else {
            throw ValidationError("--until takes a time such as 2026-03-01T14:05:00+09:00, not \(until).")
        }
    }

    static func isTime(_ text: String) -> Bool {
        [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)].contains {
            (try? Date(text, strategy: $0)) != nil
        }
    }

    func run() throws {
        try refuseServer("restore")
        let clock = ContinuousClock()
        let begun = clock.now
        let outcome = try ClusterRestore.run(
            from: ServeOptions.absolute(from),
            to: ClusterConfiguration(directory: ServeOptions.absolute(data)), wal: wal.map(ServeOptions.absolute),
            until: until)
        let secrets = outcome.backup.secrets.keys.sorted().joined(separator: ", ")
        print(
            """
            restored   \(data) in \(Backup.seconds(begun.duration(to: clock.now)))
            from       \(from), taken at \(outcome.backup.takenAt)
            journal    \(Backup.text(outcome.journal))
            epoch      \(outcome.epoch), before it \(outcome.backup.epoch)
            secrets    \(secrets.isEmpty ? "none" : secrets)
            """)
    }
}
