import Actors
import Sessions

/// What the sessions of a simulated hub get from it; every picture and every answer passes the oracle.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class SimServices: SessionServices, @unchecked Sendable {
    let epoch = "one"
    private let registry: Registry
    private let directory: DirectoryStore
    private let links: DeviceLinks
    private let lane: SimLane
    private unowned let hub: SimHub
    private unowned let world: World

    init(_ hub: SimHub, registry: Registry, directory: DirectoryStore, links: DeviceLinks, lane: SimLane, world: World)
    {
        self.hub = hub
        self.registry = registry
        self.directory = directory
        self.links = links
        self.lane = lane
        self.world = world
    }

    /// Tokens are the principals' own names.
    func authenticate(
        _ credential: Credential, session: String, done: @escaping @Sendable (AuthenticationResult) -> Void
    ) {
        let (name, isToken) =
            switch credential {
            case .token(let token): (token, true)
            case .apiKey(let key): (key, false)
            }
        let isAway = !world.isClosing && world.luck.chance(3)
        world.scheduler.after(Int64(world.luck.within(0...60)), on: lane) { [self] in
            guard let principal = world.terminals[name]?.principal else { return world.oracle.fail("who is \(name)?") }
            let life =
                isToken
                ? Duration.milliseconds(world.isClosing ? 36_000_000 : world.luck.within(40_000...400_000)) : nil
            let identity = Identity(principal: principal, expiresAt: life.map { lane.now() + $0 })
            done(isAway ? .unavailable : .accepted(identity))
        }
    }

    func standing(of principal: Principal) -> Principal? { principal }

    func view(_ principal: Principal, of stream: StreamID, mine: Bool) -> Session.ViewAnswer {
        registry.view(principal, of: stream, mine: mine)
    }

    func look(_ look: Look, at stream: StreamID) {
        let checked = Look(principal: look.principal, mine: look.mine) { [self] answer in
            if case .seen(let sight) = answer {
                world.oracle.model(stream).check(sight, look.principal, directory.current)
            }
            look.reply(answer)
        }
        registry.look(checked, at: stream)
    }

    func replay(
        _ stream: StreamID, view: View, after seq: Int64, count: Int,
        done: @escaping @Sendable ([StoredEvent]?) -> Void
    ) {
        world.oracle.replayCount += 1
        registry.replay(stream, view: view, after: seq, count: count, done: done)
    }

    func send(_ request: Request, to stream: StreamID) {
        let delivery = Delivery(request, to: stream, at: hub)
        world.oracle.deliveries.add(delivery)
        let watched = Request(
            name: request.name, arguments: request.arguments, key: request.key, body: request.body,
            principal: request.principal, expected: request.expected, effect: request.effect
        ) { [self] outcome in
            world.oracle.replied(delivery, outcome)
            request.reply(outcome)
        }
        registry.send(watched, to: stream)
    }

    func observe(_ live: [UInt8], by principal: Principal, at stream: StreamID) {
        registry.observe(live, by: principal, at: stream) { [self] rejection in
            world.oracle.fail("a live value of \(stream) is refused: \(rejection.code)")
        }
    }

    func digest(_ parts: [[UInt8]]) -> [UInt8] {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for part in parts {
            for byte in part { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
            hash = (hash ^ UInt64(part.count)) &* 1_099_511_628_211
        }
        return withUnsafeBytes(of: hash) { Array($0) }
    }

    func greeting(for principal: Principal) -> Greeting {
        Greeting(build: "simulated", principal: Array("{}".utf8), yard: Array("{}".utf8))
    }

    func deviceLinked(_ principal: Principal, _ isLinked: Bool) { links.changed(principal, isLinked) }
}
