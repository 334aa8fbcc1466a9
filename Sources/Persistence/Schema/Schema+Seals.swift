extension Schema {
    /// Partitions that were detached wait in `archive`, as guarded as before. `journal_baseline` says where the history that is
    /// left begins, stream by stream; the seal of the detached partition signs the same.
    static let seals = """
        CREATE SCHEMA IF NOT EXISTS archive;
        CREATE TABLE journal_baseline (
            site text NOT NULL, kind text NOT NULL, key text NOT NULL, version bigint NOT NULL, chain_hash bytea NOT NULL,
            at timestamptz NOT NULL, schema integer NOT NULL, state json NOT NULL, PRIMARY KEY (key, kind, site));
        CREATE TABLE detached_partition (name text PRIMARY KEY, detached_at timestamptz NOT NULL, seal text NOT NULL);
        """
}
