internal import Actors
internal import Wire

/// A driver with his truck: checks in, answers the call, comes back for the second weighing, and again later.
///
/// He goes by what the hub shows him, so whatever somebody else does with his truck is fine with him.
struct Driver: Part {
    struct Habits: Sendable {
        /// Trucks in line that the drivers aim for.
        var lineCount = 6...10
        /// How many drivers play, so that they do not all come at once.
        var driverCount: Int
        var answer = 1.0...4.0
        /// Loading or unloading, between the two weighings.
        var away = 20.0...40.0
        /// Absent after a missed call.
        var absent = 10.0...20.0
        /// At home, after the second weighing.
        var rest = 20.0...60.0
        /// Mean seconds between arrivals while the line is as it should be.
        var interval = 12.0
        var items: [String]
    }

    private let driver: String
    private let queue: String
    private let roster: Roster
    private let habits: Habits
    private var random: SplitMix64
    private var asking = Asking()
    private var lineCount: Int?
    private var isPaused = false
    private var isEntryKnown = false
    private var entry: WaitQueue.Entry?
    /// When he does what his truck's state asks for.
    private var dueAt: ContinuousClock.Instant?

    init(_ driver: String, site: String, roster: Roster, habits: Habits, seed: UInt64) {
        self.driver = driver
        self.roster = roster
        self.habits = habits
        queue = "\(site)/queue/main"
        random = SplitMix64(seed: seed)
    }

    mutating func welcomed() -> [Wish] {
        asking.forget()
        isEntryKnown = false
        lineCount = nil
        return [.follow(topic: queue), .follow(topic: "\(queue)/mine")]
    }

    mutating func heard(_ says: HubSays, at now: ContinuousClock.Instant) -> [Wish] {
        switch says {
        case .snapshot(let topic, _, _, let members), .event(let topic, _, _, let members):
            see(topic, members.object("data") ?? [], now)
        case .reply(let id, _, let fault): asking.answered(id, fault, at: now)
        case .tick: return act(at: now)
        default: break
        }
        return []
    }

    private struct Line: Decodable {
        let line: [Int]
        let paused: Bool
    }

    private struct Mine: Decodable {
        let entry: WaitQueue.Entry?
    }

    /// Whole pictures, in order on one connection: the last one counts.
    private mutating func see(_ topic: String, _ data: [UInt8], _ now: ContinuousClock.Instant) {
        if topic == queue, let line = try? JSON.decode(Line.self, from: data) {
            lineCount = line.line.count
            isPaused = line.paused
        } else if topic == "\(queue)/mine", let mine = try? JSON.decode(Mine.self, from: data) {
            if !isEntryKnown || mine.entry?.state != entry?.state || mine.entry?.calls != entry?.calls {
                dueAt = delay(mine.entry).map { now + $0 }
            }
            isEntryKnown = true
            entry = mine.entry
        }
    }

    private mutating func delay(_ next: WaitQueue.Entry?) -> Duration? {
        switch next?.state {
        case .called?: random.seconds(habits.answer)
        case .away?: random.seconds(habits.away)
        case .absent?: random.seconds(habits.absent)
        case .waiting?: nil
        // At home: only who was in the yard a moment ago needs a rest.
        case nil: entry == nil ? .zero : random.seconds(habits.rest)
        }
    }

    private mutating func act(at now: ContinuousClock.Instant) -> [Wish] {
        guard isEntryKnown, let dueAt, now >= dueAt, asking.mayAsk(at: now) else { return [] }
        switch entry?.state {
        case .called?:
            guard entry?.acknowledged == false else { return [] }
            return [asking.ask(queue, "acknowledge", Array("{}".utf8), at: now)]
        case .absent?: return [asking.ask(queue, "comeBack", Array("{}".utf8), at: now)]
        case .away?: return checkIn(item: nil, now)
        case .waiting?: return []
        case nil:
            guard !isPaused, isTimeToCome() else { return [] }
            return checkIn(item: habits.items.randomElement(using: &random), now)
        }
    }

    /// Asked once a second. Everybody decides alone, so together they come about as often as the line needs.
    private mutating func isTimeToCome() -> Bool {
        guard let lineCount, lineCount < habits.lineCount.upperBound else { return false }
        let missing = habits.lineCount.lowerBound - lineCount
        let perSecond = missing > 0 ? Double(missing) / 2 : 1 / habits.interval
        return Double.random(in: 0..<1, using: &random) < perSecond / Double(habits.driverCount)
    }

    private mutating func checkIn(item: String?, _ now: ContinuousClock.Instant) -> [Wish] {
        guard let plate = roster.plate(ofDriver: driver) else { return [] }
        var arguments = JSONWriter()
        arguments.member("plate", plate)
        if let item { arguments.member("item", item) }
        return [asking.ask(queue, "checkIn", arguments.finish(), at: now)]
    }
}
