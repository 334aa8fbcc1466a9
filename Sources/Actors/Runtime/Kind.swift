/// One kind of actor as four pure functions: decide, evolve, react and show. Routing, journal, snapshots, broadcast, resume
/// and simulation follow from them.
package protocol Kind: Sendable {
    associatedtype State: Codable & Sendable
    associatedtype Command: Codable & Sendable
    associatedtype Event: Codable & Sendable
    /// What is only kept in memory, newest counts: a live weight. `Never`-like `NoLive` for kinds without.
    associatedtype Live: Codable & Sendable = NoLive

    /// The middle part of the topic, for example `queue`.
    static var name: String { get }
    /// The schema version written with each event and snapshot. Raised together with an upcast.
    static var schema: Int { get }

    /// An event of an older schema in the words of this one: events keep their name and schema for ever. Asked only for those with
    /// `stored.schema < schema`; what it returns has to decode.
    static func upcast(_ stored: StoredEvent) -> StoredEvent

    static func initial(_ id: StreamID) -> State

    /// Decides what the command means now. Pure: time, identity and master data arrive in `context`.
    static func decide(_ command: Command, _ state: State, _ context: Context) throws(Rejection) -> [Event]
    /// Applies a fact. Pure and total: what was decided once must apply for ever.
    static func evolve(_ state: inout State, _ event: Event, at: Instant)
    /// What has to happen elsewhere because of the event. Pure: `due` derives from the event's own time.
    static func react(_ event: Event, from id: StreamID, at: Instant) -> [Effect]
    /// Streams that are born in the same transaction as the event.
    static func births(_ event: Event, from id: StreamID) -> [Birth]
    /// Its streams start as births: whoever causes one hands out the effects of its first event.
    static var isBorn: Bool { get }

    /// Whether there can be an actor of this key. A rule with one owner has one key: a second queue would call trucks onto decks that
    /// the first one holds.
    static func isKey(_ key: String) -> Bool
    /// Which view of `key` this principal gets, or nil when it may not look. `mine` asks for what concerns the driver only.
    static func view(for principal: Principal, key: String, mine: Bool) -> View?
    /// Whether an event is shown as it is to subscribers of an event view.
    static func shows(_ event: Event, to view: View) -> Bool
    /// The views that are sent whole whenever a batch changed the state, with the persons an event concerns.
    static func stateViews(after event: Event) -> [View]
    /// The view's picture of the state. For state views this is also each publication.
    static func snapshot(_ state: State, live: Live?, view: View, _ context: Context) -> any Encodable & Sendable

    /// The views that see live values, and a command the actor gives itself because of one (a platform back at zero).
    static var liveViews: [View] { get }
    static func observe(_ live: Live, _ state: State, _ context: Context) -> Command?
    /// Whether the directory learns from this kind, and how: after commit, before anyone hears of the event.
    static var teaches: Bool { get }
    static func teach(_ directory: inout Directory, _ event: Event, id: StreamID, state: State)
}

/// For kinds that have nothing live: they declare no live views, so it is never made.
package struct NoLive: Codable, Sendable {}

extension Kind {
    package static var schema: Int { 1 }
    package static func upcast(_ stored: StoredEvent) -> StoredEvent { stored }

    /// The event as it was written, whichever schema it has. Throws `DecodingError`.
    package static func read(_ stored: StoredEvent) throws -> Event {
        let stored = stored.schema < schema ? upcast(stored) : stored
        return try JSON.decode(Event.self, from: JSON.joinCase(name: stored.name, payload: stored.payload))
    }

    package static func react(_ event: Event, from id: StreamID, at: Instant) -> [Effect] { [] }
    package static func births(_ event: Event, from id: StreamID) -> [Birth] { [] }
    package static var isBorn: Bool { false }
    package static func isKey(_ key: String) -> Bool { true }
    package static func shows(_ event: Event, to view: View) -> Bool { view == .staff }
    package static func stateViews(after event: Event) -> [View] { [] }
    package static var liveViews: [View] { [] }
    package static func observe(_ live: Live, _ state: State, _ context: Context) -> Command? { nil }
    package static var teaches: Bool { false }
    package static func teach(_ directory: inout Directory, _ event: Event, id: StreamID, state: State) {}
}

/// Everything outside the actor that a decision may depend on, as values.
package struct Context: Sendable {
    package let id: StreamID
    /// Never earlier than the stream's last event.
    package let now: Instant
    package let principal: Principal
    package let directory: Directory

    package init(id: StreamID, now: Instant, principal: Principal, directory: Directory) {
        self.id = id
        self.now = now
        self.principal = principal
        self.directory = directory
    }
}

/// A stream that starts with `event` in the transaction of the actor that caused it (a finished ticket).
package struct Birth: Sendable {
    package let stream: StreamID
    package let event: any Codable & Sendable
    package let schema: Int
    /// What follows from it, when it happens at a time.
    package let effects: @Sendable (Instant) -> [OutboxEntry]

    package init<K: Kind>(_ kind: K.Type, _ stream: StreamID, _ event: K.Event) {
        effects = { K.effects(of: event, from: stream, seq: 1, at: $0) }
        self.stream = stream
        self.event = event
        self.schema = K.schema
    }
}
