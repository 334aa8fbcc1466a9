import Actors

/// The network between a client and the hubs, and the patience of the client: frames are late, doubled or lost, answers too.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Caller: @unchecked Sendable {
    private let ask: Ask
    private unowned let world: World
    private let then: @Sendable (Outcome) -> Void
    private var isDone = false
    private var attempt = 0

    static let patience: Int64 = 9000

    init(_ ask: Ask, world: World, then: @escaping @Sendable (Outcome) -> Void) {
        self.ask = ask
        self.world = world
        self.then = then
    }

    func start() {
        world.openAskCount += 1
        world.scheduler.trace.line("\(world.scheduler.time) \(ask)")
        send()
    }

    private func send() {
        attempt += 1
        let number = attempt
        if let hub = world.frontHub() {
            for _ in 0..<(world.luck.chance(4) ? 2 : 1) where !world.isLost() {
                world.outside(after: world.luck.within(1...40)) { [self] in deliver(to: hub) }
            }
        }
        world.outside(after: Int(Self.patience)) { [self] in
            if !isDone, attempt == number { send() }
        }
    }

    private func deliver(to hub: SimHub) {
        guard hub.isUp else { return }
        let delivery = Delivery(ask, to: hub)
        world.oracle.deliveries.add(delivery)
        let request = Request(
            name: ask.name, arguments: ask.arguments, key: ask.key, body: ask.body, principal: ask.principal,
            expected: ask.expected
        ) { [self] outcome in
            world.oracle.replied(delivery, outcome)
            guard !world.isLost() else { return }
            world.outside(after: world.luck.within(1...40)) { [self] in answered(outcome) }
        }
        hub.registry.send(request, to: ask.to)
    }

    private func answered(_ outcome: Outcome) {
        guard !isDone else { return }
        switch outcome {
        case .busy(let after), .unavailable(let after):
            let number = attempt
            world.outside(after: Int(after.inMilliseconds) + world.luck.below(400)) { [self] in
                if !isDone, attempt == number { send() }
            }
        case .committed, .rejected, .keyReused, .versionConflict:
            isDone = true
            world.openAskCount -= 1
            then(outcome)
        }
    }
}
