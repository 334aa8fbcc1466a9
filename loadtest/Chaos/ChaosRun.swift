internal import Glibc
internal import NIOCore
internal import Synchronization

/// Fault upon fault, and what is compared after each.
struct ChaosRun: Sendable {
    let crew: ChaosCrew
    let relay: Relay
    let reader: JournalReader
    let probe: Probe
    /// In which the hub has to serve again.
    let patience: Duration

    private var hub: HubUnderTest { crew.stage.hub }
    /// Events that are read again each time, of each stream: what was compared once must not change.
    private static let overlap: Int64 = 100

    struct Outcome: Sendable {
        var times = ChaosTimes()
        var findings = Audit.Findings()
        var acknowledgedCount = 0
        var shownCount = 0
        var eventCount = 0
        var weights = EdgePart.Count()
        var commands = Clerk.Count()
        var probeRepeatCount = 0
        var repeats: [String: Int] = [:]
        var queueCommitCount = 0
        var queueRefusals: [String: Int] = [:]
        var sight = Crowd.Sight()
        var behindCount = 0
        var slipCount = 0
        /// Days whose slips are not numbered 1, 2, 3 …
        var brokenDays: [String] = []
        var overdueEffectCount: Int64 = 0
        var believedLies: [String] = []
        /// Of `hub verify`.
        var history = (isRight: false, text: "")
        /// What the hub was going through when it ended by itself.
        var ends: [String: Int] = [:]
    }

    /// What is known so far.
    private struct Record {
        var audit = Audit()
        var told = Witness.Testimony()
    }

    func carryOut(_ plan: FaultPlan, rate: Int) async throws -> Outcome {
        let ends = Mutex<[String: Int]>([:])
        let current = Mutex("before the first fault")
        let keeper = Task { [hub] in
            while !Task.isCancelled {
                if try hub.launchIfEnded() {
                    let title = current.withLock { $0 }
                    ends.withLock { $0[title, default: 0] += 1 }
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        let asking = Task { [probe] in await probe.live() }
        defer {
            keeper.cancel()
            asking.cancel()
        }
        let start = NIODeadline.now()
        let paces = Pace.start(crew.clerks, perSecond: Double(rate), from: start, to: start + .hours(24))
        // Edges weigh until they are told to stop.
        crew.fleet.weigh(from: start, to: start + .hours(24))
        var outcome = Outcome()
        var record = Record()
        try await serve(after: start, "before the first fault", { true })
        var (number, renewedAt) = (0, start)
        for step in plan.steps {
            number += step.faults.count
            current.withLock { $0 = step.title }
            // A token is good for an hour.
            if NIODeadline.now() - renewedAt > .minutes(20) {
                await crew.renewTokens()
                renewedAt = .now()
            }
            let time = try await go(step, "fault \(number) of \(plan.faultCount), \(step.title)")
            outcome.times.add(time)
            let known = record.audit.heads
            try await compare(&record, after: known.mapValues { max(0, $0 - Self.overlap) })
            ChaosCommand.say(
                "fault \(number) of \(plan.faultCount): \(step.title), back after \(time.fromStart.places(0)) ms"
                    + " (\(time.fromEnd.places(0)) ms from its end, all clients \(time.everyone.places(0)) ms);"
                    + " \(record.audit.acknowledgedCount) acknowledged, \(record.audit.shownCount) shown")
            guard record.audit.findings.isEmpty else {
                ChaosCommand.say("the hub's last words:\n" + hub.logTail())
                break
            }
        }
        current.withLock { $0 = "after the last fault" }
        for pace in paces { try await pace.stop() }
        try await crew.fleet.stopWeighing()
        try await crew.stopQueue()
        asking.cancel()
        await asking.value
        try await crew.clerks.finish(within: .seconds(60))
        try await crew.fleet.finish()
        try await finish(&outcome, &record)
        outcome.ends = ends.withLock { $0 }
        try await crew.leave()
        return outcome
    }

    // MARK: One fault

    private func go(_ step: FaultPlan.Step, _ title: String) async throws -> ChaosTimes.One {
        try await Task.sleep(for: .seconds(step.restSeconds))
        let trouble = Troublemaker(hub: hub, relay: relay, edges: crew.fleet.edges)
        let start = NIODeadline.now()
        let conditions = try await withThrowingTaskGroup(of: (@Sendable () -> Bool).self) { tasks in
            for (index, fault) in step.faults.enumerated() {
                tasks.addTask {
                    try await Task.sleep(for: .seconds(step.gapSeconds * Double(index)))
                    return try await trouble.perform(fault)
                }
            }
            var conditions: [@Sendable () -> Bool] = []
            for try await condition in tasks { conditions.append(condition) }
            return conditions
        }
        let end = NIODeadline.now()
        let (served, everyone) = try await serve(after: end, title) { conditions.allSatisfy { $0() } }
        func millis(_ span: TimeAmount) -> Double { Double(span.nanoseconds) / 1_000_000 }
        return ChaosTimes.One(
            title: step.title, fromStart: millis(served - start), fromEnd: millis(served - end),
            everyone: millis(everyone - end))
    }

    /// Returns when the hub served again, and when all clients were served.
    @discardableResult
    private func serve(
        after end: NIODeadline, _ title: String, _ isOver: () -> Bool
    ) async throws -> (NIODeadline, NIODeadline) {
        var mark = end
        if !isOver() {
            try await wait(upTo: patience, every: .milliseconds(5), for: "\(title): it is over") { isOver() }
            // What was committed before that tells nothing.
            mark = .now()
        }
        var served = mark
        try await wait(upTo: patience, every: .milliseconds(5), for: "\(title): commands are committed again") {
            if let refusal = probe.refusal { throw HubUnderTest.Failed(description: "\(title): \(refusal)") }
            guard let at = probe.committed(after: mark) else { return false }
            served = at
            return true
        }
        try await wait(upTo: patience, for: "\(title): all clients are served again") {
            if let failure = try await crew.failure() { throw HubUnderTest.Failed(description: "\(title): \(failure)") }
            return try await crew.isServed(after: mark)
        }
        return (served, .now())
    }

    // MARK: What was told, and what is

    /// First what was told, then what is: it must all be there already.
    private func compare(_ record: inout Record, after known: [String: Int64]) async throws {
        let told = crew.witness.take()
        let reading = try await read(after: known)
        record.told.acknowledgements += told.acknowledgements
        record.told.shown += told.shown
        record.audit.take(reading.rows, heads: reading.heads)
        record.audit.take(told.acknowledgements)
        record.audit.take(told.shown)
    }

    /// The database may still be busy with itself.
    private func read(after known: [String: Int64]) async throws -> JournalReader.Reading {
        var failure: (any Error)?
        for _ in 0..<60 {
            do { return try reader.read(after: known) } catch { failure = error }
            try await Task.sleep(for: .milliseconds(500))
        }
        throw HubUnderTest.Failed(description: "the journal cannot be read: \(failure.map { "\($0)" } ?? "")")
    }

    /// Everything once more from the start, and whether lies would have been found.
    private func finish(_ outcome: inout Outcome, _ record: inout Record) async throws {
        // Timers may go on for a while.
        for _ in 0..<6 {
            try await compare(&record, after: record.audit.heads)
            outcome.behindCount = try await crew.crowds.catchUp(to: record.audit.heads, within: .seconds(10))
            if outcome.behindCount == 0 { break }
        }
        try await compare(&record, after: record.audit.heads)
        let reading = try await read(after: [:])
        var whole = Audit()
        whole.take(reading.rows, heads: reading.heads)
        whole.take(record.told.acknowledgements)
        whole.take(record.told.shown)
        outcome.believedLies = Falsified.believed(whole, reading.rows, record.told)
        outcome.findings = record.audit.findings.isEmpty ? whole.findings : record.audit.findings
        outcome.acknowledgedCount = whole.acknowledgedCount
        outcome.shownCount = whole.shownCount
        outcome.eventCount = reading.rows.count
        outcome.overdueEffectCount = try reader.overdueEffectCount()
        outcome.history = try await hub.verify()
        (outcome.slipCount, outcome.brokenDays) = Self.slips(whole.heads.keys)
        outcome.weights = try await crew.fleet.count()
        outcome.commands = try await crew.clerks.count()
        outcome.repeats = try await crew.repeats()
        outcome.probeRepeatCount = probe.repeatCount
        outcome.sight = try await (crew.crowds + crew.driverCrowds).sight()
        for hand in crew.hands {
            let (count, refusals) = try await hand.commander.link.place.run { (hand.committedCount, hand.refusals) }
            outcome.queueCommitCount += count
            outcome.queueRefusals.merge(refusals, uniquingKeysWith: +)
        }
    }
}

extension ChaosRun {
    /// How many slips there are, and the days on which a number is missing.
    private static func slips(_ topics: some Sequence<String>) -> (count: Int, brokenDays: [String]) {
        let slips = topics.filter { $0.split(separator: "/").dropFirst().first == "ticket" }
        let days = Dictionary(grouping: slips) { String($0.dropLast(4)) }
        let broken = days.filter { _, slips in
            slips.compactMap { Int($0.suffix(4)) }.sorted() != Array(1...slips.count)
        }
        return (slips.count, broken.keys.sorted())
    }
}

extension FaultPlan {
    var faultCount: Int { steps.reduce(0) { $0 + $1.faults.count } }
}

extension ChaosRun.Outcome {
    func add(to report: inout Report) {
        report.text("table", times.table())
        report.count("acknowledged", "acknowledged", acknowledgedCount)
        report.count("orderCommands", "  commands to the orders", commands.committed)
        report.count("queueCommands", "  commands at the queue", queueCommitCount)
        report.count("weights", "  weights", weights.acknowledged)
        report.tally("givenAgain", "commands given again, by reason", repeats)
        report.count("probeRepeats", "  by the probe, over REST", probeRepeatCount)
        report.count("weightRepeats", "weights sent again", weights.repeats)
        report.count("journalEvents", "events in the journal", eventCount)
        report.count("shown", "publications compared", shownCount)
        report.count("slips", "slips issued", slipCount)
        report.tally("queueRefusals", "refused at the queue", queueRefusals)
        report.tally("hubEnds", "the hub ended by itself", ends)
        report.count("lost", "lost", findings.lost)
        report.count("doubled", "doubled", findings.doubled)
        report.count("disordered", "out of order, or missing", findings.disordered)
        report.count("untrue", "not as the journal has it", findings.untrue)
        report.count(
            "liesFound", "lies the check has found, of \(Falsified.count)", Falsified.count - believedLies.count)
        report.text("history", "hub verify: " + history.text)
        report.require(history.isRight, "hub verify finds the history wrong")
        for text in findings.texts { report.require(false, text) }
        report.require(findings.isEmpty, "what was told is not what is")
        report.require(believedLies.isEmpty, "the check believes: \(believedLies.joined(separator: ", "))")
        report.require(commands.refusals.isEmpty, "commands were refused: \(commands.refusals)")
        report.require(
            commands.given == commands.committed, "\(commands.given - commands.committed) commands have no answer")
        report.require(weights.settled == weights.acknowledged, "not every settled weight was acknowledged")
        report.require(weights.refusals.isEmpty, "weights were refused: \(weights.refusals.first ?? "")")
        report.require(weights.faults.isEmpty, "edges were refused something: \(weights.faults)")
        report.require(brokenDays.isEmpty, "slip numbers have gaps: \(brokenDays)")
        report.require(overdueEffectCount == 0, "\(overdueEffectCount) effects wait though they are long due")
        let strange = queueRefusals.filter { QueueHand.strangeCodes.contains($0.key) }
        report.require(strange.isEmpty, "refused at the queue: \(strange)")
        report.add(sight, behindCount: behindCount)
    }
}
