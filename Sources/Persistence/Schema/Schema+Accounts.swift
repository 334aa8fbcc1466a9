extension Schema {
    /// Secrets: not in the journal, because they must be changeable for good. Only digests are stored.
    static let accounts = """
        CREATE TABLE credential (
            login_id text PRIMARY KEY, site text NOT NULL, account text NOT NULL, password_hash text NOT NULL,
            failed_count integer NOT NULL DEFAULT 0, locked_until timestamptz, must_change boolean NOT NULL DEFAULT false);
        CREATE TABLE login (
            id text PRIMARY KEY, site text NOT NULL, account text NOT NULL, refresh_hash bytea NOT NULL,
            previous_hash bytea, rotated_at timestamptz, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL);
        CREATE INDEX login_account ON login (site, account, created_at);
        CREATE INDEX login_refresh ON login (refresh_hash);
        CREATE INDEX login_previous ON login (previous_hash);
        CREATE TABLE api_key (
            key_hash bytea PRIMARY KEY, device text NOT NULL, site text NOT NULL, stations text[] NOT NULL,
            is_active boolean NOT NULL DEFAULT true);
        """
}
