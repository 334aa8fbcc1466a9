import ArgumentParser

/// For commands that change accounts and keys while no hub runs.
struct OfflineOptions: ParsableArguments {
    @Option(help: "Directory of the hub's own data. The hub must not be running on it.")
    var data = "var/hub"

    /// - Parameter makesDatabase: whether one is made when there is none.
    func withAccounts(
        makesDatabase: Bool = true, _ body: @escaping @Sendable (AccountSetup) async throws -> Void
    ) async throws {
        try await HubProcess(configuration: .offline(on: data), mode: .serve).offline(makesDatabase: makesDatabase) {
            try await body(AccountSetup(yard: $0, passwords: $1))
        }
    }
}

extension Configuration {
    /// As `hub serve` would have it with `--data` alone.
    static func offline(on data: String) throws -> Configuration {
        var configuration = try ServeOptions.parseOrExit([]).configuration()
        configuration.dataDirectory = ServeOptions.absolute(data)
        return configuration
    }
}
