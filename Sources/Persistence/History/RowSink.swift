import Actors

/// What follows from the events, on its way into the tables of the pass.
struct RowSink {
    private static let bufferedCountMax = 2000
    /// Persons who have no key in the database yet.
    private(set) var fresh: Set<Person> = []
    private(set) var rowCount = 0
    private(set) var effectCount = 0
    private let keys: PersonKeys
    private var rows: [String: [Row]] = [:]
    private var effects: [(id: String, at: Instant)] = []
    private var bufferedCount = 0

    init(keys: PersonKeys) { self.keys = keys }

    mutating func add(
        _ rows: [Row], _ effects: [OutboxEntry], _ connection: inout PostgresConnection
    ) throws(PostgresError) {
        for row in rows { self.rows[row.table, default: []].append(row.sealed(with: keys, &fresh) ?? row) }
        self.effects += effects.map { ($0.id, $0.createdAt) }
        bufferedCount += rows.count + effects.count
        rowCount += rows.count
        effectCount += effects.count
        if bufferedCount >= Self.bufferedCountMax { try flush(&connection) }
    }

    mutating func flush(_ connection: inout PostgresConnection) throws(PostgresError) {
        for (name, rows) in rows.sorted(by: { $0.key < $1.key }) {
            guard let call = Projections.tables[name]?.call(rows) else {
                preconditionFailure("no projection table \(name)")
            }
            try connection.query(call.statement, call.parameters)
        }
        if !effects.isEmpty {
            try connection.query(
                "INSERT INTO pg_temp.effect SELECT * FROM unnest($1::text[], $2::timestamptz[])",
                [.array(effects.map(\.id)), .array(effects.map { PostgresTimestamp($0.at) })])
        }
        rows = [:]
        effects = []
        bufferedCount = 0
    }
}
