package import Actors

/// Log-ins and keys. Only digests are kept; hashing passwords is not done here.
package struct AccountStore: Sendable {
    package struct Login: Sendable, Hashable {
        package let id: String
        package let site: String
        package let account: String
    }

    /// Logged-in devices per account; one more ends the oldest.
    package static let loginCountMax = 3
    /// A refresh token that was just replaced is still taken: two tabs may use it at once.
    package static let rotationGrace: Duration = .seconds(20)

    let thread: PostgresThread

    package init(conninfo: String) {
        thread = PostgresThread(name: "pg-accounts", connector: .impatient(conninfo, readOnly: false))
    }

    /// Blocks.
    package func stop() { thread.stop() }

    /// Begins a log-in with a password that was right, and forgets the wrong ones before it. The oldest of more than
    /// three ends; never the new one, should the clock have been set back.
    ///
    /// - Returns: the log-ins that have ended; nil when there is another password by now, and no log-in has begun.
    package func begin(
        _ id: String, with credential: Credential, refreshHash: [UInt8], now: Instant, lifetime: Duration
    ) async throws(PostgresError) -> Set<String>? {
        try await thread.run { connection throws(PostgresError) -> Set<String>? in
            try connection.transaction { connection throws(PostgresError) -> Set<String>? in
                let begun = try connection.query(
                    """
                    INSERT INTO login (id, site, account, refresh_hash, created_at, expires_at)
                    SELECT $1, site, account, $2, $3, $4 FROM credential WHERE login_id = $5 AND password_hash = $6
                    """,
                    [
                        .text(id), .bytea(refreshHash), .init(PostgresTimestamp(now)),
                        .init(PostgresTimestamp(now + lifetime)), .text(credential.login),
                        .text(credential.passwordHash),
                    ])
                guard begun.affectedRowCount == 1 else { return nil }
                try Self.forgetGuesses(of: credential.login, &connection)
                let gone = try connection.query(
                    """
                    DELETE FROM login WHERE site = $1 AND account = $2 AND (expires_at < $3 OR id IN (
                        SELECT id FROM login WHERE site = $1 AND account = $2
                        ORDER BY id = $5 DESC, created_at DESC, id OFFSET $4))
                    RETURNING id
                    """,
                    [
                        .text(credential.site), .text(credential.account), .init(PostgresTimestamp(now)),
                        .int8(Int64(Self.loginCountMax)), .text(id),
                    ])
                return try Self.ids(gone)
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

    /// Ends the log-in that a refresh token belongs to, or belonged to before the last renewal.
    ///
    /// - Returns: the log-ins that have ended.
    @discardableResult
    package func end(refreshHash: [UInt8]) async throws(PostgresError) -> Set<String> {
        try await thread.run { connection throws(PostgresError) -> Set<String> in
            let gone = try connection.query(
                "DELETE FROM login WHERE refresh_hash = $1 OR previous_hash = $1 RETURNING id", [.bytea(refreshHash)])
            return try Self.ids(gone)
        }
    }

    /// The log-in a token belongs to, as long as it has not been ended.
    package func login(id: String) async throws(PostgresError) -> Login? {
        // None has such an id: the server refuses it as a text.
        guard !id.hasNUL else { return nil }
        return try await thread.run { connection throws(PostgresError) in
            let rows = try connection.query("SELECT id, site, account FROM login WHERE id = $1", [.text(id)])
            guard let row = rows.first else { return nil }
            return Login(id: try row.value(0), site: try row.value(1), account: try row.value(2))
        }
    }

    /// The first column of every row.
    static func ids(_ rows: PostgresResult) throws(PostgresError) -> Set<String> {
        var ids: Set<String> = []
        for row in rows { ids.insert(try row.value(0, as: String.self)) }
        return ids
    }
}
