import Actors

/// One stream read from its beginning, or from a baseline: the state after each event, and everything that follows from it.
protocol StreamFold {
    /// The rows and effects that follow from the next event. Throws `DecodingError`.
    mutating func apply(_ stored: StoredEvent) throws -> (rows: [Row], effects: [OutboxEntry])
    /// The state as a snapshot keeps it.
    func frozen(at: Instant) -> [UInt8]
    var schema: Int { get }
}

/// How a stream of a kind is folded: begins with nothing, or with the state of a baseline.
struct Folding {
    let kind: String
    let schema: Int
    let begin: (StreamID) -> any StreamFold
    /// Throws `DecodingError` when the state is of another schema.
    let resume: (StreamID, [UInt8]) throws -> any StreamFold

    init(_ kind: any Kind.Type) { self = Self.of(kind) }

    private static func of<K: Kind>(_ kind: K.Type) -> Folding { Folding(kind: K.self) }

    private init<K: Kind>(kind: K.Type) {
        self.kind = K.name
        schema = K.schema
        begin = { KindFold<K>(id: $0, state: K.initial($0)) }
        resume = { KindFold<K>(id: $0, state: try JSON.decode(Frozen<K.State>.self, from: $1).state) }
    }
}

private struct KindFold<K: Kind>: StreamFold {
    let id: StreamID
    var state: K.State

    var schema: Int { K.schema }

    mutating func apply(_ stored: StoredEvent) throws -> (rows: [Row], effects: [OutboxEntry]) {
        let event = try K.read(stored)
        K.evolve(&state, event, at: stored.at)
        return (
            Projections.rows(K.self, event, state, of: id, at: stored.at),
            K.effects(of: event, from: id, seq: stored.seq, at: stored.at)
        )
    }

    func frozen(at: Instant) -> [UInt8] { JSON.encode(Frozen(at: at, state: state)) }
}
