import DequeModule

/// Carries out the effects that are durable: now, or when they are due; again with back-off until the target has decided. Those
/// of one stream to one target keep their order.
///
/// Lives on one lane. The outcome is settled by the target in the transaction that carries the effect out, so a crash at any
/// point repeats the hand-over but not the effect. `@unchecked Sendable`: state is touched on `lane` only.
package final class Outbox: @unchecked Sendable {
    package struct Limits: Sendable {
        /// The least that a timer which faces people gets after a start.
        package var graceAfterStart: Duration = .seconds(60)
        package var retryMin: Duration = .milliseconds(50)
        package var retryMax: Duration = .seconds(5)
        /// Outside the hub something may be away for a night.
        package var outsideRetryMax: Duration = .seconds(60)
        package init() {}
    }

    private let lane: any Lane
    private let journal: any Journal
    private let limits: Limits
    private let send: @Sendable (Request, StreamID) -> Void
    private let refused: @Sendable (OutboxEntry, Rejection) -> Void
    private let courier: Courier
    private var underWay: Set<String> = []
    /// What is due, by where it comes from and where it goes. Only the first of each is handed over: a later one that overtook it
    /// would unbind a truck before it is bound.
    private var due: [Way: Deque<OutboxEntry>] = [:]
    /// What became durable while an earlier run's effects, which come first, were not read yet. Nil from then on.
    private var held: [OutboxEntry]? = []
    private var isStopped = false

    private struct Way: Hashable {
        let source: Substring
        let target: StreamID

        init(_ entry: OutboxEntry) {
            source = entry.source
            target = entry.target
        }
    }

    /// - Parameters:
    ///   - receivers: those outside, by `StreamID.receiver`.
    ///   - send: hands a request to the actor it is for (`Registry.send`).
    ///   - refused: hears of effects whose target said no, or may have acted and does not say: they are settled, and nobody else
    ///     will know.
    package init(
        lane: any Lane, journal: any Journal, limits: Limits = Limits(), receivers: [StreamID: any Receiver] = [:],
        send: @escaping @Sendable (Request, StreamID) -> Void,
        refused: @escaping @Sendable (OutboxEntry, Rejection) -> Void = { _, _ in }
    ) {
        self.lane = lane
        self.journal = journal
        self.limits = limits
        self.send = send
        self.refused = refused
        courier = Courier(lane: lane, journal: journal, receivers: receivers, limits: limits)
    }

    /// Takes effects that have just become durable; from any thread. They wait for the first `resume` that succeeds.
    package func schedule(_ entries: [OutboxEntry]) {
        lane.post { [self] in
            if held == nil { plan(entries) } else { held? += entries }
        }
    }

    /// Takes up what an earlier run left. `done` hears how many; after a failure the caller asks again.
    package func resume(_ done: @escaping @Sendable (Result<Int, JournalError>) -> Void) {
        journal.pendingEffects(on: lane) { [self] result in
            switch result {
            case .failure(let error): done(.failure(error))
            case .success(let entries):
                for entry in entries.sorted(by: Self.isOlder) { plan(entry, delay: delayAfterStart(entry)) }
                let waiting = held ?? []
                held = nil
                plan(waiting)
                done(.success(entries.count))
            }
        }
    }

    /// Hands an effect over once more that its target had refused or that had expired, as another command of its own. Durable
    /// before it is carried out; it can be re-queued once, and then the one that came of it.
    ///
    /// Fails as `refused` when the journal has that one already, or will not have it, and as `inDoubt` when nobody knows yet
    /// whether it has: it is carried out as soon as that is known.
    package func requeue(
        _ entry: OutboxEntry, done: @escaping @Sendable (Result<OutboxEntry, JournalError>) -> Void
    ) {
        lane.post { [self] in
            // Uncertain because a receiver is at it.
            guard !underWay.contains(entry.id) else { return done(.failure(.unavailable("\(entry.id) is under way"))) }
            let next = entry.requeued(at: lane.now())
            journal.append(Batch(effects: [next]), on: lane) { [self] result in
                switch result {
                case .success:
                    schedule([next])
                    done(.success(next))
                case .failure(.inDoubt): lookUp(next, retryIn: limits.retryMin, done)
                case .failure(let error): done(.failure(error))
                }
            }
        }
    }

    /// Whether an effect was written that perhaps was: nobody else would carry it out. Answers once.
    private func lookUp(
        _ entry: OutboxEntry, retryIn delay: Duration,
        _ done: (@Sendable (Result<OutboxEntry, JournalError>) -> Void)?
    ) {
        guard !isStopped else { done?(.failure(.inDoubt)); return }
        journal.pendingEffects(on: lane) { [self] result in
            switch result {
            case .success(let entries) where entries.contains(where: { $0.id == entry.id }):
                schedule([entry])
                done?(.success(entry))
            case .success: done?(.failure(.unavailable("the commit did not happen")))
            case .failure:
                done?(.failure(.inDoubt))
                lane.after(delay) { [self] in lookUp(entry, retryIn: min(delay * 2, limits.retryMax), nil) }
            }
        }
    }

    package func stop() {
        lane.post { [self] in
            isStopped = true
            courier.stop()
        }
    }

    /// The journal hands them out by time; those of one moment are told apart by their place in the stream, as numbers.
    private static func isOlder(_ left: OutboxEntry, _ right: OutboxEntry) -> Bool {
        let (first, second) = (left.place, right.place)
        return (left.createdAt, first.seq, first.index, first.round)
            < (right.createdAt, second.seq, second.index, second.round)
    }

    private func delayAfterStart(_ entry: OutboxEntry) -> Duration {
        let wait = max(.zero, entry.due - lane.now())
        guard entry.facesPeople else { return wait }
        // Nobody could act on it while the hub was down, and how long that was nobody knows: people get their time again.
        return max(wait, entry.due - entry.createdAt, limits.graceAfterStart)
    }

    private func plan(_ entries: [OutboxEntry]) {
        for entry in entries { plan(entry, delay: max(.zero, entry.due - lane.now())) }
    }

    private func plan(_ entry: OutboxEntry, delay: Duration) {
        guard underWay.insert(entry.id).inserted else { return }
        if delay <= .zero { fallDue(entry) } else { lane.after(delay) { [self] in fallDue(entry) } }
    }

    private func fallDue(_ entry: OutboxEntry) {
        let way = Way(entry)
        due[way, default: []].append(entry)
        if due[way]?.count == 1 { carryOut(entry, retryIn: limits.retryMin) }
    }

    private func carryOut(_ entry: OutboxEntry, retryIn: Duration) {
        guard !isStopped else { return }
        if let end = entry.validUntil, lane.now() > end, !entry.facesPeople { return expire(entry, retryIn) }
        if entry.isOutside {
            return courier.carry(entry, isRetry: retryIn > limits.retryMin) { [self] carried in
                carriedOut(entry, carried, retryIn)
            }
        }
        let request = Request(
            name: entry.name, arguments: entry.arguments, key: entry.id, body: [],
            principal: .system(site: entry.target.site), effect: entry.id
        ) { [self] outcome in
            lane.post { [self] in answered(entry, outcome, retryIn) }
        }
        send(request, entry.target)
    }

    private func answered(_ entry: OutboxEntry, _ outcome: Outcome, _ retryIn: Duration) {
        switch outcome {
        case .rejected(let rejection):
            refused(entry, rejection)
            finish(entry)
        case .committed, .keyReused, .versionConflict: finish(entry)
        case .busy, .unavailable: again(entry, after: retryIn)
        }
    }

    private func carriedOut(_ entry: OutboxEntry, _ carried: Courier.Carried, _ retryIn: Duration) {
        switch carried {
        case .again: return again(entry, after: retryIn)
        case .settled(.refused(let code)): refused(entry, .refusedOutside(entry.target.key, code))
        case .settled(.unknown): refused(entry, .uncertain(entry.target.key))
        case .settled(.done), .settled(.notDone): break
        }
        finish(entry)
    }

    private func expire(_ entry: OutboxEntry, _ retryIn: Duration) {
        let batch = Batch(settlements: [Settlement(effect: entry.id, outcome: "expired")])
        journal.append(batch, on: lane) { [self] result in
            switch result {
            case .success: finish(entry)
            case .failure: again(entry, after: retryIn)
            }
        }
    }

    private func again(_ entry: OutboxEntry, after delay: Duration) {
        let longest = entry.isOutside ? limits.outsideRetryMax : limits.retryMax
        lane.after(Self.spread(delay, entry)) { [self] in carryOut(entry, retryIn: min(delay * 2, longest)) }
    }

    /// Half to all of the delay: what failed together does not come back together. The same in every run, as everything here.
    private static func spread(_ delay: Duration, _ entry: OutboxEntry) -> Duration {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in entry.id.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return delay / 2 + delay / 2 * Int(hash >> 32 % 1024) / 1024
    }

    private func finish(_ entry: OutboxEntry) {
        underWay.remove(entry.id)
        let way = Way(entry)
        due[way]?.removeFirst()
        if let next = due[way]?.first { carryOut(next, retryIn: limits.retryMin) } else { due[way] = nil }
    }
}

extension Rejection {
    fileprivate static func refusedOutside(_ receiver: String, _ code: String) -> Rejection {
        Rejection(code, "'\(receiver)' 연계 시스템이 거절했습니다: \(code)", ["receiver": receiver])
    }
    fileprivate static func uncertain(_ receiver: String) -> Rejection {
        Rejection(Settlement.uncertain, "'\(receiver)'에서 처리됐는지 알 수 없습니다.", ["receiver": receiver])
    }
}
