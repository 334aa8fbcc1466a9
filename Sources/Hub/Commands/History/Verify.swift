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
            try $0.verify(
                keys: database.personKeys(of: $0), seals: seals, publicKey: key, now: LoopLane.wallClock())
        }
        print(report.counts + " in \(started.duration(to: .now).inSeconds) s")
        for seal in seals { print("the seal of \(seal.madeAt) (\(seal.heads.count) streams) was compared") }
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
                try $0.rebuild(now: LoopLane.wallClock(), keys: database.personKeys(of: $0))
            }
            print(report.counts + " in \(started.duration(to: .now).inSeconds) s")
            for finding in report.findings { print("mended: \(finding)") }
            if report.findingCount > report.findings.count {
                print("… and \(report.findingCount - report.findings.count) more")
            }
            print(report.findingCount == 0 ? "everything was right" : "\(report.findingCount) differences mended")
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
        for finding in findings { print(finding) }
        if findingCount > findings.count { print("… and \(findingCount - findings.count) more") }
        print(
            brokenCount > 0
                ? "THE HISTORY IS NOT AS IT WAS WRITTEN: \(brokenCount) of \(findingCount) differences are in the journal itself"
                : "\(findingCount) differences; `hub rebuild` mends them")
        throw ExitCode(1)
    }
}

extension Duration {
    /// With one decimal.
    fileprivate var inSeconds: String { "\(inMilliseconds / 1000).\(inMilliseconds % 1000 / 100)" }
}
