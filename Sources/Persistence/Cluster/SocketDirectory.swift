import Actors
import Crypto
import Glibc

/// The directory of the server's Unix socket: mode 0700, owned by the server's user, so that nobody else connects.
enum SocketDirectory {
    /// `sun_path` holds 108 bytes with its terminating zero.
    static let pathByteCountMax = 107
    static let port = 5432

    /// `run` in the data directory, or, when the path is too long (or has a comma, which both libpq and the server
    /// read as a list), a directory in /run (root) or /tmp named after a hash of the data directory.
    static func prepare(dataDirectory: String, user: ServerUser) throws(ClusterError) -> String {
        let path = choose(dataDirectory: dataDirectory, isRoot: !user.prefix.isEmpty)
        if mkdir(path, 0o700) == 0 {
            try user.own(path)
        } else if errno != EEXIST {
            throw .system("mkdir", path: path)
        }
        // In /tmp somebody else may have been there first: a link or a directory of theirs is refused.
        guard let status = FileSystem.linkStatus(path), FileSystem.isDirectory(status) else {
            throw .socketDirectoryUnsafe(path: path, reason: "it is not a directory")
        }
        guard status.st_uid == user.uid else {
            throw .socketDirectoryUnsafe(path: path, reason: "it belongs to user ID \(status.st_uid)")
        }
        guard status.st_mode & 0o777 == 0o700 || chmod(path, 0o700) == 0 else { throw .system("chmod", path: path) }
        return path
    }

    static func socketPath(in directory: String) -> String { "\(directory)/.s.PGSQL.\(port)" }

    static func choose(dataDirectory: String, isRoot: Bool) -> String {
        let near = dataDirectory + "/run"
        if socketPath(in: near).utf8.count <= pathByteCountMax, !near.contains(",") { return near }
        let hash = SHA256.hash(data: Array(dataDirectory.utf8)).prefix(6)
        let name = hash.hex
        let base = isRoot && access("/run", W_OK | X_OK) == 0 ? "/run" : "/tmp"
        return "\(base)/gwanje-\(name)"
    }
}
