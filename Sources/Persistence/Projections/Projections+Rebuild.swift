import Actors

extension Projections {
    /// Makes every projection anew from the journal, in one transaction: the rows are those that the running hub wrote.
    ///
    /// A hub may run meanwhile: what it commits waits for this and replaces its rows afterwards. Blocks, and holds up readers of
    /// the projections until it is done. Returns the number of events read.
    @discardableResult
    package static func rebuild(_ connection: inout PostgresConnection) throws -> Int {
        try connection.execute("BEGIN")
        do {
            try connection.execute("TRUNCATE \(tables.keys.sorted().joined(separator: ", "))")
            var eventCount = 0
            // In the order of the list, the register before the tickets: a finished ticket's row is first written by its register,
            // then by itself.
            for kind in Kinds.all { eventCount += try fold(kind.type).write(&connection) }
            try connection.execute("COMMIT")
            return eventCount
        } catch {
            if connection.isInTransaction { _ = try? connection.execute("ROLLBACK") }
            throw error
        }
    }
}

private func fold(_ kind: (some Kind).Type) -> Fold { Fold(kind) }

/// All streams of one kind, one after another.
private struct Fold {
    private let kind: String
    private let begin: (StreamID) -> any FoldedStream

    init<K: Kind>(_ kind: K.Type) {
        self.kind = K.name
        begin = { KindStream<K>($0) }
    }

    /// Events read at once.
    private static let pageLength: Int64 = 2000

    func write(_ connection: inout PostgresConnection) throws -> Int {
        var eventCount = 0
        for id in try streams(&connection) {
            var stream = begin(id)
            var seq: Int64 = 0
            while true {
                let page = try PostgresJournal.events(of: id, after: seq, limit: Self.pageLength, &connection)
                guard let last = page.last else { break }
                seq = last.seq
                eventCount += page.count
                var rows: [String: [Row]] = [:]
                for row in try page.flatMap({ try stream.apply($0) }) { rows[row.table, default: []].append(row) }
                for (name, rows) in rows {
                    guard let call = Projections.tables[name]?.call(rows) else {
                        preconditionFailure("no projection table \(name)")
                    }
                    try connection.query(call.statement, call.parameters)
                }
            }
        }
        return eventCount
    }

    private func streams(_ connection: inout PostgresConnection) throws(PostgresError) -> [StreamID] {
        try connection.query("SELECT site, key FROM stream_head WHERE kind = $1 ORDER BY site, key", [.text(kind)])
            .map { row throws(PostgresError) in
                StreamID(site: try row.value(0), kind: kind, key: try row.value(1))
            }
    }
}

private protocol FoldedStream {
    /// The rows that follow from the next event.
    mutating func apply(_ stored: StoredEvent) throws -> [Row]
}

private struct KindStream<K: Kind>: FoldedStream {
    let id: StreamID
    var state: K.State

    init(_ id: StreamID) {
        self.id = id
        state = K.initial(id)
    }

    mutating func apply(_ stored: StoredEvent) throws -> [Row] {
        let event = try JSON.decode(K.Event.self, from: JSON.joinCase(name: stored.name, payload: stored.payload))
        K.evolve(&state, event, at: stored.at)
        return Projections.rows(K.self, event, state, of: id, at: stored.at)
    }
}
