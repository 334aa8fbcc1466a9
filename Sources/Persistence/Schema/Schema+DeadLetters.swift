extension Schema {
    /// What was not carried out is found without reading all that was. An effect re-queued is `stream#seq.index.n`
    /// (`OutboxEntry.nextID`).
    static let deadLetters = """
        CREATE FUNCTION gwanje_next_effect(id text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
            SELECT CASE WHEN id ~ '#[0-9]+[.][0-9]+[.][0-9]+$'
                THEN regexp_replace(id, '[0-9]+$', '') || (substring(id FROM '[0-9]+$')::bigint + 1)
                ELSE id || '.1' END
        $$;
        CREATE INDEX outbox_dead ON outbox (site, created_at) WHERE outcome IS NOT NULL AND outcome <> 'done';
        """
}
