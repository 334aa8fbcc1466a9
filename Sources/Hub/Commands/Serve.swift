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

struct AddAdmin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-admin", abstract: "Make a site with an administrator, or give one a new password.",
        discussion: "The password is read from standard input: 8 characters or more, with letters, digits and others.")

    @Option(help: "Identifier of the site, for example ulsan.")
    var site: String

    @Option(help: "Log-in name.")
    var login: String

    @Option(help: "Name shown to colleagues.")
    var name: String

    @Option(help: "Directory of the hub's own data. The hub must not be running on it.")
    var data = "var/hub"

    func run() async throws {
        guard let password = readLine(strippingNewline: true), Passwords.isAcceptable(password) else {
            throw ValidationError("The password needs 8 to 72 characters with letters, digits and others.")
        }
        var configuration = try ServeOptions.parseOrExit([]).configuration()
        configuration.dataDirectory = ServeOptions.absolute(data)
        try await HubProcess(configuration: configuration, mode: .serve).offline { yard, passwords in
            try await AccountSetup(yard: yard, passwords: passwords).addAdmin(
                site: site, login: login, name: name, password: password)
        }
        print("site \(site): administrator \(login) can log in")
    }
}

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

    @Option(help: "Directory of the hub's own data. The hub must not be running on it.")
    var data = "var/hub"

    func run() async throws {
        guard !stations.isEmpty else { throw ValidationError("Name at least one --station.") }
        var configuration = try ServeOptions.parseOrExit([]).configuration()
        configuration.dataDirectory = ServeOptions.absolute(data)
        let key = Secrets.random()
        try await HubProcess(configuration: configuration, mode: .serve).offline { yard, passwords in
            try await AccountSetup(yard: yard, passwords: passwords).addEdge(
                key: key, device: device, site: site, stations: stations, replacing: replace)
        }
        print(key)
    }
}
