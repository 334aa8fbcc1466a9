extension Schema {
    /// Wrong passwords by log-in name, whether anybody has that name or not: neither a count nor its end tells who is
    /// here. What was counted until now, in `credential`, is no longer looked at.
    static let guesses = """
        CREATE TABLE guess (
            login_id text PRIMARY KEY, failed_count integer NOT NULL, resets_at timestamptz NOT NULL);
        CREATE INDEX guess_resets ON guess (resets_at);
        CREATE INDEX credential_account ON credential (site, account);
        CREATE INDEX api_key_device ON api_key (site, device);
        """
}
