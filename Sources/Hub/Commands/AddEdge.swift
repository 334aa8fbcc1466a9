import ArgumentParser

struct AddEdge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-edge", abstract: "Make an API key for an edge agent and print it, once.",
        discussion: "A device has one key: another takes --replace, and the old one is refused from then on.")

    @Option(help: "Identifier of the site.")
    var site: String

    @Option(help: "Name of the device.")
    var device: String

    @Option(name: .customLong("station"), help: "A station it speaks for; may be repeated.")
    var stations: [String]

    @Flag(help: "Make the keys invalid that the device has.")
    var replace = false

    @Option(help: "Write the key to this new file, which its owner alone can read, instead of printing it.")
    var keyFile: String?

    @OptionGroup var offline: OfflineOptions

    func run() async throws {
        guard !stations.isEmpty else { throw ValidationError("Name at least one --station.") }
        guard Set(stations).count == stations.count else { throw ValidationError("A --station is named twice.") }
        // Before there is a key: one that could not be written is lost.
        let file = try keyFile.map { try KeyFile(creating: $0) }
        let key = Secrets.random()
        do {
            try await offline.withAccounts(makesDatabase: false) { accounts in
                try await accounts.addEdge(
                    key: key, device: device, site: site, stations: stations, replacing: replace)
            }
        } catch {
            file?.remove()
            throw error
        }
        guard let file else { return print(key) }
        try file.write(key)
        print("site \(site): the key of \(device) is in \(file.path)")
    }
}
