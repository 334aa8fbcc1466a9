import Actors

/// Reads the whole history once: follows every chain, folds every stream, and writes what follows into tables of its own
/// (`pg_temp`, named like the real ones), which are then compared with what is there.
///
/// Runs in one transaction of the level REPEATABLE READ, so that a hub may go on beside it: chains, rows and snapshots are those of one
/// moment.
struct HistoryPass {
    var report = HistoryReport()
    /// The frozen states that differ from the snapshot there is, or that have none where one is due, at that version.
    private(set) var betterSnapshots: [(stream: StreamID, snapshot: Snapshot)] = []
    let isWhole: Bool
    private let reader: HistoryReader
    private let heads: [StreamID: HistoryReader.Head]
    let baselines: [StreamID: HistoryReader.Baseline]
    private let snapshots: [StreamID: [SnapshotPlace]]
    /// Chain links that were signed earlier; each is compared when its stream gets there.
    private let sealed: [StreamID: [SealedHead]]
    private let snapshotInterval: Int64
    /// Chains cover what is stored, which is sealed; states are of what it says.
    private let keys: PersonKeys
    /// Persons whose keys a mended row is the first to use.
    private(set) var fresh: Set<Person> = []
    /// Streams keep what they are at their last event before this moment, in `pg_temp.baseline`, and get a snapshot of their end: they
    /// are loaded from that once their first events are gone.
    private let boundary: Instant?

    struct SealedHead {
        let version: Int64
        let chain: ChainLink
        /// Which seal says so.
        let seal: String
    }

    private struct SnapshotPlace {
        let schema: Int
        let version: Int64
    }

    /// - Parameter connection: in the transaction of the pass.
    init(
        sealed: [StreamID: [SealedHead]], keys: PersonKeys, snapshotInterval: Int64, boundary: Instant? = nil,
        _ connection: inout PostgresConnection
    ) throws {
        self.keys = keys
        self.boundary = boundary
        self.snapshotInterval = snapshotInterval
        reader = try HistoryReader(&connection)
        isWhole = reader.isWhole
        heads = try HistoryReader.heads(&connection)
        baselines = try HistoryReader.baselines(&connection)
        var places: [StreamID: [SnapshotPlace]] = [:]
        for row in try connection.query("SELECT site, kind, key, schema, version FROM snapshot") {
            let id = StreamID(site: try row.value(0), kind: try row.value(1), key: try row.value(2))
            let place = SnapshotPlace(schema: Int(try row.value(3, as: Int32.self)), version: try row.value(4))
            places[id, default: []].append(place)
        }
        snapshots = places
        var sealed = sealed
        for (id, baseline) in baselines where reader.isWhole {
            sealed[id, default: []].append(
                SealedHead(version: baseline.version, chain: baseline.chain, seal: "its baseline"))
        }
        self.sealed = sealed
    }

    mutating func run(_ connection: inout PostgresConnection) throws {
        try Self.makeTables(&connection)
        var unseen = Set(heads.keys)
        for kind in Kinds.all {
            // A finished ticket's row is first written by its register, then by itself: the register comes before it in the list.
            try read(Folding(kind.type), &unseen, &connection)
        }
        let known = Set(Kinds.all.map(\.name))
        for id in unseen.sorted() {
            if !known.contains(id.kind) {
                report.addBroken("\(id)", "is of a kind that this program does not know; nothing of it was checked")
            } else if let head = heads[id], head.version > 0 {
                // All of it may be in detached partitions.
                let baseline = isWhole ? nil : baselines[id]
                if head.version != baseline?.version {
                    report.addBroken("\(id)", "stands at \(head.version) and has no events")
                } else if head.chain != baseline?.chain {
                    report.addBroken("\(id)", "its chain does not end where its head says: an event was changed")
                }
            }
        }
        report.streamCount = heads.count
        for (id, marks) in sealed.sorted(by: { $0.key < $1.key }) where heads[id] == nil {
            report.addBroken("\(id)", "is gone; \(marks[0].seal) has it at \(marks[0].version)")
        }
        report.snapshotCount = snapshots.values.reduce(0) { $0 + $1.count }
    }

    /// All streams of one kind. Rows are collected over many streams: of two for one key the later counts.
    private mutating func read(
        _ folding: Folding, _ unseen: inout Set<StreamID>, _ connection: inout PostgresConnection
    ) throws {
        var current: OpenStream?
        var sink = RowSink(keys: keys)
        var pass = self
        try reader.forEachRun(of: folding.kind, &connection) { run, connection in
            if current?.id != run.stream {
                try current.map { try pass.close($0, &connection) }
                unseen.remove(run.stream)
                current = try pass.open(run.stream, folding)
            }
            guard var stream = current else { return }
            for event in run.events { try pass.take(event, &stream, &sink, &connection) }
            current = stream
        }
        try current.map { try pass.close($0, &connection) }
        try sink.flush(&connection)
        pass.report.rowCount += sink.rowCount
        pass.report.effectCount += sink.effectCount
        pass.fresh.formUnion(sink.fresh)
        self = pass
    }

    /// A stream that is being read.
    private struct OpenStream {
        let id: StreamID
        /// Nil once an event could not be read: its state is unknown from there on, its chain is not.
        var fold: (any StreamFold)?
        var seq: Int64
        var chain: ChainLink
        var at: Instant
        /// Where the first finding of its chain is reported, no more follow.
        var isBroken = false
    }

    private mutating func open(_ id: StreamID, _ folding: Folding) throws -> OpenStream {
        guard let baseline = baselines[id], !isWhole else {
            return OpenStream(
                id: id, fold: folding.begin(id), seq: 0, chain: ChainLink(), at: Instant(milliseconds: .min))
        }
        let fold =
            baseline.schema == folding.schema ? try? folding.resume(id, keys.opened(baseline.state, at: id.site)) : nil
        if fold == nil {
            report.addBroken(
                "\(id)",
                "its baseline at \(baseline.version) is of schema \(baseline.schema) and does not read as \(folding.schema)"
            )
        }
        return OpenStream(id: id, fold: fold, seq: baseline.version, chain: baseline.chain, at: baseline.at)
    }

    private mutating func take(
        _ event: StoredEvent, _ stream: inout OpenStream, _ sink: inout RowSink,
        _ connection: inout PostgresConnection
    ) throws {
        report.eventCount += 1
        let place = "\(stream.id)#\(event.seq)"
        if event.seq != stream.seq + 1, !stream.isBroken {
            report.addBroken(
                place, event.seq <= stream.seq ? "is there twice" : "follows \(stream.seq): there is a gap")
            stream.isBroken = true
        }
        if event.at < stream.at { report.addBroken(place, "is older than the event before it") }
        if let boundary, stream.at < boundary, event.at >= boundary { try keep(stream, &connection) }
        stream.seq = event.seq
        stream.at = max(stream.at, event.at)
        stream.chain = stream.chain.next(event, of: stream.id)
        for mark in sealed[stream.id] ?? [] where mark.version == event.seq && mark.chain != stream.chain {
            if !stream.isBroken {
                report.addBroken(place, "its chain is not the one in \(mark.seal): the past was rewritten")
            }
            stream.isBroken = true
        }
        guard stream.fold != nil else { return }
        let opened = event.opened(with: keys, at: stream.id.site)
        do {
            guard let (rows, effects) = try stream.fold?.apply(opened) else { return }
            try sink.add(rows, effects, &connection)
        } catch let error as DecodingError {
            report.addBroken(place, "does not read: \(error)")
            stream.fold = nil
        }
        try compareSnapshots(stream, &connection)
    }

    private mutating func close(_ stream: OpenStream, _ connection: inout PostgresConnection) throws {
        guard let head = heads[stream.id] else {
            return report.addBroken("\(stream.id)", "has \(stream.seq) events and no head")
        }
        if !stream.isBroken {
            if head.version != stream.seq {
                report.addBroken("\(stream.id)", "stands at \(head.version), its last event is \(stream.seq)")
            } else if head.chain != stream.chain {
                report.addBroken("\(stream.id)", "its chain does not end where its head says: an event was changed")
            }
        }
        for mark in sealed[stream.id] ?? [] where mark.version > stream.seq {
            report.addBroken("\(stream.id)", "ends at \(stream.seq); \(mark.seal) has it at \(mark.version)")
        }
        if let boundary, stream.at < boundary { try keep(stream, &connection) }
        guard let fold = stream.fold, head.version == stream.seq else { return }
        let places = snapshots[stream.id] ?? []
        if boundary != nil, !places.contains(where: { $0.schema == fold.schema && $0.version == stream.seq }) {
            let snapshot = Snapshot(version: stream.seq, schema: fold.schema, state: frozen(stream, fold))
            try HubDatabase.save(snapshot, of: stream.id, &connection)
        }
        for place in places where place.schema == fold.schema && place.version > stream.seq {
            report.add("\(stream.id)", "has a snapshot of version \(place.version), which is to come")
        }
        // Where one should be by now, however short its memory: a hub that starts reads no more than so many events.
        let isDue = stream.seq >= snapshotInterval
        let isThere = places.contains { $0.schema == fold.schema && $0.version <= stream.seq }
        if isDue, !isThere {
            report.add("\(stream.id)", "has no snapshot after \(stream.seq) events")
            betterSnapshots.append(
                (
                    stream.id,
                    Snapshot(version: stream.seq, schema: fold.schema, state: frozen(stream, fold))
                ))
        }
    }

    /// The state as it is stored.
    private mutating func frozen(_ stream: OpenStream, _ fold: any StreamFold) -> [UInt8] {
        let state = fold.frozen(at: stream.at)
        return keys.sealed(state, at: stream.id.site, &fresh) ?? state
    }

    private mutating func compareSnapshots(_ stream: OpenStream, _ connection: inout PostgresConnection) throws {
        guard let fold = stream.fold,
            snapshots[stream.id]?.contains(where: { $0.schema == fold.schema && $0.version == stream.seq }) == true
        else { return }
        let row = try connection.query(
            "SELECT state FROM snapshot WHERE site = $1 AND kind = $2 AND key = $3 AND schema = $4",
            [.text(stream.id.site), .text(stream.id.kind), .text(stream.id.key), .int4(Int32(fold.schema))])
        let found = Array(try row[0].value(0, as: PostgresJSON.self).text.utf8)
        let state = frozen(stream, fold)
        guard found != state else { return }
        report.add("\(stream.id)", "its snapshot at \(stream.seq) is not what its events lead to")
        betterSnapshots.append((stream.id, Snapshot(version: stream.seq, schema: fold.schema, state: state)))
    }

    /// The stream as it is now becomes its baseline.
    private mutating func keep(_ stream: OpenStream, _ connection: inout PostgresConnection) throws(PostgresError) {
        guard let fold = stream.fold, stream.seq > (baselines[stream.id]?.version ?? 0) else { return }
        try connection.query(
            Self.keepStatement,
            [
                .text(stream.id.site), .text(stream.id.kind), .text(stream.id.key), .int8(stream.seq),
                .bytea(stream.chain.bytes), .init(PostgresTimestamp(stream.at)), .int4(Int32(fold.schema)),
                .init(PostgresJSON(frozen(stream, fold))),
            ])
    }

    private static let keepStatement = PostgresStatement(
        "keep_baseline", "INSERT INTO pg_temp.baseline VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")

    // MARK: Tables of the pass

    private static func makeTables(_ connection: inout PostgresConnection) throws(PostgresError) {
        for table in Projections.tables.values.sorted(by: { $0.name < $1.name }) {
            let columns = table.columns.map(\.name).joined(separator: ", ")
            let key = table.columns.prefix(table.keyCount).map(\.name).joined(separator: ", ")
            try connection.execute(
                """
                CREATE TEMP TABLE \(table.name) ON COMMIT DROP AS SELECT \(columns) FROM public.\(table.name) WITH NO DATA;
                CREATE UNIQUE INDEX ON pg_temp.\(table.name) (\(key))
                """)
        }
        try connection.execute(
            "CREATE TEMP TABLE effect (id text NOT NULL, created_at timestamptz NOT NULL) ON COMMIT DROP")
        try connection.execute(
            "CREATE TEMP TABLE baseline ON COMMIT DROP AS SELECT * FROM journal_baseline WITH NO DATA")
    }
}
