import DequeModule

/// The latest answers an actor gave, so that a repeat is answered without asking the journal. Oldest go first.
struct RememberedReplies: Sendable {
    /// Whether a key that is not here was never used: only as long as nothing was left out or let go.
    private(set) var isComplete = true
    private var records: [CommandKey: CommandRecord] = [:]
    private var order: Deque<CommandKey> = []

    subscript(key: CommandKey) -> CommandRecord? { records[key] }

    mutating func remember(_ record: CommandRecord, atMost countMax: Int) {
        if records.updateValue(record, forKey: record.key) == nil { order.append(record.key) }
        while order.count > countMax {
            records[order.removeFirst()] = nil
            isComplete = false
        }
    }

    /// A load brings the newest records only.
    mutating func mayMissOlder() { isComplete = false }
}
