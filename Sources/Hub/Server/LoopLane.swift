import Actors
import Glibc
import NIOCore

/// An event loop as a lane: actors and sessions run where the bytes are.
final class LoopLane: Lane {
    let loop: any EventLoop
    let executor: any SerialExecutor

    init(_ loop: any EventLoop) {
        self.loop = loop
        executor = loop.executor
    }

    func now() -> Instant { Self.wallClock() }

    func post(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

    func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) {
        _ = loop.scheduleTask(in: .milliseconds(max(0, delay.inMilliseconds)), body)
    }

    /// The one place where the hub reads the wall clock for the core.
    static func wallClock() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
