import Glibc
import Testing

@testable import Persistence

/// `deploy/hub-backup`, with a hub that only makes directories.
@Suite("The nightly script")
struct BackupScriptTests {
    private let scratch: ClusterScratch
    private let backups: String

    init() throws {
        scratch = try ClusterScratch()
        backups = scratch.directory + "/backups"
        try FileSystem.createDirectories(backups, mode: 0o700)
        try FileSystem.create(
            scratch.directory + "/hub", text: "#!/bin/sh\n[ -z \"${FAIL:-}\" ] || exit 1\nmkdir \"$5\"\n", mode: 0o755)
    }

    private func run(_ arguments: String...) throws -> ChildProcess.Outcome {
        guard let here = getcwd(nil, 0) else { throw ClusterError.system("getcwd", path: ".") }
        defer { free(here) }
        return try ChildProcess.run(
            ["env", "HUB=\(scratch.directory)/hub", "\(String(cString: here))/deploy/hub-backup", "/data", backups]
                + arguments)
    }

    private func make(_ day: Int, _ suffix: String = "") throws -> String {
        let name = "2026-03-0\(day)T031500Z\(suffix)"
        try FileSystem.createDirectories("\(backups)/\(name)", mode: 0o700)
        return name
    }

    @Test func `the last ones are kept, and one at least`() throws {
        let old = try (1...3).map { try make($0) }
        let other = "before-17"
        try FileSystem.createDirectories("\(backups)/\(other)", mode: 0o700)
        for keep in ["0", "-1", "x", "1x", "", "01"] {
            let outcome = try run(keep)
            #expect(outcome.status == 2 && outcome.output.contains("KEEP is 1 or more"), "'\(keep)': \(outcome)")
        }
        #expect(FileSystem.entries(of: backups) == old + [other])
        #expect(try run("3").status == 0)
        let left = FileSystem.entries(of: backups)
        #expect(left.count == 4 && left.starts(with: old.dropFirst()) && left.contains(other), "\(left)")
        // The next one is of another second.
        try FileSystem.move("\(backups)/\(left[2])", to: "\(backups)/2026-03-04T031500Z")
        #expect(try run("1").status == 0)
        #expect(FileSystem.entries(of: backups).count == 2)
    }

    @Test func `what earlier ones were cut off at goes, and not what is being written`() throws {
        let cut = try make(1, ".partial")
        let busy = try make(2, ".partial")
        let held = open("\(backups)/\(busy)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        #expect(flock(held, LOCK_EX | LOCK_NB) == 0)
        defer { close(held) }
        try FileSystem.createDirectories("\(backups)/mine.partial", mode: 0o700)
        let outcome = try run("14")
        #expect(outcome.status == 0 && outcome.output.contains("\(busy) is being written"), "\(outcome)")
        let left = FileSystem.entries(of: backups)
        #expect(!left.contains(cut) && left.contains(busy) && left.contains("mine.partial") && left.count == 3)
    }
}
