internal import Glibc

/// A program that this run has started.
struct Child: Sendable {
    let pid: pid_t

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter log: where its output goes; nil: to ours.
    init(_ arguments: [String], log: String? = nil) throws(Failed) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let log {
            posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        let argv = arguments.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        var pid = pid_t()
        let code = posix_spawnp(&pid, arguments[0], &actions, nil, argv, environ)
        guard code == 0 else {
            throw Failed(description: "\(arguments[0]): \(String(cString: strerror(code)))")
        }
        self.pid = pid
    }

    func terminate() { kill(pid, SIGTERM) }

    /// Blocks until it has ended.
    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status
    }

    var isRunning: Bool {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) == 0
    }
}
