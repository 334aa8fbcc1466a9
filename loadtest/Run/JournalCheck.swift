internal import Persistence

/// What the journal of the hub under test holds of the orders of a run.
struct JournalCheck: Sendable {
    /// Events `assigned` and `edited`.
    let eventCount: Int
    /// Commands that these come from.
    let keyCount: Int
    /// Orders whose events are not 1, 2, 3 … to the head.
    let brokenCount: Int
    /// Seq of the newest event, by topic.
    let heads: [String: Int64]

    /// Blocks.
    init(_ stage: Stage) throws {
        var connection = try PostgresConnection.connect(stage.hub.conninfo, readOnly: true)
        let rows = try connection.query(
            """
            SELECT journal.key, count(*) FILTER (WHERE event IN ('assigned', 'edited')),
                count(DISTINCT (principal, command_key)) FILTER (WHERE event IN ('assigned', 'edited')), max(version),
                min(seq) = 1 AND max(seq) = max(version) AND count(DISTINCT seq) = max(version)
                    AND count(*) = max(version)
            FROM journal JOIN stream_head USING (site, kind, key)
            WHERE site = $1 AND kind = 'order' AND starts_with(key, $2) GROUP BY journal.key
            """, [.text(stage.site), .text(stage.orderPrefix)])
        var (events, keys, broken) = (0, 0, 0)
        var heads: [String: Int64] = [:]
        for row in rows {
            let (event, key): (Int64, Int64) = (try row.value(1), try row.value(2))
            events += Int(event)
            keys += Int(key)
            let isWhole: Bool = try row.value(4)
            if !isWhole { broken += 1 }
            heads["\(stage.site)/order/\(try row.value(0) as String)"] = try row.value(3)
        }
        eventCount = events
        keyCount = keys
        brokenCount = broken
        self.heads = heads
    }

    /// Every acknowledged command is there exactly once, and nothing else is.
    func add(to report: inout Report, _ count: Clerk.Count) {
        report.count("given", "commands given", count.given)
        report.count("acknowledged", "acknowledged", count.committed)
        report.count("inJournal", "of these in the journal", eventCount)
        report.tally("refusals", "refused", count.refusals)
        report.require(count.refusals.isEmpty, "commands were refused: \(count.refusals)")
        report.require(
            count.given == count.committed, "\(count.given - count.committed) commands have no acknowledgement")
        report.require(
            eventCount == count.committed && keyCount == count.committed,
            "acknowledged \(count.committed), but the journal has \(eventCount) events of \(keyCount) commands")
        report.require(count.disorders == 0, "\(count.disorders) commands were acknowledged out of order")
        report.require(brokenCount == 0, "\(brokenCount) orders have gaps in the journal")
    }
}
