package import Actors

/// What a hub does with its database before it serves: bring the schema up to date, take ownership, read the master data.
package struct HubDatabase: Sendable {
    package let conninfo: String

    package init(conninfo: String) { self.conninfo = conninfo }

    package struct Claim: Sendable {
        /// Part of every cursor; changes when a backup is restored.
        package let epoch: String
        /// Whoever claims next takes a higher one, and this hub may not write any more.
        package let ownerEpoch: Int64
    }

    /// What is in a database that may not be a hub's yet.
    package struct Content: Sendable {
        /// Only `hub demo` may make and use a demonstration yard.
        package let isDemo: Bool
        /// Nobody has ever made a yard here, of either kind.
        package let isEmpty: Bool
    }

    /// A hub is running on the database.
    package struct InUse: Error {}

    /// Every hub's writer holds this lock, shared, for as long as it is connected. Its statements are few and their plans do not
    /// depend on what is in the arrays: planning them anew for each group cost as much as a tenth of the work.
    static let writerGreeting =
        "SELECT pg_advisory_lock_shared(\(lock)), set_config('plan_cache_mode', 'force_generic_plan', false)"
    static let lock = 7_021_001

    /// Looks, and changes nothing. Blocks.
    package func content() throws -> Content {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        let tables = try connection.query("SELECT to_regclass('hub_meta') IS NOT NULL")
        guard try tables[0].value(0, as: Bool.self) else { return Content(isDemo: false, isEmpty: true) }
        let row = try connection.query(
            """
            SELECT EXISTS (SELECT FROM hub_meta WHERE key = 'demo'),
                NOT EXISTS (SELECT FROM hub_meta WHERE key IN ('demo', 'real'))
                AND NOT EXISTS (SELECT FROM stream_head) AND NOT EXISTS (SELECT FROM api_key)
            """)
        return Content(isDemo: try row[0].value(0), isEmpty: try row[0].value(1))
    }

    /// Throws `MigrationError` when a hub of this program has not been here yet. Changes nothing. Blocks.
    package func requireSchema() throws {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        try Migrator(Schema.migrations).requireCurrent(&connection)
    }

    /// Migrates, does the upkeep, and claims the database: a hub that has it now may not write from here on. Blocks.
    ///
    /// - Parameters:
    ///   - alone: throws `InUse` instead of replacing a hub that is running.
    ///   - migrations: those that this program knows.
    package func claim(
        now: Instant, alone: Bool = false, migrations: [Migration] = Schema.migrations
    ) throws -> Claim {
        var connection = try PostgresConnection.connect(conninfo)
        if alone { try Self.lockOut(&connection) }
        // Before anything is changed that the program which left them would have to run on.
        try Self.checkBaselines(&connection)
        try Migrator(migrations).migrate(&connection)
        try Self.upkeep(now, &connection)
        let owner = try connection.query("UPDATE owner SET epoch = epoch + 1 RETURNING epoch")
        let meta = try connection.query("SELECT value FROM hub_meta WHERE key = 'epoch'")
        return Claim(epoch: try meta[0].value(0), ownerEpoch: try owner[0].value(0))
    }

    /// Detached months left states of a schema that this program cannot read.
    package struct BaselineTooOld: Error, Equatable, CustomStringConvertible {
        package let kind: String
        package let schema: Int

        package var description: String {
            """
            The months that were detached left states of \(kind) in schema \(schema), which this program does not read. Attach them \
            again with the program that detached them before it is upgraded.
            """
        }
    }

    private static func checkBaselines(_ connection: inout PostgresConnection) throws {
        let table = try connection.query("SELECT to_regclass('journal_baseline') IS NOT NULL")
        guard try table[0].value(0, as: Bool.self) else { return }
        let schemas = Dictionary(uniqueKeysWithValues: Kinds.all.map { ($0.name, $0.type.schema) })
        for row in try connection.query("SELECT DISTINCT kind, schema FROM journal_baseline ORDER BY 1, 2") {
            let (kind, schema) = (try row.value(0, as: String.self), Int(try row.value(1, as: Int32.self)))
            if let known = schemas[kind], known != schema { throw BaselineTooOld(kind: kind, schema: schema) }
        }
    }

    /// Says that what clients have seen of this database may never have happened: it has been restored. Cursors are void,
    /// and a hub that still has it may not write. Blocks.
    ///
    /// - Parameter alone: throws `InUse` when a hub is running on it.
    package func beginEpoch(alone: Bool = false) throws -> Claim {
        var connection = try PostgresConnection.connect(conninfo)
        if alone { try Self.lockOut(&connection) }
        let row = try connection.query(
            """
            WITH meta AS (UPDATE hub_meta SET value = gen_random_uuid()::text WHERE key = 'epoch' RETURNING value),
                next AS (UPDATE owner SET epoch = epoch + 1 RETURNING epoch)
            SELECT value, next.epoch FROM meta, next
            """)
        return Claim(epoch: try row[0].value(0), ownerEpoch: try row[0].value(1))
    }

    /// Says for good what this database is for.
    package func mark(asDemo isDemo: Bool) throws {
        var connection = try PostgresConnection.connect(conninfo)
        try connection.execute(
            "INSERT INTO hub_meta VALUES ('\(isDemo ? "demo" : "real")', 'true') ON CONFLICT DO NOTHING")
    }

    /// Whether there are keys of persons, which only one master key can open. Blocks.
    package func hasPersonKeys() throws -> Bool {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        return try connection.query("SELECT EXISTS (SELECT FROM person_key)")[0].value(0)
    }

    /// The keys of the persons as they stand, after `claim`. Throws `PersonKeys.WrongMaster`. Blocks.
    package func personKeys(master: [UInt8]) throws -> PersonKeys {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        let keys = PersonKeys(master: master)
        try keys.load(&connection)
        return keys
    }

    /// The master data as it stands. Blocks.
    package func directory(_ keys: PersonKeys) throws -> Directory {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        var directory = Directory()
        for row in try connection.query("SELECT site, class, ref, fields, is_active FROM master_record") {
            let recordClass: String = try row.value(1)
            let ref: String = try row.value(2)
            let site: String = try row.value(0)
            let stored = Array(try row.value(3, as: PostgresJSON.self).text.utf8)
            let fields = try JSON.decode([String: FieldValue].self, from: keys.opened(stored, at: site))
            let id = StreamID(site: site, kind: Master.name, key: "\(recordClass):\(ref)")
            directory.learn(id, fields: fields, isActive: try row.value(4))
        }
        return directory
    }

    /// How long the outcome of an effect can be looked up, and of one that was not carried out: somebody may want it yet. One that was
    /// re-queued stays as long as what it came of, which would else seem never to have been.
    static let settledLifetimeSeconds: Int64 = 30 * 86_400
    static let deadLifetimeSeconds: Int64 = 365 * 86_400
    /// Rows deleted at a time: the writer stands still meanwhile.
    static let deletedCountMax = 5000

    /// The key in `hub_meta` of the moment since when every effect is kept, whatever clock forgot those before it.
    static let effectsKeptSince = "effects_kept_since"

    /// What has to be done now and then: makes the partitions of this month and the next two, forgets replies that have expired and
    /// effects that were settled long ago. True when there was too much to do it at once.
    @discardableResult
    static func upkeep(_ now: Instant, _ connection: inout PostgresConnection) throws(PostgresError) -> Bool {
        try makePartitions(now, &connection)
        let commands = try connection.query(
            """
            DELETE FROM command WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM command WHERE expires_at < $1 LIMIT \(deletedCountMax)))
            """, [.init(PostgresTimestamp(now))])
        let keptSince = PostgresTimestamp(now + .seconds(-settledLifetimeSeconds))
        try connection.query(
            """
            INSERT INTO hub_meta AS known VALUES ('\(effectsKeptSince)', $1::timestamptz::text) ON CONFLICT (key) DO UPDATE
            SET value = greatest(known.value::timestamptz, EXCLUDED.value::timestamptz)::text
            """, [.init(keptSince)])
        let effects = try connection.query(
            """
            DELETE FROM outbox WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM outbox WHERE outcome IS NOT NULL AND created_at < $1
                    AND (outcome = 'done' AND id !~ '[.][0-9]+[.][0-9]+$' OR created_at < $2) LIMIT \(deletedCountMax)))
            """,
            [
                .init(keptSince), .init(PostgresTimestamp(now + .seconds(-deadLifetimeSeconds))),
            ])
        return max(commands.affectedRowCount, effects.affectedRowCount) == deletedCountMax
    }

    /// A partition per month, this one and the next two. A month that has rows in the default partition keeps them there.
    ///
    /// Whoever reads the journal for long, as `verify` does, keeps partitions from being made, and while that is waited for nobody else
    /// reads or writes. So it is not: there is a month at least to try again, and the default partition after that.
    static func makePartitions(_ now: Instant, _ connection: inout PostgresConnection) throws(PostgresError) {
        let today = BusinessDate(now, zone: SiteClock(utcOffsetMinutes: 0))
        var month = (today.year, today.month)
        for _ in 0..<3 {
            let next = month.1 == 12 ? (month.0 + 1, 1) : (month.0, month.1 + 1)
            let name = "journal_\(pad(month.0, 4))\(pad(month.1, 2))"
            let from = "\(pad(month.0, 4))-\(pad(month.1, 2))-01 00:00+00"
            let to = "\(pad(next.0, 4))-\(pad(next.1, 2))-01 00:00+00"
            let rest = try connection.query(
                """
                SELECT to_regclass('\(name)') IS NULL
                    AND NOT EXISTS (SELECT FROM journal_default WHERE at >= '\(from)' AND at < '\(to)')
                """)
            if try rest[0].value(0, as: Bool.self) {
                do throws(PostgresError) {
                    try connection.transaction { connection throws(PostgresError) in
                        try connection.execute(
                            """
                            SET LOCAL lock_timeout = '200ms';
                            CREATE TABLE \(name) PARTITION OF journal FOR VALUES FROM ('\(from)') TO ('\(to)');
                            SELECT gwanje_guard_partition('\(name)')
                            """)
                    }
                } catch {
                    guard error.failure?.sqlState == "55P03" else { throw error }
                    return
                }
            }
            month = next
        }
    }
}
