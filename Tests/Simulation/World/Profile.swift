import Actors
import Sessions

/// What kind of world a seed makes: how many lanes, how narrow the limits, how much trouble.
struct Profile {
    var laneCount = 1
    var limits = Runtime.Limits()
    var sessionLimits = SessionLimits()
    var faults = Faults.none
    /// When the hub crashes, and how long nobody runs, in milliseconds.
    var crashes: [(at: Int64, downFor: Int64)] = []
    /// A second hub starts on the same journal at this time.
    var rivalAt: Int64?
    /// The first one loses the journal at that moment; else both write until the yard closes and only the versions fence them.
    var rivalTakesOver = false
    /// Of a thousand frames, how many break the link under them.
    var cutPerMille = 0
    /// Commands that clients give before the world comes to rest.
    var commandCount = 0

    /// However little happens, a world does not stay open longer.
    static let openFor: Int64 = 1_200_000

    init(_ random: inout Random, commandCount: Int) {
        self.commandCount = commandCount
        laneCount = random.within(1...4)
        limits.mailboxLengthMax = random.pick([3, 16, 256])
        limits.batchLengthMax = random.pick([1, 2, 8, 64])
        limits.rememberedReplyCountMax = random.pick([2, 10, 100])
        limits.snapshotInterval = random.pick([1, 3, 7, 50])
        limits.idleMax = .seconds(random.pick([2, 10, 60, 600]))
        faults = .some(&random)
        cutPerMille = random.pick([0, 0, 2, 20])
        sessionLimits.replayCountMax = random.pick([1, 5, 1000])
        sessionLimits.heldBackCountMax = random.pick([1, 512])
        sessionLimits.settledWindow = random.pick([1, 3, 64])
        sessionLimits.backlogByteCountMax = random.pick([300, 4000, 256 << 10])
        sessionLimits.messagesPerSecond = random.pick([4, 50])
        sessionLimits.messageBurst = random.pick([8, 200])
        sessionLimits.expiryWarning = .seconds(20)
        let crashCount = max(0, random.below(6) - 2)
        for _ in 0..<crashCount {
            let down = random.chance(15) ? random.within(60_000...1_200_000) : random.within(50...20_000)
            crashes.append((at: Int64(random.within(2000...110_000)), downFor: Int64(down)))
        }
        crashes.sort { $0.at < $1.at }
        if random.chance(15) { rivalAt = Int64(random.within(5000...120_000)) }
        rivalTakesOver = random.chance(50)
    }

    /// Two writers at a time: effects run twice as often as they should and may pass each other; the rest must hold all the same.
    var hasTwoWriters: Bool { rivalAt != nil && !rivalTakesOver }

    var summary: String {
        "lanes \(laneCount), mailbox \(limits.mailboxLengthMax), batch \(limits.batchLengthMax), remembered \(limits.rememberedReplyCountMax), snapshot every \(limits.snapshotInterval), idle \(limits.idleMax), \(faults), cuts \(cutPerMille) ‰, replay \(sessionLimits.replayCountMax), held \(sessionLimits.heldBackCountMax), backlog \(sessionLimits.backlogByteCountMax), crashes \(crashes.map { "\($0.at)+\($0.downFor)" }), rival \(rivalAt.map(String.init) ?? "none") \(rivalTakesOver ? "takes over" : "")"
    }
}
