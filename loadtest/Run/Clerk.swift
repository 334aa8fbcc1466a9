internal import NIOCore
internal import Wire

/// Somebody who writes to one order, again and again: each command is one event.
///
/// `@unchecked Sendable`: used on the link's loop only, but for `prepare`.
final class Clerk: @unchecked Sendable {
    /// What became of the commands.
    struct Count: Sendable {
        var given = 0
        var committed = 0
        /// Refused for good, by code. None is expected.
        var refusals: [String: Int] = [:]
        /// Acknowledged with a seq that is not beyond the one before.
        var disorders = 0

        mutating func add(_ other: Count) {
            given += other.given
            committed += other.committed
            refusals.merge(other.refusals, uniquingKeysWith: +)
            disorders += other.disorders
        }
    }

    enum Deed: Sendable {
        /// A driver is assigned: an event of some 300 bytes.
        case assign
        /// The details are replaced: an event of some 2,400 bytes.
        case edit
    }

    let topic: String
    let commander: Commander
    private let deed: Deed
    private let sharesTopic: Bool
    private let keepsDues: Bool
    private var lastSeq: Int64 = 0
    private(set) var count = Count()
    /// When the command that became this event was due.
    private var dues: [Int64: NIODeadline] = [:]
    /// Called with each answer, in the order in which they come; `due` as it was given.
    var onCommit: ((_ due: NIODeadline, _ at: NIODeadline) -> Void)?

    init(_ link: HubLink, topic: String, deed: Deed, sharesTopic: Bool, keepsDues: Bool) {
        commander = Commander(link)
        self.deed = deed
        self.topic = topic
        self.sharesTopic = sharesTopic
        self.keepsDues = keepsDues
    }

    var place: Place { commander.link.place }

    /// Connects, and returns when the order can be written to.
    func prepare(creates: Bool) async throws {
        try await place.run { self.commander.link.start() }
        if creates { try await commander.ask("create", of: topic, #"{"details":{"type":"DELIVERY"}}"#) }
        try await commander.ask("lock", of: topic, #"{"type":"ASSIGN"}"#)
    }

    /// Gives a command now.
    ///
    /// - Parameter due: when it should have been given: from then on its time is counted.
    func write(due: NIODeadline) {
        count.given += 1
        switch deed {
        case .assign: give("assign", Self.assignment, due)
        // Details that are as they were would be no event.
        case .edit: give("edit", Self.details[count.given % 2], due)
        }
    }

    func takeDues() -> [Int64: NIODeadline] {
        defer { dues = [:] }
        return dues
    }

    private func give(_ name: String, _ arguments: [UInt8], _ due: NIODeadline) {
        commander.give(name, to: topic, arguments) { outcome, at in
            switch outcome {
            case .committed(let seq): self.committed(seq, due, at)
            case .refused(let fault) where fault.code == "notLocked": self.lockAgain { self.give(name, arguments, due) }
            case .refused(let fault): self.count.refusals[fault.code, default: 0] += 1
            case .unanswered: break
            }
        }
    }

    private func committed(_ seq: Int64, _ due: NIODeadline, _ at: NIODeadline) {
        count.committed += 1
        if !sharesTopic, seq <= lastSeq { count.disorders += 1 }
        lastSeq = seq
        if keepsDues { dues[seq] = due }
        onCommit?(due, at)
    }

    /// A lock lasts 300 s.
    private func lockAgain(then goOn: @escaping () -> Void) {
        commander.give("lock", to: topic, Array(#"{"type":"ASSIGN"}"#.utf8)) { outcome, _ in
            if case .refused(let fault) = outcome { return self.count.refusals[fault.code, default: 0] += 1 }
            goOn()
        }
    }

    private static let assignment = {
        var writer = JSONWriter()
        writer.member("driverName", "부하 시험을 위해 만든 긴 기사 이름, 마흔여덟 자 — load test")
        writer.member("driverContact", "010-1234-5678")
        return writer.finish()
    }()

    private static let details = ["가", "나"].map { letter in
        func text(_ count: Int) -> String { String(repeating: letter, count: count) }
        return Array(
            #"{"details":{"type":"DELIVERY","customer":"\#(text(100))","address":"\#(text(200))","warehouse":"\#(text(50))"}}"#
                .utf8)
    }
}

extension [Clerk] {
    /// Everything so far.
    func count() async throws -> Clerk.Count {
        var sum = Clerk.Count()
        for clerk in self { sum.add(try await clerk.place.run { clerk.count }) }
        return sum
    }

    /// Returns when every command has its answer.
    func finish(within limit: Duration = .seconds(30)) async throws {
        try await wait(upTo: limit, for: "every command is answered") {
            for clerk in self {
                guard try await clerk.place.run({ clerk.commander.waitingCount }) == 0 else { return false }
            }
            return true
        }
    }

    func stop() async throws {
        for clerk in self { try await clerk.place.run { clerk.commander.link.stop() } }
    }
}
