import Glibc

/// A position in the write-ahead log, `0/3000148`.
struct LogPosition: Comparable, CustomStringConvertible {
    let value: UInt64

    init(value: UInt64) { self.value = value }

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { UInt64($0, radix: 16) }
        guard parts.count == 2, let high = parts[0], let low = parts[1], high >> 32 == 0, low >> 32 == 0 else {
            return nil
        }
        value = high << 32 | low
    }

    var description: String {
        "\(String(value >> 32, radix: 16, uppercase: true))/\(String(value & 0xFFFF_FFFF, radix: 16, uppercase: true))"
    }

    static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

/// How far files of write-ahead log go, to be compared with how far a server has read them: it takes anything that it cannot read
/// for the end, and says nothing.
///
/// The layout is PostgreSQL's (`xlog_internal.h`, the same since 9.3): pages of 8 KiB with a header of 24 bytes, 40 in the first
/// page of a file; a record begins at a multiple of eight bytes with its length.
struct LogEnd {
    /// Of the files, which have been copied there.
    let directory: String

    private static let pageByteCount: UInt64 = 8192
    private static let fileByteCount = UInt64(StreamedLog.segmentByteCount)
    private static let recordHeaderByteCount: UInt32 = 24
    private static let recordByteCountMax: UInt32 = 1020 << 20

    /// Nil when a recovery that has come to `position` has read all there is: whatever follows is a record of which the end never
    /// arrived. Otherwise the file in which it could not go on.
    func fileNotRead(behind position: LogPosition) throws -> String? {
        let files = try FileSystem.names(in: directory).filter { StreamedLog.isLog($0) && !$0.hasSuffix(".history") }
        let first = firstByte(at: position)
        guard let end = try end(of: files), end > first else { return nil }
        let path = path(of: first, in: files)
        guard let path, let length: UInt32 = try number(at: first, in: path),
            (Self.recordHeaderByteCount...Self.recordByteCountMax).contains(length)
        else { return path ?? directory }
        return recordEnd(from: first, length: length) > end ? nil : path
    }

    /// The position behind the last byte that is not zero.
    private func end(of files: [String]) throws -> LogPosition? {
        for name in files.sorted(by: { number(of: $0) > number(of: $1) }) {
            if let count = try usedByteCount("\(directory)/\(name)") {
                return LogPosition(value: number(of: name) * Self.fileByteCount + count)
            }
        }
        return nil
    }

    /// Reads from the end, a part at a time.
    private func usedByteCount(_ path: String) throws(ClusterError) -> UInt64? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path: path) }
        defer { close(descriptor) }
        var part = [UInt8](repeating: 0, count: 1 << 16)
        var start = Int(StreamedLog.segmentByteCount)
        while start > 0 {
            start -= part.count
            guard pread(descriptor, &part, part.count, start) == part.count else { throw .system("read", path: path) }
            if let last = part.lastIndex(where: { $0 != 0 }) { return UInt64(start + last + 1) }
        }
        return nil
    }

    private func number(at position: LogPosition, in path: String) throws(ClusterError) -> UInt32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path: path) }
        defer { close(descriptor) }
        var number: UInt32 = 0
        let offset = Int(position.value % Self.fileByteCount)
        guard pread(descriptor, &number, 4, offset) == 4 else { throw .system("read", path: path) }
        return number
    }

    private func path(of position: LogPosition, in files: [String]) -> String? {
        files.first { number(of: $0) == position.value / Self.fileByteCount }.map { "\(directory)/\($0)" }
    }

    /// Of a file: its name is a timeline and two halves, the lower of which counts to 255.
    private func number(of name: String) -> UInt64 {
        let (high, low) = (name.dropFirst(8).prefix(8), name.dropFirst(16).prefix(8))
        return (UInt64(high, radix: 16) ?? 0) << 8 + (UInt64(low, radix: 16) ?? 0)
    }

    private func headerByteCount(at position: UInt64) -> UInt64 { position % Self.fileByteCount == 0 ? 40 : 24 }

    /// Of a record that begins at a position: behind the header of a page.
    private func firstByte(at position: LogPosition) -> LogPosition {
        let isPage = position.value % Self.pageByteCount == 0
        return LogPosition(value: position.value + (isPage ? headerByteCount(at: position.value) : 0))
    }

    private func recordEnd(from first: LogPosition, length: UInt32) -> LogPosition {
        var (position, rest) = (first.value, UInt64(length))
        while true {
            let room = Self.pageByteCount - position % Self.pageByteCount
            guard rest > room else { return LogPosition(value: position + rest) }
            rest -= room
            position += room
            position += headerByteCount(at: position)
        }
    }
}
