import Glibc

@testable import Edge

/// The real outbox and the real uplink, joined as the agent joins them, with a clock of their own and a hub that follows
/// a script.
struct OutageBench {
    static let topic = "ulsan/station/1"

    let outbox: Outbox
    private let path: String
    private(set) var machine = UplinkMachine(topics: [topic], seed: 5)
    private(set) var now = Duration.zero
    /// By how much the hub's clock is ahead of ours.
    var hubAheadMillis: Int64 = 0
    /// How long the hub takes for an answer.
    var latency = Duration.milliseconds(40)
    /// What the hub heard on the way, and when.
    private(set) var heard: [(at: Duration, message: EdgeMessage)] = []
    /// The most weights that were ever without an answer.
    private(set) var unansweredMax = 0
    private(set) var attemptCount = 0
    private(set) var fileByteCountMax = 0
    private var isReachable = true
    private var isConnected = false
    private var nextTick = Duration.zero
    private var due: [(at: Duration, message: HubMessage)] = []
    private var unanswered: Set<Int64> = []
    private var answers = true
    private var lastRecorded: Int64 = 0

    init(_ path: String) throws {
        self.path = path
        outbox = try Outbox(path: path)
    }

    var moment: Moment { Moment(elapsed: now, millis: Self.millis(now)) }
    var isReady: Bool { machine.isReady }
    var weights: [StoredWeight] {
        heard.compactMap { if case .weight(let stored) = $0.message { stored } else { nil } }
    }
    var lives: [(at: Duration, live: LiveWeight)] {
        heard.compactMap { if case .live(_, let live) = $0.message { ($0.at, live) } else { nil } }
    }

    /// The edge's wall clock after a span.
    static func millis(_ span: Duration) -> Int64 { 1_790_000_000_000 + span.milliseconds }

    mutating func start() throws { try run(machine.start(at: moment)) }

    /// The network is gone.
    mutating func cut() throws {
        isReachable = false
        isConnected = false
        due = []
        unanswered = []
        try run(machine.closed(.lost("cut"), at: moment))
    }

    /// The network is there again; the edge comes when it tries next.
    mutating func restore() {
        isReachable = true
        heard = []
        attemptCount = 0
    }

    /// The hub takes weights and says nothing, or answers them all.
    mutating func answer(_ on: Bool) throws {
        answers = on
        guard on, let n = unanswered.max(), let boot = weights.last?.boot else { return }
        due.append((now + latency, .ack(topic: Self.topic, boot: boot, n: n, refused: [:])))
    }

    /// As `EdgeAgent.recordNext`.
    @discardableResult
    mutating func settle(grams: Int64, binding: String?, raw: [UInt8]) throws -> StoredWeight {
        let weight = SettledWeight(grams: grams, binding: binding, at: moment.millis, raw: raw)
        let stored = try outbox.record(
            weight, topic: Self.topic, offsetMillis: machine.offsetMillis ?? 0,
            offline: !machine.speaks(for: Self.topic))
        lastRecorded = stored.n
        try run(machine.recorded(topic: Self.topic))
        measure()
        return stored
    }

    mutating func live(_ grams: Int64) throws {
        let live = LiveWeight(grams: grams, state: .moving, at: moment.millis)
        try run(machine.live(live, topic: Self.topic, at: moment))
    }

    /// Lets time pass, with every deadline, tick and answer on its way.
    mutating func wait(_ span: Duration) throws {
        let end = now + span
        while let next = [machine.deadline, isConnected ? nextTick : nil, due.first?.at].compactMap(\.self).min(),
            next <= end
        {
            now = max(now, next)
            if isConnected, now >= nextTick {
                nextTick += .seconds(1)
                try run(machine.received(.tick(now: hubMillis), at: moment))
            }
            if let answer = due.first, now >= answer.at {
                due.removeFirst()
                try deliver(answer.message)
            }
            try run(machine.elapse(to: moment))
        }
        now = end
    }

    /// The size of the file and its log.
    var fileByteCount: Int { Self.byteCount(path) + Self.byteCount(path + "-wal") }

    static func byteCount(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private var hubMillis: Int64 { moment.millis + hubAheadMillis }

    private mutating func measure() { fileByteCountMax = max(fileByteCountMax, fileByteCount) }

    private mutating func run(_ actions: [UplinkMachine.Action]) throws {
        for action in actions {
            switch action {
            case .connect: try connect()
            case .hello: try run(machine.received(.welcome(epoch: .text("e1"), now: hubMillis), at: moment))
            case .send(let message): hear(message)
            case .adopt(let epoch):
                try run(machine.adopted(epoch, offering: try outbox.adopt(epoch: epoch.description)))
            case .load(let topic, let want):
                let weights =
                    want.again
                    ? try outbox.offeredAgain(topic: topic, after: want.after, limit: want.limit)
                    : try outbox.unsettled(topic: topic, after: want.after, limit: want.limit)
                try run(machine.loaded(weights, topic: topic, for: want, at: moment))
            case .markSent(let topic, let n): try outbox.markSent(topic: topic, through: n)
            case .settle(let topic, let boot, let n, let refused):
                try outbox.settle(topic: topic, boot: boot, through: n, refused: refused, at: moment.millis)
                measure()
            case .disconnect:
                isConnected = false
                try run(machine.closed(.lost("left"), at: moment))
            case .settleAgain, .lookForKey, .bound, .weighed, .queue, .note: break
            }
        }
    }

    private mutating func connect() throws {
        attemptCount += 1
        guard isReachable else {
            return try run(machine.closed(.failed(.noAnswer("hub:443"), "unreachable"), at: moment))
        }
        isConnected = true
        nextTick = now + .seconds(1)
        try run(machine.opened(at: moment))
    }

    /// Every eighth weight is answered, with all before, and the last one that there is.
    private mutating func hear(_ message: EdgeMessage) {
        heard.append((now, message))
        switch message {
        case .subscribe(_, let topic, _):
            let view = StationView(binding: nil, divisionGrams: nil)
            due.append(
                (
                    now + latency,
                    .snapshot(topic: topic, cursor: Cursor(epoch: .text("e1"), seq: 1), station: view)
                ))
        case .weight(let stored):
            unanswered.insert(stored.n)
            unansweredMax = max(unansweredMax, unanswered.count)
            guard answers, stored.n.isMultiple(of: 8) || stored.n == lastRecorded else { return }
            due.append(
                (now + latency, .ack(topic: stored.topic, boot: stored.boot, n: stored.n, refused: [:])))
        case .hello, .live, .again, .health: break
        }
    }

    private mutating func deliver(_ message: HubMessage) throws {
        if case .ack(_, _, let n, _, _) = message { unanswered = unanswered.filter { $0 > n } }
        try run(machine.received(message, at: moment))
    }
}
