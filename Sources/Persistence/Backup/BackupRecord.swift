import Actors
import Crypto
import Glibc

/// What a backup says about itself, in `backup.json`. A directory without it is no backup.
package struct BackupRecord: Codable, Equatable, Sendable {
    /// RFC 3339, UTC: the database's clock at the end.
    package let takenAt: String
    package let majorVersion: Int
    /// Of the database. With `systemIdentifier` it names the history that write-ahead log belongs to.
    package let epoch: String
    package let ownerEpoch: Int64
    package let systemIdentifier: String
    /// Of the journal when the backup began; it has all of this and what was committed until it ended.
    package let journal: JournalPosition
    /// First file of write-ahead log that is needed.
    package let walStart: String
    /// Position in the write-ahead log up to which everything is in the backup, as PostgreSQL writes it: `0/3000148`.
    package let walEnd: String
    package let byteCount: Int64
    /// Secrets beside the cluster: name → SHA-256.
    package let secrets: [String: String]

    static let fileName = "backup.json"
    private static let byteCountMax = 64 << 10

    /// Name of the directory with the write-ahead log of this database, and of no other: after a restore it has another.
    var history: String { Self.history(epoch: epoch, systemIdentifier: systemIdentifier) }

    static func history(epoch: String, systemIdentifier: String) -> String { "\(epoch)-\(systemIdentifier)" }

    package static func read(_ directory: String) throws(BackupError) -> BackupRecord {
        guard let bytes = FileSystem.bytes(of: "\(directory)/\(fileName)", countMax: byteCountMax),
            let record = try? JSON.decode(BackupRecord.self, from: bytes)
        else { throw .notABackup(directory) }
        return record
    }

    func write(to directory: String) throws(ClusterError) {
        try FileSystem.create("\(directory)/\(Self.fileName)", bytes: JSON.encode(self), mode: 0o600)
    }
}

/// How far a journal has got.
package struct JournalPosition: Codable, Equatable, Sendable {
    package let streams: Int64
    package let events: Int64
    /// RFC 3339, UTC; nil for an empty journal.
    package let lastAt: String?

    static func read(_ connection: inout PostgresConnection) throws(PostgresError) -> JournalPosition {
        let row = try connection.query(
            """
            SELECT count(*), coalesce(sum(version), 0)::bigint, \(rfc3339("max(last_at)")) FROM stream_head
            """)
        return JournalPosition(
            streams: try row[0].value(0), events: try row[0].value(1), lastAt: try row[0].optional(2))
    }

    static func rfc3339(_ expression: String) -> String {
        "to_char(\(expression) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    }
}

/// The small files beside a cluster without which its database is worth less: they go into a backup.
enum Secrets {
    /// Secrets are 32 bytes; a larger file is something else.
    static let byteCountMax = 64 << 10

    /// Regular files for their owner's eyes only, without what the hub makes anew.
    static func names(in directory: String) -> [String] {
        FileSystem.entries(of: directory).filter { name in
            guard let status = FileSystem.linkStatus("\(directory)/\(name)") else { return false }
            return status.st_mode & S_IFMT == S_IFREG && status.st_mode & 0o077 == 0
                && status.st_size <= byteCountMax && name != "hub.lock" && !name.hasPrefix("postgresql.log")
        }
    }

    /// Copies all into another directory; the SHA-256 of each.
    static func copy(from directory: String, to target: String) throws(ClusterError) -> [String: String] {
        var sums: [String: String] = [:]
        for name in names(in: directory) {
            guard let bytes = FileSystem.bytes(of: "\(directory)/\(name)", countMax: byteCountMax) else {
                throw .system("read", path: "\(directory)/\(name)")
            }
            try FileSystem.create("\(target)/\(name)", bytes: bytes, mode: 0o600)
            sums[name] = sum(bytes)
        }
        try FileSystem.sync(directory: target)
        return sums
    }

    static func sum(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { String($0 >> 4, radix: 16) + String($0 & 0xF, radix: 16) }.joined()
    }
}
