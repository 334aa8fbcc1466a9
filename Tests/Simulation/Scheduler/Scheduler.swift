import Glibc

/// Runs lanes on one thread: time jumps to the next timer when nothing is ready, and among ready lanes the seed chooses.
///
/// `@unchecked Sendable`: the thread that made it drives it; `SimLane.enqueue` traps on any other.
final class Scheduler: @unchecked Sendable {
    let trace: Trace
    /// Milliseconds since the world began.
    private(set) var time: Int64 = 0
    private(set) var stepCount = 0
    private(set) var current: SimLane?
    var isStopped = false

    /// On average a lane is held up once in so many steps.
    private static let stepsPerHoldUp = 150
    /// Milliseconds.
    private static let holdUpMax = 8

    private var random: Random
    private var lanes: [SimLane] = []
    private var timers = TimerHeap()
    private var timerCount: Int64 = 0
    private var laneCount = 0
    private let thread = pthread_self()

    init(random: Random, trace: Trace) {
        self.random = random
        self.trace = trace
    }

    var isOnThread: Bool { pthread_equal(pthread_self(), thread) != 0 }

    /// - Parameter clock: what the lane's clock shows at time 0, in milliseconds since 1970.
    func makeLane(_ name: String, clock: Int64) -> SimLane {
        laneCount += 1
        let lane = SimLane(self, name: name, number: laneCount, clock: clock)
        lanes.append(lane)
        return lane
    }

    /// The lane stops for ever; what it had to do is gone.
    func kill(_ lane: SimLane) {
        lane.die()
        lanes.removeAll { $0 === lane }
    }

    func after(_ milliseconds: Int64, on lane: SimLane, _ body: @escaping @Sendable () -> Void) {
        timerCount += 1
        timers.push(TimerHeap.Entry(at: time + max(0, milliseconds), number: timerCount, lane: lane, body: body))
    }

    /// Runs until nothing is left to do, `isStopped`, or `stepCount` reaches the limit. True when nothing is left.
    func run(stepCountMax: Int) -> Bool {
        while !isStopped {
            guard let lane = chooseReady() else {
                guard wakeNextTimers() else { return true }
                continue
            }
            guard stepCount < stepCountMax else { return false }
            stepCount += 1
            guard random.below(Self.stepsPerHoldUp) > 0 else {
                holdUp(lane)
                continue
            }
            trace.mix(UInt64(lane.number) &* 31 &+ UInt64(time))
            current = lane
            lane.runOne()
            current = nil
        }
        return false
    }

    /// The other lanes go on, and time with them: what crosses lanes arrives late.
    private func holdUp(_ lane: SimLane) {
        let wait = Int64(1 + random.below(Self.holdUpMax))
        lane.holdUp(until: time + wait)
        after(wait, on: lane) {}
    }

    private func chooseReady() -> SimLane? {
        var readyCount = 0
        for lane in lanes where lane.isReady { readyCount += 1 }
        guard readyCount > 0 else { return nil }
        var choice = random.below(readyCount)
        for lane in lanes where lane.isReady {
            if choice == 0 { return lane }
            choice -= 1
        }
        return nil
    }

    private func wakeNextTimers() -> Bool {
        guard let next = timers.first else { return false }
        time = max(time, next.at)
        while let due = timers.first, due.at <= time {
            timers.removeFirst()
            due.lane.post(due.body)
        }
        return true
    }
}

/// A binary heap of timers: earliest first, and in the order in which they were set.
private struct TimerHeap {
    struct Entry {
        let at: Int64
        let number: Int64
        let lane: SimLane
        let body: @Sendable () -> Void

        func isBefore(_ other: Entry) -> Bool { (at, number) < (other.at, other.number) }
    }

    private var entries: [Entry] = []

    var first: Entry? { entries.first }

    mutating func push(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].isBefore(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        entries.swapAt(0, entries.count - 1)
        entries.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].isBefore(entries[least]) { least = child }
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}
