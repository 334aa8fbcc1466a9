import Dispatch
import Glibc
import Synchronization

@testable import Actors

/// A lane of a serial queue: first in, first out. Its clock is the wall's, moved on by hand.
final class TestLane: SerialExecutor, Lane {
    private let queue = DispatchQueue(label: "test-lane")
    private let offset = Mutex<Int64>(0)

    var executor: any SerialExecutor { self }

    func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let wall = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        return Instant(milliseconds: wall + offset.withLock { $0 })
    }

    /// Moves the clock; timers stay where they are.
    func move(by duration: Duration) { offset.withLock { $0 += duration.inMilliseconds } }

    func post(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }

    func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(delay.inMilliseconds)), execute: body)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}
