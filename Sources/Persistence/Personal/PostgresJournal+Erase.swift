package import Actors

extension PostgresJournal {
    /// Destroys the key of somebody whose record has been erased: what the journal says about the person cannot be read any more, and
    /// every row says so. An account's password and log-ins go as well. Doing it again changes nothing.
    ///
    /// For a hub without sessions: what actors have in memory stays as it is. Reads every row of the site's projections.
    package func erase(_ person: Person, at now: Instant) async throws(PostgresError) {
        let (keys, ownerEpoch) = (keys, ownerEpoch)
        try await writer.run { connection throws(PostgresError) in
            try connection.transaction { connection throws(PostgresError) in
                try connection.query("SELECT gwanje_expect_owner($1)", [.int8(ownerEpoch)])
                try connection.query(
                    "INSERT INTO erased_person (site, person, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    [.text(person.site), .text(person.id), .init(PostgresTimestamp(now))])
                try connection.query(
                    "DELETE FROM person_key WHERE site = $1 AND person = $2", [.text(person.site), .text(person.id)])
                for table in Self.personalTables { try connection.query(table, Self.parameters(of: person)) }
                if person.id.hasPrefix("user:") { try Self.endAccount(person, &connection) }
            }
            keys.forget(person)
            // The deleted row is still on its page, and so are names that stood in clear for SQL to search.
            for table in ["person_key", Projections.driver.name, Projections.appUser.name] {
                try connection.execute("VACUUM FULL \(table)")
            }
        }
    }

    /// Everyone who has been erased, for a backup from before that is restored.
    package func erasedPersons() async throws(PostgresError) -> [Person] {
        try await writer.run { connection throws(PostgresError) in
            try connection.query("SELECT site, person FROM erased_person ORDER BY site, person")
                .map { row throws(PostgresError) in Person(site: try row.value(0), id: try row.value(1)) }
        }
    }

    /// Whether the stream of somebody's record began before a moment: later, the number is another person's. Nil when there is none.
    package func isKnown(_ record: StreamID, before moment: Instant) async throws(PostgresError) -> Bool? {
        try await writer.run { connection throws(PostgresError) in
            // A stream whose beginning was detached is older than a month.
            let rows = try connection.query(
                """
                SELECT coalesce((
                    SELECT at < $4 FROM journal
                    WHERE (site, kind, key) = (head.site, head.kind, head.key) AND seq = 1), true)
                FROM stream_head AS head WHERE site = $1 AND kind = $2 AND key = $3
                """, [.text(record.site), .text(record.kind), .text(record.key), .init(PostgresTimestamp(moment))])
            return try rows.first?.value(0)
        }
    }

    private static func endAccount(_ person: Person, _ connection: inout PostgresConnection) throws(PostgresError) {
        let account: [PostgresParameter] = [.text(person.site), .text(String(person.id.dropFirst("user:".count)))]
        try connection.query(
            "DELETE FROM guess WHERE login_id IN (SELECT login_id FROM credential WHERE site = $1 AND account = $2)",
            account)
        try connection.query("DELETE FROM credential WHERE site = $1 AND account = $2", account)
        try connection.query("DELETE FROM login WHERE site = $1 AND account = $2", account)
    }

    // MARK: Rows

    /// Site, the pattern of a sealed text, what stands for an erased one, and what both begin with.
    private static func parameters(of person: Person) -> [PostgresParameter] {
        // Of the characters that an id may have, a pattern takes only the full stop for another.
        let quoted = person.id.replacing(".", with: "\\.")
        let erased = Personal(nil, of: person.id).coded
        let sealed = String(erased.dropLast()) + "\u{E002}"
        return [
            .text(person.site), .text("\u{E000}\(quoted)\u{E002}[A-Za-z0-9+/=]*"), .text(erased), .text(sealed),
        ]
    }

    /// A rebuild finds no key and writes the same.
    private static let personalTables: [String] = {
        let projections = Projections.tables.values.map { table in
            (
                table.name,
                table.columns.dropFirst(table.keyCount).filter { $0.type == .text || $0.type == .json }.map {
                    ($0.name, $0.type.rawValue)
                }
            )
        }
        let others = [("snapshot", [("state", "json")]), ("outbox", [("arguments", "json")])]
        return (projections + others).sorted { $0.0 < $1.0 }.map { name, columns in
            let changes = columns.map { name, type in "\(name) = regexp_replace(\(name)::text, $2, $3, 'g')::\(type)" }
            let found = columns.map { name, _ in "position($4 IN \(name)::text) > 0" }
            return "UPDATE \(name) SET \(changes.joined(separator: ", ")) "
                + "WHERE site = $1 AND (\(found.joined(separator: " OR ")))"
        }
    }()
}
