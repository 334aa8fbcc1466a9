import ArgumentParser
import Persistence

struct NewEpoch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-epoch", abstract: "Say that the database was restored by other means than `hub restore`.",
        discussion: """
            For a server of yours (DATABASE_URL) after pg_restore or the like, and before a hub runs on it: screens that come back take \
            a new picture, and a hub that still has the old database may not write to this one. Who was erased since the backup is \
            erased again. See docs/backup.md.
            """)

    @Option(help: "The old data directory, or a copy of its erased.log; may be repeated. By default what is in --data.")
    var erased: [String] = []

    @Option(help: "Directory of the hub's own data, with person.key. The hub must not be running.")
    var data = "var/hub"

    func run() async throws {
        let configuration = try Configuration.offline(on: data)
        let claim = try await HubProcess(configuration: configuration, mode: .serve) { print("erased  \($0)") }
            .beginEpoch(erased: ErasedLog.given([configuration.dataDirectory] + erased.map(ServeOptions.absolute)))
        print("epoch   \(claim.epoch)")
    }
}
