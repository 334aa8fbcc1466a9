package import Actors

/// Log-ins and keys. Only digests are kept; hashing passwords is not done here.
package struct AccountStore: Sendable {
    package struct Credential: Sendable, Hashable {
        package let site: String
        package let account: String
        package let passwordHash: String
        package let failedCount: Int
        package let lockedUntil: Instant?
    }

    package struct Login: Sendable, Hashable {
        package let id: String
        package let site: String
        package let account: String

        package init(id: String, site: String, account: String) {
            self.id = id
            self.site = site
            self.account = account
        }
    }

    package struct Device: Sendable, Hashable {
        package let id: String
        package let site: String
        package let stations: [String]

        package init(id: String, site: String, stations: [String]) {
            self.id = id
            self.site = site
            self.stations = stations
        }
    }

    /// Wrong passwords in a row before an account rests.
    package static let failureCountMax = 5
    package static let lockTime: Duration = .seconds(600)
    /// Logged-in devices per account; one more ends the oldest.
    package static let loginCountMax = 3
    /// A refresh token that was just replaced is still taken: two tabs may use it at once.
    package static let rotationGrace: Duration = .seconds(20)

    private let thread: PostgresThread

    package init(conninfo: String) {
        thread = PostgresThread(name: "pg-accounts", connector: .impatient(conninfo, readOnly: false))
    }

    /// Blocks.
    package func stop() { thread.stop() }

    package func credential(login: String) async throws(PostgresError) -> Credential? {
        try await thread.run { connection throws(PostgresError) in
            let rows = try connection.query(
                "SELECT site, account, password_hash, failed_count, locked_until FROM credential WHERE login_id = $1",
                [.text(login)])
            guard let row = rows.first else { return nil }
            return Credential(
                site: try row.value(0), account: try row.value(1), passwordHash: try row.value(2),
                failedCount: Int(try row.value(3, as: Int32.self)),
                lockedUntil: try row.optional(4, as: PostgresTimestamp.self)?.instant)
        }
    }

    package func saveCredential(
        login: String, site: String, account: String, passwordHash: String
    ) async throws(PostgresError) {
        try await thread.run { connection throws(PostgresError) in
            try connection.query(
                """
                INSERT INTO credential (login_id, site, account, password_hash) VALUES ($1, $2, $3, $4)
                ON CONFLICT (login_id) DO UPDATE SET password_hash = $4, failed_count = 0, locked_until = NULL
                """,
                [.text(login), .text(site), .text(account), .text(passwordHash)])
            return
        }
    }

    /// Counts a wrong password; the fifth in a row locks for ten minutes.
    package func countFailure(login: String, now: Instant) async throws(PostgresError) {
        try await thread.run { connection throws(PostgresError) in
            try connection.query(
                """
                UPDATE credential SET failed_count = failed_count + 1,
                    locked_until = CASE WHEN failed_count + 1 >= $2 THEN $3::timestamptz ELSE locked_until END
                WHERE login_id = $1
                """,
                [.text(login), .int4(Int32(Self.failureCountMax)), .init(PostgresTimestamp(now + Self.lockTime))])
            return
        }
    }

    package func clearFailures(login: String) async throws(PostgresError) {
        try await thread.run { connection throws(PostgresError) in
            try connection.query(
                "UPDATE credential SET failed_count = 0, locked_until = NULL WHERE login_id = $1", [.text(login)])
            return
        }
    }

    /// Begins a log-in. The oldest of more than three ends.
    package func begin(
        _ login: Login, refreshHash: [UInt8], now: Instant, lifetime: Duration
    ) async throws(PostgresError) {
        try await thread.run { connection throws(PostgresError) in
            try connection.transaction { connection throws(PostgresError) in
                try connection.query(
                    """
                    INSERT INTO login (id, site, account, refresh_hash, created_at, expires_at)
                    VALUES ($1, $2, $3, $4, $5, $6)
                    """,
                    [
                        .text(login.id), .text(login.site), .text(login.account), .bytea(refreshHash),
                        .init(PostgresTimestamp(now)), .init(PostgresTimestamp(now + lifetime)),
                    ])
                try connection.query(
                    """
                    DELETE FROM login WHERE site = $1 AND account = $2 AND (expires_at < $3 OR id IN (
                        SELECT id FROM login WHERE site = $1 AND account = $2 ORDER BY created_at DESC, id OFFSET $4))
                    """,
                    [
                        .text(login.site), .text(login.account), .init(PostgresTimestamp(now)),
                        .int8(Int64(Self.loginCountMax)),
                    ])
                return
            }
        }
    }

    /// Replaces a refresh token by another; nil when it is unknown, expired or was replaced too long ago.
    package func rotate(
        refreshHash: [UInt8], to next: [UInt8], now: Instant
    ) async throws(PostgresError) -> Login? {
        try await thread.run { connection throws(PostgresError) in
            let rows = try connection.query(
                """
                UPDATE login SET refresh_hash = $2, previous_hash = refresh_hash, rotated_at = $3
                WHERE expires_at > $3 AND (refresh_hash = $1 OR (previous_hash = $1 AND rotated_at > $4))
                RETURNING id, site, account
                """,
                [
                    .bytea(refreshHash), .bytea(next), .init(PostgresTimestamp(now)),
                    .init(
                        PostgresTimestamp(Instant(milliseconds: now.milliseconds - Self.rotationGrace.inMilliseconds))),
                ])
            guard let row = rows.first else { return nil }
            return Login(id: try row.value(0), site: try row.value(1), account: try row.value(2))
        }
    }

    package func end(refreshHash: [UInt8]) async throws(PostgresError) {
        try await thread.run { connection throws(PostgresError) in
            try connection.query(
                "DELETE FROM login WHERE refresh_hash = $1 OR previous_hash = $1", [.bytea(refreshHash)])
            return
        }
    }

    /// The log-in a token belongs to, as long as it has not been ended.
    package func login(id: String) async throws(PostgresError) -> Login? {
        try await thread.run { connection throws(PostgresError) in
            let rows = try connection.query("SELECT id, site, account FROM login WHERE id = $1", [.text(id)])
            guard let row = rows.first else { return nil }
            return Login(id: try row.value(0), site: try row.value(1), account: try row.value(2))
        }
    }

    package func device(keyHash: [UInt8]) async throws(PostgresError) -> Device? {
        try await thread.run { connection throws(PostgresError) in
            let rows = try connection.query(
                "SELECT device, site, stations FROM api_key WHERE key_hash = $1 AND is_active", [.bytea(keyHash)])
            guard let row = rows.first else { return nil }
            return Device(
                id: try row.value(0), site: try row.value(1),
                stations: try row.array(2, of: String.self).compactMap { $0 })
        }
    }

    package func saveDevice(_ device: Device, keyHash: [UInt8]) async throws(PostgresError) {
        try await thread.run { connection throws(PostgresError) in
            try connection.query(
                """
                INSERT INTO api_key (key_hash, device, site, stations) VALUES ($1, $2, $3, $4)
                ON CONFLICT (key_hash) DO UPDATE SET device = $2, site = $3, stations = $4, is_active = true
                """,
                [.bytea(keyHash), .text(device.id), .text(device.site), .array(device.stations)])
            return
        }
    }
}
