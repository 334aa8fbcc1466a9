internal import Glibc

/// The directory of the outbox, made when it is not there, and held: two agents would send the same numbers.
struct DataDirectory: ~Copyable {
    private let descriptor: CInt

    /// - Throws: `SystemError` with the operation `lock` and `isInUse` when another agent holds it; with `ENOTDIR` when
    ///   there is something else at the path.
    init(_ directory: String) throws(SystemError) {
        try Self.make(directory)
        let path = directory + "/edge.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last("lock", path)
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Held until here, not only until the last use.
    consuming func release() {}

    /// Makes a directory and those above it.
    private static func make(_ path: String) throws(SystemError) {
        guard mkdir(path, 0o777) != 0 else { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0 else { throw .last("look at", path) }
            guard status.st_mode & S_IFMT == S_IFDIR else { throw SystemError("make", path, code: ENOTDIR) }
        case ENOENT:
            guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
                throw SystemError("make", path, code: ENOENT)
            }
            try make(String(path[..<slash]))
            // A trailing slash: what stands before it is the same directory.
            guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .last("make", path) }
        case let code: throw SystemError("make", path, code: code)
        }
    }
}
