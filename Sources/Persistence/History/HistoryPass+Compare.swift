import Actors

/// What stands beside the events: rows, effects and signed baselines.
extension HistoryPass {
    /// What was written besides the events, against what follows from them. After `run`.
    ///
    /// - Parameter effectsSince: effects of older events may be forgotten by now.
    mutating func compare(effectsSince: Instant, _ connection: inout PostgresConnection) throws(PostgresError) {
        for table in Projections.tables.values.sorted(by: { $0.name < $1.name }) {
            let found = try table.differences(isWhole: isWhole, limit: HistoryReport.keptCountMax, &connection)
            for (row, what) in found { report.add("\(table.name) \(row)", what) }
        }
        let lost = try connection.query(
            """
            SELECT id FROM pg_temp.effect WHERE created_at >= $1
                AND NOT EXISTS (SELECT FROM outbox WHERE outbox.id = effect.id)
            ORDER BY created_at LIMIT \(HistoryReport.keptCountMax)
            """, [.init(PostgresTimestamp(effectsSince))])
        for row in lost { report.add("effect \(try row.value(0, as: String.self))", "is not in the outbox") }
        guard isWhole else { return }
        let unfounded = try connection.query(
            """
            SELECT id FROM outbox WHERE NOT EXISTS (
                SELECT FROM pg_temp.effect WHERE effect.id = regexp_replace(outbox.id, '(#[0-9]+[.][0-9]+)[.][0-9]+$', '\\1'))
            ORDER BY created_at LIMIT \(HistoryReport.keptCountMax)
            """)
        for row in unfounded { report.add("effect \(try row.value(0, as: String.self))", "follows from no event") }
    }

    /// Where the history begins is what was signed when the months before it were detached.
    mutating func checkBaselines(
        publicKey: String, _ connection: inout PostgresConnection
    ) throws(PostgresError) {
        var signed: [StreamID: [Seal.Head]] = [:]
        for row in try connection.query("SELECT name, seal FROM detached_partition ORDER BY name") {
            let (name, text) = (try row.value(0, as: String.self), try row.value(1, as: String.self))
            do throws(Seal.Invalid) {
                for head in try Seal(text, publicKey: publicKey).heads {
                    signed[head.stream, default: []].append(head)
                }
            } catch {
                report.addBroken(name, "its seal does not hold. \(error)")
            }
        }
        for (id, baseline) in baselines.sorted(by: { $0.key < $1.key }) {
            let isSigned = signed[id]?.contains { $0.version == baseline.version && $0.chain == baseline.chain.bytes }
            if isSigned != true { report.addBroken("\(id)", "its baseline at \(baseline.version) was never signed") }
        }
    }
}
