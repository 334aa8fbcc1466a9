import Glibc

/// Write-ahead log on another disk, one directory per history: a restored database writes a history of its own, whose files
/// have the same names and other contents.
struct StreamedLog {
    let directory: String

    /// Of a whole file, and of one that is being written: it is filled with zeros first.
    static let segmentByteCount: Int64 = 16 << 20

    /// The files a restore of this backup replays, absolute. With a file missing or cut short between they are those before it,
    /// `toDamage`, or none.
    func segments(
        from record: BackupRecord, toDamage: Bool = false
    ) throws -> (files: [String], missing: String?) {
        let folder = "\(directory)/\(record.history)"
        guard let names = try? FileSystem.names(in: folder) else {
            throw BackupError.walMissing(path: folder, segment: record.walStart)
        }
        let start = Self.position(record.walStart)
        let files = try names.filter { Self.isLog($0) && ($0.hasSuffix(".history") || Self.position($0) >= start) }
            .map { (name: $0, isWhole: try $0.hasSuffix(".history") || Self.isWhole("\(folder)/\($0)")) }
        // Without a hole: what is behind one would be left out silently.
        var next = record.walStart
        for file in files where file.isWhole && file.name.prefix(24) == next { next = Self.following(next) }
        guard next != record.walStart else { throw BackupError.walMissing(path: folder, segment: next) }
        func isBefore(_ name: String) -> Bool {
            name.hasSuffix(".history") || Self.position(name) < Self.position(next)
        }
        // One that is being written and has not got its full length holds nothing yet.
        let isBroken = files.contains { !isBefore($0.name) && ($0.isWhole || !$0.name.hasSuffix(".partial")) }
        let missing = isBroken ? "\(folder)/\(next)" : nil
        if let missing, !toDamage {
            throw BackupError.walBroken(path: missing, detail: "it is missing or has another length")
        }
        return (files.filter { $0.isWhole && isBefore($0.name) }.map { "\(folder)/\($0.name)" }, missing)
    }

    private static func isWhole(_ path: String) throws(ClusterError) -> Bool {
        guard let status = FileSystem.status(path) else { throw .system("stat", path: path) }
        return status.st_size == segmentByteCount
    }

    /// The name of the file after this one: timeline, and a position in files of 16 MiB, 256 to each upper half.
    private static func following(_ name: String) -> String {
        let (high, low) = (UInt64(name.dropFirst(8).prefix(8), radix: 16), UInt64(name.suffix(8), radix: 16))
        let number = (high ?? 0) << 8 + (low ?? 0) + 1
        return name.prefix(8) + hex(number >> 8) + hex(number & 0xFF)
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }

    /// `000000010000000000000002`, with `.partial` while it is written, or `00000002.history`.
    static func isLog(_ name: String) -> Bool {
        let stem = name.prefix { $0 != "." }
        let rest = name.dropFirst(stem.count)
        guard stem.allSatisfy(\.isHexDigit) else { return false }
        return stem.count == 24 ? ["", ".partial"].contains(rest) : stem.count == 8 && rest == ".history"
    }

    /// Without the timeline.
    private static func position(_ name: String) -> Substring { name.dropFirst(8).prefix(16) }
}
