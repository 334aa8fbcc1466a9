@testable import Actors
import Testing

/// What has happened so far: the left side of given–when–then.
///
/// Whatever is decided also goes through JSON and back, as it would through the journal, and has to mean the same afterwards.
struct Given<K: Kind> where K.State: Equatable, K.Event: Hashable {
    private(set) var state: K.State
    let id: StreamID
    let directory: Directory

    init(_ events: K.Event..., key: String? = nil, in directory: Directory = .sample) {
        id = StreamID(site: "ulsan", kind: K.name, key: key ?? sampleKeys[K.name] ?? "main")
        self.directory = directory
        state = K.initial(id)
        for event in events { K.evolve(&state, event, at: .start) }
    }

    /// The same, after a command that has to be accepted.
    func after(
        _ command: K.Command, as principal: Principal = .office, at time: Duration = .zero,
        _ location: SourceLocation = #_sourceLocation
    ) -> Given {
        let then = when(command, as: principal, at: time, location)
        if let rejection = then.rejection {
            Issue.record("refused: \(rejection.code) \(rejection.message)", sourceLocation: location)
        }
        return then.given
    }

    /// The same history, from here on with other master data.
    func with(_ directory: Directory) -> Given { Given(state: state, id: id, directory: directory) }

    func when(
        _ command: K.Command, as principal: Principal = .office, at time: Duration = .zero,
        _ location: SourceLocation = #_sourceLocation
    ) -> Then<K> {
        let now = Instant.start + time
        let context = Context(id: id, now: now, principal: principal, directory: directory)
        do throws(Rejection) {
            let events = try K.decide(command, state, context)
            var after = self
            for event in events { K.evolve(&after.state, event, at: now) }
            #expect(
                replayed(events, at: now) == after.state, "the journal tells another story", sourceLocation: location)
            return Then(given: after, events: events, rejection: nil, at: now)
        } catch {
            return Then(given: self, events: [], rejection: error, at: now)
        }
    }

    /// The same actor in another state, for what would take too long to reach.
    init(_ state: K.State, _ other: Given) { self.init(state: state, id: other.id, directory: other.directory) }

    private init(state: K.State, id: StreamID, directory: Directory) {
        self.state = state
        self.id = id
        self.directory = directory
    }

    private func replayed(_ events: [K.Event], at now: Instant) -> K.State? {
        guard var state = try? JSON.decode(K.State.self, from: JSON.encode(state)) else { return nil }
        for event in events {
            let (name, payload) = JSON.splitCase(JSON.encode(event))
            guard let read = try? JSON.decode(K.Event.self, from: JSON.joinCase(name: name, payload: payload)) else {
                return nil
            }
            K.evolve(&state, read, at: now)
        }
        return state
    }
}

/// What came of it.
struct Then<K: Kind> where K.State: Equatable, K.Event: Hashable {
    let given: Given<K>
    let events: [K.Event]
    let rejection: Rejection?
    let at: Instant

    var state: K.State { given.state }
    var effects: [Effect] { events.flatMap { K.react($0, from: given.id, at: at) } }

    /// Exactly these events.
    @discardableResult
    func then(_ expected: K.Event..., at location: SourceLocation = #_sourceLocation) -> Then {
        #expect(rejection == nil, sourceLocation: location)
        #expect(events == expected, sourceLocation: location)
        return self
    }

    /// Events of exactly these names.
    @discardableResult
    func thenNamed(_ names: String..., at location: SourceLocation = #_sourceLocation) -> Then {
        #expect(rejection == nil, sourceLocation: location)
        #expect(events.map { JSON.splitCase(JSON.encode($0)).name } == names, sourceLocation: location)
        return self
    }

    /// Accepted, and nothing to be done.
    @discardableResult
    func thenNothing(at location: SourceLocation = #_sourceLocation) -> Then {
        #expect(rejection == nil, sourceLocation: location)
        #expect(events.isEmpty, sourceLocation: location)
        return self
    }

    @discardableResult
    func thenRejected(
        _ code: String, _ params: [String: String] = [:], at location: SourceLocation = #_sourceLocation
    ) -> Then {
        #expect(rejection?.code == code, "\(events)", sourceLocation: location)
        for (name, value) in params { #expect(rejection?.params[name] == value, sourceLocation: location) }
        #expect(rejection?.message.isEmpty == false, sourceLocation: location)
        return self
    }

    /// The effects as `target command`, in order.
    @discardableResult
    func thenEffects(_ expected: String..., at location: SourceLocation = #_sourceLocation) -> Then {
        let told = effects.map { "\($0.target.kind)/\($0.target.key) \(JSON.splitCase(JSON.encode($0.command)).name)" }
        #expect(told == expected, sourceLocation: location)
        return self
    }
}

private let sampleKeys = [
    WeighStation.name: "1", WeighTicket.name: "WR202611200001", Order.name: "DO-1", Master.name: "vehicle:v9",
]

/// Numbers that are the same on every run with the same seed (Steele, Lea, Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
