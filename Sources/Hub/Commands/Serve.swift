import ArgumentParser
import Logging

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the hub.",
        discussion: """
            Without DATABASE_URL the hub makes and runs a PostgreSQL of its own in --data. SIGTERM and Ctrl-C stop it: clients are \
            told to come back, what was accepted is committed.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        options.startLogging()
        try await HubProcess(configuration: try options.configuration(), mode: .serve).run()
    }
}

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the hub with a demonstration yard.",
        discussion: """
            Companies, trucks, drivers and accounts are made up. They are only ever written to a database that this command has made; \
            one of `hub serve` is refused.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        options.startLogging()
        try await HubProcess(configuration: try options.configuration(), mode: .demo).run()
    }
}
