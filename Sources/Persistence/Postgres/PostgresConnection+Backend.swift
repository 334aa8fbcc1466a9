extension PostgresConnection {
    /// Makes sure that another server process has ended, as a lost connection in doubt requires: a killed client's
    /// statement was seen to commit two seconds later. Terminates it and waits; true when it is gone.
    ///
    /// A later process with the same PID is left alone, because its start time differs.
    package mutating func ensureGone(
        _ backend: PostgresBackend, timeout: Duration = .seconds(10)
    ) throws(PostgresError) -> Bool {
        let milliseconds = timeout.components.seconds * 1000 + timeout.components.attoseconds / 1_000_000_000_000_000
        try query(
            "SELECT pg_terminate_backend(pid, $3) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2",
            [.int4(backend.pid), .init(backend.startedAt), .int8(max(1, milliseconds))])
        return try query(
            "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2",
            [.int4(backend.pid), .init(backend.startedAt)]
        ).isEmpty
    }
}
