import Glibc
import Synchronization
import Testing

@testable import Persistence

@Suite("PostgreSQL connection")
struct PostgresConnectionTests {
    static let insert = PostgresStatement("insert", "INSERT INTO t (id) VALUES ($1)")

    private func withTable() throws -> (String, PostgresConnection.Box) {
        let conninfo = try TestCluster.makeDatabase()
        var connection = try PostgresConnection.connect(conninfo)
        try connection.execute(
            "CREATE TABLE t (id int8 CONSTRAINT t_id_key PRIMARY KEY CONSTRAINT t_positive CHECK (id > 0))")
        return (conninfo, PostgresConnection.Box(connection))
    }

    private func count(_ connection: inout PostgresConnection) throws -> Int64? {
        try connection.query("SELECT count(*) FROM t").first?.value(0)
    }

    @Test func `a broken constraint carries SQLSTATE, constraint and table`() throws {
        let (_, box) = try withTable()
        try box.connection.query(Self.insert, [.int8(1)])
        for (id, state, constraint) in [(Int64(1), "23505", "t_id_key"), (-1, "23514", "t_positive")] {
            let error = try #require(throws: PostgresError.self) {
                try box.connection.query(Self.insert, [.int8(id)])
            }
            #expect(error.failure?.sqlState == state)
            #expect(error.failure?.constraint == constraint)
            #expect(error.failure?.table == "t")
            #expect(error.failure?.statement == "insert")
        }
        #expect(try count(&box.connection) == 1)
    }

    @Test func `a statement is prepared once per session`() throws {
        let (_, box) = try withTable()
        for id in 1...3 { try box.connection.query(Self.insert, [.int8(Int64(id))]) }
        let row = try #require(
            try box.connection.query("SELECT generic_plans + custom_plans FROM pg_prepared_statements").first)
        #expect(try row.value(0, as: Int64.self) == 3)
    }

    @Test func `a statement the server forgot is prepared again after one error`() throws {
        let (_, box) = try withTable()
        try box.connection.query(Self.insert, [.int8(1)])
        try box.connection.execute("DEALLOCATE ALL")
        #expect(throws: PostgresError.self) { try box.connection.query(Self.insert, [.int8(2)]) }
        try box.connection.query(Self.insert, [.int8(2)])
        #expect(try count(&box.connection) == 2)
    }

    @Test func `a transaction commits, and rolls back when its body throws`() throws {
        let (_, box) = try withTable()
        try box.connection.transaction { connection throws(PostgresError) in
            try connection.query(Self.insert, [.int8(1)])
        }
        #expect(throws: PostgresError.stopped) {
            try box.connection.transaction { connection throws(PostgresError) in
                try connection.query(Self.insert, [.int8(2)])
                throw PostgresError.stopped
            }
        }
        #expect(!box.isInTransaction)
        #expect(try count(&box.connection) == 1)
    }

    @Test func `a swallowed failure does not pass for a commit`() throws {
        let (_, box) = try withTable()
        #expect(throws: PostgresError.transactionAborted) {
            try box.connection.transaction { connection throws(PostgresError) in
                _ = try? connection.query(Self.insert, [.int8(-1)])
            }
        }
        #expect(!box.isInTransaction)
    }

    @Test func `a read-only session cannot write`() throws {
        let (conninfo, _) = try withTable()
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        let error = #expect(throws: PostgresError.self) { try connection.query(Self.insert, [.int8(1)]) }
        #expect(error?.failure?.sqlState == "25006")
    }

    @Test func `notices go to their listener`() throws {
        let heard = Mutex<[String]>([])
        var connection = try PostgresConnection.connect(
            try TestCluster.makeDatabase(), notices: { text in heard.withLock { $0.append(text) } })
        try connection.execute("DO $$ BEGIN RAISE WARNING '저울'; END $$")
        #expect(heard.withLock { $0 } == ["WARNING:  저울"])
    }

    @Test func `nobody there is a failed connection`() {
        let error = #expect(throws: PostgresError.self) {
            _ = try PostgresConnection.connect("host=/nonexistent dbname=x").backendPID
        }
        guard case .connectFailed(let message)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(message.contains("/nonexistent"))
    }

    @Test func `another thread can cancel a statement`() throws {
        let conninfo = try TestCluster.makeDatabase()
        let thread = PostgresThread(name: "cancelled", connector: .patient(conninfo))
        let outcome = Mutex<PostgresError?>(nil)
        thread.submit { connection throws(PostgresError) in
            try connection.query("SELECT pg_sleep(60)")
            return
        } completion: { result in
            outcome.withLock { $0 = result.error }
        }
        var observer = try PostgresConnection.connect(conninfo)
        try observer.waitUntil(
            "SELECT bool_or(wait_event = 'PgSleep') FROM pg_stat_activity WHERE datname = current_database()")
        thread.cancelRunning()
        thread.stop()
        #expect(outcome.withLock { $0 }?.failure?.sqlState == "57014")
    }
}

extension PostgresConnection {
    /// A noncopyable value inside a tuple and `#expect` closures needs a home. Used by one thread.
    final class Box {
        var connection: PostgresConnection
        init(_ connection: consuming PostgresConnection) { self.connection = connection }

        var isInTransaction: Bool { connection.isInTransaction }
        var isUsable: Bool { connection.isUsable }
        var backend: PostgresBackend { connection.backend }
    }

    /// Asks until the answer is true, for at most ten seconds of asking.
    mutating func waitUntil(_ sql: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            if let row = try query(sql).first, try row.optional(0, as: Bool.self) == true { return }
        }
        Issue.record("never true: \(sql)", sourceLocation: sourceLocation)
    }
}

extension Result {
    var error: Failure? { if case .failure(let error) = self { error } else { nil } }
}
