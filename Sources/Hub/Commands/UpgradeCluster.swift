import ArgumentParser
import Persistence

struct UpgradeCluster: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade-cluster", abstract: "Carry the private PostgreSQL to a newer major version.",
        discussion: """
            Copies with pg_upgrade while no hub runs, and leaves the old cluster beside the new one, as pgdata.old-VERSION. The \
            programs of both versions must be installed. See docs/backup.md.
            """)

    @Option(help: "Directory of the hub's own data. The hub must not be running on it.")
    var data = "var/hub"

    @Option(help: "Directory of the newer PostgreSQL's programs; by default the newest that are installed.")
    var binDir: String?

    func run() throws {
        try refuseServer("upgrade")
        let clock = ContinuousClock()
        let begun = clock.now
        let outcome = try ClusterUpgrade.run(
            ClusterConfiguration(directory: ServeOptions.absolute(data)), to: binDir.map(ServeOptions.absolute)
        ) { print($0) }
        print(
            """
            upgraded   \(data) from PostgreSQL \(outcome.from) to \(outcome.to) in \(Backup.seconds(begun.duration(to: clock.now)))
            journal    \(Backup.text(outcome.journal))
            the old    \(outcome.old): remove it once the hub has run well
            """)
    }
}
