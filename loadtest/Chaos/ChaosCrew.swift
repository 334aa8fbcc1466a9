internal import NIOCore
internal import Persistence

/// Everybody who uses the hub while it is harmed; all but the probe reach it through the relay.
struct ChaosCrew: Sendable {
    let stage: Stage
    let witness: Witness
    let clerks: [Clerk]
    let fleet: EdgeFleet
    let hands: [QueueHand]
    /// Of staff: each event of a topic.
    let crowds: [Crowd]
    /// Of drivers: the whole of what they may see, whenever it has changed.
    let driverCrowds: [Crowd]
    private let drivers: [TokenSource]
    private let watches: [ClerkWatch]

    struct Size: Sendable {
        let orders: Int
        let drivers: Int
        let edges: Int
        let screens: Int
    }

    /// Returns when all are there and write down what they are told.
    init(_ stage: Stage, _ size: Size, password: String, seed: UInt64, _ witness: Witness) async throws {
        self.stage = stage
        self.witness = witness
        clerks = try await stage.clerks(size.orders, topicCount: size.orders)
        fleet = try await EdgeFleet(stage, count: size.edges, settleMillis: 700, password: password)
        let queue = "\(stage.site)/queue/main"
        let topics =
            clerks.map(\.topic) + fleet.edges.map(\.topic) + [queue, "\(stage.site)/register/main"]
        crowds = try await stage.crowds(size.screens, topics: topics)
        var hands: [QueueHand] = []
        var drivers: [TokenSource] = []
        for number in 1...size.drivers {
            drivers.append(try await TokenSource("driver\(number)", password: password, rest: stage.rest))
        }
        self.drivers = drivers
        let plates = try Self.plates(stage)
        for (index, token) in drivers.enumerated() {
            guard let plate = plates["\(index + 1)"] else { continue }
            let commander = Commander(HubLink(stage.places[index % stage.places.count], .user(token)))
            hands.append(
                QueueHand(commander, topic: queue, deeds: QueueHand.driver(plate: plate), seed: seed &+ UInt64(index)))
        }
        let office = Commander(HubLink(stage.places[0], .user(stage.account(1))))
        hands.append(QueueHand(office, topic: queue, deeds: QueueHand.staff(stations: size.edges), seed: seed))
        self.hands = hands
        driverCrowds = stage.places.map(Crowd.init)
        watches = stage.places.map { _ in ClerkWatch() }
        try await listen()
        try await followAsDrivers(queue)
    }

    private func listen() async throws {
        for (place, watch) in zip(stage.places, watches) {
            let own = clerks.filter { $0.place.loop === place.loop }
            try await place.run { watch.listen(to: own) }
        }
        for clerk in clerks { try await clerk.place.run { witness.listen(to: clerk.commander) } }
        for edge in fleet.edges {
            try await edge.link.place.run {
                witness.listen(to: edge)
                edge.weighsTrucks = true
            }
        }
        for hand in hands {
            try await hand.commander.link.place.run {
                witness.listen(to: hand.commander)
                hand.start()
            }
        }
        for crowd in crowds {
            try await crowd.place.run {
                for follower in crowd.followers { witness.listen(to: follower, seesAll: true) }
            }
        }
    }

    /// What drivers see: the queue as a whole, and what is theirs.
    private func followAsDrivers(_ queue: String) async throws {
        for (index, token) in drivers.enumerated() {
            let crowd = driverCrowds[index % driverCrowds.count]
            try await crowd.place.run {
                let follower = Follower(
                    HubLink(crowd.place, .user(token)), topic: index.isMultiple(of: 2) ? queue : queue + "/mine")
                witness.listen(to: follower, seesAll: false)
                crowd.join(follower)
            }
        }
        for crowd in driverCrowds { try await crowd.place.run { crowd.open() } }
    }

    /// Which truck each driver drives. Blocks.
    private static func plates(_ stage: Stage) throws -> [String: String] {
        var connection = try PostgresConnection.connect(stage.hub.conninfo, readOnly: true)
        let rows = try connection.query(
            """
            SELECT fields->'drivers'->>0, fields->>'plate' FROM master_record
            WHERE site = $1 AND class = 'vehicle' AND fields->'drivers'->>0 IS NOT NULL
            """, [.text(stage.site)])
        var plates: [String: String] = [:]
        for row in rows { plates[try row.value(0)] = try row.value(1) }
        return plates
    }

    /// All links stand, all screens have caught up, and each clerk has had a command committed that was given after `mark`.
    func isServed(after mark: NIODeadline) async throws -> Bool {
        for (place, watch) in zip(stage.places, watches) {
            let own = clerks.filter { $0.place.loop === place.loop }.count
            guard try await place.run({ watch.servedCount(after: mark) }) == own else { return false }
        }
        for crowd in crowds + driverCrowds {
            guard try await crowd.place.run({ crowd.followers.allSatisfy(\.isLive) }) else { return false }
        }
        for link in fleet.edges.map(\.link) + hands.map(\.commander.link) {
            guard try await link.place.run({ link.isOpen }) else { return false }
        }
        return true
    }

    /// Why somebody will never come back; nil: nobody.
    func failure() async throws -> String? {
        let links = clerks.map(\.commander.link) + fleet.edges.map(\.link) + hands.map(\.commander.link)
        for link in links { if let failure = try await link.place.run({ link.record.failure }) { return failure } }
        return try await (crowds + driverCrowds).sight().failures.first
    }

    func renewTokens() async {
        for source in stage.accounts + drivers { try? await source.renew() }
    }

    /// Commands that were given again, by reason.
    func repeats() async throws -> [String: Int] {
        var sum: [String: Int] = [:]
        for commander in clerks.map(\.commander) + hands.map(\.commander) {
            sum.merge(try await commander.link.place.run { commander.repeats }, uniquingKeysWith: +)
        }
        return sum
    }

    func stopQueue() async throws {
        for hand in hands { try await hand.commander.link.place.run { hand.stop() } }
        try await wait(upTo: .seconds(60), for: "every command at the queue is answered") {
            for hand in hands {
                guard try await hand.commander.link.place.run({ hand.commander.waitingCount }) == 0 else {
                    return false
                }
            }
            return true
        }
    }

    func leave() async throws {
        try await fleet.stop()
        try await clerks.stop()
        for hand in hands { try await hand.commander.link.place.run { hand.commander.link.stop() } }
        try await (crowds + driverCrowds).stop()
    }
}

/// When the newest command of each clerk of one place that is committed was due.
///
/// `@unchecked Sendable`: used on the loop of its place only.
private final class ClerkWatch: @unchecked Sendable {
    private var newest: [NIODeadline] = []

    func listen(to clerks: [Clerk]) {
        newest = clerks.map { _ in .distantPast }
        for (index, clerk) in clerks.enumerated() {
            clerk.onCommit = { [self] due, _ in newest[index] = max(newest[index], due) }
        }
    }

    func servedCount(after mark: NIODeadline) -> Int { newest.count { $0 > mark } }
}
