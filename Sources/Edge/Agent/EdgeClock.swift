internal import Glibc

/// The time as the agent sees it: a span since its start that never jumps, and the wall clock beside it.
struct EdgeClock: Sendable {
    private let start = ContinuousClock.now

    var now: Moment {
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        return Moment(
            elapsed: ContinuousClock.now - start, millis: Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000)
    }
}
