import Glibc
import Synchronization
import Testing

@testable import Persistence

@Suite("PostgreSQL pipeline and lost connections")
struct PostgresPipelineTests {
    static let insert = PostgresStatement("insert", "INSERT INTO t SELECT * FROM unnest($1::int8[]) RETURNING id")
    static let count = PostgresStatement("count", "SELECT count(*) FROM t")
    static let sleep = PostgresStatement("sleep", "SELECT pg_sleep(60)")

    private let conninfo: String
    private let box: PostgresConnection.Box

    init() throws {
        conninfo = try TestCluster.makeDatabase()
        box = PostgresConnection.Box(try PostgresConnection.connect(conninfo))
        try box.connection.execute(
            "CREATE TABLE t (id int8 PRIMARY KEY CHECK (id > 0), CONSTRAINT late UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    }

    private static func ids(_ values: Int64...) -> PostgresCall { PostgresCall(Self.insert, [.array(values)]) }

    private func count() throws -> Int64? {
        var observer = try PostgresConnection.connect(conninfo)
        return try observer.query("SELECT count(*) FROM t").first?.value(0)
    }

    @Test func `a pipelined transaction gives one result per call and commits`() throws {
        let results = try box.connection.pipelinedTransaction([Self.ids(1, 2), PostgresCall(Self.count), Self.ids(3)])
        try #require(results.count == 3)
        #expect(try results[0].map { row throws(PostgresError) in try row.value(0, as: Int64.self) } == [1, 2])
        #expect(try results[1].first?.value(0, as: Int64.self) == 2)
        #expect(results[2].affectedRowCount == 1)
        #expect(!box.isInTransaction)
        #expect(try count() == 3)
    }

    @Test(arguments: [0, 1, 2])
    func `one failing call undoes all, is named, and leaves the connection usable`(bad: Int) throws {
        var calls = [Self.ids(1), Self.ids(2), Self.ids(3)]
        calls[bad] = PostgresCall(
            PostgresStatement("bad", "INSERT INTO t SELECT * FROM unnest($1::int8[])"), [.array([Int64(-1)])])
        let error = #expect(throws: PostgresError.self) { try box.connection.pipelinedTransaction(calls) }
        #expect(error?.failure?.sqlState == "23514")
        #expect(error?.failure?.constraint == "t_id_check")
        #expect(error?.failure?.statement == "bad")
        #expect(!box.isInTransaction)
        #expect(try count() == 0)
        try box.connection.pipelinedTransaction([Self.ids(1)])
        #expect(try count() == 1)
    }

    @Test func `a failure of COMMIT itself is a refusal, not a doubt`() throws {
        try box.connection.execute("ALTER TABLE t DROP CONSTRAINT t_pkey")
        let error = #expect(throws: PostgresError.self) { try box.connection.pipelinedTransaction([Self.ids(1, 1)]) }
        #expect(error?.failure?.sqlState == "23505")
        #expect(error?.failure?.constraint == "late")
        #expect(error?.failure?.statement == "COMMIT")
        #expect(try count() == 0)
        try box.connection.pipelinedTransaction([Self.ids(1)])
    }

    @Test func `an empty pipeline is an empty transaction`() throws {
        #expect(try box.connection.pipelinedTransaction([]).isEmpty)
    }

    @Test func `a statement that cannot be prepared sends nothing`() throws {
        let wrong = PostgresCall(PostgresStatement("wrong", "SELECT * FROM nowhere"))
        let error = #expect(throws: PostgresError.self) {
            try box.connection.pipelinedTransaction([Self.ids(1), wrong])
        }
        #expect(error?.failure?.sqlState == "42P01")
        #expect(try count() == 0)
        try box.connection.pipelinedTransaction([Self.ids(1)])
    }

    @Test func `a pipeline inside an open transaction leaves it open`() throws {
        try box.connection.transaction { connection throws(PostgresError) in
            _ = try connection.pipeline([Self.ids(1)])
            _ = try connection.pipeline([Self.ids(2)])
        }
        #expect(try count() == 2)
        let error = #expect(throws: PostgresError.self) {
            try box.connection.transaction { connection throws(PostgresError) in
                _ = try connection.pipeline([Self.ids(3)])
                _ = try connection.pipeline([Self.ids(-1)])
            }
        }
        #expect(error?.failure?.sqlState == "23514")
        #expect(try count() == 2)
    }

    @Test func `megabytes both ways do not block`() throws {
        let echo = PostgresStatement("echo", "SELECT $1 || $1")
        let text = String(repeating: "x", count: 1 << 20)
        let results = try box.connection.pipelinedTransaction(
            (0..<24).map { _ in PostgresCall(echo, [.text(text)]) })
        for result in results { #expect(try result.first?.value(0, as: String.self).utf8.count == 2 << 20) }
    }
}

extension PostgresPipelineTests {
    /// Runs `body` on a thread of its own, waits until its statement sleeps, ends its backend, and gives its error.
    ///
    /// Blocks and needs no other task: with two cores, tests that wait for tasks while they block starve each other.
    private func lose(
        signal: Int32, readOnly: Bool = false,
        _ body: @escaping @Sendable (inout PostgresConnection) throws(PostgresError) -> Void
    ) throws -> (error: PostgresError?, backend: PostgresBackend) {
        let thread = PostgresThread(name: "victim", connector: .impatient(conninfo, readOnly: readOnly))
        let victim = Mutex<PostgresBackend?>(nil)
        let outcome = Mutex<PostgresError?>(nil)
        thread.submit { connection throws(PostgresError) in
            let backend = connection.backend
            victim.withLock { $0 = backend }
            try body(&connection)
        } completion: { result in
            outcome.withLock { $0 = result.error }
        }
        while victim.withLock({ $0 }) == nil { sched_yield() }
        let backend = try #require(victim.withLock { $0 })
        try box.connection.waitUntil("SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = \(backend.pid)")
        kill(backend.pid, signal)
        thread.stop()
        return (outcome.withLock { $0 }, backend)
    }

    @Test func `a backend terminated in the middle of a transaction lost nothing but the connection`() throws {
        let (error, backend) = try lose(signal: SIGTERM) { connection throws(PostgresError) in
            try connection.transaction { connection throws(PostgresError) in
                try connection.query(Self.insert, [.array([Int64(1)])])
                try connection.query(Self.sleep)
            }
        }
        let loss = try #require(error?.loss)
        #expect(error?.isInDoubt == false)
        #expect(loss.backend == backend)
        #expect(loss.sqlState == "57P01")
        #expect(try box.connection.ensureGone(backend))
        #expect(try count() == 0)
    }

    @Test func `terminated at an earlier statement of a pipeline is no doubt`() throws {
        let (error, _) = try lose(signal: SIGTERM) { connection throws(PostgresError) in
            _ = try connection.pipelinedTransaction([Self.ids(1), PostgresCall(Self.sleep)])
        }
        let loss = try #require(error?.loss)
        #expect(error?.isInDoubt == false)
        #expect(loss.sqlState == "57P01")
        #expect(try count() == 0)
    }

    @Test func `terminated while COMMIT runs is in doubt`() throws {
        try box.connection.execute(
            """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION slow()
            """)
        let pipelined = try lose(signal: SIGTERM) { connection throws(PostgresError) in
            _ = try connection.pipelinedTransaction([Self.ids(1)])
        }
        let plain = try lose(signal: SIGTERM) { connection throws(PostgresError) in
            try connection.transaction { connection throws(PostgresError) in
                _ = try connection.query(Self.insert, [.array([Int64(1)])])
            }
        }
        let lone = try lose(signal: SIGTERM) { connection throws(PostgresError) in
            try connection.query(Self.insert, [.array([Int64(1)])])
        }
        for (error, backend) in [pipelined, plain, lone] {
            let loss = try #require(error?.loss)
            #expect(error?.isInDoubt == true)
            #expect(loss.backend == backend)
            #expect(try box.connection.ensureGone(backend))
        }
        #expect(try count() == 0)
    }

    @Test func `a read that loses its connection is never in doubt`() throws {
        let (error, _) = try lose(signal: SIGTERM, readOnly: true) { connection throws(PostgresError) in
            try connection.query(Self.sleep)
        }
        #expect(error?.loss != nil)
        #expect(error?.isInDoubt == false)
    }

    @Test func `a silent end with COMMIT on its way is in doubt`() throws {
        // The socket is shut on our side: the same as a cut cable, and no word from the server.
        try box.connection.pipelinedTransaction([Self.ids(1)])
        shutdown(box.connection.socket, Int32(SHUT_RDWR))
        let error = #expect(throws: PostgresError.self) { try box.connection.pipelinedTransaction([Self.ids(2)]) }
        let loss = try #require(error?.loss)
        #expect(error?.isInDoubt == true)
        #expect(loss.sqlState == nil)
        #expect(!box.isUsable)
    }

    @Test func `a silent end within a transaction is a plain loss`() throws {
        let error = #expect(throws: PostgresError.self) {
            try box.connection.transaction { connection throws(PostgresError) in
                try connection.query(Self.insert, [.array([Int64(1)])])
                shutdown(connection.socket, Int32(SHUT_RDWR))
                try connection.query(Self.insert, [.array([Int64(2)])])
            }
        }
        #expect(error?.loss != nil)
        #expect(error?.isInDoubt == false)
        #expect(try count() == 0)
    }

    @Test func `a backend with the same PID and another start is left alone`() throws {
        var other = box.backend
        other.startedAt.microseconds -= 1
        var observer = try PostgresConnection.connect(conninfo)
        #expect(try observer.ensureGone(other))
        #expect(try count() == 0)
        #expect(try box.connection.query("SELECT 1").count == 1)
    }
}
