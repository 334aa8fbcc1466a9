import Glibc

/// `postmaster.pid` in a PostgreSQL data directory (`miscadmin.h`, "lock file lines").
struct PostmasterFile: Equatable {
    let pid: Int32
    let port: Int
    let socketDirectory: String
    /// `starting`, `stopping`, `ready` or `standby`.
    let status: String

    /// What the file says about a server in this directory, checked against the process it names.
    enum Observation: Equatable {
        case absent
        /// No server. `isPIDTaken`: another process has the number, or there is none to read; either would block a start.
        case stale(isPIDTaken: Bool)
        case running(PostmasterFile)
    }

    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let pid = lines.first.flatMap({ Int32($0.trimmingTrailingWhitespace) }), pid > 0 else { return nil }
        self.pid = pid
        // While the server starts the later lines are not written yet.
        port = lines.count > 3 ? Int(lines[3]) ?? 0 : 0
        socketDirectory = lines.count > 4 ? lines[4] : ""
        status = lines.count > 7 ? lines[7].trimmingTrailingWhitespace : "starting"
    }

    /// `dataDirectory` is the canonical path.
    ///
    /// A PID alone proves nothing: after a `kill -9` the number may belong to anybody, or to a zombie nobody reaped.
    /// The server is a live process whose working directory is the data directory.
    static func observe(dataDirectory: String, user: ServerUser) throws(ClusterError) -> Observation {
        guard let text = FileSystem.read(dataDirectory + "/postmaster.pid") else { return .absent }
        // A power cut leaves an empty file, which PostgreSQL takes for a start that is under way.
        guard let file = PostmasterFile(text) else { return .stale(isPIDTaken: true) }
        guard isAlive(file.pid) else { return .stale(isPIDTaken: FileSystem.status("/proc/\(file.pid)") != nil) }
        guard let working = try workingDirectory(of: file.pid, dataDirectory: dataDirectory, user: user) else {
            // A process that is ending loses its working directory before it becomes a zombie, and a zombie still
            // has its number: the start after this would find it taken.
            return .stale(isPIDTaken: FileSystem.status("/proc/\(file.pid)") != nil)
        }
        return working == dataDirectory ? .running(file) : .stale(isPIDTaken: true)
    }

    /// Neither gone nor a zombie. The state follows the command name, which may itself hold parentheses.
    private static func isAlive(_ pid: Int32) -> Bool {
        guard let text = FileSystem.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
        let state = text[text.index(after: end)...].first { $0 != " " }
        return state != "Z" && state != "X"
    }

    /// `nil` when the process is ending or has ended.
    private static func workingDirectory(
        of pid: Int32, dataDirectory: String, user: ServerUser
    ) throws(ClusterError) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("/proc/\(pid)/cwd", &buffer, buffer.count - 1)
        if count >= 0 { return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) }
        if errno == ENOENT || errno == ESRCH { return nil }
        // Root without CAP_SYS_PTRACE (containers) may not look, and the process's own user may. A process of
        // yet another user is not our server.
        if let status = FileSystem.status("/proc/\(pid)"), status.st_uid != user.uid { return "" }
        let outcome = try ChildProcess.run(user.prefix + ["readlink", "/proc/\(pid)/cwd"])
        guard outcome.status == 0 else { throw .postmasterUnverified(pid: pid, path: dataDirectory) }
        return outcome.output.trimmingTrailingWhitespace
    }
}
