import Actors
import ArgumentParser
import Persistence

struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase what is known about a person, for good.",
        discussion: """
            The person's record becomes blank and the key is destroyed under which everything about the person is kept, in the history, \
            too. Slips stay, with the plate and what else is printed on them. A person who drives and has an account is two: find both \
            with --list. Backups from before keep the key; `erased.log` in the data directory says who has to be erased again.
            """)

    @Argument(help: "driver:ID, user:ID, company:ID, or order:NUMBER for those named in an order.")
    var person: String?

    @Option(help: "Identifier of the site.")
    var site: String

    @Option(help: "Why. It stays in the history.")
    var reason: String?

    @Option(name: .customLong("list"), help: "Print the persons who have this in a name or number, and erase nobody.")
    var text: String?

    @OptionGroup var offline: OfflineOptions

    func validate() throws {
        guard (person == nil) != (text == nil) else { throw ValidationError("Give a PERSON, or --list TEXT.") }
        guard person == nil || reason?.isBlank == false else { throw ValidationError("Give a --reason.") }
    }

    func run() async throws {
        let (site, text, person, reason) = (site, text, person, reason)
        let directory = ServeOptions.absolute(offline.data)
        try await offline.withAccounts(makesDatabase: false) { accounts in
            if let text {
                let found = try await accounts.yard.queries.persons(site, containing: text)
                for person in found { print("\(person.id)\t\(person.name)") }
                if found.isEmpty { print("site \(site): nobody has '\(text)' in a name or number") }
            } else if let person, let reason {
                try await PersonErasure(yard: accounts.yard, directory: directory)
                    .erase(Person(site: site, id: person), reason: reason)
                print("site \(site): \(person) is erased")
            }
        }
    }
}
