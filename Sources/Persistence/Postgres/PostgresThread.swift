/// One database thread with a connection of its own: jobs run one after another, in the order given.
///
/// For the writer of the journal and other work that must not overlap. Blocking libpq calls on a dedicated thread
/// measured as fast as an event loop (22–60 µs per lone round trip) and are the simplest.
package final class PostgresThread: Sendable {
    private let queue: PostgresJobQueue
    private let worker: PostgresWorker

    package init(name: String, connector: PostgresConnector, queueLengthMax: Int = 1024) {
        queue = PostgresJobQueue(lengthMax: queueLengthMax)
        worker = .start(name: name, queue: queue, connector: connector)
    }

    /// Queues `body`; `completion` is called exactly once, on the database thread or (`busy`, `stopped`) on the
    /// caller's. It must be short and must not call back into this object's blocking methods.
    package func submit<T: Sendable>(
        _ body: @escaping @Sendable (inout PostgresConnection) throws(PostgresError) -> T,
        completion: @escaping @Sendable (Result<T, PostgresError>) -> Void
    ) {
        if let refusal = queue.append(PostgresJob(body, completion: completion)) { completion(.failure(refusal)) }
    }

    /// Queues `body` and waits for its outcome without blocking. Cancelling the task does not stop the statement.
    package func run<T: Sendable>(
        _ body: @escaping @Sendable (inout PostgresConnection) throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        let outcome: Result<T, PostgresError> = await withCheckedContinuation { continuation in
            submit(body) { continuation.resume(returning: $0) }
        }
        return try outcome.get()
    }

    /// Jobs waiting, for a metric.
    package var queueLength: Int { queue.length }

    /// Asks the server to cancel the statement that is running now, if any.
    package func cancelRunning() { worker.cancelRunning() }

    /// Takes no more jobs, runs those already queued, closes the connection and waits for the thread. Blocks; call
    /// it once.
    package func stop() {
        queue.close()
        worker.join()
    }
}

/// Threads with a read-only connection each, fed by one bounded queue.
package final class ReadPool: Sendable {
    private let queue: PostgresJobQueue
    private let workers: [PostgresWorker]

    /// - Parameter queueLengthMax: reads waiting for a thread; beyond it a read is refused with `busy`.
    package init(connector: PostgresConnector, threadCount: Int = 4, queueLengthMax: Int = 1024) {
        precondition(threadCount > 0, "a pool has at least one thread")
        let queue = PostgresJobQueue(lengthMax: queueLengthMax)
        self.queue = queue
        workers = (1...threadCount).map { .start(name: "pg-read-\($0)", queue: queue, connector: connector) }
    }

    package convenience init(conninfo: String, threadCount: Int = 4, queueLengthMax: Int = 1024) {
        self.init(
            connector: .impatient(conninfo, readOnly: true), threadCount: threadCount, queueLengthMax: queueLengthMax)
    }

    /// Queues a read; `completion` is called exactly once, on a database thread or (`busy`, `stopped`) the caller's.
    package func read<T: Sendable>(
        _ body: @escaping @Sendable (inout PostgresConnection) throws(PostgresError) -> T,
        completion: @escaping @Sendable (Result<T, PostgresError>) -> Void
    ) {
        if let refusal = queue.append(PostgresJob(body, completion: completion)) { completion(.failure(refusal)) }
    }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (inout PostgresConnection) throws(PostgresError) -> T
    ) async throws(PostgresError) -> T {
        let outcome: Result<T, PostgresError> = await withCheckedContinuation { continuation in
            read(body) { continuation.resume(returning: $0) }
        }
        return try outcome.get()
    }

    /// Reads waiting, for a metric.
    package var queueLength: Int { queue.length }

    /// Takes no more reads, finishes those already queued and waits for the threads. Blocks; call it once.
    package func stop() {
        queue.close()
        for worker in workers { worker.join() }
    }
}
