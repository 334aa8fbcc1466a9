import Glibc
import Testing

@testable import Persistence

@Suite("Private cluster: refusals")
struct ClusterRefusalTests {
    private func refusal(_ configuration: ClusterConfiguration) -> ClusterError? {
        do throws(ClusterError) {
            try PrivateCluster.start(configuration).stop()
            return nil
        } catch {
            return error
        }
    }

    @Test func `two hubs never run on one directory`() throws {
        let scratch = try ClusterScratch()
        let first = try scratch.start()
        #expect(refusal(scratch.configuration()) == .dataDirectoryBusy(path: scratch.directory, pid: getpid()))
        #expect(try PostgresConnection.connect(first.conninfo).backendPID > 0)
        try first.stop()
        #expect(refusal(scratch.configuration()) == nil)
    }

    @Test func `the lock ends with its owner, even while a child just forked still has the descriptor`() throws {
        let scratch = try ClusterScratch()
        let lock = try DataDirectoryLock(directory: scratch.directory)
        let copy = dup(lock.descriptor)
        defer { close(copy) }
        _ = consume lock
        _ = try DataDirectoryLock(directory: scratch.directory)
    }

    @Test func `a directory that is not ours is left as it is`() throws {
        let scratch = try ClusterScratch()
        let file = scratch.dataDirectory + "/precious"
        try FileSystem.createDirectories(scratch.dataDirectory, mode: 0o755)
        try FileSystem.create(file, text: "x", mode: 0o644)
        #expect(refusal(scratch.configuration()) == .foreignDirectory(scratch.dataDirectory))
        #expect(FileSystem.entries(of: scratch.directory) == ["pgdata"])
        #expect(FileSystem.status(scratch.dataDirectory)?.st_mode == S_IFDIR | 0o755)

        // A real PostgreSQL data directory that was made by something else.
        unlink(file)
        rmdir(scratch.dataDirectory)
        try scratch.prepareStopped()
        unlink("\(scratch.dataDirectory)/\(ClusterStore.markerName)")
        #expect(refusal(scratch.configuration()) == .foreignDirectory(scratch.dataDirectory))
        #expect(refusal(scratch.configuration(in: "/pgdata")) == .foreignDirectory(scratch.dataDirectory))
    }

    @Test func `data of another version is refused with both versions`() throws {
        let scratch = try ClusterScratch()
        try scratch.prepareStopped()
        let path = scratch.dataDirectory + "/PG_VERSION"
        let version = try #require(FileSystem.read(path).flatMap { Int($0.trimmingTrailingWhitespace) })
        unlink(path)
        try FileSystem.create(path, text: "9\n", mode: 0o644)
        #expect(
            refusal(scratch.configuration())
                == .clusterVersionMismatch(found: 9, wanted: version, path: scratch.dataDirectory))
    }

    @Test func `programs of another version are recognised`() throws {
        let scratch = try ClusterScratch()
        try scratch.prepareStopped()
        let bin = scratch.directory + "/bin"
        try FileSystem.createDirectories(bin, mode: 0o755)
        var configuration = scratch.configuration()
        configuration.binDirectory = bin
        #expect(refusal(configuration) == .binariesNotFound(searched: [bin]))
        for name in ["initdb", "pg_ctl", "postgres"] {
            try FileSystem.create("\(bin)/\(name)", text: "#!/bin/sh\necho \"$0 (PostgreSQL) 99.1 (X)\"\n", mode: 0o755)
        }
        let found = try PostgresBinaries.find()
        #expect(
            refusal(configuration)
                == .clusterVersionMismatch(found: found.majorVersion, wanted: 99, path: scratch.dataDirectory))
    }

    @Test func `data of another owner is refused`() throws {
        let scratch = try ClusterScratch()
        try scratch.prepareStopped()
        if getuid() == 0 {
            lchown(scratch.dataDirectory, 0, 0)
            #expect(
                refusal(scratch.configuration())
                    == .wrongOwner(path: scratch.dataDirectory, found: 0, wanted: "postgres"))
        } else {
            // Without root the only directories of others are those we may not write: the system's.
            #expect(refusal(ClusterConfiguration(directory: "/etc/gwanje-test"))?.isDenied == true)
        }
    }

    @Test func `a closed directory above the data is named`() throws {
        let scratch = try ClusterScratch()
        let closed = scratch.directory + "/closed"
        try FileSystem.createDirectories(closed, mode: 0o700)
        let error = refusal(scratch.configuration(in: "/closed/hub"))
        if getuid() == 0 {
            #expect(error == .directoryNotSearchable(path: closed, user: "postgres"))
        } else {
            #expect(error == nil)
        }
    }

    @Test(arguments: ["relative", "/tmp/a\"b", "/tmp/a$b", "/tmp/a\nb", "/" + String(repeating: "x", count: 1000)])
    func `a path a shell would change is refused`(path: String) {
        guard case .pathUnsupported(path, _)? = refusal(ClusterConfiguration(directory: path)) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func `an unknown user is refused`() throws {
        #expect(throws: ClusterError.userUnknown("nobody-here")) {
            try ServerUser.resolve(named: "nobody-here", effectiveUser: 0)
        }
        #expect(throws: ClusterError.userUnknown("root")) { try ServerUser.resolve(named: "root", effectiveUser: 0) }
        #expect(throws: ClusterError.userUnknown("with ID 3999999999")) {
            try ServerUser.resolve(named: "postgres", effectiveUser: 3_999_999_999)
        }
    }

    @Test func `a socket directory that somebody else made is refused`() throws {
        let scratch = try ClusterScratch()
        let data = scratch.directory + "/" + String(repeating: "x", count: 100)
        let user = try ServerUser.resolve(named: "postgres")
        let path = SocketDirectory.choose(dataDirectory: data, isRoot: getuid() == 0)
        defer { unlink(path) }
        symlink(scratch.directory, path)
        #expect(throws: ClusterError.socketDirectoryUnsafe(path: path, reason: "it is not a directory")) {
            try SocketDirectory.prepare(dataDirectory: data, user: user)
        }
    }

    @Test func `a full disk and a closed one become one sentence`() {
        let full = """
            creating subdirectories ... ok
            initdb: error: could not write to file "/d/pg_wal/xlogtemp.1": No space left on device
            """
        #expect(ClusterError.command("initdb", path: "/d", output: full) == .diskFull(path: "/d"))
        let denied = "pg_ctl: could not open PID file \"/d/postmaster.pid\": Permission denied\n"
        #expect(
            ClusterError.command("pg_ctl start", path: "/d", output: denied)
                == .permissionDenied(path: "/d", detail: String(denied.dropLast())))
        #expect(ClusterError.system("mkdir", path: "/d", errno: ENOSPC) == .diskFull(path: "/d"))
        #expect(ClusterError.system("mkdir", path: "/d", errno: EROFS).isDenied)
        #expect(ClusterError.diskFull(path: "/d").description.contains("/d is full"))
    }

    @Test func `a failed start says what the server said`() throws {
        let scratch = try ClusterScratch()
        var configuration = scratch.configuration()
        configuration.settings["shared_preload_libraries"] = "no_such_library"
        guard case .commandFailed("pg_ctl start", _, let output)? = refusal(configuration) else {
            Issue.record("started")
            return
        }
        #expect(output.contains("no_such_library"))
    }
}

extension ClusterError {
    fileprivate var isDenied: Bool { if case .permissionDenied = self { true } else { false } }
}

@Suite("Child process")
struct ClusterChildProcessTests {
    @Test func `a program gets no descriptor of ours and no setting of PostgreSQL`() throws {
        let leaked = dup(0)
        defer { close(leaked) }
        let high = fcntl(0, F_DUPFD, 200)
        defer { close(high) }
        setenv("PGPORT", "1", 1)
        defer { unsetenv("PGPORT") }
        // 3 is what `ls` itself opens.
        let list = try ChildProcess.run(["ls", "/proc/self/fd"])
        #expect(list.output.split(separator: "\n") == ["0", "1", "2", "3"])
        #expect(!(try ChildProcess.run(["env"]).output.contains("PGPORT")))
        #expect(try ChildProcess.run(["pwd"]).output == "/\n")
    }

    @Test func `status and both outputs come back`() throws {
        let outcome = try ChildProcess.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
        #expect(outcome.status == 3)
        #expect(outcome.output == "out\nerr\n")
        #expect(try ChildProcess.run(["sh", "-c", "kill -9 $$"]).status == 128 + 9)
        #expect(try ChildProcess.run(["/nonexistent/program"]).status == 127)
    }

    @Test func `a program that leaves a child behind does not keep us waiting`() throws {
        let started = ContinuousClock.now
        let outcome = try ChildProcess.run(["sh", "-c", "sleep 60 & echo $!"])
        let child = try #require(Int32(outcome.output.trimmingTrailingWhitespace))
        #expect(kill(child, SIGKILL) == 0)
        #expect(ContinuousClock.now - started < .seconds(50))
    }
}
