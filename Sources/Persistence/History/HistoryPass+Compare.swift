import Actors

/// What stands beside the events: rows, effects and signed baselines.
extension HistoryPass {
    /// What was written besides the events, against what follows from them. After `run`.
    ///
    /// Effects that an upkeep may have forgotten are not looked for: it notes up to when that was, and no clock is asked.
    mutating func compare(_ connection: inout PostgresConnection) throws(PostgresError) {
        for table in Projections.tables.values.sorted(by: { $0.name < $1.name }) {
            let found = try table.differences(isWhole: isWhole, limit: HistoryReport.keptCountMax, &connection)
            for (row, what) in found { report.add(.derived, "\(table.name) \(row)", what) }
        }
        let lost = try connection.query(
            """
            SELECT id FROM pg_temp.effect
            WHERE created_at >= (SELECT value::timestamptz FROM hub_meta WHERE key = '\(HubDatabase.effectsKeptSince)')
                AND NOT EXISTS (SELECT FROM outbox WHERE outbox.id = effect.id)
            ORDER BY created_at LIMIT \(HistoryReport.keptCountMax)
            """)
        for row in lost { report.add(.other, "effect \(try row.value(0, as: String.self))", "is not in the outbox") }
        guard isWhole else { return }
        let unfounded = try connection.query(
            """
            SELECT id FROM outbox WHERE NOT EXISTS (
                SELECT FROM pg_temp.effect WHERE effect.id = regexp_replace(outbox.id, '(#[0-9]+[.][0-9]+)[.][0-9]+$', '\\1'))
            ORDER BY created_at LIMIT \(HistoryReport.keptCountMax)
            """)
        for row in unfounded {
            report.add(.other, "effect \(try row.value(0, as: String.self))", "follows from no event")
        }
    }

    /// Where the history begins is what was signed when the months before it were detached.
    mutating func checkBaselines(
        publicKey: String, _ connection: inout PostgresConnection
    ) throws(PostgresError) {
        var signed: [StreamID: [Seal.Head]] = [:]
        let seals = "SELECT min(name), seal FROM detached_partition GROUP BY seal ORDER BY 1"
        for row in try connection.query(seals) {
            let (name, text) = (try row.value(0, as: String.self), try row.value(1, as: String.self))
            do throws(Seal.Invalid) {
                let seal = try Seal(text, publicKey: publicKey)
                guard seal.isOfBaselines else { throw .otherPurpose(seal.purpose) }
                for head in seal.heads { signed[head.stream, default: []].append(head) }
            } catch {
                report.add(.journal, name, "its seal does not hold. \(error)")
            }
        }
        for (id, baseline) in baselines.sorted(by: { $0.key < $1.key }) {
            let head = Seal.Head(id, baseline)
            if signed[id]?.contains(head) != true {
                report.add(.journal, "\(id)", "its baseline at \(baseline.version) was never signed")
            }
        }
    }
}
