/// Write-ahead log on another disk, one directory per history: a restored database writes a history of its own, whose files
/// have the same names and other contents.
struct StreamedLog {
    let directory: String

    /// The files a restore of this backup replays, absolute.
    func segments(from record: BackupRecord) throws(BackupError) -> [String] {
        let folder = "\(directory)/\(record.history)"
        let names = FileSystem.entries(of: folder).filter { Self.isLog($0) }
        let wanted = names.filter { $0.hasSuffix(".history") || Self.position($0) >= Self.position(record.walStart) }
        // Without a hole: what is behind one would be left out silently.
        var next = record.walStart
        for name in wanted where !name.hasSuffix(".history") {
            if name.prefix(24) == next { next = Self.following(next) }
        }
        let newest = wanted.map { Self.position($0) }.max()
        guard next != record.walStart, newest.map({ $0 < Self.position(next) }) ?? false else {
            throw .walMissing(path: folder, segment: next)
        }
        return wanted.map { "\(folder)/\($0)" }
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
    private static func isLog(_ name: String) -> Bool {
        let stem = name.prefix { $0 != "." }
        let rest = name.dropFirst(stem.count)
        guard stem.allSatisfy(\.isHexDigit) else { return false }
        return stem.count == 24 ? ["", ".partial"].contains(rest) : stem.count == 8 && rest == ".history"
    }

    /// Without the timeline.
    private static func position(_ name: String) -> Substring { name.dropFirst(8).prefix(16) }
}
