import Actors

/// The tables: streams, command keys, outbox, snapshots. All or nothing, as one transaction.
struct JournalStore {
    private struct Stream {
        var events: [StoredEvent] = []
        var chain = ChainLink()
        var snapshot: Snapshot?
        var commands: [CommandRecord] = []
    }

    private struct Keyed: Hashable {
        let stream: StreamID
        let key: CommandKey
    }

    private var streams: [StreamID: Stream] = [:]
    private var commands: [Keyed: CommandRecord] = [:]
    private(set) var outbox: [OutboxEntry] = []
    private var outboxIndex: [String: Int] = [:]
    private(set) var settled: [String: String] = [:]

    /// How many of the newest command records come with a load, whoever asked.
    static let recentCommandCount = 12
    /// An event with this text in it is refused by the database, always.
    static let poison = Array("독약".utf8)
    /// And so is this event of this order, which only an effect can cause.
    static let poisonedOrder = "DO-1"

    private static func isPoisoned(_ event: StoredEvent, _ stream: StreamID) -> Bool {
        event.payload.contains(poison) || (stream.key == poisonedOrder && event.name == "weighingFinished")
    }

    var streamIDs: [StreamID] { streams.keys.sorted() }

    func version(of stream: StreamID) -> Int64 { Int64(streams[stream]?.events.count ?? 0) }
    func event(_ seq: Int64, of stream: StreamID) -> StoredEvent? {
        guard let events = streams[stream]?.events, seq >= 1, seq <= events.count else { return nil }
        return events[Int(seq) - 1]
    }
    func command(_ key: CommandKey, at stream: StreamID) -> CommandRecord? {
        commands[Keyed(stream: stream, key: key)]
    }
    func events(of stream: StreamID, after seq: Int64) -> ArraySlice<StoredEvent> {
        streams[stream]?.events.dropFirst(Int(seq)) ?? []
    }
    func effect(_ id: String) -> OutboxEntry? { outboxIndex[id].map { outbox[$0] } }
    /// Oldest first; those of one moment as text, `#10` before `#9`: the table knows no better.
    var pendingEffects: [OutboxEntry] {
        outbox.filter { settled[$0.id] == nil }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    func load(_ id: StreamID, schema: Int, keys: [CommandKey]) -> Loaded {
        let stream = streams[id] ?? Stream()
        let snapshot = stream.snapshot.flatMap { $0.schema == schema ? $0 : nil }
        let recent = stream.commands.suffix(Self.recentCommandCount)
        let asked = keys.compactMap { command($0, at: id) }.filter { !recent.contains($0) }
        return Loaded(
            version: Int64(stream.events.count), chain: stream.chain, snapshot: snapshot,
            events: Array(stream.events.dropFirst(Int(snapshot?.version ?? 0))), commands: Array(asked + recent))
    }

    func check(_ batch: Batch) -> Result<Void, JournalError> {
        for append in batch.appends {
            let stream = streams[append.stream] ?? Stream()
            guard append.expected == Int64(stream.events.count) else { return .failure(.conflict) }
            precondition(append.chain == stream.chain, "the chain of \(append.stream) is torn at \(append.expected)")
        }
        var keys: Set<Keyed> = []
        for record in batch.commands {
            let key = Keyed(stream: record.stream, key: record.key)
            guard commands[key] == nil, keys.insert(key).inserted else { return .failure(.conflict) }
        }
        for settlement in batch.settlements where settlement.outcome == Settlement.uncertain {
            guard settled[settlement.effect] == nil else { return .failure(.conflict) }
        }
        for append in batch.appends {
            for event in append.events where Self.isPoisoned(event, append.stream) {
                return .failure(.refused("poison"))
            }
        }
        return .success(())
    }

    mutating func commit(_ batch: Batch) -> [ChainLink] {
        let chains = batch.appends.map { append in
            var stream = streams[append.stream] ?? Stream()
            stream.events += append.events
            if !append.events.isEmpty { stream.chain = Self.link(stream.chain, append.events) }
            streams[append.stream] = stream
            return stream.chain
        }
        if let own = batch.appends.first?.stream, let snapshot = batch.snapshot { streams[own]?.snapshot = snapshot }
        for record in batch.commands {
            commands[Keyed(stream: record.stream, key: record.key)] = record
            streams[record.stream, default: Stream()].commands.append(record)
        }
        for entry in batch.effects {
            outboxIndex[entry.id] = outbox.count
            outbox.append(entry)
        }
        // The first outcome stays: UPDATE outbox … WHERE outcome IS NULL OR outcome = 'uncertain'.
        for settlement in batch.settlements
        where [nil, Settlement.uncertain].contains(settled[settlement.effect]) {
            settled[settlement.effect] = settlement.outcome == Settlement.open ? nil : settlement.outcome
        }
        return chains
    }

    private static func link(_ chain: ChainLink, _ events: [StoredEvent]) -> ChainLink {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in chain.bytes { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        for event in events {
            for byte in event.payload { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        }
        return ChainLink(withUnsafeBytes(of: hash) { Array($0) })
    }
}

extension [UInt8] {
    func contains(_ part: [UInt8]) -> Bool { firstIndex(of: part) != nil }

    func firstIndex(of part: [UInt8]) -> Int? {
        guard let first = part.first, count >= part.count else { return nil }
        var start = startIndex
        while let found = self[start...].firstIndex(of: first), found + part.count <= count {
            if self[found..<(found + part.count)].elementsEqual(part) { return found }
            start = found + 1
        }
        return nil
    }
}
