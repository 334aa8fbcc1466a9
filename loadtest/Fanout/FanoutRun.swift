internal import NIOCore
internal import NIOPosix

/// What a fan-out measurement gave.
struct FanoutFigures: Sendable {
    let commandCount: Int
    let acknowledgedCount: Int
    let refusals: [String: Int]
    /// Events received, over all subscribers, and how many there should be.
    let deliveredCount: Int
    let expectedCount: Int
    let gapCount: Int
    let resyncCount: Int
    let failures: [String]
    /// From when the command was due to when the event was read from each subscriber's socket.
    let latencies: Latencies
    /// From when the command was due to the last of all subscribers.
    let lastLatencies: Latencies

    var isSound: Bool {
        refusals.isEmpty && failures.isEmpty && gapCount == 0 && resyncCount == 0 && deliveredCount == expectedCount
            && acknowledgedCount == commandCount
    }
}

/// Many sockets on one topic, and commands on it at a fixed rate.
struct FanoutRun: Sendable {
    let address: HubAddress
    let site: String
    let grants: [REST.Grant]
    let subscriberCount: Int
    let rate: Int
    let seconds: Int
    let group: any EventLoopGroup

    /// A session may send 50 messages a second.
    private static let rateOfSenderMax = 40
    /// Sockets opened at a time.
    private static let openingCountMax = 16

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    func run() async throws -> FanoutFigures {
        let topic = "\(site)/order/LT-\(UInt32.random(in: 0 ... .max))"
        let count = rate * seconds
        // The lock of the order is one person's, so the commands are, too. Senders on a loop of their own: what the subscribers' sockets have to read does not hold them up.
        let (sending, receiving) = (group.next(), group.next())
        let senderCount = (rate + Self.rateOfSenderMax - 1) / Self.rateOfSenderMax
        let senders = (0..<senderCount).map { _ in Sender(topic: topic, token: token(0), on: sending) }
        for sender in senders { try await sender.connect(address) }
        for (name, arguments) in [("create", #"{"details":{"type":"DELIVERY"}}"#), ("lock", #"{"type":"ASSIGN"}"#)] {
            if let fault = try await senders[0].prepare(name, arguments) {
                throw Refused(description: "\(name): \(fault)")
            }
        }
        let subscribers = (0..<subscriberCount).map {
            Subscriber(topic: topic, token: token($0), expectedCount: count)
        }
        try await follow(subscribers, on: receiving)
        let start = NIODeadline.now() + .milliseconds(500)
        await send(count, by: senders, from: start, on: sending)
        try await Task.sleep(for: .seconds(2))
        for subscriber in subscribers { subscriber.close(on: receiving) }
        for sender in senders { sender.close() }
        // Behind everything that these loops still had to do.
        try await sending.submit {}.get()
        try await receiving.submit {}.get()
        return figures(subscribers, senders, count, start)
    }

    private func token(_ index: Int) -> String { grants[index % grants.count].accessToken }

    private func follow(_ subscribers: [Subscriber], on loop: any EventLoop) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, subscriber) in subscribers.enumerated() {
                if index >= Self.openingCountMax { try await tasks.next() }
                tasks.addTask { try await subscriber.follow(address, on: loop) }
            }
            try await tasks.waitForAll()
        }
    }

    /// Open loop: command k is due at start + k/rate, and given then, or as soon after as we get to it.
    private func send(_ count: Int, by senders: [Sender], from start: NIODeadline, on loop: any EventLoop) async {
        await withCheckedContinuation { continuation in
            let schedule = Schedule(count: count, due: { due($0, start) }) { index in
                senders[index % senders.count].assign(index)
            } done: {
                continuation.resume()
            }
            loop.execute { schedule.goOn(loop) }
        }
    }

    private func due(_ index: Int, _ start: NIODeadline) -> NIODeadline {
        start + .nanoseconds(Int64(index) * 1_000_000_000 / Int64(rate))
    }

    private func figures(
        _ subscribers: [Subscriber], _ senders: [Sender], _ count: Int, _ start: NIODeadline
    ) -> FanoutFigures {
        var all: [Int64] = []
        var last = [Int64](repeating: 0, count: count)
        for receipt in subscribers.flatMap(\.receipts) {
            let latency = (receipt.at - due(receipt.index, start)).nanoseconds
            all.append(latency)
            last[receipt.index] = max(last[receipt.index], latency)
        }
        let acknowledged = senders.reduce(0) { $0 + $1.acknowledged.count }
        return FanoutFigures(
            commandCount: count, acknowledgedCount: acknowledged,
            refusals: senders.reduce(into: [:]) { $0.merge($1.refusals, uniquingKeysWith: +) },
            deliveredCount: all.count, expectedCount: acknowledged * subscribers.count,
            gapCount: subscribers.reduce(0) { $0 + $1.gapCount },
            resyncCount: subscribers.reduce(0) { $0 + $1.resyncCount }, failures: subscribers.compactMap(\.failure),
            latencies: Latencies(all), lastLatencies: Latencies(last))
    }
}

/// Does something when it is due, one after the other. Confined to one event loop.
///
/// `@unchecked Sendable`: `index` is touched on that loop only.
private final class Schedule: @unchecked Sendable {
    private let count: Int
    private let due: @Sendable (Int) -> NIODeadline
    private let action: @Sendable (Int) -> Void
    private let done: @Sendable () -> Void
    private var index = 0

    init(
        count: Int, due: @escaping @Sendable (Int) -> NIODeadline, action: @escaping @Sendable (Int) -> Void,
        done: @escaping @Sendable () -> Void
    ) {
        self.count = count
        self.due = due
        self.action = action
        self.done = done
    }

    func goOn(_ loop: any EventLoop) {
        while index < count, due(index) <= .now() {
            action(index)
            index += 1
        }
        guard index < count else { return done() }
        loop.scheduleTask(deadline: due(index)) { self.goOn(loop) }
    }
}
