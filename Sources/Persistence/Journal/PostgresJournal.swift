package import Actors
import Synchronization

/// The journal in PostgreSQL: one writer commits whatever is waiting as one transaction, readers load histories beside it.
package final class PostgresJournal: Journal {
    /// Counted since the start.
    package struct Counters: Sendable {
        package var groupCount = 0
        package var batchCount = 0
        package var commandCount = 0
        package var eventCount = 0
        package var splitCount = 0
        package var failureCount = 0
        package var inDoubtCount = 0
    }

    package struct Limits: Sendable {
        /// Commands committed together; measured flat from here on.
        package var groupCommandCountMax = 256
        /// Batches waiting; past it appends fail as unavailable.
        package var waitingCountMax = 8192
        /// Replies given with a load, besides those that were asked for.
        package var loadedCommandCountMax = 256
        /// How long a command key is known.
        package var commandLifetime: Duration = .seconds(86_400)
        /// That of a device: an edge keeps its weights for 90 days and may offer them again.
        package var deviceCommandLifetime: Duration = .seconds(91 * 86_400)

        package init() {}
    }

    struct Waiting: Sendable {
        let batch: Batch
        let lane: any Lane
        let done: @Sendable (Result<Appended, JournalError>) -> Void
    }

    private struct Queue {
        var waiting: [Waiting] = []
        var isDraining = false
        var isStopped = false
    }

    let limits: Limits
    let writer: PostgresThread
    let readers: ReadPool
    let keys: PersonKeys
    let ownerEpoch: Int64
    private let queue = Mutex(Queue())
    private let counting = Mutex(Counters())
    private let latestTrouble = Mutex<(why: String, at: ContinuousClock.Instant)?>(nil)
    private let troubleChanged: @Sendable (String?) -> Void

    /// - Parameters:
    ///   - keys: of the persons in this database, from `HubDatabase.personKeys`.
    ///   - ownerEpoch: from `HubDatabase.claim`; appends fail as deposed once somebody else has claimed.
    ///   - troubleChanged: hears, on the writer's thread, why nothing can be written (a full disk, a server that is away), and
    ///     `nil` with the first group that is written again.
    package init(
        conninfo: String, readers: ReadPool, keys: PersonKeys, ownerEpoch: Int64, limits: Limits = Limits(),
        troubleChanged: @escaping @Sendable (String?) -> Void = { _ in }
    ) {
        self.limits = limits
        self.troubleChanged = troubleChanged
        self.readers = readers
        self.keys = keys
        self.ownerEpoch = ownerEpoch
        writer = PostgresThread(
            name: "pg-journal",
            connector: .impatient(conninfo, readOnly: false, greeting: HubDatabase.writerGreeting))
    }

    package var counters: Counters { counting.withLock { $0 } }
    /// Why the last group could not be written; nil when it was. Nor is it held against the database for longer than ten seconds:
    /// whoever stays away because of it would never find out that it is over.
    package var trouble: String? {
        latestTrouble.withLock { $0 }.flatMap { $0.at.duration(to: .now) < .seconds(10) ? $0.why : nil }
    }
    package var waitingCount: Int { queue.withLock { $0.waiting.count } }

    package func rows<K: Kind>(
        _ kind: K.Type, _ event: K.Event, _ state: K.State, of id: StreamID, at: Instant
    ) -> [Row] {
        Projections.rows(kind, event, state, of: id, at: at)
    }

    package func append(
        _ batch: Batch, on lane: any Lane, done: @escaping @Sendable (Result<Appended, JournalError>) -> Void
    ) {
        if let why = batch.unstorable { return lane.post { done(.failure(.refused(why))) } }
        enum Next { case refuse(String), wait, drain }
        let next = queue.withLock { queue -> Next in
            if queue.isStopped { return .refuse("the journal has stopped") }
            if queue.waiting.count >= limits.waitingCountMax { return .refuse("the journal's queue is full") }
            queue.waiting.append(Waiting(batch: batch, lane: lane, done: done))
            defer { queue.isDraining = true }
            return queue.isDraining ? .wait : .drain
        }
        switch next {
        case .refuse(let why): lane.post { done(.failure(.unavailable(why))) }
        case .wait: break
        case .drain: drain()
        }
    }

    /// Partitions for the coming month, and away with what nobody asks for any more; between two groups. `done` hears, on the
    /// writer's thread, whether there is more to do.
    package func upkeep(now: Instant, done: @escaping @Sendable (Result<Bool, PostgresError>) -> Void) {
        writer.submit(
            { connection throws(PostgresError) in
                try HubDatabase.upkeep(now, &connection)
            }, completion: done)
    }

    /// Refuses what comes, commits what waits, ends the thread. Blocks.
    package func stop() {
        queue.withLock { $0.isStopped = true }
        writer.stop()
    }

    // MARK: The writer's thread

    private func drain() {
        writer.submit { [self] connection throws(PostgresError) in
            // The connection may be lost under a group; its error is the job's, so that the thread makes a new one.
            while let group = takeGroup() { try commit(group, &connection) }
        } completion: { [self] result in
            guard case .failure(let error) = result else { return }
            // Either the connection went with a group that has been answered, or there is none to be had.
            if case .connectFailed = error { refuseAll(error) }
            resume()
        }
    }

    /// Goes on with what came in meanwhile. After a stop nothing will: whoever still waits is told.
    private func resume() {
        enum Next { case rest, refuse, drain }
        let next = queue.withLock { queue -> Next in
            queue.isDraining = !queue.waiting.isEmpty && !queue.isStopped
            return queue.isDraining ? .drain : queue.waiting.isEmpty ? .rest : .refuse
        }
        switch next {
        case .rest: break
        case .refuse: refuseAll(.stopped)
        case .drain: drain()
        }
    }

    private func refuseAll(_ error: PostgresError) {
        let waiting = queue.withLock { queue in
            defer { queue.waiting = [] }
            return queue.waiting
        }
        if !waiting.isEmpty { note(trouble: "\(error)") }
        answer(waiting.map { ($0, .failure(.unavailable("\(error)"))) })
    }

    private func takeGroup() -> [Waiting]? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isDraining = false
                return nil
            }
            var commandCount = 0
            var count = 0
            while count < queue.waiting.count, commandCount < limits.groupCommandCountMax {
                commandCount += max(1, queue.waiting[count].batch.commands.count)
                count += 1
            }
            defer { queue.waiting.removeFirst(count) }
            return Array(queue.waiting.prefix(count))
        }
    }

    /// One transaction; on a refusal by halves, so that a bad batch costs only itself.
    private func commit(_ group: [Waiting], _ connection: inout PostgresConnection) throws(PostgresError) {
        var transaction = GroupTransaction(ownerEpoch: ownerEpoch, limits: limits, keys: keys)
        let chains = group.map { transaction.add($0.batch) }
        do throws(PostgresError) {
            try connection.pipelinedTransaction(transaction.calls)
        } catch {
            // If they cannot be read, the next try is refused as this one was.
            if !error.isLoss { try? keys.reread(transaction.fresh, &connection) }
            return try failed(group, error, &connection)
        }
        keys.kept(transaction.fresh)
        counting.withLock { counters in
            counters.groupCount += 1
            counters.batchCount += group.count
            counters.commandCount += transaction.commandCount
            counters.eventCount += transaction.eventCount
        }
        note(trouble: nil)
        answer(zip(group, chains).map { ($0, .success(Appended(chains: $1))) })
    }

    /// Says it once, however often it happens.
    private func note(trouble: String?) {
        let wasTrouble = latestTrouble.withLock { latest in
            defer { latest = trouble.map { ($0, .now) } }
            return latest != nil
        }
        if wasTrouble != (trouble != nil) { troubleChanged(trouble) }
    }

    private func failed(
        _ group: [Waiting], _ error: PostgresError, _ connection: inout PostgresConnection
    ) throws(PostgresError) {
        if case .unavailable(let why) = Self.classify(error) { note(trouble: why) }
        if error.isInDoubt {
            counting.withLock { $0.inDoubtCount += group.count }
            lookUpLater(group, error)
            throw error
        }
        if error.isLoss {
            counting.withLock { $0.failureCount += group.count }
            answer(group.map { ($0, .failure(.unavailable("\(error)"))) })
            throw error
        }
        if group.count > 1, case .server(let failure) = error, failure.sqlState != "GW001" {
            counting.withLock { $0.splitCount += 1 }
            let middle = group.count / 2
            do throws(PostgresError) {
                try commit(Array(group[..<middle]), &connection)
            } catch {
                answer(group[middle...].map { ($0, .failure(.unavailable("\(error)"))) })
                throw error
            }
            return try commit(Array(group[middle...]), &connection)
        }
        counting.withLock { $0.failureCount += group.count }
        answer(group.map { ($0, .failure(Self.classify(error))) })
    }

    /// The answer to COMMIT was lost. Before anyone looks the batches up, the old backend must be gone: it may still commit.
    private func lookUpLater(_ group: [Waiting], _ error: PostgresError) {
        guard let backend = error.loss?.backend else { preconditionFailure("a loss names its backend") }
        writer.submit { connection throws(PostgresError) in
            try connection.ensureGone(backend)
        } completion: { [self] result in
            if case .success(true) = result { return answer(group.map { ($0, .failure(.inDoubt)) }) }
            if case .failure(.stopped) = result { return answer(group.map { ($0, .failure(.inDoubt)) }) }
            // The server is away, and with it the old backend's fate: ask again until it is known.
            group.first?.lane.after(.milliseconds(200)) { [self] in lookUpLater(group, error) }
        }
    }

    /// One hand-over per lane, in order.
    private func answer(_ answers: [(Waiting, Result<Appended, JournalError>)]) {
        var lanes: [(lane: any Lane, answers: [(Waiting, Result<Appended, JournalError>)])] = []
        for answer in answers {
            if let place = lanes.firstIndex(where: { $0.lane === answer.0.lane }) {
                lanes[place].answers.append(answer)
            } else {
                lanes.append((answer.0.lane, [answer]))
            }
        }
        for (lane, answers) in lanes {
            lane.post { for (waiting, result) in answers { waiting.done(result) } }
        }
    }

    static func classify(_ error: PostgresError) -> JournalError {
        guard case .server(let failure) = error else { return .unavailable("\(error)") }
        switch failure.sqlState {
        case "GW001": return .deposed
        case "GW002": return .conflict
        case "23505" where failure.constraint?.hasPrefix("command") == true: return .conflict
        // Two appends to one stream, or two rows of one command key, in one statement.
        case "21000": return .conflict
        default:
            // Bad data, a broken constraint, or too much of something: the content is to blame. Anything else, from a full disk over a
            // missing right to a broken index, is the database's own trouble, and a command must not be lost over it.
            let content = ["22", "23", "54"]
            return content.contains(String(failure.sqlState.prefix(2)))
                ? .refused("\(failure.sqlState) \(failure.message)") : .unavailable(failure.message)
        }
    }
}
