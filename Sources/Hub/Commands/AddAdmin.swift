import Actors
import ArgumentParser

struct AddAdmin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-admin", abstract: "Make a site with an administrator, or give one a new password.",
        discussion: """
            The password is asked for, or read from standard input: 8 characters or more, at most 72 bytes, with letters, digits and \
            others.
            """)

    @Option(help: "Identifier of the site, for example ulsan.")
    var site: String

    @Option(help: "Log-in name.")
    var login: String

    @Option(help: "Name shown to colleagues.")
    var name: String

    @OptionGroup var offline: OfflineOptions

    func run() async throws {
        guard StreamID("\(site)/\(Master.name)/site:\(site)") != nil else {
            throw ValidationError("--site '\(site)': letters, digits and - _ . : only, up to 64.")
        }
        guard !name.isBlank else { throw ValidationError("--name is empty.") }
        let password = try PasswordInput.read()
        guard Passwords.isAcceptable(password) else {
            throw ValidationError(
                "The password needs 8 characters or more, at most 72 bytes, with letters, digits and others.")
        }
        try await offline.withAccounts { accounts in
            try await accounts.addAdmin(
                site: site, login: login, name: name, password: password)
        }
        print("site \(site): administrator \(login) can log in")
    }
}
