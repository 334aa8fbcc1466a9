import Actors

/// A subscriber of one topic who follows the one rule of docs/protocol.md, over a link that keeps the order.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Subscription: @unchecked Sendable {
    enum Message: Sendable {
        case snapshot([UInt8])
        case event(name: String, data: [UInt8])
        case state([UInt8])
    }

    let stream: StreamID
    let principal: Principal
    private let mine: Bool
    private unowned let world: World
    private let receive: @Sendable (Message) -> Void

    private var hub: SimHub?
    private var topic: Topic?
    private var linkFreeAt: Int64 = 0
    /// Counts connections: what was under way on an old one is lost.
    private var connection = 0

    private var startSeq: Int64 = 0
    private var seq: Int64 = 0
    private var applied: [Int64] = []
    private var picture: [UInt8] = []

    init(
        _ stream: StreamID, _ principal: Principal, mine: Bool = false, world: World,
        receive: @escaping @Sendable (Message) -> Void = { _ in }
    ) {
        self.stream = stream
        self.principal = principal
        self.mine = mine
        self.world = world
        self.receive = receive
    }

    /// Connects, anew when it was connected.
    func connect() {
        leave()
        let number = connection
        guard let hub = world.frontHub() else { return again(after: 500, number) }
        self.hub = hub
        let look = Look(principal: principal, mine: mine) { [self] answer in
            guard connection == number, hub.isUp else { return }
            switch answer {
            case .seen(let sight): begin(sight, hub)
            case .unavailable: again(after: 300 + world.luck.below(300), number)
            case .refused(let rejection): world.oracle.fail("\(principal.id) may not see \(stream): \(rejection.code)")
            }
        }
        world.outside(after: world.luck.within(1...30)) { [self] in
            guard hub.isUp else { return again(after: 300, number) }
            hub.registry.look(look, at: stream)
        }
    }

    /// The hub is gone.
    func end() {
        hub = nil
        topic = nil
        connection += 1
        let number = connection
        again(after: 100 + world.luck.below(2000), number)
    }

    private func leave() {
        connection += 1
        if let hub, let topic, hub.isUp { hub.publisher.remove(self, from: topic) }
        hub = nil
        topic = nil
    }

    private func again(after milliseconds: Int, _ number: Int) {
        world.outside(after: milliseconds) { [self] in
            if connection == number { connect() }
        }
    }

    /// On the actor's lane, in order with its publications.
    private func begin(_ sight: Sight, _ hub: SimHub) {
        world.oracle.model(stream).check(sight, principal, hub.directory.current)
        topic = sight.topic
        hub.publisher.add(self, to: sight.topic)
        overLink { [self] in
            startSeq = sight.seq
            seq = sight.seq
            applied = []
            picture = sight.data
            receive(.snapshot(sight.data))
        }
    }

    func send(_ publication: Publication) {
        guard publication.content != .live else { return }
        overLink { [self] in take(publication) }
    }

    private func take(_ publication: Publication) {
        let oracle = world.oracle
        let who = "\(principal.id) on \(publication.topic.name)"
        oracle.expect(publication.seq > seq, "\(who) gets \(publication.seq) again, is at \(seq)")
        oracle.expect(
            publication.prev <= seq, "\(who) misses something: is at \(seq), the next follows \(publication.prev)")
        seq = publication.seq
        applied.append(seq)
        switch publication.content {
        case .event(let name): receive(.event(name: name, data: publication.data))
        case .state:
            picture = publication.data
            receive(.state(publication.data))
        case .live: break
        }
    }

    private func overLink(_ body: @escaping @Sendable () -> Void) {
        let number = connection
        let at = max(linkFreeAt, world.scheduler.time + Int64(world.luck.within(1...30)))
        linkFreeAt = at
        world.outside(after: Int(at - world.scheduler.time)) { [self] in
            if connection == number { body() }
        }
    }

    /// At rest: everything that the view shows has arrived, and the picture is the one of now.
    func checkComplete() {
        guard let topic, let hub, hub.isUp else {
            return world.oracle.fail("\(principal.id) is not subscribed to \(stream) at the end")
        }
        let model = world.oracle.model(stream)
        switch topic.view {
        case .staff, .device:
            let expected = model.shownSeqs(to: topic.view, after: startSeq)
            world.oracle.expect(
                applied == expected,
                "\(principal.id) on \(topic.name) from \(startSeq) has \(applied), shown must be \(expected)")
        case .driver where stream.kind == WeighStation.name: break
        // A driver's own page of the register may lag behind the new day, or another driver of his truck, until something of his
        // own happens; but what concerns him has arrived.
        case .person where stream == Yard.register:
            world.oracle.expect(
                seq >= model.lastConcern(of: topic.view), "\(principal.id) on \(topic.name) is at \(seq)")
        case .driver, .person, .board:
            let now = model.picture(topic.view, hub.directory.current)
            world.oracle.expect(
                picture == now,
                "\(principal.id) on \(topic.name) sees \(String(decoding: picture, as: UTF8.self)), now is \(String(decoding: now, as: UTF8.self))"
            )
        }
    }
}
