import Glibc

/// Runs a program: to its end, or beside us.
///
/// Not Foundation's `Process`: it leaks an internal socket into what the program leaves running, and waiting for
/// `pg_ctl start` never ended. Output goes to an unlinked file and not through a pipe, because a pipe's end is
/// reached only when the last process holding it has gone, and the postmaster stays.
enum ChildProcess {
    struct Outcome {
        /// The exit status, or 128 + the signal number.
        let status: Int32
        /// Standard output and standard error, together; the last 64 KiB.
        let output: String
    }

    /// A program that has been started. Dropping the value leaves it running, and its end unheard.
    struct Running: ~Copyable {
        let pid: pid_t
        private let capture: Int32

        fileprivate init(pid: pid_t, capture: Int32) {
            self.pid = pid
            self.capture = capture
        }

        deinit { close(capture) }

        /// The outcome once it has ended, and only once; `nil` while it runs.
        borrowing func poll() throws(ClusterError) -> Outcome? { try end(WNOHANG) }

        consuming func wait() throws(ClusterError) -> Outcome {
            guard let outcome = try end(0) else { throw .system("waitpid", path: "process \(pid)") }
            return outcome
        }

        private borrowing func end(_ options: Int32) throws(ClusterError) -> Outcome? {
            var status: Int32 = 0
            while true {
                let ended = waitpid(pid, &status, options)
                if ended == 0 { return nil }
                if ended > 0 { break }
                guard errno == EINTR else { throw .system("waitpid", path: "process \(pid)") }
            }
            let signal = status & 0x7F
            return Outcome(
                status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: ChildProcess.read(capture))
        }
    }

    /// Runs `arguments` as `start` does, and waits for the end. Blocks.
    static func run(_ arguments: [String]) throws(ClusterError) -> Outcome { try start(arguments).wait() }

    /// Starts `arguments` (searched for in PATH) in the directory `/`, or in `directory`, with a clean environment, signal
    /// mask and dispositions, and no descriptor but 0, 1 and 2.
    static func start(_ arguments: [String], in directory: String = "/") throws(ClusterError) -> Running {
        let capture = try openCapture()

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, capture, 1)
        posix_spawn_file_actions_adddup2(&actions, capture, 2)
        // Ours are all close-on-exec; this is for what a library or our parent left open. Closing a number that is
        // not open does no harm. (`addclosefrom_np` does not import.)
        for descriptor in 3...(highestDescriptor() + 16) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        // PostgreSQL's programs fail when they may not return to the directory they were started in (/root, say).
        let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory] + arguments
        let argv = shell.map { strdup($0) } + [nil]
        let envp = environment().map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, argv, envp)
        guard code == 0 else {
            close(capture)
            throw .system("posix_spawn", path: arguments.first ?? "", errno: code)
        }
        return Running(pid: pid, capture: capture)
    }

    /// PATH and the loader's path only: PGPORT, PGDATA and the like would change what the programs do.
    private static func environment() -> [String] {
        var variables = ["LC_ALL=C"]
        variables.append("PATH=" + (variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin"))
        if let home = variable("HOME") { variables.append("HOME=" + home) }
        if let path = variable("LD_LIBRARY_PATH") { variables.append("LD_LIBRARY_PATH=" + path) }
        return variables
    }

    /// A variable of this process; empty counts as not set.
    static func variable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    private static func openCapture() throws(ClusterError) -> Int32 {
        var template = Array("/tmp/gwanje-output-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw .system("mkstemp", path: "/tmp") }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func read(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 64 * 1024)
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let count = pread(descriptor, &bytes, bytes.count, max(0, size - bytes.count))
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    private static func highestDescriptor() -> Int32 {
        guard let directory = opendir("/proc/self/fd") else { return 1024 }
        defer { closedir(directory) }
        var highest: Int32 = 3
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name) { highest = max(highest, number) }
        }
        return highest
    }
}
