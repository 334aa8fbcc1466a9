import Synchronization
import Testing

@testable import Persistence

@Suite("Migrations")
struct MigrationTests {
    private static let one = Migration(id: 1, name: "one", sql: "CREATE TABLE a (x int); CREATE TABLE b (y int)")
    private static let two = Migration(id: 2, name: "two", sql: "ALTER TABLE a ADD z int")
    private static let three = Migration(id: 3, name: "three", sql: "CREATE TABLE c ()")

    private let conninfo: String
    private let box: PostgresConnection.Box

    init() throws {
        conninfo = try TestCluster.makeDatabase()
        box = PostgresConnection.Box(try PostgresConnection.connect(conninfo))
    }

    private func migrate(_ migrations: [Migration]) throws -> [Int] {
        try Migrator(migrations).migrate(&box.connection)
    }

    private func tables() throws -> [String] {
        try box.connection.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            .map { row throws(PostgresError) in try row.value(0) }
    }

    @Test func `steps are applied once, in order, and recorded`() throws {
        #expect(try migrate([Self.one, Self.two]) == [1, 2])
        #expect(try migrate([Self.one, Self.two]) == [])
        #expect(try migrate([Self.one, Self.two, Self.three]) == [3])
        let rows = try box.connection.query("SELECT id, name, checksum FROM schema_migration ORDER BY id")
        #expect(
            try rows.map { row throws(PostgresError) in try row.value(1, as: String.self) } == ["one", "two", "three"])
        #expect(try rows[0].value(2, as: String.self) == Self.one.checksum)
        #expect(try tables() == ["a", "b", "c", "schema_migration"])
    }

    @Test func `a failing step leaves nothing of itself and keeps those before it`() throws {
        let bad = Migration(id: 2, name: "bad", sql: "CREATE TABLE c (); SELECT 1/0")
        let error = #expect(throws: MigrationError.self) { try migrate([Self.one, bad]) }
        guard case .stepFailed(2, "bad", let cause)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.failure?.sqlState == "22012")
        #expect(try tables() == ["a", "b", "schema_migration"])
        #expect(try migrate([Self.one, Self.two]) == [2])
    }

    @Test func `an edited step is refused`() throws {
        _ = try migrate([Self.one])
        let edited = Migration(id: 1, name: "one", sql: Self.one.sql + " ")
        #expect(throws: MigrationError.checksumChanged(id: 1, name: "one")) { try migrate([edited, Self.two]) }
        #expect(try tables() == ["a", "b", "schema_migration"])
    }

    @Test func `a database one step newer is accepted, two steps are not`() throws {
        _ = try migrate([Self.one, Self.two, Self.three])
        #expect(try migrate([Self.one, Self.two]) == [])
        #expect(throws: MigrationError.databaseNewer(found: 3, known: 1)) { try migrate([Self.one]) }
    }

    @Test func `a missing step is refused`() throws {
        _ = try migrate([Self.one, Self.two, Self.three])
        try box.connection.execute("DELETE FROM schema_migration WHERE id = 2")
        #expect(throws: MigrationError.gap(missing: 2)) { try migrate([Self.one, Self.two, Self.three]) }
    }

    @Test(arguments: ["COMMIT", "ROLLBACK", "CREATE TABLE d (); COMMIT; BEGIN"])
    func `a step that ends its transaction is refused and not recorded`(sql: String) throws {
        let step = Migration(id: 1, name: "ends", sql: sql)
        #expect(throws: MigrationError.stepEndedTransaction(id: 1, name: "ends")) { try migrate([step]) }
        #expect(try box.connection.query("SELECT 1 FROM schema_migration").isEmpty)
        #expect(!box.isInTransaction)
    }

    @Test func `two migrators at once apply each step once`() throws {
        let slow = Migration(id: 1, name: "slow", sql: "CREATE TABLE a (); SELECT pg_sleep(0.2)")
        let done = Mutex<[[Int]]>([])
        let threads = (1...3).map { number in
            let thread = PostgresThread(name: "migrator-\(number)", connector: .patient(conninfo))
            thread.submit { connection throws(PostgresError) in
                try? Migrator([slow, Self.two]).migrate(&connection)
            } completion: { result in
                done.withLock { $0.append((try? result.get()).flatMap { $0 } ?? [-1]) }
            }
            return thread
        }
        for thread in threads { thread.stop() }
        #expect(done.withLock { $0 }.sorted { $0.count < $1.count } == [[], [], [1, 2]])
    }

    @Test func `a migrator does not wait for ever`() throws {
        var other = try PostgresConnection.connect(conninfo)
        try other.execute("SELECT pg_advisory_lock(\(0x6777_616E_6A65))")
        #expect(throws: MigrationError.locked) {
            try Migrator([Self.one], lockTimeout: .milliseconds(50)).migrate(&box.connection)
        }
        #expect(try box.connection.query("SHOW lock_timeout").first?.value(0, as: String.self) == "0")
        try other.execute("SELECT pg_advisory_unlock_all()")
        #expect(try migrate([Self.one]) == [1])
    }
}
