package import Glibc

/// The few file operations the private cluster needs, with errors that name the path.
package enum FileSystem {
    /// Follows links; `nil` when there is nothing.
    static func status(_ path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }

    /// Does not follow a link at the end.
    static func linkStatus(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    static func isDirectory(_ status: stat) -> Bool { status.st_mode & S_IFMT == S_IFDIR }

    /// Names in a directory without `.` and `..`; empty when it cannot be read.
    static func entries(of path: String) -> [String] { (try? names(in: path)) ?? [] }

    /// The same where none may be missing.
    static func names(in path: String) throws(ClusterError) -> [String] {
        guard let directory = opendir(path) else { throw .system("opendir", path: path) }
        defer { closedir(directory) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else { break }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw .system("readdir", path: path) }
        return names.sorted()
    }

    /// Creates the directory and those above it. An existing one keeps its mode.
    static func createDirectories(_ path: String, mode: mode_t) throws(ClusterError) {
        if let status = status(path) {
            guard isDirectory(status) else { throw .pathUnsupported(path, reason: "it is not a directory") }
            return
        }
        try createDirectories(parent(of: path), mode: 0o755)
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .system("mkdir", path: path) }
        guard chmod(path, mode) == 0 else { throw .system("chmod", path: path) }  // mkdir's mode minus the umask
    }

    /// The first bytes of a file as text; `nil` when there is none.
    static func read(_ path: String, byteCountMax: Int = 4096) -> String? {
        bytes(of: path, countMax: byteCountMax).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The first bytes of a file; `nil` when there is none.
    package static func bytes(of path: String, countMax: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: countMax)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    /// What a log has gained since it was `start` bytes long, the last `byteCountMax` of it.
    static func tail(_ path: String, from start: Int, byteCountMax: Int = 2000) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: byteCountMax)
        let count = pread(descriptor, &bytes, bytes.count, max(start, size - byteCountMax))
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    /// Writes and syncs a new file.
    static func create(_ path: String, text: String, mode: mode_t) throws(ClusterError) {
        try create(path, bytes: Array(text.utf8), mode: mode)
    }

    static func create(_ path: String, bytes: [UInt8], mode: mode_t) throws(ClusterError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .system("open", path: path) }
        defer { close(descriptor) }
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw .system("write", path: path)
        }
    }

    /// Writes a file whole or not at all, in the place of one with that name, and lets it survive a power cut.
    ///
    /// - Parameter prepare: what is done to the file before it has its name.
    package static func replace(
        _ path: String, bytes: [UInt8], mode: mode_t, prepare: (String) throws(ClusterError) -> Void = { _ in }
    ) throws(ClusterError) {
        let draft = "\(path).\(getpid())"
        unlink(draft)
        do throws(ClusterError) {
            try create(draft, bytes: bytes, mode: mode)
            try prepare(draft)
            try move(draft, to: path)
        } catch {
            unlink(draft)
            throw error
        }
    }

    /// Makes renames within a directory survive a power cut.
    static func sync(directory path: String) throws(ClusterError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path: path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("fsync", path: path) }
    }

    /// Gives a path another name, on the same file system, and lets that survive a power cut.
    package static func move(_ path: String, to target: String) throws(ClusterError) {
        guard rename(path, target) == 0 else { throw .system("rename", path: target) }
        try sync(directory: parent(of: target))
    }

    /// A directory with all that is in it.
    static func remove(_ path: String) throws(ClusterError) {
        let outcome = try ChildProcess.run(["rm", "-rf", "--one-file-system", "--", path])
        guard outcome.status == 0 else { throw .command("rm", path: path, output: outcome.output) }
    }

    /// What the files in a directory hold together.
    static func byteCount(below path: String) throws(ClusterError) -> Int64 {
        let outcome = try ChildProcess.run(["du", "-sb", "--", path])
        guard outcome.status == 0, let count = Int64(outcome.output.prefix { $0.isNumber }) else {
            throw .command("du", path: path, output: outcome.output)
        }
        return count
    }

    static func parent(of path: String) -> String {
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        return (path.hasPrefix("/") ? "/" : "") + parent
    }

    static func canonical(_ path: String) throws(ClusterError) -> String {
        guard let resolved = realpath(path, nil) else { throw .system("realpath", path: path) }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
