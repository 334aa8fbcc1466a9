/// Brings a database's schema up to this program's list of steps.
///
/// Expand, then contract: the previous program must run on the next schema, so one unknown step is accepted and more
/// are refused. Safe to run by several hubs at once and again after a crash: each step is one transaction that also
/// records it in `schema_migration`, and an advisory lock lets one migrator in.
package struct Migrator: Sendable {
    private let migrations: [Migration]
    private let lockTimeout: Duration

    /// "gwanje" in ASCII: any number of ours will do, and it must stay the same for ever.
    private static let lockKey: Int64 = 0x6777_616E_6A65

    package init(_ migrations: [Migration], lockTimeout: Duration = .seconds(60)) {
        for (index, migration) in migrations.enumerated() {
            precondition(migration.id == index + 1, "step \(index + 1) of the schema has the number \(migration.id)")
        }
        self.migrations = migrations
        self.lockTimeout = lockTimeout
    }

    /// Applies what is missing and returns the steps applied now, oldest first.
    @discardableResult
    package func migrate(_ connection: inout PostgresConnection) throws(MigrationError) -> [Int] {
        try lock(&connection)
        defer { unlock(&connection) }
        let applied = try readApplied(&connection)
        try check(applied)
        var done: [Int] = []
        for migration in migrations.dropFirst(applied.count) {
            try apply(migration, &connection)
            done.append(migration.id)
        }
        return done
    }

    /// Throws unless `migrate` has nothing to do. Changes nothing.
    package func requireCurrent(_ connection: inout PostgresConnection) throws(MigrationError) {
        let applied: [Applied]
        do throws(PostgresError) {
            let table = try connection.query("SELECT to_regclass('schema_migration') IS NOT NULL")
            applied = try table[0].value(0, as: Bool.self) ? Self.applied(&connection) : []
        } catch {
            throw .database(error)
        }
        try check(applied)
        guard applied.count >= migrations.count else {
            throw .databaseOlder(found: applied.count, known: migrations.count)
        }
    }

    private struct Applied {
        let id: Int
        let name: String
        let checksum: String
    }

    /// A lock of the session, not of a transaction: it spans all steps, and a lost connection releases it.
    private func lock(_ connection: inout PostgresConnection) throws(MigrationError) {
        let (seconds, attoseconds) = lockTimeout.components
        let milliseconds = max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        do throws(PostgresError) {
            try connection.execute("SET lock_timeout = \(milliseconds)")
            try connection.execute("SELECT pg_advisory_lock(\(Self.lockKey))")
            try connection.execute("RESET lock_timeout")
        } catch {
            if !error.isLoss { _ = try? connection.execute("RESET lock_timeout") }
            throw error.failure?.sqlState == "55P03" ? .locked : .database(error)
        }
    }

    private func unlock(_ connection: inout PostgresConnection) {
        guard connection.isUsable else { return }
        _ = try? connection.execute("SELECT pg_advisory_unlock(\(Self.lockKey))")
    }

    private func readApplied(_ connection: inout PostgresConnection) throws(MigrationError) -> [Applied] {
        do throws(PostgresError) {
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS schema_migration (
                    id integer PRIMARY KEY,
                    name text NOT NULL,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """)
            return try Self.applied(&connection)
        } catch {
            throw .database(error)
        }
    }

    private static func applied(_ connection: inout PostgresConnection) throws(PostgresError) -> [Applied] {
        try connection.query("SELECT id, name, checksum FROM schema_migration ORDER BY id")
            .map { row throws(PostgresError) in
                Applied(id: Int(try row.value(0, as: Int32.self)), name: try row.value(1), checksum: try row.value(2))
            }
    }

    private func check(_ applied: [Applied]) throws(MigrationError) {
        if let last = applied.last, last.id > migrations.count + 1 {
            throw .databaseNewer(found: last.id, known: migrations.count)
        }
        for (index, step) in applied.enumerated() where step.id != index + 1 { throw .gap(missing: index + 1) }
        for (step, migration) in zip(applied, migrations) where step.checksum != migration.checksum {
            throw .checksumChanged(id: step.id, name: step.name)
        }
    }

    private func apply(_ migration: Migration, _ connection: inout PostgresConnection) throws(MigrationError) {
        var endedTransaction = false
        do throws(PostgresError) {
            try connection.transaction { connection throws(PostgresError) in
                let transaction = try Self.transactionID(&connection)
                try connection.execute(migration.sql)
                endedTransaction = transaction != (try Self.transactionID(&connection)) || !connection.isInTransaction
                guard !endedTransaction else { return }
                try connection.query(
                    "INSERT INTO schema_migration (id, name, checksum) VALUES ($1, $2, $3)",
                    [.int4(Int32(migration.id)), .text(migration.name), .text(migration.checksum)])
            }
        } catch {
            throw .stepFailed(id: migration.id, name: migration.name, error)
        }
        if endedTransaction { throw .stepEndedTransaction(id: migration.id, name: migration.name) }
    }

    private static func transactionID(_ connection: inout PostgresConnection) throws(PostgresError) -> String? {
        try connection.query("SELECT pg_current_xact_id()::text").first?.value(0)
    }
}
