internal import Wire

/// Compares what people were told with what the journal holds. Fed bit by bit; remembers all of it.
struct Audit: Sendable {
    /// An event of the journal.
    struct Row: Sendable {
        let topic: String
        let seq: Int64
        let print: Int
        let commandKey: String
        let principal: String
        /// What the journal remembers of its command; nil when it does not.
        let commandSeq: Int64?
    }

    /// What somebody was told to be durable.
    struct Acknowledgement: Sendable {
        let topic: String
        let key: String
        /// Of its last event; nil: the hub does not say it.
        let seq: Int64?
        /// How many events it became, where that is known; 0: perhaps none.
        let eventCount: Int?
    }

    /// What somebody was shown.
    struct Shown: Sendable {
        enum What: Sendable {
            /// The print is that of the journal's event.
            case event(print: Int)
            /// The whole view, because of this event.
            case state
            /// The whole view, as the answer to a subscription.
            case picture
        }

        let reader: Int
        /// Without `/mine`.
        let topic: String
        let seq: Int64
        let prev: Int64
        let what: What
        /// Sees each event of the stream.
        let seesAll: Bool
    }

    struct Findings: Sendable {
        var lost = 0
        var doubled = 0
        var disordered = 0
        /// Events shown that are not those of the journal.
        var untrue = 0
        /// The first few, in words.
        private(set) var texts: [String] = []

        var isEmpty: Bool { lost + doubled + disordered + untrue == 0 }

        mutating func note(_ kind: WritableKeyPath<Findings, Int>, _ text: @autoclosure () -> String) {
            self[keyPath: kind] += 1
            if texts.count < 20 { texts.append(text()) }
        }
    }

    private struct Deed {
        let principal: String
        let first: Int64
        var last: Int64
        var count = 1
        var commandSeq: Int64?
    }

    private struct Stream {
        /// Of each event from the first on.
        var prints: [Int] = []
        var deeds: [String: Deed] = [:]
    }

    private var streams: [String: Stream] = [:]
    private var lastShown: [Int: Int64] = [:]
    private(set) var acknowledgedCount = 0
    private(set) var shownCount = 0
    private(set) var findings = Findings()

    /// What is compared of an event.
    static func print(name: String, at: Int64, data: some Sequence<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(name)
        hasher.combine(at)
        for byte in data { hasher.combine(byte) }
        return hasher.finalize()
    }

    /// Seq up to which each stream is known.
    var heads: [String: Int64] { streams.mapValues { Int64($0.prints.count) } }

    /// Events of the journal, of each stream in order; those that were seen before are compared.
    ///
    /// - Parameter heads: what the journal says to be the newest of each stream, at the same moment.
    mutating func take(_ rows: [Row], heads: [String: Int64]) {
        for row in rows { take(row) }
        for (topic, head) in heads where Int64(streams[topic]?.prints.count ?? 0) != head {
            findings.note(\.lost, "\(topic): the head is \(head), events go to \(streams[topic]?.prints.count ?? 0)")
        }
        for (topic, stream) in streams where heads[topic] == nil {
            findings.note(\.lost, "\(topic): had \(stream.prints.count) events, and is gone")
        }
    }

    private mutating func take(_ row: Row) {
        let count = Int64(streams[row.topic]?.prints.count ?? 0)
        guard row.seq > count else {
            // Read again: it must be what it was.
            if row.seq < 1 || streams[row.topic]?.prints[Int(row.seq) - 1] != row.print {
                findings.note(\.doubled, "\(row.topic): seq \(row.seq) is there again, with another event")
            }
            return
        }
        if row.seq > count + 1 { findings.note(\.lost, "\(row.topic): after seq \(count) comes \(row.seq)") }
        var stream = streams.removeValue(forKey: row.topic) ?? Stream()
        while Int64(stream.prints.count) < row.seq - 1 { stream.prints.append(0) }
        stream.prints.append(row.print)
        if var deed = stream.deeds[row.commandKey] {
            // All events of a command are written together.
            if deed.last + 1 != row.seq || deed.principal != row.principal {
                findings.note(\.doubled, "\(row.topic): command \(row.commandKey) at seq \(deed.last) and \(row.seq)")
            }
            deed.last = row.seq
            deed.count += 1
            stream.deeds[row.commandKey] = deed
        } else {
            stream.deeds[row.commandKey] = Deed(
                principal: row.principal, first: row.seq, last: row.seq, commandSeq: row.commandSeq)
        }
        streams[row.topic] = stream
    }

    /// To be taken before the rows were read: what was acknowledged then must be there now.
    mutating func take(_ acknowledgements: [Acknowledgement]) {
        acknowledgedCount += acknowledgements.count
        for one in acknowledgements {
            guard let deed = streams[one.topic]?.deeds[one.key] else {
                if one.eventCount != 0 { findings.note(\.lost, "\(one.topic): \(one.key), acknowledged, is not there") }
                continue
            }
            if let seq = one.seq, seq != deed.last {
                findings.note(\.untrue, "\(one.topic): \(one.key) was said to be \(seq), and is \(deed.last)")
            }
            if deed.commandSeq != deed.last {
                findings.note(
                    \.lost, "\(one.topic): \(one.key) is \(deed.last), remembered as \(deed.commandSeq ?? 0)")
            }
            if let count = one.eventCount, count > 0, count != deed.count {
                findings.note(\.doubled, "\(one.topic): \(one.key) is there \(deed.count) times")
            }
        }
    }

    /// To be taken before the rows were read: nothing is shown before it is durable.
    mutating func take(_ shown: [Shown]) {
        shownCount += shown.count
        for one in shown { take(one) }
    }

    private mutating func take(_ one: Shown) {
        let prints = streams[one.topic]?.prints ?? []
        let last = lastShown[one.reader]
        lastShown[one.reader] = one.seq
        if one.seq > Int64(prints.count) {
            return findings.note(\.untrue, "\(one.topic): seq \(one.seq) was shown, the journal has \(prints.count)")
        }
        if case .picture = one.what {
            if let last, one.seq < last {
                findings.note(\.disordered, "\(one.topic): a picture of \(one.seq) after \(last)")
            }
            return
        }
        guard let last, one.seq > last else {
            return findings.note(\.disordered, "\(one.topic): \(one.seq) was shown after \(last ?? -1)")
        }
        if one.prev > last || one.prev >= one.seq || one.seesAll && one.seq != last + 1 {
            findings.note(
                \.disordered, "\(one.topic): \(one.seq) (prev \(one.prev)) was shown after \(last): one is missing")
        }
        if case .event(let print) = one.what, one.seq < 1 || prints[Int(one.seq) - 1] != print {
            findings.note(\.untrue, "\(one.topic): what was shown as \(one.seq) is not what the journal has")
        }
    }
}
