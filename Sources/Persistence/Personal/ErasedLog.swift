package import Actors
import Glibc

/// `erased.log` in a data directory: who was erased, and when. It outlives the database, so that a backup from before can be put
/// right: a line for each, `MILLISECONDS SITE PERSON`, oldest first.
///
/// `erased.pending` beside it has the same form: those who have to be erased again before anybody is served, because the database was
/// restored. It goes when that is done.
package struct ErasedLog: Equatable, Sendable {
    package struct Line: Hashable, Sendable, Comparable, CustomStringConvertible {
        package let at: Instant
        package let person: Person

        package init(at: Instant, person: Person) {
            self.at = at
            self.person = person
        }

        init?(_ text: some StringProtocol) {
            let parts = text.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, let milliseconds = Int64(parts[0]), !parts[1].isEmpty, !parts[2].isEmpty else {
                return nil
            }
            at = Instant(milliseconds: milliseconds)
            person = Person(site: String(parts[1]), id: String(parts[2]))
        }

        package var description: String { "\(at.milliseconds) \(person.site) \(person.id)" }

        package static func < (left: Line, right: Line) -> Bool {
            (left.at.milliseconds, left.person) < (right.at.milliseconds, right.person)
        }
    }

    package static let name = "erased.log"
    package static let pendingName = "erased.pending"
    /// Some 300,000 persons.
    private static let byteCountMax = 16 << 20

    package private(set) var lines: [Line] = []
    /// What is no such line: the last one was being written when the power went.
    package private(set) var unreadable: [String] = []

    package init() {}

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            if let line = Line(line) { lines.append(line) } else { unreadable.append(String(line)) }
        }
    }

    /// Empty when there is no such file; throws when it cannot be read.
    package init(path: String) throws {
        guard FileSystem.status(path) != nil || errno != ENOENT else {
            self.init()
            return
        }
        guard let bytes = FileSystem.bytes(of: path, countMax: Self.byteCountMax + 1) else {
            throw ClusterError.system("read", path: path)
        }
        guard bytes.count <= Self.byteCountMax else {
            throw ClusterError.pathUnsupported(path, reason: "it is larger than \(Self.byteCountMax >> 20) MiB")
        }
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    /// What an operator names: files that are there, or data directories, whose hubs may never have erased anybody.
    package static func given(_ paths: [String]) throws -> ErasedLog {
        var all = ErasedLog()
        for path in paths {
            guard let status = FileSystem.status(path) else { throw ClusterError.system("stat", path: path) }
            all.merge(try ErasedLog(path: FileSystem.isDirectory(status) ? "\(path)/\(name)" : path))
        }
        return all
    }

    /// Each line once, oldest first.
    package mutating func merge(_ other: ErasedLog) {
        lines = Set(lines + other.lines).sorted()
        unreadable += other.unreadable
    }

    /// Adds a line to the file in a data directory; durable when it returns.
    package static func append(_ line: Line, in directory: String) throws {
        let path = "\(directory)/\(name)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ClusterError.system("open", path: path) }
        defer { close(descriptor) }
        var last = UInt8(ascii: "\n")
        let size = lseek(descriptor, 0, SEEK_END)
        if size > 0 { pread(descriptor, &last, 1, size - 1) }
        // A line that a power cut has torn stays alone.
        let bytes = Array(((last == UInt8(ascii: "\n") ? "" : "\n") + "\(line)\n").utf8)
        let count = write(descriptor, bytes, bytes.count)
        guard count == bytes.count, fsync(descriptor) == 0 else {
            throw ClusterError.system("write", path: path, errno: count >= 0 && count < bytes.count ? ENOSPC : errno)
        }
        try FileSystem.sync(directory: directory)
    }

    /// Makes those in here known to a data directory, to be erased in its database before anybody is served. Done again, it changes
    /// nothing. Without lines nothing is written.
    ///
    /// - Parameter give: makes a path the hub's user's.
    package func leavePending(
        in directory: String, give: (String) throws(ClusterError) -> Void = { _ in }
    ) throws {
        guard !lines.isEmpty else { return }
        for name in [Self.name, Self.pendingName] {
            let path = "\(directory)/\(name)"
            var all = try ErasedLog(path: path)
            all.merge(self)
            let text = all.lines.map { "\($0)\n" }.joined() + all.unreadable.map { "\($0)\n" }.joined()
            try FileSystem.replace(path, bytes: Array(text.utf8), mode: 0o600, prepare: give)
        }
    }

    /// Those who are left to be erased in a data directory; nil when there is nothing to do.
    package static func pending(in directory: String) throws -> ErasedLog? {
        let path = "\(directory)/\(pendingName)"
        return FileSystem.linkStatus(path) == nil ? nil : try ErasedLog(path: path)
    }

    /// It is done.
    package static func removePending(in directory: String) throws {
        guard unlink("\(directory)/\(pendingName)") == 0 || errno == ENOENT else {
            throw ClusterError.system("unlink", path: "\(directory)/\(pendingName)")
        }
        try FileSystem.sync(directory: directory)
    }
}
