import Actors
import Crypto
import Glibc

/// The files beside a cluster without which its database is worth less: secrets, who was erased, the day's seals. They go into a
/// backup under their names, the seals below `seals/`.
enum SideFiles {
    /// In a backup.
    static let folder = "secrets"
    /// A secret has 32 bytes, a line of `erased.log` some fifty; a larger file is something else.
    static let byteCountMax: Int64 = 16 << 20
    private static let seals = "seals"
    private static let sealSuffix = ".seal"

    // MARK: Into a backup

    /// Copies the secrets, each for its owner's eyes only whatever its mode was; name → SHA-256.
    ///
    /// - Parameter notice: hears what was left out, and what others can read.
    static func copySecrets(
        from directory: String, to target: String, notice: (String) -> Void
    ) throws(ClusterError) -> [String: String] {
        var sums: [String: String] = [:]
        for name in try FileSystem.names(in: directory) where !isMadeAnew(name) {
            // Through links: a secret may be kept elsewhere.
            guard let status = FileSystem.status("\(directory)/\(name)"), status.st_mode & S_IFMT == S_IFREG else {
                if FileSystem.linkStatus("\(directory)/\(name)").map({ $0.st_mode & S_IFMT == S_IFLNK }) == true {
                    notice("\(name) is a link to no file and was left out.")
                }
                continue
            }
            guard status.st_size <= byteCountMax else {
                notice("\(name) was left out: its \(status.st_size >> 20) MiB are no secret.")
                continue
            }
            if status.st_mode & 0o077 != 0 {
                notice(
                    "\(name) can be read by others (mode \(String(status.st_mode & 0o777, radix: 8))): chmod 600 it.")
            }
            sums[name] = try copy("\(directory)/\(name)", to: "\(target)/\(name)", mode: 0o600)
        }
        try FileSystem.sync(directory: target)
        return sums
    }

    /// Copies the day's seals; `seals/NAME` → SHA-256. Before the cluster is copied: what they say must be in it.
    static func copySeals(from directory: String, to target: String) throws(ClusterError) -> [String: String] {
        let folder = "\(directory)/\(seals)"
        guard FileSystem.status(folder).map(FileSystem.isDirectory) == true else { return [:] }
        let names = try FileSystem.names(in: folder).filter { $0.hasSuffix(sealSuffix) }
        guard !names.isEmpty else { return [:] }
        try FileSystem.createDirectories("\(target)/\(seals)", mode: 0o700)
        var sums: [String: String] = [:]
        for name in names {
            sums["\(seals)/\(name)"] = try copy("\(folder)/\(name)", to: "\(target)/\(seals)/\(name)", mode: 0o600)
        }
        try FileSystem.sync(directory: "\(target)/\(seals)")
        return sums
    }

    /// What the hub and its server make themselves, and drafts of files that get their names at once: `token.secret.4711`.
    private static func isMadeAnew(_ name: String) -> Bool {
        let ending = name.split(separator: ".").last ?? ""
        return name == "hub.lock" || name.hasPrefix("postgresql.log") || name == ErasedLog.pendingName
            || (ending.count < name.count && ending.allSatisfy(\.isNumber))
    }

    // MARK: Out of a backup

    /// Nil when it is as it was written.
    static func damage(of name: String, in backup: String, sum: String) -> String? {
        guard isName(name) else { return "\(folder)/\(name) is no name of a file" }
        let found = try? read("\(backup)/\(folder)/\(name)") { _ throws(ClusterError) in }
        return found == sum ? nil : "\(folder)/\(name) is missing or was changed"
    }

    /// - Parameter give: makes a path the hub's user's.
    static func restore(
        _ names: some Sequence<String>, from backup: String, to directory: String,
        give: (String) throws(ClusterError) -> Void
    ) throws(ClusterError) {
        for name in names {
            let isSeal = name.hasPrefix(seals + "/")
            if isSeal, FileSystem.status("\(directory)/\(seals)") == nil {
                try FileSystem.createDirectories("\(directory)/\(seals)", mode: 0o755)
                try give("\(directory)/\(seals)")
            }
            let path = "\(directory)/\(name)"
            _ = try copy("\(backup)/\(folder)/\(name)", to: path, mode: isSeal ? 0o644 : 0o600)
            try give(path)
        }
        if FileSystem.status("\(directory)/\(seals)") != nil { try FileSystem.sync(directory: "\(directory)/\(seals)") }
    }

    /// A file of its own or one of the seals: a record that was written by somebody else leads nowhere.
    private static func isName(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return (parts.count == 1 || parts.count == 2 && parts[0] == seals) && !parts.contains("..")
            && !parts.contains("")
    }

    // MARK: Bytes

    /// To a new file, synced; the SHA-256 of what it holds.
    private static func copy(_ path: String, to target: String, mode: mode_t) throws(ClusterError) -> String {
        let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .system("open", path: target) }
        defer { close(descriptor) }
        let sum = try read(path) { (bytes: UnsafeRawBufferPointer) throws(ClusterError) in
            let count = write(descriptor, bytes.baseAddress, bytes.count)
            guard count == bytes.count else { throw .system("write", path: target, errno: count < 0 ? errno : ENOSPC) }
        }
        // Whatever the umask is.
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw .system("write", path: target) }
        return sum
    }

    /// In parts; the SHA-256 of all.
    private static func read(
        _ path: String, _ body: (UnsafeRawBufferPointer) throws(ClusterError) -> Void
    ) throws(ClusterError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path: path) }
        defer { close(descriptor) }
        var hash = SHA256()
        let part = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { part.deallocate() }
        while true {
            let count = Glibc.read(descriptor, part.baseAddress, part.count)
            guard count >= 0 else { throw .system("read", path: path) }
            guard count > 0 else { break }
            let bytes = UnsafeRawBufferPointer(rebasing: part[..<count])
            hash.update(bufferPointer: bytes)
            try body(bytes)
        }
        return hash.finalize().hex
    }
}
