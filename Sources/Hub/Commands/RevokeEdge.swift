import ArgumentParser

struct RevokeEdge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke-edge", abstract: "Make the API keys of an edge agent invalid.",
        discussion: """
            For a computer that was lost or sold. On a hub that is running an administrator does the same with \
            POST /api/v1/devices/{device}/revoke; `hub add-edge` makes a new key.
            """)

    @Option(help: "Identifier of the site.")
    var site: String

    @Option(help: "Name of the device.")
    var device: String

    @OptionGroup var offline: OfflineOptions

    func run() async throws {
        try await offline.withAccounts(makesDatabase: false) { accounts in
            try await accounts.revokeEdge(device: device, site: site)
        }
        print("site \(site): the keys of \(device) are invalid")
    }
}
