import Actors
import Glibc

/// What a backup says about itself, in `backup.json`. A directory without it is no backup.
package struct BackupRecord: Codable, Equatable, Sendable {
    /// RFC 3339, UTC: the database's clock once its copy was complete. Nothing in the backup is younger.
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
    /// Files beside the cluster (`SideFiles`): name → SHA-256.
    package let secrets: [String: String]

    static let fileName = "backup.json"
    private static let byteCountMax = 1 << 20

    /// Name of the directory with the write-ahead log of this database, and of no other: after a restore it has another.
    var history: String { Self.history(epoch: epoch, systemIdentifier: systemIdentifier) }

    static func history(epoch: String, systemIdentifier: String) -> String { "\(epoch)-\(systemIdentifier)" }

    package static func read(_ directory: String) throws(BackupError) -> BackupRecord {
        guard let bytes = FileSystem.bytes(of: "\(directory)/\(fileName)", countMax: byteCountMax),
            let record = try? JSON.decode(BackupRecord.self, from: bytes)
        else { throw .notABackup(directory) }
        return record
    }

    /// Whether a directory has one, of whatever kind, or cannot be looked into.
    static func isNamed(in directory: String) -> Bool {
        FileSystem.linkStatus("\(directory)/\(fileName)") != nil || errno == EACCES
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
