extension Schema {
    /// The history and what guards it. `payload` is `json`, never `jsonb`: the hash chain covers the exact text.
    static let journal = """
        CREATE TABLE hub_meta (key text PRIMARY KEY, value text NOT NULL);
        INSERT INTO hub_meta VALUES ('epoch', gen_random_uuid()::text);

        -- Whoever starts a hub takes the next number; a hub with an older one has been replaced and may not write.
        CREATE TABLE owner (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), epoch bigint NOT NULL);
        INSERT INTO owner (epoch) VALUES (0);

        -- Not partitioned, because the fence must be one row per stream for ever. prev_version is what the last writer
        -- believed; an update whose belief is not the truth moves no row.
        CREATE TABLE stream_head (
            site text NOT NULL, kind text NOT NULL, key text NOT NULL,
            prev_version bigint NOT NULL, version bigint NOT NULL, chain_hash bytea NOT NULL,
            last_at timestamptz NOT NULL,
            PRIMARY KEY (site, kind, key));

        CREATE TABLE journal (
            site text NOT NULL, kind text NOT NULL, key text NOT NULL, seq bigint NOT NULL,
            event text NOT NULL, schema integer NOT NULL, payload json NOT NULL, at timestamptz NOT NULL,
            principal text NOT NULL, command_key text NOT NULL,
            PRIMARY KEY (site, kind, key, seq, at)
        ) PARTITION BY RANGE (at);
        CREATE TABLE journal_default PARTITION OF journal DEFAULT;

        CREATE FUNCTION gwanje_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'the journal is append-only' USING ERRCODE = 'GW003';
        END $$;
        CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE ON journal
            FOR EACH ROW EXECUTE FUNCTION gwanje_append_only();
        CREATE TRIGGER journal_no_truncate BEFORE TRUNCATE ON journal
            FOR EACH STATEMENT EXECUTE FUNCTION gwanje_append_only();

        CREATE FUNCTION gwanje_expect(actual bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF actual <> wanted THEN
                RAISE EXCEPTION 'the stream has moved on' USING ERRCODE = 'GW002';
            END IF;
        END $$;

        CREATE FUNCTION gwanje_expect_owner(mine bigint) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT epoch FROM owner) <> mine THEN
                RAISE EXCEPTION 'another hub owns this database' USING ERRCODE = 'GW001';
            END IF;
        END $$;

        CREATE TABLE command (
            site text NOT NULL, kind text NOT NULL, key text NOT NULL, principal text NOT NULL,
            command_key text NOT NULL, body_hash bytea NOT NULL, seq bigint NOT NULL, at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            PRIMARY KEY (site, kind, key, principal, command_key));
        CREATE INDEX command_recent ON command (site, kind, key, at DESC);
        CREATE INDEX command_expires ON command (expires_at);

        CREATE TABLE snapshot (
            site text NOT NULL, kind text NOT NULL, key text NOT NULL, schema integer NOT NULL,
            version bigint NOT NULL, state json NOT NULL,
            PRIMARY KEY (site, kind, key, schema));

        CREATE TABLE outbox (
            id text PRIMARY KEY, site text NOT NULL, kind text NOT NULL, key text NOT NULL, name text NOT NULL,
            arguments json NOT NULL, created_at timestamptz NOT NULL, due_at timestamptz NOT NULL,
            valid_until timestamptz, faces_people boolean NOT NULL, outcome text);
        CREATE INDEX outbox_pending ON outbox (created_at, id) WHERE outcome IS NULL;
        """
}
