package import Actors

extension PostgresJournal {
    package func load(
        _ stream: StreamID, schema: Int, keys: [CommandKey], on lane: any Lane,
        done: @escaping @Sendable (Result<Loaded, JournalError>) -> Void
    ) {
        let (commandCountMax, personKeys) = (limits.loadedCommandCountMax, self.keys)
        read(on: lane, done) { connection throws(PostgresError) in
            // One picture of all tables: the writer may commit between two statements.
            try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            let (version, chain) = try Self.head(of: stream, &connection)
            let snapshot = try Self.snapshot(of: stream, schema, &connection)
            let events = try Self.events(of: stream, after: snapshot?.version ?? 0, limit: Int64.max, &connection)
            // Whoever repeats a command soon after a start repeats one of the latest.
            let recent = events.suffix(commandCountMax).map { CommandKey(principal: $0.principal, key: $0.commandKey) }
            let commands = try Self.commands(of: stream, Set(keys + recent), &connection)
            try connection.execute("COMMIT")
            return try personKeys.opening(&connection) { missing in
                Loaded(
                    version: version, chain: chain,
                    snapshot: snapshot.map {
                        Snapshot(
                            version: $0.version, schema: schema,
                            state: personKeys.opened($0.state, at: stream.site, &missing))
                    },
                    events: events.map { $0.opened(with: personKeys, at: stream.site, &missing) }, commands: commands)
            }
        }
    }

    package func events(
        of stream: StreamID, after seq: Int64, limit: Int, on lane: any Lane,
        done: @escaping @Sendable (Result<[StoredEvent], JournalError>) -> Void
    ) {
        read(on: lane, done) { [keys] connection throws(PostgresError) in
            let events = try Self.events(of: stream, after: seq, limit: Int64(limit), &connection)
            return try keys.opening(&connection) { missing in
                events.map { $0.opened(with: keys, at: stream.site, &missing) }
            }
        }
    }

    package func pendingEffects(
        on lane: any Lane, done: @escaping @Sendable (Result<[OutboxEntry], JournalError>) -> Void
    ) {
        read(on: lane, done) { [keys] connection throws(PostgresError) in
            let entries = try connection.query(Self.pendingStatement).map { row throws(PostgresError) in
                let site: String = try row.value(1)
                return OutboxEntry(
                    id: try row.value(0),
                    target: StreamID(site: site, kind: try row.value(2), key: try row.value(3)),
                    name: try row.value(4),
                    arguments: Array(try row.value(5, as: PostgresJSON.self).text.utf8),
                    createdAt: try row.value(6, as: PostgresTimestamp.self).instant,
                    due: try row.value(7, as: PostgresTimestamp.self).instant,
                    validUntil: try row.optional(8, as: PostgresTimestamp.self)?.instant, facesPeople: try row.value(9))
            }
            return try keys.opening(&connection) { missing in
                entries.map { $0.with(arguments: keys.opened($0.arguments, at: $0.target.site, &missing)) }
            }
        }
    }

    private func read<T: Sendable>(
        on lane: any Lane, _ done: @escaping @Sendable (Result<T, JournalError>) -> Void,
        _ body: @escaping @Sendable (inout PostgresConnection) throws(PostgresError) -> T
    ) {
        readers.read(body) { result in
            lane.post { done(result.mapError { Self.classify($0) }) }
        }
    }

    // MARK: Statements

    private static let headStatement = PostgresStatement(
        "load_head", "SELECT version, chain_hash FROM stream_head WHERE site = $1 AND kind = $2 AND key = $3")

    private static func head(
        of stream: StreamID, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> (Int64, ChainLink) {
        guard let row = try connection.query(headStatement, parameters(stream)).first else { return (0, ChainLink()) }
        return (try row.value(0), ChainLink(try row.value(1)))
    }

    private static let snapshotStatement = PostgresStatement(
        "load_snapshot",
        "SELECT version, state FROM snapshot WHERE site = $1 AND kind = $2 AND key = $3 AND schema = $4")

    private static func snapshot(
        of stream: StreamID, _ schema: Int, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> Snapshot? {
        let result = try connection.query(snapshotStatement, parameters(stream) + [.int4(Int32(schema))])
        guard let row = result.first else { return nil }
        return Snapshot(
            version: try row.value(0), schema: schema,
            state: Array(try row.value(1, as: PostgresJSON.self).text.utf8))
    }

    private static let eventStatement = PostgresStatement(
        "load_events",
        """
        SELECT seq, event, schema, payload, at, principal, command_key FROM journal
        WHERE site = $1 AND kind = $2 AND key = $3 AND seq > $4 ORDER BY seq LIMIT $5
        """)

    /// As they are stored: what is personal is sealed.
    static func events(
        of stream: StreamID, after seq: Int64, limit: Int64, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> [StoredEvent] {
        let result = try connection.query(eventStatement, parameters(stream) + [.int8(seq), .int8(limit)])
        return try result.map { row throws(PostgresError) in
            StoredEvent(
                seq: try row.value(0), name: try row.value(1), schema: Int(try row.value(2, as: Int32.self)),
                payload: Array(try row.value(3, as: PostgresJSON.self).text.utf8),
                at: try row.value(4, as: PostgresTimestamp.self).instant, principal: try row.value(5),
                commandKey: try row.value(6))
        }
    }

    private static let commandStatement = PostgresStatement(
        "load_commands", "SELECT id, body_hash, seq, at FROM command WHERE id = ANY ($1::uuid[])")

    private static func commands(
        of stream: StreamID, _ keys: Set<CommandKey>, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> [CommandRecord] {
        guard !keys.isEmpty else { return [] }
        let named = Dictionary(uniqueKeysWithValues: keys.map { ($0.id(in: stream), $0) })
        return try connection.query(commandStatement, [.array(Array(named.keys))])
            .map { row throws(PostgresError) in
                guard let key = named[try row.value(0)] else { preconditionFailure("a command nobody asked for") }
                return CommandRecord(
                    stream: stream, key: key, body: try row.value(1), seq: try row.value(2),
                    at: try row.value(3, as: PostgresTimestamp.self).instant)
            }
    }

    /// Numbers are compared as numbers: of two effects of one millisecond, `#10.0` comes after `#9.0`.
    private static let pendingStatement = PostgresStatement(
        "load_outbox",
        """
        SELECT id, site, kind, key, name, arguments, created_at, due_at, valid_until, faces_people FROM outbox
        WHERE outcome IS NULL
        ORDER BY created_at, split_part(id, '#', 1), split_part(split_part(id, '#', 2), '.', 1)::bigint,
            split_part(split_part(id, '#', 2), '.', 2)::bigint,
            nullif(split_part(split_part(id, '#', 2), '.', 3), '')::bigint NULLS FIRST
        """)

    private static func parameters(_ stream: StreamID) -> [PostgresParameter] {
        [.text(stream.site), .text(stream.kind), .text(stream.key)]
    }
}
