import Glibc

/// Holds `hub.lock` in the data directory, so that two hubs never run on one.
///
/// `flock`: the kernel lets go when the process ends, however it ends, and the descriptor is close-on-exec, so the
/// postmaster does not keep it. The file stays: unlinking it would let a third hub lock another file of that name.
struct DataDirectoryLock: ~Copyable {
    let descriptor: Int32

    init(directory: String) throws(ClusterError) {
        let path = directory + "/hub.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("open", path: path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            guard code == EWOULDBLOCK else { throw .system("flock", path: path, errno: code) }
            let owner = FileSystem.read(path).flatMap { Int32($0.trimmingTrailingWhitespace) }
            throw .dataDirectoryBusy(path: directory, pid: owner)
        }
        // The PID is for the message above; the lock is the lock.
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            let code = errno
            close(descriptor)
            throw .system("write", path: path, errno: code)
        }
        self.descriptor = descriptor
    }

    /// Unlocks and does not only close: another thread may be between fork and exec, and its child's copy of the
    /// descriptor would keep the lock for that moment.
    deinit {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
