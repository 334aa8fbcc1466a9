internal import NIOCore

/// Gives commands at a fixed rate, whatever has become of those before: an open loop. What is given late was still due in
/// time.
///
/// `@unchecked Sendable`: used on the loop of its clerks only, but for `start` and `stop`.
final class Pace: @unchecked Sendable {
    private let clerks: [Clerk]
    private let loop: any EventLoop
    private let interval: Double
    private let start: NIODeadline
    private let end: NIODeadline
    private var index = 0
    private var isStopped = false

    /// One for each place of the clerks, which share the rate.
    ///
    /// - Parameter end: nothing is due from then on.
    static func start(
        _ clerks: [Clerk], perSecond rate: Double, from start: NIODeadline, to end: NIODeadline
    ) -> [Pace] {
        let places = Dictionary(grouping: clerks) { ObjectIdentifier($0.place.loop) }.values.map(\.self)
        return places.map { some in
            let share = rate * Double(some.count) / Double(clerks.count)
            let pace = Pace(some, interval: 1_000_000_000 / share, start, end)
            pace.loop.execute { pace.goOn() }
            return pace
        }
    }

    private init(_ clerks: [Clerk], interval: Double, _ start: NIODeadline, _ end: NIODeadline) {
        self.clerks = clerks
        self.interval = interval
        self.start = start
        self.end = end
        loop = clerks[0].place.loop
    }

    /// Returns when the last command has been given.
    func stop() async throws { try await loop.submit { self.isStopped = true }.get() }

    private func goOn() {
        while !isStopped, due < end, due <= .now() {
            clerks[index % clerks.count].write(due: due)
            index += 1
        }
        guard !isStopped, due < end else { return }
        loop.scheduleTask(deadline: due) { self.goOn() }
    }

    private var due: NIODeadline { start + .nanoseconds(Int64(Double(index) * interval)) }
}
