import Actors
import Sessions

/// One life of a hub: its lanes, actors, outbox and sessions. A crash takes all of it; the journal stays.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class SimHub: @unchecked Sendable {
    let number: Int
    let registry: Registry
    let directory: DirectoryStore
    /// One per lane.
    let lanes: [SimLane]
    private(set) var loops: [SessionLoop] = []
    private(set) var isUp = true
    private let outbox: Outbox
    private let links: Links
    private unowned let world: World

    private final class Links: @unchecked Sendable {
        var outbox: Outbox?
        var loops: [SessionLoop] = []
        var hub: SimHub?
    }

    init(number: Int, world: World, random: inout Random) {
        self.number = number
        self.world = world
        // Every machine's clock is a little off; a restart may go back in time.
        let clock = Yard.opensAt + Int64(random.within(-3000...3000))
        let lanes = (0..<world.profile.laneCount).map { index in
            world.scheduler.makeLane("hub\(number).\(index)", clock: clock)
        }
        self.lanes = lanes
        let links = Links()
        self.links = links
        let directory = DirectoryStore(world.directoryFromJournal())
        self.directory = directory
        let publisher = SimPublisher(
            world: world, hubNumber: number, directory: directory, next: Broadcaster(loops: { links.loops }))
        let runtime = Runtime(
            journal: world.journal, publisher: publisher, directory: directory, limits: world.profile.limits,
            dispatch: { links.outbox?.schedule($0) }, deposed: { links.hub?.deposed() })
        let registry = Registry(lanes: lanes, kinds: Kinds.all, runtime: runtime)
        self.registry = registry
        outbox = Outbox(lane: lanes[lanes.count - 1], journal: world.journal, receivers: world.receivers.all()) {
            registry.send($0, to: $1)
        }
        links.outbox = outbox
        links.hub = self
        let devices = DeviceLinks(lane: lanes[0], newKey: { "\(number).\(world.nextKey())" }) {
            registry.send($0, to: $1)
        }
        let services = SimServices(
            self, registry: registry, directory: directory, links: devices, lane: lanes[0], world: world)
        let replays = SharedReplays(services)
        loops = lanes.indices.map { index in
            SessionLoop(
                lane: lanes[index], label: "\(number)-\(index)", services: services,
                limits: world.profile.sessionLimits, replays: replays)
        }
        links.loops = loops
        for loop in loops { loop.startTicking() }
        registry.startPassivation(every: .seconds(5))
        devices.checkAfterStart(Yard.stations.map { Yard.station($0) }, after: .seconds(15))
        resume()
    }

    private func resume() {
        lanes[lanes.count - 1].post { [self] in
            outbox.resume { [self] result in
                guard case .failure = result, isUp else { return }
                lanes[lanes.count - 1].after(.milliseconds(300)) { [self] in resume() }
            }
        }
    }

    func owns(_ lane: SimLane) -> Bool { lanes.contains { $0 === lane } }

    /// The process is gone. What it has handed to the journal may still be committed until its backends are.
    func crash() {
        guard isUp else { return }
        isUp = false
        for lane in lanes { world.scheduler.kill(lane) }
        for loop in loops { world.resyncCount += loop.published.resyncCount }
        world.hubCrashed(self)
        release()
    }

    /// Before another hub takes over: nothing of this one reaches the journal from here on.
    func cutOff() { world.journal.depose(lanes) }

    private func deposed() {
        world.scheduler.trace.line("\(world.scheduler.time) hub \(number) steps down")
        crash()
    }

    /// Told to stop in good order: everybody is asked to come back.
    func drain() { for loop in loops { loop.drain(spread: .milliseconds(500)) } }

    /// What repeats for ever ends, so that the world can come to rest.
    func stopClocks() {
        registry.stopPassivation()
        for loop in loops { loop.stopTicking() }
    }

    /// Breaks the cycle between actors, outbox, sessions and registry.
    func release() {
        links.outbox = nil
        links.loops = []
        links.hub = nil
    }
}
