internal import NIOCore
internal import NIOPosix

/// Screens that follow one order, and a clerk whose commands they see at a steady rate, whatever else goes on.
final class HonestScreens: Sendable {
    /// What one part of the time was like.
    struct Part: Sendable {
        var commandCount = 0
        /// From when each command was due to the last of all screens.
        var lastLatencies = Latencies()
        /// Commands that some screen has not seen.
        var missedCount = 0
    }

    private let stage: Stage
    private let clerks: [Clerk]
    private let listeners: Listeners
    private let paces: [Pace]
    private let listening: Task<Listeners.Figures, any Error>

    /// All are there; commands are due from now on.
    static func open(_ stage: Stage, count: Int, rate: Int) async throws -> HonestScreens {
        let clerks = try await stage.clerks(1, topicCount: 1, on: stage.places[0], keepsDues: true)
        let listeners = Listeners(topic: clerks[0].topic)
        let token = stage.account(1).token
        try await NIOThreadPool.singleton.runIfActive {
            try listeners.open(count, at: stage.hub.address, token: token)
        }
        // For as long as the screens are there; `close` waits for it.
        let listening = Task { try await NIOThreadPool.singleton.runIfActive { try listeners.listen() } }
        let start = NIODeadline.now() + .milliseconds(100)
        let paces = Pace.start(clerks, perSecond: Double(rate), from: start, to: start + .hours(1))
        return HonestScreens(stage, clerks, listeners, paces, listening)
    }

    private init(
        _ stage: Stage, _ clerks: [Clerk], _ listeners: Listeners, _ paces: [Pace],
        _ listening: Task<Listeners.Figures, any Error>
    ) {
        self.stage = stage
        self.clerks = clerks
        self.listeners = listeners
        self.paces = paces
        self.listening = listening
    }

    /// Without asking what they have seen.
    func abandon() { listeners.finish(at: 0) }

    /// No more commands; tells of each span how it was, and the report whether everybody saw everything.
    func close(_ spans: [Range<NIODeadline>], _ report: inout Report) async throws -> [Part] {
        for pace in paces { try await pace.stop() }
        try await clerks.finish()
        let check = try JournalCheck(stage)
        listeners.finish(at: check.heads[clerks[0].topic] ?? 0)
        let figures = try await listening.value
        let dues = try await clerks[0].place.run { [clerks] in clerks[0].takeDues() }
        check.add(to: &report, try await clerks.count())
        try await clerks.stop()
        report.require(figures.gapCount == 0, "\(figures.gapCount) gaps on the honest screens")
        report.require(figures.behindCount == 0, "\(figures.behindCount) honest screens have not seen everything")
        report.require(figures.pictureCount == 0, "an honest screen was taken for a slow one")
        var seen: [Int64: (count: Int, lastAt: NIODeadline)] = [:]
        for receipt in figures.receipts.joined() {
            let old = seen[receipt.seq] ?? (0, receipt.at)
            seen[receipt.seq] = (old.count + 1, max(old.lastAt, receipt.at))
        }
        return spans.map { span in
            var part = Part()
            for (seq, due) in dues where span.contains(due) {
                part.commandCount += 1
                guard let seen = seen[seq], seen.count == figures.receipts.count else {
                    part.missedCount += 1
                    continue
                }
                part.lastLatencies.record((seen.lastAt - due).nanoseconds)
            }
            return part
        }
    }
}
