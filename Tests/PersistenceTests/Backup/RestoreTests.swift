import Actors
import Glibc
import Testing

@testable import Persistence

/// Backups and write-ahead log as an operator may find them on the worst day.
@Suite("Restore")
struct RestoreTests {
    /// A cluster with a table `t`, a backup of it, and its log on another disk.
    private final class Scene {
        let scratch: ClusterScratch
        let conninfo: String
        let database: Database
        let stream: LogStream

        init() throws {
            scratch = try ClusterScratch()
            database = Database(.privateCluster(scratch.configuration()))
            conninfo = try database.start()
            _ = try HubDatabase(conninfo: conninfo).claim(now: Instant(milliseconds: 1_700_000_000_000))
            try FileSystem.createDirectories(scratch.directory + "/disk", mode: 0o700)
            let disk = scratch.directory + "/disk"
            stream = try #require(try database.makeLogStream(to: disk) { _ in })
            try flush()
        }

        /// Reaps the stream's program, too.
        deinit { try? database.stop() }

        var disk: String { scratch.directory + "/disk" }
        var backup: String { scratch.directory + "/backup" }
        /// Of the history that was streamed.
        var folder: String { "\(disk)/\(FileSystem.entries(of: disk).first ?? "")" }
        /// The files of the log that are whole, oldest first.
        var files: [String] { FileSystem.entries(of: folder).filter { !$0.hasSuffix(".partial") } }

        func takeBackup() throws -> BackupRecord {
            try ClusterBackup.take(scratch.configuration(), to: backup)
        }

        func insert(_ id: Int64) throws { try ClusterScratch.insert(id, conninfo: conninfo) }

        /// Begins another file of the log.
        func switchFile() throws { try execute("SELECT pg_switch_wal()") }

        func execute(_ sql: String) throws {
            var connection = try PostgresConnection.connect(conninfo)
            try connection.execute(sql)
        }

        func now() throws -> String {
            var connection = try PostgresConnection.connect(conninfo)
            return try connection.query("SELECT \(JournalPosition.rfc3339("clock_timestamp()"))")[0].value(0)
        }

        /// All that is committed is on the other disk.
        func flush() throws {
            let end = ContinuousClock.now + .seconds(30)
            repeat {
                stream.step()
                if stream.status.isRunning, stream.status.bytesBehind == 0 { return }
                usleep(20_000)
            } while ContinuousClock.now < end
            Issue.record("\(stream.status)")
        }

        func restore(
            _ name: String, until: String? = nil, toDamage: Bool = false
        ) throws -> (ids: [Int64], outcome: ClusterRestore.Outcome) {
            var log = ClusterRestore.Log(directory: disk)
            log.until = until
            log.toDamage = toDamage
            let configuration = scratch.configuration(in: "/" + name)
            let outcome = try ClusterRestore.run(from: backup, to: configuration, log: log)
            let cluster = try PrivateCluster.start(configuration)
            let ids = try ClusterScratch.ids(conninfo: cluster.conninfo)
            try cluster.stop()
            return (ids, outcome)
        }

        /// Changes bytes of a file at an offset.
        func change(_ path: String, at offset: Int, _ change: (UInt8) -> UInt8, count: Int = 1) throws {
            let file = open(path, O_RDWR | O_CLOEXEC)
            defer { close(file) }
            var bytes = [UInt8](repeating: 0, count: count)
            #expect(file >= 0 && pread(file, &bytes, count, offset) == count)
            bytes = bytes.map(change)
            #expect(pwrite(file, bytes, count, offset) == count)
        }
    }

    @Test func `a moment before the end of the backup is refused, and its end is not`() throws {
        let scene = try Scene()
        try scene.insert(1)
        let between = try scene.now()
        try scene.insert(2)
        let record = try scene.takeBackup()
        try scene.insert(3)
        try scene.insert(4)
        try scene.flush()
        try scene.database.stop()

        // Nobody worked during the backup: a server would stop at the first commit after it, and have 2 as well.
        let end = try #require(Instant(rfc3339: record.takenAt))
        for tooEarly in [between, Self.text(end.milliseconds - 1)] {
            #expect(throws: BackupError.untilTooEarly(until: tooEarly, takenAt: record.takenAt)) {
                try scene.restore("never", until: tooEarly)
            }
        }
        #expect(FileSystem.status(scene.scratch.directory + "/never") == nil)
        #expect(try scene.restore("end", until: record.takenAt).ids == [1, 2])
        #expect(try scene.restore("all").ids == [1, 2, 3, 4])
    }

    @Test func `a moment is read to the millisecond below, in any zone`() {
        let noon: Int64 = 1_795_651_200_000
        for (text, milliseconds) in [
            ("2026-11-26T00:00:00Z", noon), ("2026-11-26T09:00:00+09:00", noon),
            ("2026-11-26T00:00:00.124Z", noon + 124),
            ("2026-11-26T00:00:00.1249+00:00", noon + 124), ("2026-11-26T00:00:00.999Z", noon + 999),
        ] { #expect(Instant(rfc3339: text)?.milliseconds == milliseconds, "\(text)") }
        for text in ["", "14:05", "2026-11-26", "2026-13-26T00:00:00Z", "2026-11-26T00:00:00"] {
            #expect(Instant(rfc3339: text) == nil, "\(text)")
        }
    }

    @Test func `log that cannot be read to its end is said, and what is before that is restored when it is asked for`()
        throws
    {
        let scene = try Scene()
        try scene.insert(1)
        _ = try scene.takeBackup()
        try scene.insert(2)
        try scene.switchFile()
        let damaged = try #require(
            {
                try scene.flush(); return scene.files.last
            }())
        try scene.insert(3)
        try scene.switchFile()
        try scene.insert(4)
        try scene.flush()
        try scene.database.stop()
        #expect(try scene.restore("whole").ids == [1, 2, 3, 4])

        // In the first record of the file that 3 is in; behind its header, which the server might find valid.
        let name = try #require(scene.files.first { $0 > damaged })
        let path = "\(scene.folder)/\(name)"
        try scene.change(path, at: 40 + 30) { $0 ^ 1 }
        #expect { try scene.restore("never") } throws: { Self.brokenPath($0) == path }
        #expect(FileSystem.entries(of: scene.scratch.directory + "/never") == ["hub.lock"])
        let some = try scene.restore("some", toDamage: true)
        #expect(some.ids == [1, 2] && some.outcome.damage == path)
        try scene.change(path, at: 40 + 30) { $0 ^ 1 }

        // Away altogether; and cut short.
        try FileSystem.move(path, to: scene.scratch.directory + "/away")
        #expect { try scene.restore("never") } throws: { Self.brokenPath($0) == path }
        #expect(truncate(scene.scratch.directory + "/away", 1_000_000) == 0)
        try FileSystem.move(scene.scratch.directory + "/away", to: path)
        #expect { try scene.restore("never") } throws: { Self.brokenPath($0) == path }
        let hole = try scene.restore("hole", toDamage: true)
        #expect(hole.ids == [1, 2] && hole.outcome.damage == path)
    }

    @Test func `the newest file may be too short, or end in the middle of a record`() throws {
        let scene = try Scene()
        try scene.insert(1)
        _ = try scene.takeBackup()
        try scene.insert(2)
        try scene.flush()
        let partial = try #require(FileSystem.entries(of: scene.folder).first { $0.hasSuffix(".partial") })
        let path = "\(scene.folder)/\(partial)"
        let used = try #require(FileSystem.bytes(of: path, countMax: 16 << 20)?.lastIndex { $0 != 0 })
        try scene.insert(3)
        try scene.flush()
        try scene.database.stop()

        // Made when the disk was full: of no length that a server takes.
        let number = try #require(UInt32(partial.prefix(24).suffix(8), radix: 16))
        let hex = String(number + 1, radix: 16, uppercase: true)
        let next = String(partial.prefix(16)) + String(repeating: "0", count: 8 - hex.count) + hex + ".partial"
        try FileSystem.create("\(scene.folder)/\(next)", bytes: [UInt8](repeating: 0, count: 1000), mode: 0o600)
        #expect(try scene.restore("short").ids == [1, 2, 3])

        // The first bytes of the record after 2 have arrived, and no more.
        let begun = (used + 8) & ~7
        try scene.change(path, at: begun + 12, { _ in 0 }, count: (16 << 20) - begun - 12)
        let rest = try scene.restore("rest")
        #expect(rest.ids == [1, 2] && rest.outcome.damage == nil)
    }

    @Test func `a server is told the end of the log from a file that cannot be read`() throws {
        let scratch = try ClusterScratch()
        let log = scratch.directory + "/50%"
        try FileSystem.createDirectories(log, mode: 0o700)
        for (name, bytes) in [("A", "whole"), ("B.partial", "partial")] {
            try FileSystem.create("\(log)/\(name)", text: bytes, mode: 0o600)
        }
        try FileSystem.createDirectories("\(log)/D", mode: 0o700)
        func status(_ name: String, to target: String) throws -> Int32 {
            let command = ClusterRestore.restoreCommand(log).replacing("%%", with: "\u{1}").replacing("%f", with: name)
                .replacing("%p", with: target).replacing("\u{1}", with: "%")
            return try ChildProcess.run(["sh", "-c", command]).status
        }
        let target = scratch.directory + "/target"
        #expect(try status("A", to: target) == 0 && FileSystem.read(target) == "whole")
        #expect(try status("B", to: target) == 0 && FileSystem.read(target) == "partial")
        #expect(try status("C", to: target) == 1)
        #expect(try status("D", to: target) == 255)
        #expect(try status("A", to: scratch.directory + "/nowhere/target") == 255)
    }

    @Test(.enabled(if: geteuid() == 0)) func `root restores for whoever owns the directory`() throws {
        let scene = try Scene()
        try scene.insert(1)
        try FileSystem.create(scene.scratch.directory + "/token.secret", text: "secret", mode: 0o600)
        _ = try scene.takeBackup()
        try scene.flush()
        try scene.database.stop()
        let directory = scene.scratch.directory + "/others"
        try FileSystem.createDirectories(directory, mode: 0o700)
        let nobody = try ServerUser.resolve(named: "nobody")
        try nobody.own(directory)
        var configuration = scene.scratch.configuration(in: "/others")
        let outcome = try ClusterRestore.run(
            from: scene.backup, to: configuration, log: ClusterRestore.Log(directory: scene.disk))
        #expect(outcome.user == "nobody")
        for name in ["pgdata", "pgdata/PG_VERSION", "token.secret", "hub.lock"] {
            #expect(FileSystem.status("\(directory)/\(name)")?.st_uid == nobody.uid, "\(name)")
        }
        configuration.serverUser = "nobody"
        let cluster = try PrivateCluster.start(configuration)
        #expect(try ClusterScratch.ids(conninfo: cluster.conninfo) == [1])
        try cluster.stop()
    }

    private static func brokenPath(_ error: any Error) -> String? {
        if case .walBroken(let path, _)? = error as? BackupError { path } else { nil }
    }

    /// RFC 3339 in UTC, by the system's own calendar.
    private static func text(_ milliseconds: Int64) -> String {
        var (seconds, parts) = (time_t(milliseconds / 1000), tm())
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 40)
        strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let rest = "\(1000 + milliseconds % 1000)".dropFirst()
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) + ".\(rest)Z"
    }
}
