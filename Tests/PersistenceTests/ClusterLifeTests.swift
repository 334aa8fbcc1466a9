import Glibc
import Testing

@testable import Persistence

@Suite("Private cluster: life")
struct ClusterLifeTests {
    @Test func `the first start makes a database and a later one finds its rows`() throws {
        let scratch = try ClusterScratch()
        let first = try scratch.start()
        #expect(first.isAdopted == false)
        try ClusterScratch.insert(1, conninfo: first.conninfo)
        try first.stop()
        #expect(try scratch.observe() == .absent)

        let second = try scratch.start()
        #expect(second.isAdopted == false)
        #expect(try ClusterScratch.ids(conninfo: second.conninfo) == [1])
        try second.stop()
        #expect(FileSystem.entries(of: scratch.directory) == ["hub.lock", "pgdata", "postgresql.log", "run"])
    }

    @Test func `nobody but its user gets at the socket or the data, and there is no TCP`() throws {
        let scratch = try ClusterScratch()
        let cluster = try scratch.start()
        for name in ["run", "pgdata"] {
            let status = try #require(FileSystem.status("\(scratch.directory)/\(name)"))
            #expect(status.st_mode & 0o777 == 0o700)
            #expect(status.st_uid == (try ServerUser.resolve(named: "postgres").uid))
            #expect(status.st_uid != 0)
        }
        var connection = try PostgresConnection.connect(cluster.conninfo)
        let row = try #require(
            try connection.query("SELECT current_setting('listen_addresses'), current_user, version()").first)
        #expect(try row.value(0, as: String.self) == "")
        #expect(try row.value(1, as: String.self) == "hub")
        try cluster.stop()
    }

    @Test func `a server that was killed under a running hub is started again, and what was committed is there`() throws
    {
        let scratch = try ClusterScratch()
        let database = Database(.privateCluster(ClusterConfiguration(directory: scratch.directory)))
        let conninfo = try database.start()
        #expect(try database.revive() == false)
        try ClusterScratch.insert(1, conninfo: conninfo)
        guard case .running(let server) = try scratch.observe() else {
            Issue.record("no server runs")
            return
        }
        kill(server.pid, SIGKILL)
        // The process is there for a moment longer; the hub looks every two seconds.
        let end = ContinuousClock.now + .seconds(20)
        while try !database.revive(), ContinuousClock.now < end { usleep(20_000) }
        #expect(try ClusterScratch.ids(conninfo: conninfo) == [1])
        try database.stop()
        #expect(try database.revive() == false, "what was stopped stays stopped")
    }

    @Test func `a pid file that a power cut left empty keeps no server from starting`() throws {
        let scratch = try ClusterScratch()
        try scratch.start().stop()
        let path = "\(scratch.directory)/pgdata/postmaster.pid"
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        #expect(file >= 0)
        close(file)
        let cluster = try scratch.start()
        #expect(cluster.isAdopted == false)
        try cluster.stop()
    }

    @Test func `a hub that was killed leaves a server that the next one adopts`() async throws {
        let scratch = try ClusterScratch()
        let directory = scratch.directory
        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            let cluster = try PrivateCluster.start(ClusterConfiguration(directory: directory))
            try ClusterScratch.insert(1, conninfo: cluster.conninfo)
            kill(getpid(), SIGKILL)
            try cluster.stop()
        }
        guard case .running(let orphan) = try scratch.observe() else {
            Issue.record("the server ended with its hub")
            return
        }
        // That the lock can be taken shows that the orphan did not inherit it.
        let cluster = try scratch.start()
        #expect(cluster.isAdopted == true)
        #expect(cluster.postmasterPID == orphan.pid)
        #expect(try ClusterScratch.ids(conninfo: cluster.conninfo) == [1])
        try cluster.stop()
        #expect(try scratch.observe() == .absent)
    }

    @Test(arguments: [["renice", "-n", "5", "-p"], ["ionice", "-c", "3", "-p"]])
    func `a hub takes no server over that somebody has started with less priority, a backup does`(
        command: [String]
    ) throws {
        let scratch = try ClusterScratch()
        let first = try scratch.start()
        try ClusterScratch.insert(1, conninfo: first.conninfo)
        let pid = first.postmasterPID
        _ = consume first
        #expect(try ChildProcess.run(command + ["\(pid)"]).status == 0)
        try PrivateCluster.visit(scratch.configuration()) { visit in
            #expect(try ClusterScratch.ids(conninfo: visit.conninfo) == [1])
            guard case .running(let server) = try scratch.observe() else { throw ClusterError.noCluster("") }
            #expect(server.pid == pid)
        }
        let hub = try scratch.start()
        #expect(!hub.isAdopted && hub.postmasterPID != pid)
        #expect(
            getpriority(Int32(PRIO_PROCESS.rawValue), id_t(hub.postmasterPID))
                == getpriority(Int32(PRIO_PROCESS.rawValue), 0))
        #expect(try ClusterScratch.ids(conninfo: hub.conninfo) == [1])
        try hub.stop()
    }

    @Test func `a server that was killed recovers what was committed`() throws {
        let scratch = try ClusterScratch()
        let killed = try scratch.start()
        try ClusterScratch.insert(1, conninfo: killed.conninfo)
        let pid = killed.postmasterPID
        kill(pid, SIGKILL)
        _ = consume killed
        let cluster = try scratch.start()
        #expect(cluster.isAdopted == false)
        #expect(cluster.postmasterPID != pid)
        #expect(try ClusterScratch.ids(conninfo: cluster.conninfo) == [1])
        try cluster.stop()
    }

    @Test func `a PID that now belongs to another process does not block a start`() throws {
        let scratch = try ClusterScratch()
        try scratch.prepareStopped()
        let user = try ServerUser.resolve(named: "postgres")
        // The worst case: a live process of the server's own user, which PostgreSQL itself would take for a server.
        let started = try ChildProcess.run(user.prefix + ["sh", "-c", "sleep 600 & echo $!"])
        let other = try #require(Int32(started.output.trimmingTrailingWhitespace))
        defer { kill(other, SIGKILL) }
        try scratch.writePostmasterFile(pid: other)
        #expect(try scratch.observe() == .stale(isPIDTaken: true))
        let cluster = try scratch.start()
        #expect(cluster.isAdopted == false)
        #expect(try ClusterScratch.ids(conninfo: cluster.conninfo) == [1])
        try cluster.stop()
        #expect(kill(other, 0) == 0)
    }

    @Test func `a PID of nobody, of a zombie, and rubbish are no server`() throws {
        let scratch = try ClusterScratch()
        try scratch.prepareStopped()
        try scratch.writePostmasterFile(pid: 0x3FFF_FFFF)
        #expect(try scratch.observe() == .stale(isPIDTaken: false))

        var zombie = pid_t()
        let argv = [strdup("true"), nil]
        defer { free(argv[0]) }
        #expect(posix_spawnp(&zombie, "true", nil, nil, argv, nil) == 0)
        defer { waitpid(zombie, nil, 0) }
        var information = siginfo_t()
        waitid(P_PID, id_t(zombie), &information, WEXITED | WNOWAIT)
        try scratch.writePostmasterFile(pid: zombie)
        #expect(try scratch.observe() == .stale(isPIDTaken: true))

        unlink(scratch.dataDirectory + "/postmaster.pid")
        try FileSystem.create(scratch.dataDirectory + "/postmaster.pid", text: "x\n", mode: 0o600)
        #expect(try scratch.observe() == .stale(isPIDTaken: true), "PostgreSQL would not start beside it")
    }

    @Test func `a server whose socket is gone is started anew`() throws {
        let scratch = try ClusterScratch()
        let first = try scratch.start()
        try ClusterScratch.insert(1, conninfo: first.conninfo)
        let pid = first.postmasterPID
        _ = consume first
        unlink(SocketDirectory.socketPath(in: scratch.directory + "/run"))
        let second = try scratch.start()
        #expect(second.postmasterPID != pid)
        #expect(try ClusterScratch.ids(conninfo: second.conninfo) == [1])
        try second.stop()
    }

    @Test func `what an interrupted initdb left is removed`() throws {
        let scratch = try ClusterScratch()
        let leftover = scratch.directory + "/pgdata.new-1"
        try FileSystem.createDirectories(leftover + "/base", mode: 0o700)
        let cluster = try scratch.start()
        #expect(FileSystem.status(leftover) == nil)
        try cluster.stop()
    }

    @Test(arguments: ["/" + String(repeating: "깊은/", count: 40) + "here", "/with space, and comma"])
    func `a path that a socket cannot have works as well`(path: String) throws {
        let scratch = try ClusterScratch()
        let cluster = try PrivateCluster.start(scratch.configuration(in: path))
        try ClusterScratch.insert(1, conninfo: cluster.conninfo)
        let socketDirectory = SocketDirectory.choose(
            dataDirectory: scratch.directory + path, isRoot: getuid() == 0)
        #expect(!socketDirectory.hasPrefix(scratch.directory))
        #expect(cluster.conninfo.contains(socketDirectory))
        try cluster.stop()
        rmdir(socketDirectory)
    }

    @Test func `an ordinary user runs it under their own name`() async throws {
        let scratch = try ClusterScratch()
        let directory = scratch.directory
        await #expect(processExitsWith: .success) { [directory = directory as String] in
            ClusterScratch.dropPrivileges(owning: directory)
            let cluster = try PrivateCluster.start(ClusterConfiguration(directory: directory))
            try ClusterScratch.insert(1, conninfo: cluster.conninfo)
            try cluster.stop()
            let again = try PrivateCluster.start(ClusterConfiguration(directory: directory))
            let ids = try ClusterScratch.ids(conninfo: again.conninfo)
            precondition(ids == [1])
            let owner = FileSystem.status("/proc/\(again.postmasterPID)")?.st_uid
            precondition(owner == getuid() && owner != 0)
            try again.stop()
        }
    }

    @Test func `a database is a private cluster, or a server that is left alone`() throws {
        let scratch = try ClusterScratch()
        let own = Database(databaseURL: nil, cluster: scratch.configuration())
        let conninfo = try own.start()
        try ClusterScratch.insert(1, conninfo: conninfo)

        let server = Database(databaseURL: conninfo, cluster: ClusterConfiguration(directory: "/nonexistent"))
        #expect(try server.start() == conninfo)
        try server.stop()
        #expect(try ClusterScratch.ids(conninfo: conninfo) == [1])

        try own.stop()
        #expect(try scratch.observe() == .absent)
        try own.stop()
    }
}
