internal import NIOCore

/// Somebody at the queue who does one thing after another, sensible or not: what is refused is no harm.
///
/// `@unchecked Sendable`: used on the link's loop only.
final class QueueHand: @unchecked Sendable {
    struct Deed: Sendable {
        let name: String
        let arguments: String
    }

    let commander: Commander
    private let topic: String
    private let deeds: [Deed]
    private var random: SplitMix64
    private var isStopped = false
    private(set) var committedCount = 0
    /// By code.
    private(set) var refusals: [String: Int] = [:]

    /// What no sensible command is refused with.
    static let strangeCodes: Set = [
        "badJSON", "badField", "badArguments", "unknownTopic", "unknownKind", "unknownCommand", "forbidden",
        "keyReused",
        "unstorable", "internal",
    ]

    init(_ commander: Commander, topic: String, deeds: [Deed], seed: UInt64) {
        self.commander = commander
        self.topic = topic
        self.deeds = deeds
        random = SplitMix64(seed: seed)
    }

    static func driver(plate: String) -> [Deed] {
        let checkIn = Deed(name: "checkIn", arguments: #"{"plate":"\#(plate)"}"#)
        let leave = Deed(name: "cancelMine", arguments: #"{"reason":"부하 시험"}"#)
        return [
            checkIn, checkIn, leave, Deed(name: "acknowledge", arguments: "{}"),
            Deed(name: "comeBack", arguments: "{}"),
        ]
    }

    static func staff(stations: Int) -> [Deed] {
        (1...stations).flatMap { station in
            [
                Deed(name: "callNext", arguments: #"{"station":"\#(station)"}"#),
                Deed(name: "freeSlot", arguments: #"{"station":"\#(station)","reason":"부하 시험"}"#),
            ]
        }
    }

    func start() { commander.link.start(); next() }

    func stop() { isStopped = true }

    private func next() {
        let pause = TimeAmount.milliseconds(Int64.random(in: 200...1200, using: &random))
        commander.link.place.loop.assumeIsolated().scheduleTask(in: pause) { self.act() }
    }

    private func act() {
        guard !isStopped, let deed = deeds.randomElement(using: &random) else { return }
        commander.give(deed.name, to: topic, Array(deed.arguments.utf8)) { outcome, _ in
            switch outcome {
            case .committed: self.committedCount += 1
            case .refused(let fault): self.refusals[fault.code, default: 0] += 1
            case .unanswered: break
            }
            self.next()
        }
    }
}
