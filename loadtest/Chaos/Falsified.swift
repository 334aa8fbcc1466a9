/// Lies told to an audit that has heard everything: it has to notice each.
enum Falsified {
    /// Names of the lies that were believed.
    static func believed(_ audit: Audit, _ rows: [Audit.Row], _ told: Witness.Testimony) -> [String] {
        guard let row = rows.last(where: { $0.seq > 3 }),
            let acknowledged = told.acknowledgements.last(where: { $0.seq != nil && $0.eventCount == 1 }),
            let index = told.shown.lastIndex(where: {
                if case .event = $0.what { $0.seesAll && $0.seq > 3 } else { false }
            })
        else { return ["everything: there was nothing to falsify"] }
        let shown = told.shown[index]
        func again(_ seq: Int64, _ key: String) -> Audit.Row {
            Audit.Row(
                topic: row.topic, seq: seq, print: row.print &+ 1, commandKey: key, principal: row.principal,
                commandSeq: row.commandSeq)
        }
        let heads = audit.heads
        let end = heads[row.topic] ?? 0
        var believed: [String] = []
        func tell(_ name: String, _ finding: KeyPath<Audit.Findings, Int>, _ lie: (inout Audit) -> Void) {
            var copy = audit
            lie(&copy)
            if copy.findings[keyPath: finding] <= audit.findings[keyPath: finding] { believed.append(name) }
        }
        tell("a command that is not in the journal", \.lost) {
            $0.take([Audit.Acknowledgement(topic: acknowledged.topic, key: "never", seq: 1, eventCount: 1)])
        }
        tell("another seq than acknowledged", \.untrue) {
            let seq = (acknowledged.seq ?? 0) + 1
            $0.take([Audit.Acknowledgement(topic: acknowledged.topic, key: acknowledged.key, seq: seq, eventCount: 1)])
        }
        tell("a command that was carried out again", \.doubled) {
            $0.take([again(end + 1, "other"), again(end + 2, row.commandKey)], heads: [:])
        }
        tell("an event that was replaced", \.doubled) { $0.take([again(row.seq, row.commandKey)], heads: heads) }
        tell("a journal that has lost its end", \.lost) {
            $0.take([], heads: heads.merging([row.topic: end - 1]) { $1 })
        }
        tell("a journal with a gap", \.lost) { $0.take([again(end + 2, "other")], heads: heads) }
        tell("an event shown twice", \.disordered) { $0.take([shown, shown]) }
        // As a new reader: the first picture, then events.
        func read(_ audit: inout Audit, _ seqs: [Int64], print: Int? = nil) {
            for (number, seq) in seqs.enumerated() {
                audit.take([
                    Audit.Shown(
                        reader: -1, topic: shown.topic, seq: seq, prev: seq - 1,
                        what: number == 0 ? .picture : print.map { .event(print: $0) } ?? .state, seesAll: true)
                ])
            }
        }
        tell("two events shown in the wrong order", \.disordered) { read(&$0, [1, 3, 2]) }
        tell("an event that was left out", \.disordered) { read(&$0, [1, 3]) }
        tell("an event of other content", \.untrue) { read(&$0, [1, 2], print: 1) }
        tell("an event that is not in the journal", \.untrue) {
            let head = heads[shown.topic] ?? 0
            read(&$0, [head, head + 1])
        }
        // The same lists without the lie must be believed.
        var copy = audit
        read(&copy, [1, 2, 3])
        if copy.findings.disordered > audit.findings.disordered { believed.append("the truth is not") }
        return believed
    }

    static let count = 11
}
