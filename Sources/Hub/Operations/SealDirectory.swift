import Actors
import FoundationEssentials
import Glibc
import Persistence

/// The seals of a hub: one a day, signed with the key of its data directory. Meant to be copied to where the database's owner cannot
/// write.
struct SealDirectory: Sendable {
    let path: String
    /// Of the key that signs.
    let keyPath: String

    /// Days that keep their seal; of those before, the first of each month does.
    static let dailyCountMax = 31
    private static let suffix = ".seal"
    /// A stream takes about a hundred bytes.
    private static let byteCountMax = 1 << 30

    func key() throws -> Seal.Key { try Seal.Key(bytes: SecretFile.readOrMake(keyPath)) }

    /// Nil when nothing was ever sealed here.
    func publicKey() throws -> String? { try SecretFile.read(keyPath).map { try Seal.Key(bytes: $0).publicKey } }

    /// The days that have a seal, oldest first.
    func days() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }
            .filter { BusinessDate($0) != nil }.sorted()
    }

    func file(_ name: String) -> String { "\(path)/\(name)\(Self.suffix)" }

    /// That of a day's seal, which is not checked; empty when it cannot be told, nil when the day has none.
    func epoch(of day: String) -> String? {
        guard let stream = fopen(file(day), "r") else { return errno == ENOENT ? nil : "" }
        defer { fclose(stream) }
        var start = [UInt8](repeating: 0, count: 200)
        start.removeLast(start.count - fread(&start, 1, start.count, stream))
        let lines = String(decoding: start, as: UTF8.self).split(separator: "\n")
        return lines.dropFirst().first.map { String($0.trimmingPrefix("epoch ")) } ?? ""
    }

    /// The day's seal stays under another name: it is evidence still, of what was before.
    func setAside(_ day: String, of epoch: String) throws {
        let isName = !epoch.isEmpty && epoch.utf8.allSatisfy { $0 != UInt8(ascii: "/") }
        let name = isName ? epoch : "unknown"
        try FileSystem.move(file(day), to: file("\(day)-epoch-\(name)"))
    }

    func write(_ text: String, as name: String) throws { try Self.write(text, to: file(name)) }

    /// Whole or not at all, with its directory.
    static func write(_ text: String, to path: String) throws {
        let directory = "/" + path.split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try FileSystem.replace(path, bytes: Array(text.utf8), mode: 0o644)
    }

    /// Throws when it cannot be read; `Seal.Invalid` when it is not one, or not ours.
    static func read(_ path: String, publicKey: String) throws -> Seal {
        guard let data = FileManager.default.contents(atPath: path), data.count <= byteCountMax else {
            throw HubProcess.Failure("\(path) cannot be read.")
        }
        return try Seal(String(decoding: data, as: UTF8.self), publicKey: publicKey)
    }

    /// Removes what is too old; returns what it removed.
    @discardableResult
    func prune() -> [String] {
        let old = days().dropLast(Self.dailyCountMax)
        var months: Set<Substring> = []
        let removed = old.filter { !months.insert($0.prefix(7)).inserted }
        for day in removed { unlink(file(day)) }
        return removed
    }
}
