/// What a pass over the whole history found.
package struct HistoryReport: Sendable {
    /// Something that is not as the journal says.
    package struct Finding: Sendable, Hashable, CustomStringConvertible {
        /// A stream, an event (`stream#seq`), a row of a table, a snapshot or an effect.
        package let subject: String
        package let what: String

        package var description: String { "\(subject): \(what)" }
    }

    /// Findings that are kept; further ones are counted.
    static let keptCountMax = 100

    package internal(set) var streamCount = 0
    package internal(set) var eventCount = 0
    package internal(set) var rowCount = 0
    package internal(set) var snapshotCount = 0
    package internal(set) var effectCount = 0
    /// The first of them in the order of the pass: chains by kind and key, then snapshots with their streams, then rows, then effects.
    package private(set) var findings: [Finding] = []
    package private(set) var findingCount = 0
    /// Those about events and chains. The others are about what was made from them, and a rebuild mends them.
    package private(set) var brokenCount = 0

    mutating func addBroken(_ subject: String, _ what: String) {
        brokenCount += 1
        add(subject, what)
    }

    mutating func add(_ subject: String, _ what: String) {
        findingCount += 1
        if findings.count < Self.keptCountMax { findings.append(Finding(subject: subject, what: what)) }
    }
}
