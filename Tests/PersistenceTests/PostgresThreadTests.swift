import Glibc
import Synchronization
import Testing

@testable import Persistence

@Suite("Database threads")
struct PostgresThreadTests {
    @Test func `jobs run one after another in the order given`() async throws {
        let thread = PostgresThread(name: "order", connector: .patient(try TestCluster.makeDatabase()))
        let order = Mutex<[Int]>([])
        for number in 0..<100 {
            thread.submit { connection throws(PostgresError) in
                try connection.query("SELECT 1")
                order.withLock { $0.append(number) }
            } completion: { _ in
            }
        }
        thread.stop()
        #expect(order.withLock { $0 } == Array(0..<100))
    }

    @Test func `a stopped thread refuses and has finished what it had`() async throws {
        let thread = PostgresThread(name: "stopped", connector: .patient(try TestCluster.makeDatabase()))
        thread.stop()
        await #expect(throws: PostgresError.stopped) {
            try await thread.run { connection throws(PostgresError) in connection.backendPID }
        }
    }

    @Test func `a thread connects again after its backend was killed`() async throws {
        let conninfo = try TestCluster.makeDatabase()
        let thread = PostgresThread(name: "again", connector: .patient(conninfo))
        defer { thread.stop() }
        let first = try await thread.run { connection throws(PostgresError) in connection.backend }
        var observer = try PostgresConnection.connect(conninfo)
        #expect(try observer.ensureGone(first))
        // The dead connection is noticed before the job runs, so the job does not fail.
        let second = try await thread.run { connection throws(PostgresError) in
            try connection.query("SELECT 1")
            return connection.backend
        }
        #expect(first != second)
    }

    @Test func `connecting is tried again with the delays given, and a job fails when they end`() async throws {
        let asked = Mutex<[Int]>([])
        let conninfo = try TestCluster.makeDatabase()
        let attempts = Atomic(0)
        let connector = PostgresConnector(
            connect: { () throws(PostgresError) in
                if attempts.wrappingAdd(1, ordering: .relaxed).newValue < 5 { throw PostgresError.connectFailed("no") }
                return try PostgresConnection.connect(conninfo)
            },
            delay: { failures in
                asked.withLock { $0.append(failures) }
                return failures < 3 ? .zero : nil
            })
        let thread = PostgresThread(name: "delays", connector: connector)
        defer { thread.stop() }
        // Three attempts for the first job, one for the second, and the fifth attempt succeeds.
        for _ in 1...2 {
            await #expect(throws: PostgresError.connectFailed("no")) {
                try await thread.run { connection throws(PostgresError) in connection.backendPID }
            }
        }
        #expect(try await thread.run { connection throws(PostgresError) in connection.backendPID } > 0)
        #expect(asked.withLock { $0 } == [1, 2, 3, 4])
    }

    @Test func `stopping ends a long wait for a server that is away`() async throws {
        let waiting = Mutex(false)
        let connector = PostgresConnector(
            connect: { () throws(PostgresError) in throw PostgresError.connectFailed("no") },
            delay: { _ in
                waiting.withLock { $0 = true }
                return .seconds(3600)
            })
        let thread = PostgresThread(name: "away", connector: connector)
        let outcome = Mutex<PostgresError?>(nil)
        thread.submit { connection throws(PostgresError) in
            connection.backendPID
        } completion: { result in
            outcome.withLock { $0 = result.error }
        }
        while !waiting.withLock({ $0 }) { sched_yield() }
        thread.stop()
        #expect(outcome.withLock { $0 } == .connectFailed("no"))
    }

    @Test func `a job that leaves a transaction open does not pass it on`() async throws {
        let thread = PostgresThread(name: "open", connector: .patient(try TestCluster.makeDatabase()))
        defer { thread.stop() }
        _ = try await thread.run { connection throws(PostgresError) in try connection.execute("BEGIN") }
        #expect(try await thread.run { connection throws(PostgresError) in connection.isInTransaction } == false)
    }

    @Test func `a full pool says busy and the others get their turn`() throws {
        let pool = ReadPool(conninfo: try TestCluster.makeDatabase(), threadCount: 2, queueLengthMax: 3)
        let gate = Mutex(())
        let started = Atomic(0)
        let done = Mutex<[Result<Int64, PostgresError>]>([])
        // Both threads are held at the gate by their first job, then three wait, then the pool is full.
        try withGateHeld(gate) {
            for number in 0..<5 {
                if number == 2 { while started.load(ordering: .sequentiallyConsistent) < 2 { sched_yield() } }
                pool.read { connection throws(PostgresError) in
                    started.wrappingAdd(1, ordering: .sequentiallyConsistent)
                    gate.withLock { _ in }
                    return try connection.query("SELECT 7::int8").first?.value(0) ?? 0
                } completion: { result in
                    done.withLock { $0.append(result) }
                }
            }
            #expect(pool.queueLength == 3)
            let refused = Mutex<PostgresError?>(nil)
            pool.read { connection throws(PostgresError) in
                connection.backendPID
            } completion: { result in
                refused.withLock { $0 = result.error }
            }
            #expect(refused.withLock { $0 } == .busy(queueLengthMax: 3))
        }
        pool.stop()
        #expect(done.withLock { $0.map { try? $0.get() } } == [7, 7, 7, 7, 7])
    }

    private func withGateHeld(_ gate: borrowing Mutex<Void>, _ body: () throws -> Void) throws {
        try gate.withLock { _ in try body() }
    }

    @Test func `a pool reads and cannot write`() async throws {
        let pool = ReadPool(conninfo: try TestCluster.makeDatabase())
        defer { pool.stop() }
        let seven = try await pool.read { connection throws(PostgresError) in
            try connection.query("SELECT 7::int8").first?.value(0, as: Int64.self)
        }
        #expect(seven == 7)
        let error = await #expect(throws: PostgresError.self) {
            try await pool.read { connection throws(PostgresError) in try connection.execute("CREATE TABLE t ()") }
        }
        #expect(error?.failure?.sqlState == "25006")
    }
}
