internal import Actors
internal import Persistence

/// What the journal of the hub under test holds, from some place on.
struct JournalReader: Sendable {
    let conninfo: String
    let site: String
    /// Opens what the journal keeps sealed; a screen is shown it in clear.
    let personKey: [UInt8]

    /// One statement, so that heads and events are of one moment. Of a command the table has only a digest.
    private static let statement = """
        SELECT head.kind, head.key, head.version, j.seq, j.event, (extract(epoch FROM j.at) * 1000)::bigint,
            j.payload::text, j.principal, j.command_key, c.seq
        FROM stream_head AS head
        LEFT JOIN unnest($2::text[], $3::text[], $4::bigint[]) AS known (kind, key, seq)
            ON (known.kind, known.key) = (head.kind, head.key)
        LEFT JOIN journal AS j
            ON (j.key, j.kind, j.site) = (head.key, head.kind, head.site) AND j.seq > coalesce(known.seq, 0)
        LEFT JOIN command AS c ON c.id = encode(substring(sha256(convert_to(
            head.site || '/' || head.kind || '/' || head.key || chr(31) || j.principal || chr(31) || j.command_key, 'UTF8'))
            FOR 16), 'hex')::uuid
        WHERE head.site = $1 AND head.kind <> 'master' AND head.version > 0
        ORDER BY head.kind, head.key, j.seq
        """

    /// Effects that should have been carried out half a minute ago. Timers that face people are not: a start gives them their time again.
    /// Blocks.
    func overdueEffectCount() throws -> Int64 {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        let rows = try connection.query(
            """
            SELECT count(*) FROM outbox
            WHERE outcome IS NULL AND due_at < now() - interval '30 seconds' AND NOT faces_people
            """)
        return try rows[0].value(0)
    }

    struct Reading: Sendable {
        var rows: [Audit.Row] = []
        var heads: [String: Int64] = [:]
    }

    /// Blocks.
    ///
    /// - Parameter known: seq after which each stream is read; 0 when it is not listed.
    func read(after known: [String: Int64]) throws -> Reading {
        var connection = try PostgresConnection.connect(conninfo, readOnly: true)
        let places = known.map { (parts: $0.key.split(separator: "/", maxSplits: 2), seq: $0.value) }
        let result = try connection.query(
            Self.statement,
            [
                .text(site), .array(places.map { String($0.parts[1]) }), .array(places.map { String($0.parts[2]) }),
                .array(places.map(\.seq)),
            ])
        // After the events: the keys that came with them are there, too.
        let keys = try HubDatabase(conninfo: conninfo).personKeys(master: personKey)
        var reading = Reading()
        for row in result {
            let topic = "\(site)/\(try row.value(0) as String)/\(try row.value(1) as String)"
            reading.heads[topic] = try row.value(2)
            guard let seq: Int64 = try row.optional(3) else { continue }
            let data = keys.opened(Array((try row.value(6) as String).utf8), at: site)
            let print = Audit.print(
                name: try row.value(4), at: try row.value(5), data: PersonalFields.plain(data))
            reading.rows.append(
                Audit.Row(
                    topic: topic, seq: seq, print: print, commandKey: try row.value(8), principal: try row.value(7),
                    commandSeq: try row.optional(9)))
        }
        return reading
    }
}
