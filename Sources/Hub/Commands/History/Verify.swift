import Actors
import ArgumentParser
import Persistence

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the whole history: chains, gaps, projections, snapshots and effects.",
        discussion: """
            Reads every event, follows every chain to its head, and compares all rows that were made from the events with what follows \
            from them. Changes nothing; the hub may run meanwhile. The newest seal of --seals has to fit, and every one named with \
            --seal. The exit status is 1 when something differs; the first differences are named.
            """)

    @Option(name: .customLong("seal"), help: "A seal that was kept elsewhere; may be repeated.")
    var files: [String] = []

    @Option(help: "The public key that signed, from an earlier run; by default that of the data directory.")
    var publicKey: String?

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let directory = database.sealDirectory
        let key = try publicKey ?? directory.publicKey()
        var seals: [Seal] = []
        for file in files + (directory.days().last.map { [directory.file($0)] } ?? []) {
            guard let key else {
                throw ValidationError("There is no seal.key in --data: name the key that signed with --public-key.")
            }
            do {
                seals.append(try SealDirectory.read(file, publicKey: key))
            } catch let error as Seal.Invalid {
                throw HubProcess.Failure("\(file): \(error)")
            }
        }
        let started = ContinuousClock.now
        let report = try database.withDatabase {
            try $0.verify(keys: database.personKeys(of: $0, isMade: false), seals: seals, publicKey: key)
        }
        print(report.counts + " in \(started.duration(to: .now).inSeconds) s")
        for seal in report.seals { print(seal) }
        if let key { print("signed by \(key)") }
        try report.tell("the history is right")
    }
}

struct Rebuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make all projections and snapshots anew from the journal.",
        discussion: """
            For tables that were damaged or changed by hand. Rows that are right are not touched, the journal never. The hub must not \
            run. `hub verify` first says what would change.
            """)

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let started = ContinuousClock.now
        do {
            let report = try database.withDatabase {
                try $0.rebuild(
                    keys: database.personKeys(of: $0, isMade: true), publicKey: database.sealDirectory.publicKey())
            }
            print(report.counts + " in \(started.duration(to: .now).inSeconds) s")
            report.list { $0.sort == .derived ? "mended" : "left as it is" }
            guard report.findingCount > 0 else { return print("everything was right") }
            print("\(report.count(.derived)) differences mended, \(report.count(.other)) of effects left as they are")
        } catch let error as HubDatabase.HistoryBroken {
            try error.report.tell("")
        }
    }
}

extension HistoryReport {
    var counts: String {
        "\(streamCount) streams, \(eventCount) events, \(rowCount) rows, \(snapshotCount) snapshots, \(effectCount) effects"
    }

    /// Names what differs and ends with status 1, or says that nothing does.
    func tell(_ allRight: String) throws {
        guard findingCount > 0 else { return print(allRight) }
        list { _ in nil }
        let (broken, derived, other) = (count(.journal), count(.derived), count(.other))
        if broken > 0 {
            print(
                "THE HISTORY IS NOT AS IT WAS WRITTEN: \(broken) of \(findingCount) differences are in the journal itself"
            )
        }
        if derived > 0 { print("\(derived) differences of rows and snapshots: `hub rebuild` mends them") }
        if other > 0 {
            print("\(other) differences of effects, or to a seal from before a restore: nothing mends them")
        }
        throw ExitCode(1)
    }

    func list(_ label: (Finding) -> String?) {
        for finding in findings { print(label(finding).map { "\($0): \(finding)" } ?? "\(finding)") }
        if findingCount > findings.count { print("… and \(findingCount - findings.count) more") }
    }
}

extension Duration {
    /// With one decimal.
    fileprivate var inSeconds: String { "\(inMilliseconds / 1000).\(inMilliseconds % 1000 / 100)" }
}
