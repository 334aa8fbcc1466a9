extension WaitQueue {
    /// One truck's place, from check-in to its last weighing. `id` is also the visit that ties queue, weighings and order
    /// together.
    package struct Entry: Codable, Sendable, Hashable {
        package enum Phase: String, Codable, Sendable {
            /// In line.
            case waiting
            /// Told to drive onto `station`.
            case called
            /// Called and not come; keeps its place until `absentUntil`.
            case absent
            /// Weighed once, loading or unloading; comes back with the same number.
            case away
        }

        package let id: String
        package let number: Int
        package let plate: Plate
        package let vehicle: String
        package var driver: String?
        package var company: String?
        package var companyName: String?
        package var item: String?
        package var itemName: String?
        package var order: String?
        package var hasApp: Bool
        package var priority = false
        /// 1 for the first weighing, 2 for the second.
        package var pass = 1
        package var state = Phase.waiting
        package var checkedInAt: Instant
        /// Times it was called on this visit, transfers included. Never counts back: it tells a timer's or a binding's call from
        /// the one before.
        package var calls = 0
        package var station: String?
        /// What the deck knows this call by.
        package var binding: String?
        package var calledAt: Instant?
        package var deadline: Instant?
        package var acknowledged = false
        /// On the deck.
        package var arrived = false
        package var absentUntil: Instant?

        /// A truck called again is a new binding: a weight or an arrival from the earlier attempt must not count. Nor must a weight
        /// for a call that a backup does not know: the restored hub gives its visit and count to another truck, at another time.
        mutating func nameBinding(at: Instant) {
            binding = "\(id).\(pass).\(calls).\(String(at.milliseconds, radix: 36))"
        }

        /// In line again, as if never called.
        mutating func standInLine() {
            state = .waiting
            station = nil
            binding = nil
            calledAt = nil
            deadline = nil
            acknowledged = false
            arrived = false
            absentUntil = nil
        }
    }

    package struct Pause: Codable, Sendable, Hashable {
        package let by: Personal
        package let reason: String
        package let at: Instant
    }

    package struct State: Codable, Sendable, Hashable {
        package var date: BusinessDate?
        package var lastNumber = 0
        package var lastVisit = 0
        /// In the order in which they will be called; called, absent and away ones keep a place too.
        package var entries: [Entry] = []
        /// Which entry may be on which deck. Held from the call until the deck is empty again.
        package var slots: [String: String] = [:]
        /// Stations that take no trucks, sorted.
        package var closed: [String] = []
        package var paused: Pause?
        /// The latest process times in seconds, oldest first.
        package var seconds: [Int] = []

        static let secondsCountMax = 20

        package func entry(_ id: String) -> Entry? { entries.first { $0.id == id } }
        /// The truck a driver is with: rather one in line than one that is away.
        package func entry(ofDriver driver: String) -> Entry? {
            let own = entries.filter { $0.driver == driver }
            return own.first { $0.state != .away } ?? own.last
        }
        package func index(of id: String) -> Int? { entries.firstIndex { $0.id == id } }

        /// From call to weighed, averaged over the last twenty; three minutes before there is any.
        package var averageSeconds: Int {
            seconds.isEmpty ? 180 : (seconds.reduce(0, +) + seconds.count / 2) / seconds.count
        }

        package func openStations(_ context: Context) -> Int {
            context.directory.activeStations(at: context.id.site).filter { !closed.contains($0) }.count
        }

        /// The next number to hand out, going round after `max` and passing over those still in the yard. Nil when all are.
        func nextNumber(max: Int) -> Int? {
            let used = Set(entries.map(\.number))
            return (1...max).lazy.map { (lastNumber + $0 - 1) % max + 1 }.first { !used.contains($0) }
        }

        /// Where a truck joins the line: at the end, or behind the last of those with priority.
        func joinIndex(priority: Bool) -> Int {
            guard priority else { return entries.count }
            return (entries.lastIndex { $0.priority && $0.state == .waiting } ?? (firstWaitingIndex - 1)) + 1
        }

        mutating func remember(_ processSeconds: Int) {
            seconds = seconds.suffix(Self.secondsCountMax - 1) + [processSeconds]
        }

        var firstWaitingIndex: Int { entries.firstIndex { $0.state == .waiting } ?? entries.count }
    }
}
