internal import Actors
internal import Wire

/// The one in the control room: looks up whose truck is whose, and calls the next truck when a deck is free.
struct Operator: Part {
    struct Habits: Sendable {
        /// A free deck waits this long, so that a person at the control room can be first. Nil: calling is left to people.
        var call: ClosedRange<Double>? = 3.0...6.0
        var stations: [String]
        /// Trucks to look up: the records `vehicle:1` to this one.
        var vehicleCount: Int
    }

    private let site: String
    private let queue: String
    private let roster: Roster
    private let habits: Habits
    private var random: SplitMix64
    private var asking = Asking()
    private var picture: QueuePicture?
    /// When a free deck gets its truck.
    private var dueAt: [String: ContinuousClock.Instant] = [:]
    private var unknown: Set<String>

    init(site: String, roster: Roster, habits: Habits, seed: UInt64) {
        self.site = site
        self.roster = roster
        self.habits = habits
        queue = "\(site)/queue/main"
        random = SplitMix64(seed: seed)
        unknown = Set((1...habits.vehicleCount).map { "\(site)/master/vehicle:\($0)" })
    }

    mutating func welcomed() -> [Wish] {
        asking.forget()
        picture = nil
        dueAt = [:]
        return [.follow(topic: queue)] + unknown.sorted().map { .follow(topic: $0) }
    }

    mutating func heard(_ says: HubSays, at now: ContinuousClock.Instant) -> [Wish] {
        switch says {
        case .snapshot(let topic, _, let seq, let members) where topic == queue:
            picture = QueuePicture(seq: seq, members.object("data") ?? [])
        case .snapshot(let topic, _, _, let members): return lookUp(topic, members.object("data") ?? [])
        case .event(let topic, let seq, let prev, let members) where topic == queue:
            let fits =
                picture?.apply(
                    seq: seq, prev: prev, at: members.integer("at") ?? 0, name: members.string("name") ?? "",
                    members.object("data") ?? []) ?? true
            if !fits {
                picture = nil
                return [.follow(topic: queue)]
            }
        case .reply(let id, _, let fault): asking.answered(id, fault, at: now)
        case .tick: return call(at: now)
        default: break
        }
        return []
    }

    private struct Record: Decodable {
        let fields: [String: FieldValue]
        let active: Bool
    }

    private mutating func lookUp(_ topic: String, _ data: [UInt8]) -> [Wish] {
        guard unknown.remove(topic) != nil else { return [] }
        if let record = try? JSON.decode(Record.self, from: data), record.active,
            let plate = record.fields["plate"]?.text
        {
            roster.enter(plate: plate, drivers: record.fields["drivers"]?.list ?? [])
        }
        return [.leave(topic: topic)]
    }

    private mutating func call(at now: ContinuousClock.Instant) -> [Wish] {
        guard let span = habits.call, let picture else { return [] }
        for station in habits.stations {
            if picture.isWorthCalling(station) {
                dueAt[station] = dueAt[station] ?? now + random.seconds(span)
            } else {
                dueAt[station] = nil
            }
        }
        guard let next = dueAt.filter({ now >= $0.value }).min(by: { ($0.value, $0.key) < ($1.value, $1.key) }),
            asking.mayAsk(at: now)
        else { return [] }
        dueAt[next.key] = nil
        var arguments = JSONWriter()
        arguments.member("station", next.key)
        return [asking.ask(queue, "callNext", arguments.finish(), at: now)]
    }
}
