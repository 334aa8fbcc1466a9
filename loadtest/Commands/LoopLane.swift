internal import Actors
internal import Glibc
internal import NIOCore

/// An event loop as a lane, as in the hub.
final class LoopLane: Lane {
    private let loop: any EventLoop
    let executor: any SerialExecutor

    init(_ loop: any EventLoop) {
        self.loop = loop
        executor = loop.executor
    }

    func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    func post(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

    func after(_ delay: Duration, _ body: @escaping @Sendable () -> Void) {
        _ = loop.scheduleTask(in: .milliseconds(max(0, delay.inMilliseconds)), body)
    }
}
