import Actors
import ArgumentParser
import FoundationEssentials
import Logging
import Persistence

struct SealCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal", abstract: "Write a signed list of the heads of all chains.",
        discussion: """
            A hub that runs writes one a day into seals in its data directory. Whoever keeps a copy elsewhere, with the public key, can \
            show with `hub verify --seal FILE` that the past was not rewritten since.
            """)

    @Option(help: "New file to write; standard output by default.")
    var to: String?

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let path = to.map(ServeOptions.absolute)
        if let path, FileManager.default.fileExists(atPath: path) {
            throw ValidationError("--to \(path) is there already: a seal is evidence, and not written over.")
        }
        let directory = database.sealDirectory
        let now = LoopLane.wallClock()
        let seal = try database.withDatabase { try $0.heads(madeAt: now.rfc3339, purpose: "request") }
        let text = try seal.signed(with: try directory.key())
        guard let path else { return print(text, terminator: "") }
        try SealDirectory.write(text, to: path)
        print("\(seal.heads.count) streams, signed by \(try directory.key().publicKey)")
    }
}

struct Detach: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take months that are over out of the journal.",
        discussion: """
            They go into the schema archive of the database, from where they may be dumped and dropped. What is left begins with a signed \
            baseline: `hub verify` goes on from there, and over everything while the months are still in archive. Everything is checked \
            first, as by `hub verify`, and has to be right. The hub must not run.
            """)

    @Option(help: "The first month that stays, in UTC, for example 2026-01; this one at most.")
    var before: String

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        guard let month = BusinessDate(before + "-01") else {
            throw ValidationError("--before takes a month such as 2026-01, not \(before).")
        }
        let directory = database.sealDirectory
        let now = LoopLane.wallClock()
        let key = try directory.key()
        do {
            let detached = try database.withDatabase {
                try $0.detach(
                    before: month, keys: database.personKeys(of: $0, isMade: false), signedWith: key,
                    madeAt: now.rfc3339, now: now)
            }
            try SealDirectory.write(detached.seal, to: "\(directory.path)/before-\(before).seal")
            for name in detached.partitions { print("archive.\(name)") }
            print("The baseline is signed in \(directory.path)/before-\(before).seal and in the database.")
        } catch let error as HubDatabase.NotDetached {
            throw HubProcess.Failure("\(error)")
        }
    }
}

extension Instant {
    /// In UTC, to the second.
    var rfc3339: String { Date(timeIntervalSince1970: Double(milliseconds / 1000)).ISO8601Format() }
}
