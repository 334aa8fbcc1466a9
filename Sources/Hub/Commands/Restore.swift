import Actors
import ArgumentParser
import Glibc
import Persistence

struct Restore: AsyncParsableCommand {
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

    @Flag(help: "With --wal: restore up to where the log cannot be read, when some of it is missing or damaged.")
    var untilDamage = false

    @Option(
        help: """
            The old data directory, or a copy of its erased.log; may be repeated. Who was erased after the backup is erased again. \
            Backups beside this one are looked at anyway.
            """)
    var erased: [String] = []

    func validate() throws {
        guard wal != nil || (until == nil && !untilDamage) else {
            throw ValidationError("\(until == nil ? "--until-damage" : "--until") needs --wal.")
        }
        guard until == nil || !untilDamage else { throw ValidationError("Give --until or --until-damage.") }
        if let until, Instant(rfc3339: until) == nil {
            throw ValidationError("--until takes a time such as 2026-03-01T14:05:00+09:00, not \(until).")
        }
    }

    func run() async throws {
        try refuseServer("restore")
        let clock = ContinuousClock()
        let begun = clock.now
        let directory = ServeOptions.absolute(data)
        var log = wal.map { ClusterRestore.Log(directory: ServeOptions.absolute($0)) }
        log?.until = until
        log?.toDamage = untilDamage
        let outcome = try ClusterRestore.run(
            from: ServeOptions.absolute(from), to: ClusterConfiguration(directory: directory), log: log,
            erased: try ErasedLog.given(erased.map(ServeOptions.absolute)))
        print(
            """
            restored   \(data) in \(Backup.seconds(begun.duration(to: clock.now)))
            from       \(from), taken at \(outcome.backup.takenAt)
            log        \(Self.text(outcome))
            journal    \(Backup.text(outcome.journal))
            epoch      \(outcome.epoch), before it \(outcome.backup.epoch)
            beside it  \(Backup.beside(outcome.backup))
            """)
        for other in outcome.unread {
            print("beside it  \(other) cannot be read: who was erased since may be in it and is not erased again")
        }
        if geteuid() == 0 {
            print(
                "owner      \(outcome.user) runs its PostgreSQL; a hub of another user cannot use it (docs/backup.md)")
        }
        try await Self.eraseAgain(directory)
    }

    private static func text(_ outcome: ClusterRestore.Outcome) -> String {
        guard let position = outcome.replayedTo else { return "none beyond the backup" }
        return "replayed to \(position)"
            + (outcome.damage.map { "; \($0) CANNOT BE READ, what is behind is lost" } ?? "")
    }

    /// A hub that starts does the same, and serves nobody before. Here an operator sees it.
    private static func eraseAgain(_ directory: String) async throws {
        try await HubProcess(configuration: .offline(on: directory), mode: .serve) { print("erased     \($0)") }
            .eraseAgain()
    }
}
