package import Actors

/// Who has which password, and how often somebody was wrong.
extension AccountStore {
    package struct Credential: Sendable, Hashable {
        package let login: String
        package let site: String
        package let account: String
        package let passwordHash: String
        /// Somebody else has chosen the password.
        package let mustChange: Bool
    }

    /// What comes of a guess before the password is looked at.
    package enum Guess: Sendable, Hashable {
        /// Counted as a wrong one until a log-in begins. Nil: nobody has this log-in name.
        case counted(Credential?)
        /// Too many were wrong; not counted, and not to be looked at.
        case locked(until: Instant)
    }

    /// Wrong passwords in a row before a log-in name rests.
    package static let failureCountMax = 5
    /// How long it rests, and how long after the last wrong one the count starts anew.
    package static let lockTime: Duration = .seconds(600)
    /// The longest name that is counted; the key of an index holds 2,700 bytes.
    static let loginByteCountMax = 1000
    /// Old counts deleted with each guess, which adds at most one: the table holds what was guessed within `lockTime`.
    private static let forgottenCountMax = 10

    /// Counts a guess before it is known whether it is wrong, so that guesses at the same time count as well.
    package func guess(login: String, now: Instant) async throws(PostgresError) -> Guess {
        // Nobody can have such a name: the server refuses it as a text or as a key.
        guard !login.hasNUL, login.utf8.count <= Self.loginByteCountMax else { return .counted(nil) }
        return try await thread.run { connection throws(PostgresError) -> Guess in
            try connection.query(
                """
                DELETE FROM guess WHERE login_id = ANY (ARRAY(
                    SELECT login_id FROM guess WHERE resets_at <= $1
                    ORDER BY resets_at LIMIT \(Self.forgottenCountMax)))
                """, [.init(PostgresTimestamp(now))])
            let rows = try connection.query(
                """
                WITH counted AS (
                    INSERT INTO guess AS known (login_id, failed_count, resets_at) VALUES ($1, 1, $2)
                    ON CONFLICT (login_id) DO UPDATE SET
                        failed_count = CASE WHEN known.resets_at <= $3 THEN 1
                            ELSE least(known.failed_count, $4) + 1 END,
                        resets_at = CASE WHEN known.resets_at > $3 AND known.failed_count >= $4
                            THEN known.resets_at ELSE $2 END
                    RETURNING failed_count, resets_at)
                SELECT counted.failed_count, counted.resets_at, site, account, password_hash, must_change
                FROM counted LEFT JOIN credential ON credential.login_id = $1
                """,
                [
                    .text(login), .init(PostgresTimestamp(now + Self.lockTime)), .init(PostgresTimestamp(now)),
                    .int4(Int32(Self.failureCountMax)),
                ])
            let row = rows[0]
            let count = try row.value(0, as: Int32.self)
            guard count <= Int32(Self.failureCountMax) else {
                return .locked(until: try row.value(1, as: PostgresTimestamp.self).instant)
            }
            guard let site = try row.optional(2, as: String.self) else { return .counted(nil) }
            return .counted(
                Credential(
                    login: login, site: site, account: try row.value(3), passwordHash: try row.value(4),
                    mustChange: try row.value(5)))
        }
    }

    package func credential(of account: String, at site: String) async throws(PostgresError) -> Credential? {
        try await thread.run { connection throws(PostgresError) -> Credential? in
            let rows = try connection.query(
                "SELECT login_id, password_hash, must_change FROM credential WHERE site = $1 AND account = $2 LIMIT 1",
                [.text(site), .text(account)])
            guard let row = rows.first else { return nil }
            return Credential(
                login: try row.value(0), site: site, account: account, passwordHash: try row.value(1),
                mustChange: try row.value(2))
        }
    }

    /// Gives an account a password, and this log-in name as its only one. All its log-ins end.
    ///
    /// - Returns: the log-ins that have ended; nil, and nothing is written, when the name is another account's.
    package func saveCredential(
        login: String, site: String, account: String, passwordHash: String, mustChange: Bool = false
    ) async throws(PostgresError) -> Set<String>? {
        try await thread.run { connection throws(PostgresError) -> Set<String>? in
            try connection.transaction { connection throws(PostgresError) -> Set<String>? in
                let saved = try connection.query(
                    """
                    INSERT INTO credential AS known (login_id, site, account, password_hash, must_change)
                    VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT (login_id) DO UPDATE SET password_hash = $4, must_change = $5
                    WHERE known.site = $2 AND known.account = $3
                    """, [.text(login), .text(site), .text(account), .text(passwordHash), .bool(mustChange)])
                guard saved.affectedRowCount == 1 else { return nil }
                try connection.query(
                    "DELETE FROM credential WHERE site = $1 AND account = $2 AND login_id <> $3",
                    [.text(site), .text(account), .text(login)])
                try Self.forgetGuesses(of: login, &connection)
                return try Self.endLogins(of: account, at: site, except: nil, &connection)
            }
        }
    }

    /// Replaces a password by one of its owner's own choice. His log-ins end, but for the one from which he asks.
    ///
    /// - Returns: the log-ins that have ended; nil, and nothing is written, when there is another password by now.
    package func changePassword(
        of credential: Credential, to passwordHash: String, keeping login: String?
    ) async throws(PostgresError) -> Set<String>? {
        try await thread.run { connection throws(PostgresError) -> Set<String>? in
            try connection.transaction { connection throws(PostgresError) -> Set<String>? in
                let changed = try connection.query(
                    """
                    UPDATE credential SET password_hash = $1, must_change = false
                    WHERE login_id = $2 AND password_hash = $3
                    """, [.text(passwordHash), .text(credential.login), .text(credential.passwordHash)])
                guard changed.affectedRowCount == 1 else { return nil }
                try Self.forgetGuesses(of: credential.login, &connection)
                return try Self.endLogins(of: credential.account, at: credential.site, except: login, &connection)
            }
        }
    }

    static func forgetGuesses(of login: String, _ connection: inout PostgresConnection) throws(PostgresError) {
        try connection.query("DELETE FROM guess WHERE login_id = $1", [.text(login)])
    }

    private static func endLogins(
        of account: String, at site: String, except kept: String?, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> Set<String> {
        let gone = try connection.query(
            "DELETE FROM login WHERE site = $1 AND account = $2 AND id IS DISTINCT FROM $3 RETURNING id",
            [.text(site), .text(account), .text(kept)])
        return try ids(gone)
    }
}
