internal import NIOCore

/// Followers of one place, and what they saw.
///
/// `@unchecked Sendable`: used on the loop of its place only, but for what is `async`.
final class Crowd: @unchecked Sendable {
    struct Sight: Sendable {
        var clientCount = 0
        var liveCount = 0
        var count = Follower.Count()
        /// Attempts to connect.
        var dialCount = 0
        /// Connections that ended, by close code; 0 for a cut.
        var ends: [String: Int] = [:]
        /// Milliseconds from the end of a connection to the first attempt to come back.
        var firstPauses: [Int64] = []
        /// Why somebody will not come back.
        var failures: [String] = []

        mutating func add(_ other: Sight) {
            clientCount += other.clientCount
            liveCount += other.liveCount
            count.add(other.count)
            dialCount += other.dialCount
            ends.merge(other.ends, uniquingKeysWith: +)
            firstPauses += other.firstPauses
            failures += other.failures
        }
    }

    /// Connections being opened at a time, by each place.
    private static let openingCountMax = 32

    let place: Place
    private(set) var followers: [Follower] = []
    private var startedCount = 0

    init(_ place: Place) { self.place = place }

    func join(_ follower: Follower) {
        follower.onLive = { [weak self] _ in self?.startNext() }
        followers.append(follower)
    }

    func open() {
        for _ in 0..<Self.openingCountMax { startNext() }
    }

    private func startNext() {
        guard startedCount < followers.count else { return }
        startedCount += 1
        followers[startedCount - 1].link.start()
    }

    func sight() -> Sight {
        var sight = Sight()
        for follower in followers {
            sight.clientCount += 1
            if follower.isLive { sight.liveCount += 1 }
            sight.count.add(follower.count)
            let record = follower.link.record
            sight.dialCount += record.dialCount
            for (code, count) in record.ends { sight.ends[code == 0 ? "cut" : "\(code)", default: 0] += count }
            sight.firstPauses += record.firstPauses
            if let failure = record.failure { sight.failures.append(failure) }
        }
        return sight
    }

    /// How many have not seen everything up to the heads of their topics.
    func behindCount(_ heads: [String: Int64]) -> Int {
        followers.count { !$0.hasAll(to: heads[$0.topic] ?? 0) }
    }
}

extension Stage {
    /// Followers of these topics in turn, all live, on all places.
    func crowds(_ count: Int, topics: [String]) async throws -> [Crowd] {
        let crowds = places.map(Crowd.init)
        for (number, crowd) in crowds.enumerated() {
            try await fill(crowd, stride(from: number, to: count, by: crowds.count).map { $0 }, topics)
        }
        try await crowds.becomeLive(count, self)
        return crowds
    }

    /// The same on one place.
    func crowd(_ count: Int, topics: [String], on place: Place, keepsReceipts: Bool) async throws -> Crowd {
        let crowd = Crowd(place)
        try await fill(crowd, Array(0..<count), topics, keepsReceipts: keepsReceipts)
        try await [crowd].becomeLive(count, self)
        return crowd
    }

    /// One that reads 1 KB/s from a small socket buffer, until it is told otherwise. It lives where the commands are
    /// given.
    func slowCrowd(topic: String) async throws -> Crowd {
        let crowd = Crowd(places[0])
        try await crowd.place.run {
            let manner = HubSocket.Manner(receiveByteCount: 4096, readsSlowly: true)
            crowd.join(
                Follower(HubLink(crowd.place, .user(self.account(0)), manner: manner, pings: true), topic: topic))
            crowd.open()
        }
        return crowd
    }

    private static let countPerAddress = 100

    /// - Parameter numbers: of the clients, over all crowds; a hundred in a row come from one address.
    private func fill(
        _ crowd: Crowd, _ numbers: [Int], _ topics: [String], keepsReceipts: Bool = false
    ) async throws {
        try await crowd.place.run {
            for number in numbers {
                let host = number / Self.countPerAddress
                let source = try SocketAddress(ipAddress: "127.1.\(host / 250).\(host % 250 + 1)", port: 0)
                let link = HubLink(
                    crowd.place, .user(self.account(number)), manner: HubSocket.Manner(source: source))
                crowd.join(Follower(link, topic: topics[number % topics.count], keepsReceipts: keepsReceipts))
            }
            crowd.open()
        }
    }
}

extension [Crowd] {
    fileprivate func becomeLive(_ count: Int, _ stage: Stage) async throws {
        try await wait(upTo: .seconds(120), for: "\(count) clients follow their topics") {
            try stage.hub.checkRunning()
            let sight = try await sight()
            if let failure = sight.failures.first { throw HubUnderTest.Failed(description: failure) }
            return sight.liveCount == count
        }
    }

    func sight() async throws -> Crowd.Sight {
        var sum = Crowd.Sight()
        for crowd in self { sum.add(try await crowd.place.run { crowd.sight() }) }
        return sum
    }

    /// When each of those that are live became so.
    func liveTimes() async throws -> [NIODeadline] {
        var times: [NIODeadline] = []
        for crowd in self { times += try await crowd.place.run { crowd.followers.compactMap(\.liveAt) } }
        return times
    }

    /// Returns when everybody is there and has seen everything, or after a while how many have not.
    func catchUp(to heads: [String: Int64], within limit: Duration = .seconds(20)) async throws -> Int {
        var behind = 0
        do {
            try await wait(upTo: limit, every: .milliseconds(50), for: "everybody has seen everything") {
                behind = 0
                for crowd in self { behind += try await crowd.place.run { crowd.behindCount(heads) } }
                return behind == 0
            }
        } catch is Overdue {}
        return behind
    }

    func stop() async throws {
        for crowd in self { try await crowd.place.run { for one in crowd.followers { one.link.stop() } } }
    }
}

extension Report {
    /// Nobody missed anything, had anything twice, or in the wrong order.
    mutating func add(_ sight: Crowd.Sight, behindCount: Int) {
        count("events", "events seen one by one", sight.count.events)
        count("coveredEvents", "seen in a later picture", sight.count.coveredEvents)
        count("resumes", "resumed from a cursor", sight.count.resumes)
        count("pictures", "pictures after the first", sight.count.pictures)
        count("gaps", "gaps", sight.count.gaps)
        count("repeats", "duplicates", sight.count.repeats)
        count("behind", "clients that miss something", behindCount)
        tally("ends", "connections that ended, by code", sight.ends)
        require(sight.failures.isEmpty, "\(sight.failures.count) clients gave up: \(sight.failures.first ?? "")")
        require(sight.count.gaps == 0, "\(sight.count.gaps) gaps")
        require(sight.count.repeats == 0, "\(sight.count.repeats) duplicates")
        require(sight.count.disorders == 0, "\(sight.count.disorders) frames out of order")
        require(sight.count.faults.isEmpty, "refused: \(sight.count.faults)")
        require(behindCount == 0, "\(behindCount) clients have not seen everything")
    }
}
