extension Schema {
    /// Keys that are cheap to compare and to keep. The part in which rows differ comes first; a command is known by a digest of what
    /// used to be its key (`CommandKey.id(in:)`), as nothing but a repeat ever asks for it. Pages of rows that are written again and
    /// again keep room, so that the new version stays on the page and no index hears of it.
    static let shortKeys = """
        ALTER TABLE stream_head DROP CONSTRAINT stream_head_pkey, DROP COLUMN prev_version,
            ADD PRIMARY KEY (key, kind, site), SET (fillfactor = 50);
        ALTER TABLE journal DROP CONSTRAINT journal_pkey, ADD PRIMARY KEY (key, kind, site, seq, at);

        ALTER TABLE command RENAME TO command_by_name;
        CREATE TABLE command (
            id uuid CONSTRAINT command_once PRIMARY KEY, body_hash bytea NOT NULL, seq bigint NOT NULL,
            at timestamptz NOT NULL, expires_at timestamptz NOT NULL);
        INSERT INTO command
            SELECT encode(substring(sha256(convert_to(
                site || '/' || kind || '/' || key || chr(31) || principal || chr(31) || command_key, 'UTF8')) FOR 16),
                'hex')::uuid, body_hash, seq, at, expires_at
            FROM command_by_name;
        DROP TABLE command_by_name;
        CREATE INDEX command_expires ON command (expires_at);

        ALTER TABLE weigh_station SET (fillfactor = 50);
        ALTER TABLE wait_queue SET (fillfactor = 70);
        ALTER TABLE delivery_order SET (fillfactor = 70);
        """
}
