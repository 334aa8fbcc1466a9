package import Actors

/// Effects that were not carried out, for an operator. Everything is one site's.
package struct EffectQueries: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// The target refused, it came too late, or the receiver never took it. It can be re-queued.
        case dead
        /// Due for longer than a minute, and tried again and again.
        case late
    }

    package struct Listed: Sendable {
        package let entry: OutboxEntry
        /// `rejected:CODE` or `expired`; nil while it is tried.
        package let outcome: String?
    }

    /// Rows that one answer holds.
    package static let countMax = 200
    /// In seconds past its time.
    static let lateAfter: Int64 = 60

    private let readers: ReadPool
    private let keys: PersonKeys

    package init(readers: ReadPool, keys: PersonKeys) {
        self.readers = readers
        self.keys = keys
    }

    /// The newest first, at most `countMax`.
    package func list(_ site: String, _ state: State, now: Instant) async throws -> [Listed] {
        try await readers.read { connection throws(PostgresError) in
            let late = now + .seconds(-Self.lateAfter)
            let rows = try connection.query(
                state == .dead ? Self.dead : Self.late,
                [.text(site)] + (state == .late ? [.init(PostgresTimestamp(late))] : []))
            return try rows.map(Self.read)
        }
    }

    /// How many there are of each, over all sites: for metrics.
    package func counts(now: Instant) async throws -> [State: Int] {
        try await readers.read { connection throws(PostgresError) in
            let row = try connection.query(
                """
                SELECT count(*) FILTER (WHERE outcome IS NOT NULL), count(*) FILTER (WHERE outcome IS NULL AND due_at < $1)
                FROM outbox AS effect WHERE \(Self.isOpen)
                """, [.init(PostgresTimestamp(now + .seconds(-Self.lateAfter)))])[0]
            return [.dead: Int(try row.value(0, as: Int64.self)), .late: Int(try row.value(1, as: Int64.self))]
        }
    }

    /// One that can be re-queued; nil when there is none of this id, or it was carried out, or re-queued before.
    package func dead(_ site: String, id: String) async throws -> OutboxEntry? {
        let found = try await readers.read { connection throws(PostgresError) in
            try connection.query(Self.one, [.text(site), .text(id)]).first.map(Self.read)?.entry
        }
        return found.map { $0.with(arguments: keys.opened($0.arguments, at: site)) }
    }

    // MARK: Statements

    /// Not done, and nothing came of it later.
    private static let isOpen = """
        (outcome IS NULL OR outcome <> 'done') AND NOT EXISTS (
            SELECT FROM outbox AS next WHERE next.id = gwanje_next_effect(effect.id))
        """
    private static let columns = """
        SELECT id, site, kind, key, name, arguments, created_at, due_at, valid_until, faces_people, outcome
        FROM outbox AS effect WHERE site = $1
        """
    private static let dead = PostgresStatement(
        "dead_effects",
        "\(columns) AND outcome IS NOT NULL AND \(isOpen) ORDER BY created_at DESC, id LIMIT \(countMax)")
    private static let late = PostgresStatement(
        "late_effects", "\(columns) AND outcome IS NULL AND due_at < $2 ORDER BY created_at DESC, id LIMIT \(countMax)")
    private static let one = PostgresStatement(
        "dead_effect", "\(columns) AND id = $2 AND outcome IS NOT NULL AND \(isOpen)")

    private static func read(_ row: PostgresRow) throws(PostgresError) -> Listed {
        Listed(
            entry: OutboxEntry(
                id: try row.value(0),
                target: StreamID(site: try row.value(1), kind: try row.value(2), key: try row.value(3)),
                name: try row.value(4), arguments: Array(try row.value(5, as: PostgresJSON.self).text.utf8),
                createdAt: try row.value(6, as: PostgresTimestamp.self).instant,
                due: try row.value(7, as: PostgresTimestamp.self).instant,
                validUntil: try row.optional(8, as: PostgresTimestamp.self)?.instant, facesPeople: try row.value(9)),
            outcome: try row.optional(10))
    }
}
