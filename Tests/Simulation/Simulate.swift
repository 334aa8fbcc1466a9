import ArgumentParser
import Dispatch
import Glibc
import Synchronization

/// Runs worlds of the real runtime and the real kinds, one per seed, and compares each with a sequential model.
@main
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Simulates whole yards with crashes and faults; a seed repeats bit for bit.")

    @Option(help: "How many worlds.") var seeds = 200
    @Option(help: "The first seed.") var first: UInt64 = 1
    @Option(help: "Only this seed, with its trace.") var seed: UInt64?
    @Option(help: "Commands that clients give in each world.") var commands = 120
    @Option(help: "A world that takes more steps is a finding.") var steps = 400_000
    @Option(help: "Worlds at the same time; as many as there are processors, unless told.") var jobs: Int?
    @Option(help: "Every n-th seed is run twice and has to give the same trace.") var repeatEvery: UInt64 = 10
    @Flag(help: "Print the whole trace.") var trace = false
    @Flag(help: "Go on after a violation and count them.") var keepGoing = false

    func validate() throws {
        guard jobs.map({ $0 > 0 }) ?? true else { throw ValidationError("--jobs takes 1 or more") }
    }

    func run() throws {
        if let seed { return try runOne(seed) }
        let campaign = Mutex(Campaign(next: first))
        let start = monotonicSeconds()
        let last = first + UInt64(seeds)
        // A world is all its thread's own. The lowest seed that is wrong is the same with any number of threads: those before it have
        // all begun, and are ended.
        DispatchQueue.concurrentPerform(iterations: jobs ?? sysconf(CInt(_SC_NPROCESSORS_ONLN))) { _ in
            while let seed = campaign.withLock({ $0.take(before: last) }) {
                let result = runQuietly(seed)
                campaign.withLock { campaign in
                    campaign.totals.add(result)
                    if let violation = result.violation {
                        campaign.found.append((seed, violation))
                        campaign.isOver = !keepGoing
                        print("seed \(seed): \(violation)")
                    }
                    if campaign.totals.worlds % 100 == 0 { progress(campaign.totals, since: start) }
                }
            }
        }
        try campaign.withLock { campaign in
            progress(campaign.totals, since: start)
            print(campaign.totals.summary)
            guard let first = campaign.found.map(\.seed).min() else { return }
            if keepGoing {
                print("\(campaign.found.count) of \(campaign.totals.worlds) worlds are wrong")
            } else {
                explain(first)
            }
            throw ExitCode(1)
        }
    }

    private func runQuietly(_ seed: UInt64) -> WorldResult {
        CrashReport.seed(seed)
        let world = World(seed: seed, commandCount: commands, detail: .none)
        var result = WorldResult(violation: world.run(stepCountMax: steps), world: world, isRepeated: false)
        guard result.violation == nil, repeatEvery > 0, seed % repeatEvery == 0 else { return result }
        let again = World(seed: seed, commandCount: commands, detail: .none)
        _ = again.run(stepCountMax: steps)
        result.isRepeated = true
        if again.scheduler.trace.hash != world.scheduler.trace.hash {
            result.violation = "the same seed gives another trace"
        }
        return result
    }

    private func runOne(_ seed: UInt64) throws {
        CrashReport.seed(seed)
        let world = World(seed: seed, commandCount: commands, detail: trace ? .full : .recent)
        let violation = world.run(stepCountMax: steps)
        var totals = Totals()
        totals.add(WorldResult(violation: violation, world: world, isRepeated: false))
        print("\(totals.summary), trace \(String(world.scheduler.trace.hash, radix: 16))")
        guard let violation else { return }
        for line in world.scheduler.trace.recent { print(line) }
        print("seed \(seed): \(violation)")
        throw ExitCode(1)
    }

    /// The failing world once more, with the end of its trace.
    private func explain(_ seed: UInt64) {
        let world = World(seed: seed, commandCount: commands, detail: trace ? .full : .recent)
        _ = world.run(stepCountMax: steps)
        for line in world.scheduler.trace.recent { print(line) }
        print("again: simulate --seed \(seed) --commands \(commands) --trace")
    }

    private func progress(_ totals: Totals, since start: Double) {
        let seconds = monotonicSeconds() - start
        let rate = Double(totals.worlds) / max(seconds, 0.001)
        print("\(totals.worlds) worlds, \(Int(rate)) seeds/s")
    }
}

struct WorldResult {
    var violation: String?
    let world: World
    var isRepeated: Bool
}

/// Seeds that are tried side by side, and what became of them.
private struct Campaign {
    var next: UInt64
    var isOver = false
    var totals = Totals()
    var found: [(seed: UInt64, what: String)] = []

    mutating func take(before last: UInt64) -> UInt64? {
        guard !isOver, next < last else { return nil }
        next += 1
        return next - 1
    }
}

struct Totals {
    private(set) var worlds = 0
    private var repeats = 0
    private var steps = 0
    private var commands = 0
    private var replies = 0
    private var effects = 0
    private var crashes = 0
    private var replays = 0
    private var resyncs = 0
    private var journal = SimJournal.Counts()

    mutating func add(_ result: WorldResult) {
        let world = result.world
        worlds += 1
        repeats += result.isRepeated ? 1 : 0
        steps += world.scheduler.stepCount
        commands += world.spentCount
        replies += world.oracle.deliveries.replyCount
        effects += world.oracle.effectBook.count
        crashes += world.crashCount
        replays += world.oracle.replayCount
        resyncs += world.resyncCount
        journal.commits += world.journal.counts.commits
        journal.events += world.journal.counts.events
        journal.faults += world.journal.counts.faults
        journal.conflicts += world.journal.counts.conflicts
        journal.refusals += world.journal.counts.refusals
    }

    var summary: String {
        """
        \(worlds) worlds (\(repeats) repeated), \(steps) steps, \(commands) commands, \(replies) replies, \
        \(journal.events) events in \(journal.commits) commits, \(effects) effects, \(journal.faults) faults, \
        \(journal.conflicts) conflicts, \(journal.refusals) refusals, \(crashes) crashes, \
        \(replays) replay reads, \(resyncs) resyncs
        """
    }
}

private func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
