internal import Glibc

/// A program that this run has started.
struct Child: Sendable {
    let pid: pid_t

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// It inherits no descriptor but the standard ones: our sockets must be ours alone. Nor does it inherit signals that the starting
    /// thread has blocked: it would not hear SIGTERM.
    ///
    /// - Parameter log: where its output is appended; nil: to ours.
    init(_ arguments: [String], log: String? = nil) throws(Failed) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let log {
            posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o644)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        Self.keepDescriptors()
        let argv = arguments.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, argv, environ)
        guard code == 0 else {
            throw Failed(description: "\(arguments[0]): \(String(cString: strerror(code)))")
        }
        self.pid = pid
    }

    /// NIO's client sockets would be inherited, and a connection that both of us hold is not cut when we cut it.
    private static func keepDescriptors() {
        guard let directory = opendir("/proc/self/fd") else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let descriptor = Int32(name), descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
    }

    func signal(_ signal: Int32) { kill(pid, signal) }

    /// Blocks until it has ended.
    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    /// Asks it to stop and blocks until it has, by force after `seconds`. False when force was needed.
    @discardableResult
    func stop(within seconds: Int = 30) -> Bool {
        signal(SIGTERM)
        for _ in 0..<(100 * seconds) {
            guard isRunning else { return true }
            usleep(10_000)
        }
        signal(SIGKILL)
        wait()
        return false
    }

    /// Also reaps it.
    var isRunning: Bool { ended() == nil }

    /// How it ended, as `waitpid` says it, once; nil while it runs.
    func ended() -> Int32? {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == 0 ? nil : status
    }
}
