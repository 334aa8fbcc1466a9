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

    @Option(help: "Directory of the hub's own data. The hub must not be running on it.")
    var data = "var/hub"

    func run() async throws {
        var configuration = try ServeOptions.parseOrExit([]).configuration()
        configuration.dataDirectory = ServeOptions.absolute(data)
        try await HubProcess(configuration: configuration, mode: .serve).offline(makesDatabase: false) {
            yard, passwords in
            try await AccountSetup(yard: yard, passwords: passwords).revokeEdge(device: device, site: site)
        }
        print("site \(site): the keys of \(device) are invalid")
    }
}
