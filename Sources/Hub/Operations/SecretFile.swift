import Crypto
import FoundationEssentials
import Glibc
import Persistence

/// 32 random bytes in a file of the data directory that its owner alone can read.
enum SecretFile {
    static let byteCount = 32

    /// Nil when there is no such file.
    static func read(_ path: String) throws -> [UInt8]? {
        guard let file = fopen(path, "r") else {
            guard errno == ENOENT else { throw HubProcess.Failure("\(path): \(String(cString: strerror(errno)))") }
            return nil
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: byteCount)
        guard fread(&bytes, 1, byteCount, file) == byteCount else {
            throw HubProcess.Failure("\(path) is damaged: \(byteCount) bytes were expected.")
        }
        return bytes
    }

    /// What opens the keys of the persons in a database.
    ///
    /// - Parameter isMade: whether a database without persons gets a file; otherwise it is made up for those who only read.
    static func personKey(of database: HubDatabase, in directory: String, isMade: Bool = true) throws -> [UInt8] {
        let path = directory + "/person.key"
        if let bytes = try read(path) { return bytes }
        guard try !database.hasPersonKeys() else {
            throw HubProcess.Failure(
                "\(path) is missing: without it nobody's name in this database can be read. Put it back.")
        }
        return isMade ? try readOrMake(path) : random()
    }

    private static func random() -> [UInt8] { SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) } }

    /// Makes the file at the first call, with its directory.
    static func readOrMake(_ path: String) throws -> [UInt8] {
        if let bytes = try read(path) { return bytes }
        let bytes = random()
        let directory = path.split(separator: "/").dropLast().joined(separator: "/")
        try? FileManager.default.createDirectory(
            atPath: "/" + directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        // Half a secret would lock the hub out of its own directory; and it is durable before anything is sealed or signed with it.
        do { try FileSystem.replace(path, bytes: bytes, mode: 0o600) } catch {
            throw HubProcess.Failure("\(path) cannot be written: \(error)")
        }
        return bytes
    }
}
