import Actors

/// One step of a stream, typed.
struct Step<K: Kind> {
    let id: StreamID
    let stored: StoredEvent
    let event: K.Event
    let before: K.State
    let after: K.State
}

/// A stream folded event by event, every version kept.
protocol AnyModel: AnyObject {
    var version: Int64 { get }
    var lastAt: Instant { get }
    func apply(_ stored: StoredEvent)
    func effects(of stored: StoredEvent) -> [OutboxEntry]
    func check(_ snapshot: Snapshot)
    func check(_ sight: Sight, _ principal: Principal, _ directory: Directory)
    func check(_ publication: Publication, _ directory: Directory)
    /// What the command would mean now: `done` (nothing to do), `acts` or `rejected:CODE`.
    func redecide(_ name: String, _ arguments: [UInt8], _ directory: Directory, _ now: Instant) -> String
    /// The seqs that an event view shows after `seq`.
    func shownSeqs(to view: View, after seq: Int64) -> [Int64]
    func picture(_ view: View, _ directory: Directory) -> [UInt8]
    /// The newest event that says it concerns the state view; 0 when none does.
    func lastConcern(of view: View) -> Int64
}

final class Model<K: Kind>: AnyModel {
    let id: StreamID
    private(set) var events: [K.Event] = []
    /// `states[v]` is the state after v events.
    private(set) var states: [K.State]
    private(set) var lastAt = Instant(milliseconds: 0)
    private unowned let oracle: Oracle
    private let observe: (Step<K>) -> Void

    init(_ id: StreamID, _ oracle: Oracle, observe: @escaping (Step<K>) -> Void) {
        self.id = id
        self.oracle = oracle
        self.observe = observe
        states = [K.initial(id)]
    }

    var version: Int64 { Int64(events.count) }
    var state: K.State { states[states.count - 1] }

    func apply(_ stored: StoredEvent) {
        do {
            let bytes = JSON.joinCase(name: stored.name, payload: stored.payload)
            let event = try JSON.decode(K.Event.self, from: bytes)
            var after = state
            K.evolve(&after, event, at: stored.at)
            let step = Step<K>(id: id, stored: stored, event: event, before: state, after: after)
            events.append(event)
            states.append(after)
            lastAt = stored.at
            observe(step)
        } catch {
            oracle.fail("\(id)#\(stored.seq) \(stored.name) does not read: \(error)")
        }
    }

    func effects(of stored: StoredEvent) -> [OutboxEntry] {
        let event = events[Int(stored.seq) - 1]
        let own = Self.entries(K.react(event, from: id, at: stored.at), of: "\(id)#\(stored.seq)", stored.at)
        guard case .completed(let slip, _, _, _, let receivers)? = event as? WeighRegister.Event else { return own }
        // The slip is born with it, and so is what is told of it.
        let ticket = Yard.id(WeighTicket.name, slip.number)
        let issued = WeighTicket.Event.issued(slip: slip, receivers: receivers)
        return own + Self.entries(WeighTicket.react(issued, from: ticket, at: stored.at), of: "\(ticket)#1", stored.at)
    }

    private static func entries(_ effects: [Effect], of event: String, _ at: Instant) -> [OutboxEntry] {
        effects.enumerated().map { index, effect in
            let (name, arguments) = JSON.splitCase(JSON.encode(effect.command))
            return OutboxEntry(
                id: "\(event).\(index)", target: effect.target, name: name, arguments: arguments,
                createdAt: at, due: effect.due, validUntil: effect.validFor.map { effect.due + $0 },
                facesPeople: effect.facesPeople)
        }
    }

    func check(_ snapshot: Snapshot) {
        oracle.expect(snapshot.version == version, "\(id): a snapshot of \(snapshot.version) is stored at \(version)")
        // The state may be wrapped; what matters is that it is the state.
        oracle.expect(
            snapshot.state.contains(JSON.encode(state)), "\(id): the snapshot at \(version) is not the state there")
    }

    func check(_ sight: Sight, _ principal: Principal, _ directory: Directory) {
        guard sight.seq <= version else {
            return oracle.fail("\(sight.topic.name) shows \(sight.seq), durable is \(version)")
        }
        let context = Context(id: id, now: sight.at, principal: principal, directory: directory)
        let picture = K.snapshot(
            states[Int(sight.seq)], live: Self.live(in: sight.data), view: sight.topic.view, context)
        oracle.expect(
            PersonalFields.plain(JSON.encode(picture)) == sight.data,
            "\(sight.topic.name)@\(sight.seq) looks different: \(text(sight.data)), expected \(text(JSON.encode(picture)))"
        )
    }

    func check(_ publication: Publication, _ directory: Directory) {
        switch publication.content {
        case .live: return
        case .event(let name):
            guard let stored = oracle.store.event(publication.seq, of: id) else {
                return oracle.fail(
                    "\(publication.topic.name)#\(publication.seq) \(name) is visible before it is durable")
            }
            oracle.expect(
                stored.name == name && PersonalFields.plain(stored.payload) == publication.data
                    && stored.at == publication.at
                    && K.shows(events[Int(publication.seq) - 1], to: publication.topic.view),
                "\(publication.topic.name)#\(publication.seq) \(name) is not the event in the journal")
        case .state:
            guard publication.seq <= version else {
                return oracle.fail("\(publication.topic.name)#\(publication.seq) is visible before it is durable")
            }
            let context = Context(
                id: id, now: publication.at, principal: .system(site: id.site), directory: directory)
            let picture = K.snapshot(
                states[Int(publication.seq)], live: nil, view: publication.topic.view, context)
            oracle.expect(
                PersonalFields.plain(JSON.encode(picture)) == publication.data,
                "\(publication.topic.name)#\(publication.seq) \(publication.topic.view) shows a state that is not the one there"
            )
        }
    }

    func redecide(_ name: String, _ arguments: [UInt8], _ directory: Directory, _ now: Instant) -> String {
        guard let command = try? JSON.decode(K.Command.self, from: JSON.joinCase(name: name, payload: arguments)) else {
            return "unreadable"
        }
        let context = Context(
            id: id, now: max(now, lastAt), principal: .system(site: id.site), directory: directory)
        do throws(Rejection) {
            return try K.decide(command, state, context).isEmpty ? "done" : "acts"
        } catch {
            return "rejected:\(error.code)"
        }
    }

    func shownSeqs(to view: View, after seq: Int64) -> [Int64] {
        events.indices.dropFirst(Int(seq)).filter { K.shows(events[$0], to: view) }.map { Int64($0) + 1 }
    }

    func picture(_ view: View, _ directory: Directory) -> [UInt8] {
        let context = Context(id: id, now: lastAt, principal: .system(site: id.site), directory: directory)
        return JSON.encode(K.snapshot(state, live: nil, view: view, context))
    }

    func lastConcern(of view: View) -> Int64 {
        Int64((events.lastIndex { K.stateViews(after: $0).contains(view) } ?? -1) + 1)
    }

    private struct LivePart: Decodable {
        let live: WeighStation.Live?
    }

    /// The live value is in memory only: taken over from the picture itself.
    private static func live(in data: [UInt8]) -> K.Live? {
        guard K.Live.self == WeighStation.Live.self else { return nil }
        return (try? JSON.decode(LivePart.self, from: data))?.live as? K.Live
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
