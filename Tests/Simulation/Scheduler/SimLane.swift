import Actors

/// One lane of the scheduler: first in, first out, with a clock that may be wrong.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only, which `enqueue` checks.
final class SimLane: SerialExecutor, Lane, @unchecked Sendable {
    private enum Item {
        case job(UnownedJob)
        case body(@Sendable () -> Void)
    }

    let name: String
    let number: Int
    private unowned let scheduler: Scheduler
    private let clock: Int64
    private var items: [Item] = []
    private var head = 0
    private(set) var isDead = false
    /// A thread that the system does not run, or that is busy with something else: until then nothing happens here.
    private var heldUpUntil: Int64 = 0

    init(_ scheduler: Scheduler, name: String, number: Int, clock: Int64) {
        self.scheduler = scheduler
        self.name = name
        self.number = number
        self.clock = clock
    }

    /// Whether there is something to do, and the lane is not held up.
    var isReady: Bool { head < items.count && heldUpUntil <= scheduler.time }
    var executor: any SerialExecutor { self }

    func now() -> Instant { Instant(milliseconds: clock + scheduler.time) }

    func post(_ body: @escaping @Sendable () -> Void) {
        guard !isDead else { return }
        items.append(.body(body))
    }

    func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) {
        guard !isDead else { return }
        scheduler.after(delay.inMilliseconds, on: self, body)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        precondition(scheduler.isOnThread, "a job came from outside the simulation")
        items.append(.job(UnownedJob(job)))
    }

    func checkIsolated() { precondition(scheduler.current === self, "not on lane \(name)") }
    func isIsolatingCurrentContext() -> Bool? { scheduler.current === self }

    func runOne() {
        let item = items[head]
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        }
        switch item {
        case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
        case .body(let body): body()
        }
    }

    func holdUp(until time: Int64) { heldUpUntil = time }

    func die() {
        isDead = true
        items = []
        head = 0
    }
}
