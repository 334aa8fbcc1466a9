import Glibc
import Synchronization

/// How a database thread connects, and how it goes on trying.
package struct PostgresConnector: Sendable {
    let connect: @Sendable () throws(PostgresError) -> PostgresConnection
    /// The wait before the next attempt, given the failures in a row so far (1, 2, …). `nil`: do not wait, fail
    /// the job that asked; the job after it makes one attempt again.
    let delay: @Sendable (_ failures: Int) -> Duration?

    package init(
        connect: @escaping @Sendable () throws(PostgresError) -> PostgresConnection,
        delay: @escaping @Sendable (_ failures: Int) -> Duration?
    ) {
        self.connect = connect
        self.delay = delay
    }

    /// For people who wait: a job fails after three waits of 50, 200 and 500 ms, later ones at once while the
    /// server is away.
    ///
    /// - Parameter greeting: a statement that every new connection begins with.
    package static func impatient(
        _ conninfo: String, readOnly: Bool, greeting: String? = nil
    ) -> PostgresConnector {
        .init(
            connect: { () throws(PostgresError) in
                var connection = try PostgresConnection.connect(conninfo, readOnly: readOnly)
                if let greeting { try connection.query(greeting) }
                return connection
            },
            delay: { failures in
                switch failures {
                case 1: .milliseconds(50)
                case 2: .milliseconds(200)
                case 3: .milliseconds(500)
                default: nil
                }
            })
    }

    /// For a writer that must get through: 100 ms, doubled up to 5 s, for ever (until stopped).
    package static func patient(_ conninfo: String) -> PostgresConnector {
        .init(
            connect: { () throws(PostgresError) in try PostgresConnection.connect(conninfo) },
            delay: { failures in min(.milliseconds(100) * (1 << min(failures - 1, 10)), .seconds(5)) })
    }
}

/// One POSIX thread that owns one connection and runs the jobs of a queue on it, in order.
///
/// The connection is a local variable of the thread's function, so nothing else can reach it.
/// `@unchecked Sendable`: `thread` is written once in `start`, before the object is shared, and read by `join`.
final class PostgresWorker: @unchecked Sendable {
    private let name: String
    private let queue: PostgresJobQueue
    private let connector: PostgresConnector
    private let cancelHandle = Mutex<PostgresCancel?>(nil)
    private var thread = pthread_t()

    private init(name: String, queue: PostgresJobQueue, connector: PostgresConnector) {
        self.name = name
        self.queue = queue
        self.connector = connector
    }

    /// Starts the thread; it ends when the queue is closed and empty. `join` must be called once.
    static func start(name: String, queue: PostgresJobQueue, connector: PostgresConnector) -> PostgresWorker {
        let worker = PostgresWorker(name: name, queue: queue, connector: connector)
        let context = Unmanaged.passRetained(worker).toOpaque()
        let code = pthread_create(
            &worker.thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<PostgresWorker>.fromOpaque(context).takeRetainedValue().main()
                return nil
            }, context)
        precondition(code == 0, "no thread for the database: \(String(cString: strerror(code)))")
        return worker
    }

    /// Waits for the thread to end. Blocks: not on an event loop, and not from a job.
    func join() { pthread_join(thread, nil) }

    /// Asks the server to cancel what the thread is running now, if anything. Under the lock, which the thread takes
    /// between jobs: the request cannot hit the next one.
    func cancelRunning() { cancelHandle.withLock { _ = $0?.cancel() } }

    private func main() {
        nameThread()
        var connection: PostgresConnection?
        var failures = 0
        while let job = queue.take() {
            if var current = connection.take(), current.checkAlive() { connection = consume current }
            while connection == nil {
                do throws(PostgresError) {
                    connection = try connector.connect()
                    failures = 0
                } catch {
                    failures += 1
                    if let delay = connector.delay(failures), !queue.waitClosed(upTo: delay) { continue }
                    job.refuse(error)
                    break
                }
            }
            guard let current = connection.take() else { continue }
            connection = run(job, on: consume current)
        }
        cancelHandle.withLock { $0 = nil }
    }

    /// Gives the connection back, unless it is lost.
    private func run(_ job: PostgresJob, on connection: consuming PostgresConnection) -> PostgresConnection? {
        var connection = connection
        let handle = connection.makeCancelHandle()
        cancelHandle.withLock { $0 = handle }
        let error = job.run(&connection)
        cancelHandle.withLock { $0 = nil }
        if error?.isLoss == true || !connection.isUsable { return nil }
        // A job that leaves a transaction open would hold its locks for whoever comes next.
        if connection.isInTransaction, (try? connection.execute("ROLLBACK")) == nil { return nil }
        return connection
    }

    /// So that `top -H` and a debugger tell the threads apart. `pthread_setname_np` does not import.
    private func nameThread() {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let text = Array(name.utf8.prefix(15))
        _ = write(descriptor, text, text.count)
        close(descriptor)
    }
}
