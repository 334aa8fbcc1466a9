/// A table of the pass (`pg_temp`) beside the real one (`public`).
extension ProjectionTable {
    enum Difference: String {
        case missing = "is missing"
        case extra = "follows from no event"
    }

    /// Rows that differ, by key: what the row is called, and what is wrong with it.
    ///
    /// - Parameter isWhole: false when the oldest events are not here: then a row may follow from one of those.
    func differences(
        isWhole: Bool, limit: Int, _ connection: inout PostgresConnection
    ) throws(PostgresError) -> [(row: String, what: String)] {
        let keys = columns.prefix(keyCount).map(\.name)
        let join = keys.map { "due.\($0) = found.\($0)" }.joined(separator: " AND ")
        let name = keys.map { "coalesce(due.\($0), found.\($0))" }.joined(separator: ", ")
        let differs = columns.dropFirst(keyCount).map {
            "WHEN due.\($0.name)::text IS DISTINCT FROM found.\($0.name)::text THEN 'has another \($0.name)'"
        }.joined(separator: " ")
        let extra = "due.\(keys[0]) IS NULL"
        let result = try connection.query(
            """
            SELECT row, what FROM (
                SELECT concat_ws('/', \(name)) AS row,
                    CASE WHEN found.\(keys[0]) IS NULL THEN '\(Difference.missing.rawValue)'
                        WHEN \(extra) THEN \(isWhole ? "'\(Difference.extra.rawValue)'" : "NULL")
                        \(differs) END AS what
                FROM pg_temp.\(self.name) AS due FULL JOIN public.\(self.name) AS found ON \(join)) AS compared
            WHERE what IS NOT NULL ORDER BY row LIMIT \(limit)
            """)
        return try result.map { row throws(PostgresError) in (try row.value(0), try row.value(1)) }
    }

    /// Makes the real table say what the table of the pass says; rows that are right stay as they are.
    func mend(isWhole: Bool, _ connection: inout PostgresConnection) throws(PostgresError) {
        let keys = columns.prefix(keyCount).map(\.name)
        let rest = columns.dropFirst(keyCount).map(\.name)
        let all = columns.map(\.name).joined(separator: ", ")
        if isWhole {
            try connection.execute(
                """
                DELETE FROM public.\(name) AS found WHERE NOT EXISTS (SELECT FROM pg_temp.\(name) AS due
                    WHERE \(keys.map { "due.\($0) = found.\($0)" }.joined(separator: " AND ")))
                """)
        }
        try connection.execute(
            """
            INSERT INTO public.\(name) AS found (\(all)) SELECT \(all) FROM pg_temp.\(name)
            ON CONFLICT (\(keys.joined(separator: ", ")))
            DO UPDATE SET \(rest.map { "\($0) = EXCLUDED.\($0)" }.joined(separator: ", "))
            WHERE \(rest.map { "found.\($0)::text IS DISTINCT FROM EXCLUDED.\($0)::text" }.joined(separator: " OR "))
            """)
    }
}
