/// What a pass over the whole history found.
package struct HistoryReport: Sendable {
    /// What a finding is about, which says what can be done.
    package enum Sort: Sendable, Hashable {
        /// Events and chains: nothing makes them right again.
        case journal
        /// Rows and snapshots: a rebuild makes them anew.
        case derived
        /// Effects, and what a seal from before a restore knows: they stay as they are.
        case other
    }

    /// Something that is not as the journal says.
    package struct Finding: Sendable, Hashable, CustomStringConvertible {
        package let sort: Sort
        /// A stream, an event (`stream#seq`), a row of a table, a snapshot or an effect.
        package let subject: String
        package let what: String

        package var description: String { "\(subject): \(what)" }
    }

    /// How much of a seal could be held against the chains.
    package struct SealComparison: Sendable, Hashable, CustomStringConvertible {
        package let madeAt: String
        package let streamCount: Int
        /// The database was restored since, or the seal is of another one: what does not fit may be of a future that was lost.
        package let isOfOtherEpoch: Bool
        /// Streams whose sealed head is older than the first event that is still here.
        package internal(set) var outOfReachCount = 0

        package var comparedCount: Int { streamCount - outOfReachCount }

        package var description: String {
            let name = "the seal of \(madeAt)"
            let extent =
                switch comparedCount {
                case streamCount: "\(name) was compared, all \(streamCount) streams"
                case 0: "NOTHING of \(name) was compared: it is older than the events that are still here"
                default:
                    "\(name) was compared in \(comparedCount) of \(streamCount) streams; of the others it knows only what was detached"
                }
            return isOfOtherEpoch
                ? extent
                    + "; it is of another epoch, so the database was restored since, and what came after the backup is not in it any more"
                : extent
        }
    }

    /// Findings that are kept; further ones are counted.
    static let keptCountMax = 100

    package internal(set) var streamCount = 0
    package internal(set) var eventCount = 0
    package internal(set) var rowCount = 0
    package internal(set) var snapshotCount = 0
    package internal(set) var effectCount = 0
    /// In the order in which they were given.
    package internal(set) var seals: [SealComparison] = []
    /// The first of them in the order of the pass: chains by kind and key, then snapshots with their streams, then rows, then effects.
    package private(set) var findings: [Finding] = []
    private var counts: [Sort: Int] = [:]

    package func count(_ sort: Sort) -> Int { counts[sort, default: 0] }
    package var findingCount: Int { counts.values.reduce(0, +) }

    mutating func add(_ sort: Sort, _ subject: String, _ what: String) {
        counts[sort, default: 0] += 1
        if findings.count < Self.keptCountMax {
            findings.append(Finding(sort: sort, subject: subject, what: what))
        }
    }
}
