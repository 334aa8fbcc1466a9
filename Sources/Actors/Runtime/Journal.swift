/// The durable history, as the runtime needs it. PostgreSQL in production, a seeded double in the simulation.
///
/// Every completion runs later on the `lane` that was given, never inside the call.
package protocol Journal: Sendable {
    /// Commits the whole batch or nothing. Batches enqueued by one lane commit in that order.
    func append(
        _ batch: Batch, on lane: any Lane, done: @escaping @Sendable (Result<Appended, JournalError>) -> Void)

    /// Reads what an actor needs to start: newest snapshot of `schema`, the events after it, and remembered replies: those to
    /// `keys`, and to the latest of the commands that led to these events.
    func load(
        _ stream: StreamID, schema: Int, keys: [CommandKey], on lane: any Lane,
        done: @escaping @Sendable (Result<Loaded, JournalError>) -> Void)

    /// Events with `after < seq`, oldest first, at most `limit`.
    func events(
        of stream: StreamID, after seq: Int64, limit: Int, on lane: any Lane,
        done: @escaping @Sendable (Result<[StoredEvent], JournalError>) -> Void)

    /// Effects without a final outcome, oldest first.
    func pendingEffects(
        on lane: any Lane, done: @escaping @Sendable (Result<[OutboxEntry], JournalError>) -> Void)

    /// The projection rows that follow from an event, computed on the lane of the actor. Pure.
    func rows<K: Kind>(_ kind: K.Type, _ event: K.Event, _ state: K.State, of id: StreamID, at: Instant) -> [Row]
}

package enum JournalError: Error, Sendable, Equatable {
    /// Nothing was committed; try later.
    case unavailable(String)
    /// The stream has moved on, or a command key is already there: reload and decide again.
    case conflict
    /// The connection was lost while the commit was under way, and the old backend is gone: look the batch up.
    case inDoubt
    /// Another hub owns this database now. Step down.
    case deposed
    /// The database refuses the content itself; trying again cannot help.
    case refused(String)
}

/// One transaction, made by the actor of `appends[0]`: its events, the streams born with them, and everything that must be
/// true together.
package struct Batch: Sendable {
    package var appends: [StreamAppend]
    package var commands: [CommandRecord]
    package var effects: [OutboxEntry]
    package var settlements: [Settlement]
    package var rows: [Row]
    package var snapshot: Snapshot?

    package init(
        appends: [StreamAppend] = [], commands: [CommandRecord] = [], effects: [OutboxEntry] = [],
        settlements: [Settlement] = [], rows: [Row] = [], snapshot: Snapshot? = nil
    ) {
        self.appends = appends
        self.commands = commands
        self.effects = effects
        self.settlements = settlements
        self.rows = rows
        self.snapshot = snapshot
    }

    package var isEmpty: Bool { appends.isEmpty && commands.isEmpty && settlements.isEmpty }
}

/// The next events of one stream. `expected` is the version before them: the fence. Without events it is the fence alone, also
/// at version 0 of a stream that does not exist yet.
package struct StreamAppend: Sendable {
    package let stream: StreamID
    package let expected: Int64
    /// The hash chain's head before these events; the empty link starts a stream.
    package let chain: ChainLink
    package var events: [StoredEvent]

    package init(stream: StreamID, expected: Int64, chain: ChainLink, events: [StoredEvent]) {
        self.stream = stream
        self.expected = expected
        self.chain = chain
        self.events = events
    }
}

/// The head of a stream's hash chain, opaque to everyone but the journal.
package struct ChainLink: Sendable, Hashable {
    package let bytes: [UInt8]
    package init(_ bytes: [UInt8] = []) { self.bytes = bytes }
}

/// An event as the journal keeps it. `payload` is the exact JSON text: the chain covers it.
package struct StoredEvent: Sendable, Hashable {
    package let seq: Int64
    package let name: String
    package let schema: Int
    package let payload: [UInt8]
    package let at: Instant
    package let principal: String
    package let commandKey: String

    package init(
        seq: Int64, name: String, schema: Int, payload: [UInt8], at: Instant, principal: String, commandKey: String
    ) {
        self.seq = seq
        self.name = name
        self.schema = schema
        self.payload = payload
        self.at = at
        self.principal = principal
        self.commandKey = commandKey
    }
}

extension StoredEvent {
    /// With the texts of personal fields alone.
    var plain: StoredEvent { with(payload: PersonalFields.plain(payload)) }

    package func with(payload: [UInt8]) -> StoredEvent {
        StoredEvent(
            seq: seq, name: name, schema: schema, payload: payload, at: at, principal: principal,
            commandKey: commandKey)
    }
}

/// What makes a command safe to repeat: unique per stream and principal.
package struct CommandKey: Sendable, Hashable {
    package let principal: String
    package let key: String
    package init(principal: String, key: String) {
        self.principal = principal
        self.key = key
    }

    /// Begins the keys of what the hub says itself whenever an edge repeats a number.
    package static let reused = "reused:"

    /// An edge may say it again, or cause it again, for as long as it keeps its weights.
    package var isOfDevice: Bool {
        principal.hasPrefix("device:") || principal == "system" && key.hasPrefix(Self.reused)
    }
}

/// The remembered answer to a committed command: one that changed something, or an effect whatever its outcome.
package struct CommandRecord: Sendable, Hashable {
    package let stream: StreamID
    package let key: CommandKey
    /// A digest of topic, name and arguments: the same key with another body is refused.
    package let body: [UInt8]
    package let seq: Int64
    package let at: Instant

    package init(stream: StreamID, key: CommandKey, body: [UInt8], seq: Int64, at: Instant) {
        self.stream = stream
        self.key = key
        self.body = body
        self.seq = seq
        self.at = at
    }
}

/// The encoded state of an actor at a version.
package struct Snapshot: Sendable, Hashable {
    package let version: Int64
    package let schema: Int
    package let state: [UInt8]
    package init(version: Int64, schema: Int, state: [UInt8]) {
        self.version = version
        self.schema = schema
        self.state = state
    }
}

package struct Appended: Sendable {
    /// The chain heads, in the order of the batch's `appends`.
    package let chains: [ChainLink]
    package init(chains: [ChainLink]) { self.chains = chains }
}

package struct Loaded: Sendable {
    package let version: Int64
    package let chain: ChainLink
    package let snapshot: Snapshot?
    package let events: [StoredEvent]
    package let commands: [CommandRecord]

    package init(
        version: Int64, chain: ChainLink, snapshot: Snapshot?, events: [StoredEvent], commands: [CommandRecord]
    ) {
        self.version = version
        self.chain = chain
        self.snapshot = snapshot
        self.events = events
        self.commands = commands
    }
}

/// One row of a projection: a whole row, replaced by its key. The table's shape lives in Persistence.
package struct Row: Sendable, Hashable {
    package enum Value: Sendable, Hashable {
        case null
        case bool(Bool)
        case int(Int64)
        case text(String)
        case bytes([UInt8])
        case instant(Instant)
        /// A calendar day.
        case day(BusinessDate)
        /// Grams, stored as decimal kilograms.
        case grams(Int64)
    }

    package let table: String
    package let values: [Value]

    package init(_ table: String, _ values: [Value]) {
        self.table = table
        self.values = values
    }
}
