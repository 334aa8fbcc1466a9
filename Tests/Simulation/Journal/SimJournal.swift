import Actors

/// The journal of a simulated world, in memory. It keeps every promise of `Journal` and breaks down in every way it may.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class SimJournal: Journal, @unchecked Sendable {
    struct Counts {
        var commits = 0
        var events = 0
        var faults = 0
        var conflicts = 0
        var refusals = 0
    }

    var faults: Faults
    private(set) var counts = Counts()
    private(set) var store = JournalStore()
    /// Hubs that may not write any more: their backends are gone, or the epoch is another's.
    private var deposedLanes: Set<Int> = []

    private let scheduler: Scheduler
    private let oracle: Oracle
    private let lane: SimLane
    private var random: Random
    private var lastCommitAt: [Int: Int64] = [:]
    private var outageEnds: Int64 = 0

    init(scheduler: Scheduler, oracle: Oracle, random: Random, faults: Faults) {
        self.scheduler = scheduler
        self.oracle = oracle
        self.random = random
        self.faults = faults
        lane = scheduler.makeLane("journal", clock: 0)
    }

    /// Whoever runs on these lanes cannot commit from now on.
    func depose(_ lanes: [SimLane]) { deposedLanes.formUnion(lanes.map(\.number)) }

    // MARK: Journal

    func append(
        _ batch: Batch, on lane: any Lane, done: @escaping @Sendable (Result<Appended, JournalError>) -> Void
    ) {
        let from = asSimLane(lane)
        let slow = random.chance(faults.slow) ? random.within(500...6000) : 0
        let wish = scheduler.time + Int64(random.within(1...20) + slow)
        let at = max(wish, lastCommitAt[from.number] ?? 0)
        lastCommitAt[from.number] = at
        scheduler.after(at - scheduler.time, on: self.lane) { [self] in
            let result = commit(batch, from)
            answer(on: from, after: random.below(6)) { done(result) }
        }
    }

    func load(
        _ stream: StreamID, schema: Int, keys: [CommandKey], on lane: any Lane,
        done: @escaping @Sendable (Result<Loaded, JournalError>) -> Void
    ) {
        let from = asSimLane(lane)
        scheduler.after(Int64(random.within(1...10)), on: self.lane) { [self] in
            let result: Result<Loaded, JournalError> =
                isReadable() ? .success(store.load(stream, schema: schema, keys: keys)) : .failure(.unavailable("load"))
            answer(on: from, after: random.below(6)) { done(result) }
        }
    }

    func events(
        of stream: StreamID, after seq: Int64, limit: Int, on lane: any Lane,
        done: @escaping @Sendable (Result<[StoredEvent], JournalError>) -> Void
    ) {
        let from = asSimLane(lane)
        scheduler.after(Int64(random.within(1...10)), on: self.lane) { [self] in
            let result: Result<[StoredEvent], JournalError> =
                isReadable()
                ? .success(Array(store.events(of: stream, after: seq).prefix(limit))) : .failure(.unavailable("events"))
            answer(on: from, after: random.below(6)) { done(result) }
        }
    }

    func pendingEffects(
        on lane: any Lane, done: @escaping @Sendable (Result<[OutboxEntry], JournalError>) -> Void
    ) {
        let from = asSimLane(lane)
        scheduler.after(Int64(random.within(1...10)), on: self.lane) { [self] in
            let result: Result<[OutboxEntry], JournalError> =
                isReadable() ? .success(store.pendingEffects) : .failure(.unavailable("outbox"))
            answer(on: from, after: random.below(6)) { done(result) }
        }
    }

    func rows<K: Kind>(_ kind: K.Type, _ event: K.Event, _ state: K.State, of id: StreamID, at: Instant) -> [Row] {
        []
    }

    // MARK: Committing

    private func commit(_ batch: Batch, _ from: SimLane) -> Result<Appended, JournalError> {
        guard !deposedLanes.contains(from.number) else { return .failure(.deposed) }
        let choice = chooseFault()
        switch choice {
        case .unavailable, .outage: return .failure(.unavailable("fault"))
        case .inDoubtBefore: return .failure(.inDoubt)
        case .none, .inDoubtAfter: break
        }
        switch store.check(batch) {
        case .failure(let error):
            if error == .conflict { counts.conflicts += 1 } else { counts.refusals += 1 }
            scheduler.trace.line("\(scheduler.time) journal \(error) \(batch.summary)")
            return .failure(error)
        case .success: break
        }
        let chains = store.commit(batch)
        counts.commits += 1
        counts.events += batch.appends.reduce(0) { $0 + $1.events.count }
        for append in batch.appends { scheduler.trace.mix(append.stream.stableHash &+ UInt64(append.expected)) }
        scheduler.trace.line(
            "\(scheduler.time) commit \(from.name) \(batch.summary)\(choice == .inDoubtAfter ? " answer lost" : "")")
        oracle.committed(batch, by: from)
        return choice == .inDoubtAfter ? .failure(.inDoubt) : .success(Appended(chains: chains))
    }

    private func chooseFault() -> Faults.Choice {
        guard scheduler.time >= outageEnds else { return .outage }
        let choice = faults.choose(&random)
        if choice != .none { counts.faults += 1 }
        if choice == .outage { outageEnds = scheduler.time + Int64(random.within(200...4000)) }
        return choice
    }

    private func isReadable() -> Bool {
        guard scheduler.time >= outageEnds, !random.chance(faults.loadFails) else {
            counts.faults += 1
            return false
        }
        return true
    }

    /// No more trouble from here on.
    func heal() {
        faults = .none
        outageEnds = 0
    }

    private func answer(on lane: SimLane, after milliseconds: Int, _ body: @escaping @Sendable () -> Void) {
        scheduler.after(Int64(milliseconds), on: lane, body)
    }

    private func asSimLane(_ lane: any Lane) -> SimLane {
        guard let lane = lane as? SimLane else { preconditionFailure("a lane from outside the simulation") }
        return lane
    }
}

extension Batch {
    var summary: String {
        let events = appends.map { append in
            "\(append.stream)@\(append.expected)[\(append.events.map { "\($0.name)\($0.subject)<\($0.commandKey)" }.joined(separator: " "))]"
        }
        let settled = settlements.map { "settles \($0.effect)=\($0.outcome)" }
        return (events + settled).joined(separator: " ")
    }
}

extension StoredEvent {
    /// The visit that the event is about, for the trace.
    fileprivate var subject: String {
        guard let start = payload.firstIndex(of: Array("\"20261".utf8)) else { return "" }
        return " " + String(decoding: payload[(start + 9)...].prefix(4), as: UTF8.self) + " "
    }
}
