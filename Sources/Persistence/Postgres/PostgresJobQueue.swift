import Glibc

/// Work for a database thread: run it on a connection, or say why it will not run. Exactly one is called, once.
struct PostgresJob: Sendable {
    /// Returns the error, so that the thread learns of a lost connection.
    let run: @Sendable (inout PostgresConnection) -> PostgresError?
    let refuse: @Sendable (PostgresError) -> Void

    init<T: Sendable>(
        _ body: @escaping @Sendable (inout PostgresConnection) throws(PostgresError) -> T,
        completion: @escaping @Sendable (Result<T, PostgresError>) -> Void
    ) {
        run = { connection in
            do throws(PostgresError) {
                let value = try body(&connection)
                completion(.success(value))
                return nil
            } catch {
                completion(.failure(error))
                return error
            }
        }
        refuse = { completion(.failure($0)) }
    }
}

/// The bounded first-in-first-out queue between callers and the threads that block on it.
///
/// `@unchecked Sendable`: every stored variable is read and written only between `lock` and `unlock` of the one
/// mutex; the mutex and the condition live at fixed addresses from `init` to `deinit`. (`Synchronization.Mutex` has
/// no condition to wait on.)
final class PostgresJobQueue: @unchecked Sendable {
    let lengthMax: Int
    private var jobs: [PostgresJob] = []
    private var head = 0
    private var isClosed = false
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    init(lengthMax: Int) {
        precondition(lengthMax > 0, "a queue holds at least one job")
        self.lengthMax = lengthMax
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// `nil` when taken; otherwise why not. Never waits.
    func append(_ job: PostgresJob) -> PostgresError? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return .stopped }
        if jobs.count - head >= lengthMax { return .busy(queueLengthMax: lengthMax) }
        jobs.append(job)
        pthread_cond_signal(changed)
        return nil
    }

    /// Waits for the next job; `nil` when the queue is closed and empty.
    func take() -> PostgresJob? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while head == jobs.count {
            if isClosed { return nil }
            pthread_cond_wait(changed, mutex)
        }
        let job = jobs[head]
        head += 1
        if head == jobs.count || head >= 1024 {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }

    /// Takes no more jobs; those already here are still handed out.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for a while, or until the queue is closed; true when closed.
    func waitClosed(upTo duration: Duration) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let (seconds, attoseconds) = duration.components
        let nanoseconds = deadline.tv_nsec + Int(attoseconds / 1_000_000_000)
        deadline.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000

        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isClosed {
            // A new job wakes the wait as well: go on until the time is up.
            if pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT { break }
        }
        return isClosed
    }

    var length: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return jobs.count - head
    }
}
