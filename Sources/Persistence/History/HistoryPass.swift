import Actors

/// Reads the whole history once: follows every chain, folds every stream, and writes what follows into tables of its own
/// (`pg_temp`, named like the real ones), which are then compared with what is there.
///
/// Runs in one transaction of the level REPEATABLE READ, so that a hub may go on beside it: chains, rows and snapshots are those of one
/// moment.
struct HistoryPass {
    var report = HistoryReport()
    /// The frozen states that differ from the snapshot there is, or that have none where one is due, at that version.
    var betterSnapshots: [(stream: StreamID, snapshot: Snapshot)] = []
    let isWhole: Bool
    private let reader: HistoryReader
    private let heads: [StreamID: HistoryReader.Head]
    let baselines: [StreamID: HistoryReader.Baseline]
    let snapshots: [StreamID: [SnapshotPlace]]
    /// Chain links that were signed earlier; each is compared when its stream gets there.
    private let marks: [StreamID: [Mark]]
    let snapshotInterval: Int64
    /// Chains cover what is stored, which is sealed; states are of what it says.
    let keys: PersonKeys
    /// Persons whose keys are neither there nor destroyed, each reported once.
    private var missingKeys: Set<Person> = []
    /// Persons whose keys a mended row is the first to use.
    var fresh: Set<Person> = []
    /// Streams keep what they are at their last event before this moment, in `pg_temp.baseline`, and get a snapshot of their end: they
    /// are loaded from that once their first events are gone.
    let boundary: Instant?

    /// Where somebody knows the chain of a stream to have been.
    private struct Mark {
        let version: Int64
        let chain: ChainLink
        /// The place in the report of the seal that says so; nil for the stream's own baseline.
        let seal: Int?
    }

    struct SnapshotPlace {
        let schema: Int
        let version: Int64
    }

    /// - Parameter connection: in the transaction of the pass.
    init(
        seals: [Seal], keys: PersonKeys, snapshotInterval: Int64, boundary: Instant? = nil,
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
        let epoch = try HubDatabase.epoch(&connection)
        var marks: [StreamID: [Mark]] = [:]
        for (place, seal) in seals.enumerated() {
            report.seals.append(
                HistoryReport.SealComparison(
                    madeAt: seal.madeAt, streamCount: seal.heads.count, isOfOtherEpoch: seal.epoch != epoch))
            for head in seal.heads {
                let mark = Mark(version: head.version, chain: ChainLink(head.chain), seal: place)
                marks[head.stream, default: []].append(mark)
            }
        }
        if isWhole {
            for (id, baseline) in baselines {
                marks[id, default: []].append(Mark(version: baseline.version, chain: baseline.chain, seal: nil))
            }
        }
        self.marks = marks
    }

    mutating func run(_ connection: inout PostgresConnection) throws {
        try Self.makeTables(&connection)
        var unseen = Set(heads.keys)
        for kind in Kinds.all {
            // A finished ticket's row is first written by its register, then by itself: the register comes before it in the list.
            try read(Folding(kind.type), &unseen, &connection)
        }
        for id in unseen.sorted() {
            report.add(.journal, "\(id)", "is of a kind that this program does not know; nothing of it was checked")
        }
        report.streamCount = heads.count
        for (id, marks) in marks.sorted(by: { $0.key < $1.key }) where heads[id] == nil {
            for mark in marks { differs(mark, "\(id)", "is gone; \(name(mark)) has it at \(mark.version)") }
        }
        for id in snapshots.keys.sorted() where heads[id] == nil {
            report.add(.derived, "\(id)", "has a snapshot and no head")
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
                current = try pass.open(run.stream, folding, &connection)
            }
            guard var stream = current else { return }
            for event in run.events { try pass.take(event, &stream, &sink, &connection) }
            current = stream
        }
        try current.map { try pass.close($0, &connection) }
        // All of these may be in months that were detached.
        for id in unseen.filter({ $0.kind == folding.kind }).sorted() {
            unseen.remove(id)
            try pass.close(try pass.open(id, folding, &connection), &connection)
        }
        try sink.flush(&connection)
        pass.report.rowCount += sink.rowCount
        pass.report.effectCount += sink.effectCount
        pass.fresh.formUnion(sink.fresh)
        self = pass
    }

    /// A stream that is being read.
    struct OpenStream {
        let id: StreamID
        /// Nil once an event could not be read: its state is unknown from there on, its chain is not.
        var fold: (any StreamFold)?
        var seq: Int64
        var chain: ChainLink
        var at: Instant
        /// Where the first finding of its chain is reported, no more follow.
        var isBroken = false
    }

    private mutating func open(
        _ id: StreamID, _ folding: Folding, _ connection: inout PostgresConnection
    ) throws -> OpenStream {
        guard let baseline = baselines[id], !isWhole else {
            return OpenStream(
                id: id, fold: folding.begin(id), seq: 0, chain: ChainLink(), at: Instant(milliseconds: .min))
        }
        let fold =
            baseline.schema == folding.schema ? try? folding.resume(id, keys.opened(baseline.state, at: id.site)) : nil
        if fold == nil {
            report.add(
                .journal, "\(id)",
                "its baseline at \(baseline.version) is of schema \(baseline.schema) and does not read as \(folding.schema)"
            )
        }
        var stream = OpenStream(id: id, fold: fold, seq: baseline.version, chain: baseline.chain, at: baseline.at)
        for mark in marks[id] ?? [] where mark.version < baseline.version {
            if let seal = mark.seal { report.seals[seal].outOfReachCount += 1 }
        }
        compareMarks(&stream)
        try compareSnapshot(stream, &connection)
        return stream
    }

    private mutating func take(
        _ event: StoredEvent, _ stream: inout OpenStream, _ sink: inout RowSink,
        _ connection: inout PostgresConnection
    ) throws {
        report.eventCount += 1
        let place = "\(stream.id)#\(event.seq)"
        if event.seq != stream.seq + 1, !stream.isBroken {
            report.add(
                .journal, place, event.seq <= stream.seq ? "is there twice" : "follows \(stream.seq): there is a gap")
            stream.isBroken = true
        }
        if event.at < stream.at { report.add(.journal, place, "is older than the event before it") }
        if let boundary, stream.at < boundary, event.at >= boundary { try keep(stream, &connection) }
        stream.seq = event.seq
        stream.at = max(stream.at, event.at)
        stream.chain = stream.chain.next(event, of: stream.id)
        compareMarks(&stream)
        guard stream.fold != nil else { return }
        var missing: Set<Person> = []
        let opened = event.opened(with: keys, at: stream.id.site, &missing)
        for person in missing.sorted() where missingKeys.insert(person).inserted {
            report.add(.journal, place, "is about \(person), who was not erased and has no key that opens")
        }
        do {
            guard let (rows, effects) = try stream.fold?.apply(opened) else { return }
            try sink.add(rows, effects, &connection)
        } catch let error as DecodingError {
            report.add(.journal, place, "does not read: \(error)")
            stream.fold = nil
        }
        try compareSnapshot(stream, &connection)
    }

    private mutating func close(_ stream: OpenStream, _ connection: inout PostgresConnection) throws {
        let name = "\(stream.id)"
        guard let head = heads[stream.id] else {
            return report.add(.journal, name, "has \(stream.seq) events and no head")
        }
        if !stream.isBroken {
            if head.version != stream.seq {
                let end = stream.seq == 0 ? " and has no events" : ", its last event is \(stream.seq)"
                report.add(.journal, name, "stands at \(head.version)\(end)")
            } else if head.chain != stream.chain {
                report.add(.journal, name, "its chain does not end where its head says: an event was changed")
            }
        }
        for mark in marks[stream.id] ?? [] where mark.version > stream.seq {
            differs(mark, name, "ends at \(stream.seq); \(self.name(mark)) has it at \(mark.version)")
        }
        if let boundary, stream.at < boundary { try keep(stream, &connection) }
        guard let fold = stream.fold, head.version == stream.seq else { return }
        try closeSnapshots(stream, fold, &connection)
    }

    // MARK: Seals

    /// What was signed of the stream where it is now. Of several things that are wrong with a chain the first is reported.
    private mutating func compareMarks(_ stream: inout OpenStream) {
        for mark in marks[stream.id] ?? []
        where mark.version == stream.seq && mark.chain != stream.chain && !stream.isBroken {
            differs(
                mark, "\(stream.id)#\(stream.seq)",
                "its chain is not the one in \(name(mark)): the past was rewritten")
            stream.isBroken = !isOfOtherEpoch(mark)
        }
    }

    private mutating func differs(_ mark: Mark, _ subject: String, _ what: String) {
        if isOfOtherEpoch(mark) {
            report.add(.other, subject, what + ", or that seal is of a future that a restore gave up")
        } else {
            report.add(.journal, subject, what)
        }
    }

    private func isOfOtherEpoch(_ mark: Mark) -> Bool { mark.seal.map { report.seals[$0].isOfOtherEpoch } ?? false }

    private func name(_ mark: Mark) -> String {
        mark.seal.map { "the seal of \(report.seals[$0].madeAt)" } ?? "its baseline"
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
