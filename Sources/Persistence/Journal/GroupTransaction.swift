import Actors

/// Many batches as one transaction: one statement per table, arrays instead of rows.
struct GroupTransaction {
    private let ownerEpoch: Int64
    private let limits: PostgresJournal.Limits
    private let keys: PersonKeys
    /// Whose keys are used for the first time.
    private(set) var fresh: Set<Person> = []
    private(set) var commandCount = 0
    private(set) var eventCount = 0

    private var appends: [StreamAppend] = []
    private var heads: [ChainLink] = []
    private var commands: [CommandRecord] = []
    private var effects: [OutboxEntry] = []
    private var settlements: [Settlement] = []
    /// Effects that are uncertain from here on.
    private var uncertain: [String] = []
    private var snapshots: [(stream: StreamID, snapshot: Snapshot)] = []
    private var rows: [String: [Row]] = [:]

    init(ownerEpoch: Int64, limits: PostgresJournal.Limits, keys: PersonKeys) {
        self.ownerEpoch = ownerEpoch
        self.limits = limits
        self.keys = keys
    }

    /// Adds a batch; returns the chain heads after its appends. Sealed first: the chain covers what is stored, and stays whole when a
    /// person's key is destroyed.
    mutating func add(_ batch: Batch) -> [ChainLink] {
        let batch = batch.sealed(with: keys, &fresh)
        let chains = batch.appends.map { append in append.events.reduce(append.chain) { $0.next($1, of: append.stream) }
        }
        appends += batch.appends
        heads += chains
        commands += batch.commands
        effects += batch.effects
        for settlement in batch.settlements {
            if settlement.outcome == Settlement.uncertain {
                uncertain.append(settlement.effect)
            } else {
                settlements.append(settlement)
            }
        }
        if let snapshot = batch.snapshot, let stream = batch.appends.first?.stream {
            snapshots.append((stream, snapshot))
        }
        for row in batch.rows { rows[row.table, default: []].append(row) }
        commandCount += batch.commands.count
        eventCount += batch.appends.reduce(0) { $0 + $1.events.count }
        return chains
    }

    /// The order matters only to the fence: nothing is written before the streams are known to stand where the actors think.
    var calls: [PostgresCall] {
        var calls = [PostgresCall(Self.expectOwner, [.int8(ownerEpoch)])]
        calls += moveHeads
        if !fresh.isEmpty { calls.append(keys.keep(fresh)) }
        if eventCount > 0 { calls.append(insertEvents) }
        if !commands.isEmpty { calls.append(insertCommands) }
        if !effects.isEmpty { calls.append(insertEffects) }
        if !uncertain.isEmpty { calls.append(mark) }
        if !settlements.isEmpty { calls.append(settle) }
        if !snapshots.isEmpty { calls.append(saveSnapshots) }
        for (name, rows) in rows.sorted(by: { $0.key < $1.key }) {
            guard let table = Projections.tables[name] else { preconditionFailure("no projection table \(name)") }
            calls.append(table.call(rows))
        }
        return calls
    }

    // MARK: Statements

    private static let expectOwner = PostgresStatement("expect_owner", "SELECT gwanje_expect_owner($1)")

    /// Streams that nothing was ever written to, or only a fence.
    private static let startStatement = PostgresStatement(
        "start_streams",
        """
        WITH moved AS (
            INSERT INTO stream_head AS head (site, kind, key, version, chain_hash, last_at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::timestamptz[])
            ON CONFLICT (key, kind, site) DO UPDATE
            SET version = EXCLUDED.version, chain_hash = EXCLUDED.chain_hash, last_at = EXCLUDED.last_at
            WHERE head.version = 0
            RETURNING 1)
        SELECT gwanje_expect((SELECT count(*) FROM moved), $7)
        """)

    /// An update whose belief about the version is not the truth moves no row.
    private static let advanceStatement = PostgresStatement(
        "advance_streams",
        """
        WITH moved AS (
            UPDATE stream_head AS head
            SET version = next.version, chain_hash = next.chain, last_at = greatest(head.last_at, next.at)
            FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::timestamptz[], $8::bigint[])
                AS next (site, kind, key, version, chain, at, expected)
            WHERE (head.key, head.kind, head.site) = (next.key, next.kind, next.site) AND head.version = next.expected
            RETURNING 1)
        SELECT gwanje_expect((SELECT count(*) FROM moved), $7)
        """)

    /// Starts before it advances: a stream may be born in one batch of the group and go on in the next.
    private var moveHeads: [PostgresCall] {
        let all = zip(appends, heads).map { (append: $0, head: $1) }
        let (starts, advances) = (all.filter { $0.append.expected == 0 }, all.filter { $0.append.expected > 0 })
        var calls: [PostgresCall] = []
        if !starts.isEmpty { calls.append(PostgresCall(Self.startStatement, Self.parameters(starts))) }
        if !advances.isEmpty {
            let expected = PostgresParameter.array(advances.map(\.append.expected))
            calls.append(PostgresCall(Self.advanceStatement, Self.parameters(advances) + [expected]))
        }
        return calls
    }

    private static func parameters(_ moves: [(append: StreamAppend, head: ChainLink)]) -> [PostgresParameter] {
        [
            .array(moves.map(\.append.stream.site)), .array(moves.map(\.append.stream.kind)),
            .array(moves.map(\.append.stream.key)),
            .array(moves.map { $0.append.expected + Int64($0.append.events.count) }), .array(moves.map(\.head.bytes)),
            .array(moves.map { PostgresTimestamp($0.append.events.last?.at ?? Instant(milliseconds: 0)) }),
            .int8(Int64(moves.count)),
        ]
    }

    private static let eventStatement = PostgresStatement(
        "insert_events",
        """
        INSERT INTO journal (site, kind, key, seq, event, schema, payload, at, principal, command_key)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::int[], $7::json[],
            $8::timestamptz[], $9::text[], $10::text[])
        """)

    private var insertEvents: PostgresCall {
        let all = appends.flatMap { append in append.events.map { (append.stream, $0) } }
        return PostgresCall(
            Self.eventStatement,
            [
                .array(all.map(\.0.site)), .array(all.map(\.0.kind)), .array(all.map(\.0.key)),
                .array(all.map(\.1.seq)), .array(all.map(\.1.name)), .array(all.map { Int32($0.1.schema) }),
                .array(all.map { PostgresJSON($0.1.payload) }), .array(all.map { PostgresTimestamp($0.1.at) }),
                .array(all.map(\.1.principal)), .array(all.map(\.1.commandKey)),
            ])
    }

    private static let commandStatement = PostgresStatement(
        "insert_commands",
        """
        INSERT INTO command (id, body_hash, seq, at, expires_at)
        SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
        """)

    private var insertCommands: PostgresCall {
        PostgresCall(
            Self.commandStatement,
            [
                .array(commands.map { $0.key.id(in: $0.stream) }), .array(commands.map(\.body)),
                .array(commands.map(\.seq)), .array(commands.map { PostgresTimestamp($0.at) }),
                .array(commands.map { PostgresTimestamp($0.at + lifetime(of: $0)) }),
            ])
    }

    private func lifetime(of record: CommandRecord) -> Duration {
        record.key.isOfDevice ? limits.deviceCommandLifetime : limits.commandLifetime
    }

    private static let effectStatement = PostgresStatement(
        "insert_effects",
        """
        INSERT INTO outbox (id, site, kind, key, name, arguments, created_at, due_at, valid_until, faces_people)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::json[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::bool[])
        """)

    private var insertEffects: PostgresCall {
        PostgresCall(
            Self.effectStatement,
            [
                .array(effects.map(\.id)), .array(effects.map(\.target.site)), .array(effects.map(\.target.kind)),
                .array(effects.map(\.target.key)), .array(effects.map(\.name)),
                .array(effects.map { PostgresJSON($0.arguments) }),
                .array(effects.map { PostgresTimestamp($0.createdAt) }),
                .array(effects.map { PostgresTimestamp($0.due) }),
                .array(optional: effects.map { $0.validUntil.map { PostgresTimestamp($0) } }),
                .array(effects.map(\.facesPeople)),
            ])
    }

    private static let settleStatement = PostgresStatement(
        "settle_effects",
        """
        UPDATE outbox SET outcome = nullif(settled.outcome, 'open') FROM unnest($1::text[], $2::text[]) AS settled (id, outcome)
        WHERE outbox.id = settled.id AND (outbox.outcome IS NULL OR outbox.outcome = 'uncertain')
        """)

    private var settle: PostgresCall {
        PostgresCall(Self.settleStatement, [.array(settlements.map(\.effect)), .array(settlements.map(\.outcome))])
    }

    private static let markStatement = PostgresStatement(
        "mark_effects",
        """
        WITH marked AS (
            UPDATE outbox SET outcome = 'uncertain' FROM unnest($1::text[]) AS mine (id)
            WHERE outbox.id = mine.id AND outbox.outcome IS NULL
            RETURNING 1)
        SELECT gwanje_expect((SELECT count(*) FROM marked), $2)
        """)

    /// Before a receiver acts that must not act twice: it is for one hub alone, and once.
    private var mark: PostgresCall {
        PostgresCall(Self.markStatement, [.array(uncertain), .int8(Int64(uncertain.count))])
    }

    private static let snapshotStatement = PostgresStatement(
        "save_snapshots",
        """
        INSERT INTO snapshot (site, kind, key, schema, version, state)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::json[])
        ON CONFLICT (site, kind, key, schema) DO UPDATE SET version = EXCLUDED.version, state = EXCLUDED.state
        """)

    private var saveSnapshots: PostgresCall {
        PostgresCall(
            Self.snapshotStatement,
            [
                .array(snapshots.map(\.stream.site)), .array(snapshots.map(\.stream.kind)),
                .array(snapshots.map(\.stream.key)), .array(snapshots.map { Int32($0.snapshot.schema) }),
                .array(snapshots.map(\.snapshot.version)), .array(snapshots.map { PostgresJSON($0.snapshot.state) }),
            ])
    }
}

extension PostgresJSON {
    init(_ bytes: [UInt8]) { self.init(String(decoding: bytes, as: UTF8.self)) }
}
