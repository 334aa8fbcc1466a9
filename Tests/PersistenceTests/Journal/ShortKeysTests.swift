import Actors
import Testing

@testable import Persistence

@Suite("Short keys")
struct ShortKeysTests {
    @Test func `a command of before is known by the digest that is asked for now`() throws {
        let conninfo = try TestCluster.makeDatabase()
        var connection = try PostgresConnection.connect(conninfo)
        _ = try Migrator(Array(Schema.migrations.prefix(6))).migrate(&connection)
        let stream = StreamID(site: "울산", kind: "order", key: "DO-1")
        let keys = [
            CommandKey(principal: "user:김", key: "a/b:1"), CommandKey(principal: "device:edge-1", key: "boot:7"),
        ]
        for key in keys {
            try connection.query(
                """
                INSERT INTO command (site, kind, key, principal, command_key, body_hash, seq, at, expires_at)
                VALUES ($1, $2, $3, $4, $5, '\\x07', 3, now(), now() + interval '1 day')
                """,
                [
                    .text(stream.site), .text(stream.kind), .text(stream.key), .text(key.principal), .text(key.key),
                ])
        }
        _ = try Migrator(Schema.migrations).migrate(&connection)
        let found = try connection.query("SELECT id::text, seq FROM command ORDER BY id")
        #expect(
            try found.map { row throws(PostgresError) in try row.value(0, as: String.self) }
                == keys.map { $0.id(in: stream).description }.sorted())
        #expect(try found.allSatisfy { row throws(PostgresError) in try row.value(1, as: Int64.self) == 3 })
    }

    @Test func `two commands have two ids`() {
        let a = StreamID(site: "a", kind: "b", key: "c")
        let ids = [
            CommandKey(principal: "user:1", key: "2").id(in: a), CommandKey(principal: "user:12", key: "").id(in: a),
            CommandKey(principal: "user:1", key: "2").id(in: StreamID(site: "a", kind: "b", key: "d")),
            CommandKey(principal: "user:1", key: "3").id(in: a),
        ]
        #expect(Set(ids).count == 4)
        #expect(CommandKey(principal: "user:1", key: "2").id(in: a) == ids[0])
    }
}
