import Actors
import Glibc
import Synchronization
import Testing

@testable import Persistence

@Suite("Log stream")
struct LogStreamTests {
    /// A cluster with the schema, a second disk, and what the stream had to say.
    private final class Scene {
        let scratch: ClusterScratch
        let conninfo: String
        let disk: String
        let database: Database
        let notes = Notes()

        init() throws {
            scratch = try ClusterScratch()
            database = Database(.privateCluster(scratch.configuration()))
            conninfo = try database.start()
            disk = scratch.directory + "/disk"
            try FileSystem.createDirectories(disk, mode: 0o700)
            _ = try HubDatabase(conninfo: conninfo).claim(now: Instant(milliseconds: 1_700_000_000_000))
        }

        func stream(keeping megabytes: Int = LogStream.keptMegabytesMax) throws -> LogStream {
            try LogStream(
                of: scratch.configuration(), conninfo: conninfo, to: disk, keptMegabytes: megabytes
            ) { [notes] note in notes.all.withLock { $0.append(note) } }
        }

        /// Ends it, whatever it is doing.
        func killProgram(_ signal: Int32) throws {
            let pid = try #require(
                FileSystem.entries(of: "/proc").compactMap { pid_t($0) }.first { pid in
                    let words = (FileSystem.read("/proc/\(pid)/cmdline") ?? "").split(separator: "\0")
                    return words.first?.hasSuffix("/pg_receivewal") == true && words.contains { $0.hasPrefix(disk) }
                })
            kill(pid, signal)
        }

        var folders: [String] { FileSystem.entries(of: disk) }

        /// Steps until it is so.
        func wait(_ stream: LogStream, _ what: String, for condition: () throws -> Bool) throws {
            let end = ContinuousClock.now + .seconds(30)
            while true {
                stream.step()
                if try condition() { return }
                guard ContinuousClock.now < end else {
                    Issue.record("\(what): \(stream.status), \(notes.all.withLock { $0 })")
                    return
                }
                usleep(20_000)
            }
        }

        func execute(_ sql: String) throws {
            var connection = try PostgresConnection.connect(conninfo)
            try connection.execute(sql)
        }

        func reader() throws -> pid_t? {
            var connection = try PostgresConnection.connect(conninfo)
            let rows = try connection.query(
                """
                SELECT active_pid FROM pg_replication_slots
                WHERE slot_name = '\(LogStream.slot)' AND active_pid IS NOT NULL
                """)
            return try rows.first?.value(0)
        }
    }

    final class Notes: Sendable {
        let all = Mutex<[LogStream.Note]>([])
        var endCount: Int {
            all.withLock { $0.count { if case .ended = $0 { true } else { false } } }
        }
    }

    @Test func `what is committed is on the other disk a moment later, also after the program or the server ended`()
        throws
    {
        let scene = try Scene()
        let stream = try scene.stream()
        try scene.wait(stream, "caught up") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        #expect(scene.folders.count == 1)
        try scene.execute("CREATE TABLE t (id int8)")
        try scene.execute("INSERT INTO t SELECT generate_series(1, 1000)")
        try scene.wait(stream, "caught up again") { stream.status.bytesBehind == 0 }

        // Its connection is ended, as a cut does; it comes back after a second and misses nothing.
        let reader = try #require(try scene.reader())
        try scene.execute("SELECT pg_terminate_backend(\(reader))")
        try scene.wait(stream, "noticed") { !stream.status.isRunning }
        try scene.execute("INSERT INTO t SELECT generate_series(1, 1000)")
        try scene.wait(stream, "running again") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        #expect(scene.notes.endCount >= 1)

        // A hub that was killed leaves its program behind; that of the next one takes over.
        let heir = try scene.stream()
        try scene.wait(heir, "taken over") { heir.status.isRunning && heir.status.bytesBehind == 0 }
        try scene.wait(stream, "the first one has ended") { scene.notes.endCount >= 2 }
        #expect(scene.folders.count == 1)
        heir.stop()
        stream.stop()
        try scene.database.stop()
    }

    @Test func `a slot that could not keep enough leaves a gap that is said and set aside`() throws {
        let scene = try Scene()
        let stream = try scene.stream(keeping: 16)
        try scene.wait(stream, "caught up") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        let folder = try #require(scene.folders.first)
        let reader = try #require(try scene.reader())
        try scene.execute("SELECT pg_terminate_backend(\(reader))")
        for round in 1...6 {
            try scene.execute("CREATE TABLE g\(round) AS SELECT generate_series(1, 1000)")
            try scene.execute("SELECT pg_switch_wal()")
            try scene.execute("CHECKPOINT")
        }
        try scene.wait(stream, "running again") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        let gaps = scene.notes.all.withLock { $0 }.compactMap { if case .gap(let name) = $0 { name } else { nil } }
        #expect(gaps.count == 1 && gaps[0].hasPrefix("\(scene.disk)/\(folder).gap-2"), "\(gaps)")
        #expect(["\(scene.disk)/\(folder)"] + gaps == scene.folders.map { "\(scene.disk)/\($0)" })
        stream.stop()
        try scene.database.stop()
    }

    @Test func `a second disk that is not there is looked for again, and nothing is lost meanwhile`() throws {
        let scene = try Scene()
        try FileSystem.remove(scene.disk)
        let stream = try scene.stream()
        try scene.wait(stream, "said") { scene.notes.endCount >= 1 }
        #expect(!stream.status.isRunning)
        let reason = scene.notes.all.withLock { $0 }.compactMap { if case .ended(let why, _) = $0 { why } else { nil } }
        #expect(reason.first?.contains(scene.disk) == true, "\(reason)")
        try scene.execute("CREATE TABLE t AS SELECT generate_series(1, 1000)")
        try scene.wait(stream, "counted") { stream.status.bytesBehind > 0 && stream.status.behind > .zero }
        try FileSystem.createDirectories(scene.disk, mode: 0o700)
        try scene.wait(stream, "caught up") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        #expect(scene.folders.count == 1)
        stream.stop()
        #expect(!stream.status.isRunning)
        stream.step()
        #expect(!stream.status.isRunning, "what was stopped stays stopped")
        try scene.database.stop()
    }

    @Test func `a file that was never made in full stops no stream`() throws {
        let scene = try Scene()
        let stream = try scene.stream()
        try scene.wait(stream, "caught up") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        let folder = "\(scene.disk)/\(try #require(scene.folders.first))"
        let partial = try #require(FileSystem.entries(of: folder).first { $0.hasSuffix(".partial") })
        // As after a full disk: the file is shorter than it has to be. What it had is still on the first disk.
        try scene.killProgram(SIGKILL)
        try scene.wait(stream, "noticed") { !stream.status.isRunning }
        #expect(truncate("\(folder)/\(partial)", 1_000_000) == 0)
        try scene.execute("CREATE TABLE t AS SELECT generate_series(1, 1000)")
        try scene.wait(stream, "caught up again") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        #expect(FileSystem.status("\(folder)/\(partial)")?.st_size == Int(StreamedLog.segmentByteCount))
        stream.stop()
        try scene.database.stop()
    }

    @Test func `a second disk that hangs delays the stop for seconds, and it is said what is left`() throws {
        let scene = try Scene()
        let notes = scene.notes
        let stream = try #require(
            try scene.database.makeLogStream(to: scene.disk) { note in notes.all.withLock { $0.append(note) } })
        try scene.wait(stream, "caught up") { stream.status.isRunning && stream.status.bytesBehind == 0 }
        try scene.killProgram(SIGSTOP)
        try scene.execute("CREATE TABLE t AS SELECT generate_series(1, 1000)")
        let begun = ContinuousClock.now
        try scene.database.stop()
        let took = ContinuousClock.now - begun
        // A server waits for its reader for a minute.
        #expect(took < .seconds(30), "\(took)")
        #expect(notes.all.withLock { $0 }.contains { if case .leftBehind(1...) = $0 { true } else { false } })
        #expect(try scene.scratch.observe() == .absent)
    }

    @Test func `how far behind it is, is the age of the oldest that has not arrived`() {
        var backlog = LogBacklog()
        let start = ContinuousClock.now
        #expect(backlog.behind(at: start) == .zero)
        for second in 1...1000 {
            backlog.saw(written: Int64(second * 10), flushed: 5, at: start + .seconds(second))
        }
        #expect(backlog.behind(at: start + .seconds(1000)) == .seconds(999))
        #expect(backlog.bytesBehind == 9995)
        backlog.saw(written: 10_000, flushed: 10, at: start + .seconds(1001))
        let behind = backlog.behind(at: start + .seconds(1001))
        #expect(behind < .seconds(1000) && behind > .seconds(900), "the oldest has arrived, the next one counts")
        backlog.saw(written: 10_000, flushed: 10_000, at: start + .seconds(1002))
        #expect(backlog.behind(at: start + .seconds(2000)) == .zero && backlog.bytesBehind == 0)
    }
}
