import Actors
import Glibc
import Testing

@testable import Persistence

/// What is beside a cluster, in a backup and out of it.
@Suite("Files beside the cluster")
struct SideFilesTests {
    private let scratch: ClusterScratch

    init() throws { scratch = try ClusterScratch() }

    private final class Said { var lines: [String] = [] }

    private func make(_ name: String, _ text: String, mode: mode_t = 0o600) throws {
        try FileSystem.create("\(scratch.directory)/data/\(name)", text: text, mode: mode)
        chmod("\(scratch.directory)/data/\(name)", mode)
    }

    private func text(_ name: String) -> String? { FileSystem.read("\(scratch.directory)/\(name)") }

    private func mode(_ name: String) -> mode_t? {
        FileSystem.linkStatus("\(scratch.directory)/\(name)").map { $0.st_mode & 0o777 }
    }

    @Test func `secrets, who was erased, and seals go into a backup whatever their mode, and come out of it`() throws {
        for name in ["data/seals", "data/run", "data/pgdata", "backup/secrets", "new"] {
            try FileSystem.createDirectories("\(scratch.directory)/\(name)", mode: 0o755)
        }
        for name in ["person.key", "seal.key", "erased.log"] { try make(name, name) }
        try make("token.secret", "token.secret", mode: 0o644)
        try make("elsewhere", "linked")
        #expect(rename("\(scratch.directory)/data/elsewhere", "\(scratch.directory)/elsewhere") == 0)
        #expect(symlink("../elsewhere", "\(scratch.directory)/data/linked.secret") == 0)
        #expect(symlink("nowhere", "\(scratch.directory)/data/broken.secret") == 0)
        try make("seals/2026-11-25.seal", "seal")
        try make("seals/2026-11-26.seal.4711", "half")
        for name in ["hub.lock", "postgresql.log", "postgresql.log.1", "token.secret.4711", "erased.pending"] {
            try make(name, name)
        }
        // At the bound, and one past it.
        for (name, count) in [("large", SideFiles.byteCountMax), ("larger", SideFiles.byteCountMax + 1)] {
            try make(name, "")
            #expect(truncate("\(scratch.directory)/data/\(name)", Int(count)) == 0)
        }

        let said = Said()
        let (data, beside) = (scratch.directory + "/data", scratch.directory + "/backup/secrets")
        var sums = try SideFiles.copySeals(from: data, to: beside)
        sums.merge(try SideFiles.copySecrets(from: data, to: beside) { said.lines.append($0) }) { $1 }
        #expect(
            sums.keys.sorted() == [
                "erased.log", "large", "linked.secret", "person.key", "seal.key", "seals/2026-11-25.seal",
                "token.secret",
            ])
        for name in sums.keys { #expect(mode("backup/secrets/\(name)") == 0o600, "\(name)") }
        #expect(said.lines.count == 3, "\(said.lines)")
        #expect(said.lines.contains("token.secret can be read by others (mode 644): chmod 600 it."))
        #expect(said.lines.contains("broken.secret is a link to no file and was left out."))
        #expect(said.lines.contains { $0.hasPrefix("larger was left out") })

        let backup = scratch.directory + "/backup"
        for (name, sum) in sums { #expect(SideFiles.damage(of: name, in: backup, sum: sum) == nil) }
        try SideFiles.restore(sums.keys.sorted(), from: backup, to: scratch.directory + "/new") { _ in }
        for name in ["person.key", "seal.key", "erased.log", "token.secret"] {
            #expect(text("new/\(name)") == name && mode("new/\(name)") == 0o600)
        }
        #expect(text("new/linked.secret") == "linked" && mode("new/linked.secret") == 0o600)
        #expect(text("new/seals/2026-11-25.seal") == "seal" && mode("new/seals") == 0o755)

        // Changed, gone, and a name that leads elsewhere.
        try FileSystem.remove("\(backup)/secrets/seal.key")
        #expect(SideFiles.damage(of: "seal.key", in: backup, sum: sums["seal.key"] ?? "") != nil)
        #expect(SideFiles.damage(of: "person.key", in: backup, sum: sums["seal.key"] ?? "") != nil)
        for name in ["../backup.json", "seals/../../x", "a/b", "/etc/passwd", ".."] {
            #expect(SideFiles.damage(of: name, in: backup, sum: "")?.contains("no name") == true, "\(name)")
        }
    }

    @Test func `the log of the erased is read, merged and written whole, and a torn line harms no other`() throws {
        let directory = scratch.directory
        let (one, two) = (
            ErasedLog.Line(at: Instant(milliseconds: 5), person: Person(site: "busan1", id: "driver:1")),
            ErasedLog.Line(at: Instant(milliseconds: 9), person: Person(site: "busan1", id: "order:SO-1"))
        )
        #expect(try ErasedLog(path: directory + "/erased.log") == ErasedLog())
        try FileSystem.create(directory + "/erased.log", text: "3 busan1 dri", mode: 0o600)
        try ErasedLog.append(two, in: directory)
        try ErasedLog.append(one, in: directory)
        #expect(text("erased.log") == "3 busan1 dri\n9 busan1 order:SO-1\n5 busan1 driver:1\n")
        let log = try ErasedLog(path: directory + "/erased.log")
        #expect(log.lines.count == 3 && log.unreadable == [])
        let rubbish = ErasedLog("x busan1 driver:1\n5 busan1\n5  driver:1\n\n5 busan1 driver:1 x\n5 busan1 driver:1\n")
        #expect(rubbish.lines == [one] && rubbish.unreadable.count == 4)

        // A directory without one, a copy of one, and nothing at all.
        try FileSystem.createDirectories(directory + "/new", mode: 0o700)
        #expect(try ErasedLog.given([directory + "/new"]) == ErasedLog())
        #expect(try ErasedLog.given([directory, directory + "/erased.log"]).lines == log.lines.sorted())
        #expect(throws: ClusterError.self) { try ErasedLog.given([directory + "/nowhere"]) }

        #expect(try ErasedLog.pending(in: directory + "/new") == nil)
        try ErasedLog().leavePending(in: directory + "/new")
        #expect(FileSystem.entries(of: directory + "/new") == [])
        var some = ErasedLog("9 busan1 order:SO-1\n")
        try some.leavePending(in: directory + "/new")
        some = ErasedLog("5 busan1 driver:1\n9 busan1 order:SO-1\n")
        try some.leavePending(in: directory + "/new")
        #expect(try ErasedLog.pending(in: directory + "/new")?.lines == [one, two])
        #expect(text("new/erased.log") == "5 busan1 driver:1\n9 busan1 order:SO-1\n" && mode("new/erased.log") == 0o600)
        try ErasedLog.removePending(in: directory + "/new")
        try ErasedLog.removePending(in: directory + "/new")
        #expect(FileSystem.entries(of: directory + "/new") == ["erased.log"])
    }
}
