import CPostgres
import Glibc

/// Starts, adopts and stops the server of a private cluster.
struct ClusterServer {
    let store: ClusterStore
    let binaries: PostgresBinaries
    let socketDirectory: String
    let settings: [String: String]
    let adoptsSlowed: Bool
    let startTimeout: Duration

    /// The superuser that initdb makes.
    static let role = "hub"
    private static let pollInterval: UInt32 = 20_000  // µs

    private var dataDirectory: String { store.dataDirectory }
    /// Replays log to a target: the server counts as started before it has got there, and may still end.
    private var isRecovering: Bool { settings["restore_command"] != nil }

    func conninfo(database: String) -> String {
        "host=\(quoted(socketDirectory)) port=\(SocketDirectory.port) dbname=\(quoted(database)) user=\(Self.role)"
    }

    /// Brings the server to where it takes connections, whatever a crash left behind.
    func startOrAdopt() throws(ClusterError) -> (pid: Int32, isAdopted: Bool) {
        let deadline = ContinuousClock.now + startTimeout
        var hasLaunched = false
        while ContinuousClock.now < deadline {
            switch try observe() {
            case .absent where hasLaunched && isRecovering, .stale where hasLaunched && isRecovering:
                // Not started again: it would end at the same place.
                let log = FileSystem.tail(store.logPath, from: 0)
                throw .command("the recovery", path: dataDirectory, output: log)
            case .absent: hasLaunched = try launch(until: deadline)
            case .stale(let isPIDTaken):
                // PostgreSQL deals with a dead PID itself and also looks for orphaned backends; only a number that
                // another process has got by now would keep it from starting.
                if isPIDTaken { unlink(dataDirectory + "/postmaster.pid") }
                hasLaunched = try launch(until: deadline)
            case .running(let file) where file.status == "stopping": break
            case .running(let file) where file.status == "ready" && !hasLaunched && !isOurSocketThere(file):
                // Adopting it is useless: its socket is gone (a cleaner of /tmp) or elsewhere (the directory moved).
                try stop()
            case .running(let file) where file.status == "ready" && !hasLaunched && !adoptsSlowed && isSlowed(file.pid):
                // A backup at low priority has started it for itself, and nobody but root could mend that.
                try stop()
            case .running(let file):
                if PQping(conninfo(database: "postgres")) == PQPING_OK { return (file.pid, !hasLaunched) }
            }
            usleep(Self.pollInterval)
        }
        throw .startTimeout(path: dataDirectory, seconds: Int(startTimeout.components.seconds))
    }

    /// Fast shutdown: sessions are ended, nothing committed is lost, no recovery on the next start.
    func stop() throws(ClusterError) {
        let outcome = try control(["-w", "-t", "120", "-m", "fast", "stop"])
        if outcome.status != 0, case .running = try observe() {
            throw .command("pg_ctl stop", path: dataDirectory, output: outcome.output)
        }
    }

    /// Ends a server that nobody needs any more, at once and without a checkpoint.
    static func endNow(dataDirectory: String, user: ServerUser) throws(ClusterError) {
        let observe = { () throws(ClusterError) in
            try PostmasterFile.observe(dataDirectory: dataDirectory, user: user)
        }
        guard case .running(let file) = try observe() else { return }
        kill(file.pid, SIGQUIT)
        let end = ContinuousClock.now + .seconds(30)
        while case .running = try observe() {
            guard ContinuousClock.now < end else { throw .postmasterUnverified(pid: file.pid, path: dataDirectory) }
            usleep(pollInterval)
        }
    }

    func createDatabase(_ name: String) throws(ClusterError) {
        do throws(PostgresError) {
            var connection = try PostgresConnection.connect(conninfo(database: "postgres"))
            let found = try connection.query("SELECT 1 FROM pg_database WHERE datname = $1", [.text(name)])
            guard found.isEmpty else { return }
            try connection.execute("CREATE DATABASE \"\(name.replacing("\"", with: "\"\""))\"")
        } catch {
            throw .databaseUnreachable(error)
        }
    }

    func observe() throws(ClusterError) -> PostmasterFile.Observation {
        try PostmasterFile.observe(dataDirectory: dataDirectory, user: store.user)
    }

    private func isOurSocketThere(_ file: PostmasterFile) -> Bool {
        file.socketDirectory == socketDirectory && file.port == SocketDirectory.port
            && access(SocketDirectory.socketPath(in: socketDirectory), F_OK) == 0
    }

    /// Whether a process comes after this one, for the processor or for the disk.
    private func isSlowed(_ pid: pid_t) -> Bool {
        if getpriority(Int32(PRIO_PROCESS.rawValue), id_t(pid)) > getpriority(Int32(PRIO_PROCESS.rawValue), 0) {
            return true
        }
        // `none: prio 0`, `best-effort: prio 4`, `idle`.
        let isIdle = [pid, getpid()].map {
            (try? ChildProcess.run(["ionice", "-p", "\($0)"]))?.output.hasPrefix("idle")
        }
        return isIdle[0] == true && isIdle[1] == false
    }

    /// True when the server was started; false when it should be tried again.
    private func launch(until deadline: ContinuousClock.Instant) throws(ClusterError) -> Bool {
        removeSocket()
        let seconds = max(1, (deadline - ContinuousClock.now).components.seconds)
        let logStart = FileSystem.status(store.logPath).map { Int($0.st_size) } ?? 0
        let outcome = try control(["-w", "-t", "\(seconds)", "-l", store.logPath, "-o", options, "start"])
        if outcome.status == 0 { return true }
        let log = FileSystem.tail(store.logPath, from: logStart)
        // Backends of a killed postmaster need a moment to notice; then the same start works.
        if log.contains("is still in use"), ContinuousClock.now < deadline {
            usleep(200_000)
            return false
        }
        throw .command("pg_ctl start", path: dataDirectory, output: outcome.output + "\n" + log)
    }

    /// The socket's lock file names a PID as well, and a killed postmaster that nobody has reaped yet still has it:
    /// the start would fail. No server runs on our data, and nobody else's socket can be in this directory.
    private func removeSocket() {
        let socket = SocketDirectory.socketPath(in: socketDirectory)
        unlink(socket)
        unlink(socket + ".lock")
    }

    private func control(_ arguments: [String]) throws(ClusterError) -> ChildProcess.Outcome {
        try ChildProcess.run(store.user.prefix + [binaries.pgCtl, "-D", dataDirectory] + arguments)
    }

    /// pg_ctl hands this text to a shell. No TCP: whoever may open the socket directory may connect, nobody else.
    private var options: String {
        var all = settings
        all["listen_addresses"] = ""
        all["port"] = "\(SocketDirectory.port)"
        all["unix_socket_directories"] = socketDirectory
        all["unix_socket_permissions"] = "0700"
        return all.sorted { $0.key < $1.key }.map { "-c \(shellQuoted("\($0.key)=\($0.value)"))" }
            .joined(separator: " ")
    }

    private func shellQuoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }

    /// For a conninfo value.
    private func quoted(_ text: String) -> String {
        "'" + text.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
