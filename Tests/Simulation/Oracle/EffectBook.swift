import Actors

/// Effects: each is settled once, with the events it caused and none later, and those of one stream to one target in order.
struct EffectBook {
    private struct Way: Hashable {
        let source: Substring
        let target: StreamID
    }

    private var outcomes: [String: String] = [:]
    /// Effects that are to be carried out at once, in the order in which they were decided.
    private var waiting: [Way: [String]] = [:]
    private var entries: [String: OutboxEntry] = [:]

    mutating func add(_ entry: OutboxEntry, _ oracle: Oracle) {
        oracle.expect(entries.updateValue(entry, forKey: entry.id) == nil, "\(entry.id) is in the outbox twice")
        if Self.isImmediate(entry) { waiting[Self.way(entry), default: []].append(entry.id) }
    }

    mutating func settle(_ settlement: Settlement, _ batch: Batch, _ oracle: Oracle) {
        guard let entry = entries[settlement.effect] else {
            return oracle.fail("\(settlement.effect) is settled and was never in the outbox")
        }
        if settlement.outcome == Settlement.open {
            let first = outcomes.removeValue(forKey: entry.id)
            return oracle.expect(
                first == nil || first == Settlement.uncertain, "\(entry.id) was \(first ?? "-") and is open again")
        }
        if let first = outcomes.updateValue(settlement.outcome, forKey: entry.id) {
            // What a receiver did is written until it is, and takes the place of the mark that it may do it.
            if entry.isOutside, first == Settlement.uncertain || first == settlement.outcome { return }
            return oracle.fail("\(entry.id) is settled twice: \(first), then \(settlement.outcome)")
        }
        let acts = batch.appends.first?.events.contains { $0.commandKey == entry.id } ?? false
        oracle.expect(
            !acts || (settlement.outcome == "done" && batch.appends.first?.stream == entry.target),
            "\(entry.id) acted and is settled as \(settlement.outcome)")
        guard Self.isImmediate(entry) else { return }
        let way = Self.way(entry)
        // A mark that is taken back and set again has been let through before.
        if entry.isOutside, waiting[way]?.contains(entry.id) != true { return }
        oracle.expect(
            !oracle.isStrict || waiting[way]?.first == entry.id,
            "\(entry.id) \(entry.name) overtakes \(waiting[way]?.first ?? "-") on its way to \(entry.target)")
        waiting[way]?.removeAll { $0 == entry.id }
    }

    var unsettled: [String] { entries.keys.filter { outcomes[$0] == nil }.sorted() }
    var count: Int { entries.count }

    private static func isImmediate(_ entry: OutboxEntry) -> Bool { entry.due <= entry.createdAt }
    private static func way(_ entry: OutboxEntry) -> Way {
        Way(source: entry.id.prefix { $0 != "#" }, target: entry.target)
    }
}
