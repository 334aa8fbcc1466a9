internal import NIOCore

/// The hub of a run, and the loops on which its clients live.
struct Stage: Sendable {
    let hub: HubUnderTest
    /// One for each event loop.
    private(set) var places: [Place]
    let accounts: [TokenSource]
    let rest: REST
    /// Makes topics and keys unique.
    let run = String(UInt32.random(in: 0 ... .max), radix: 36)
    let site = "busan1"

    init(hub: HubUnderTest, group: any EventLoopGroup, logins: [String], password: String) async throws {
        self.hub = hub
        rest = REST(address: hub.address, group: group)
        places = try group.makeIterator().map { try Place(hub.address, on: $0) }
        var accounts: [TokenSource] = []
        for login in logins { accounts.append(try await TokenSource(login, password: password, rest: rest)) }
        self.accounts = accounts
    }

    /// The same, with clients that reach the hub by way of this address.
    func through(_ address: HubAddress) throws -> Stage {
        var stage = self
        stage.places = try places.map { try Place(address, on: $0.loop) }
        return stage
    }

    func account(_ index: Int) -> TokenSource { accounts[index % accounts.count] }

    /// Clerks, each with a connection, logged in and with its order created and locked.
    ///
    /// - Parameters:
    ///   - topicCount: fewer than clerks: the orders are shared, and with them one account, whose the locks are.
    ///   - place: nil: on all places in turn.
    func clerks(
        _ count: Int, topicCount: Int, deed: Clerk.Deed = .assign, on place: Place? = nil, keepsDues: Bool = false
    ) async throws -> [Clerk] {
        let clerks = (0..<count).map { index in
            let link = HubLink(
                place ?? self.places[index % places.count], .user(account(topicCount < count ? 0 : index)))
            return Clerk(
                link, topic: "\(site)/order/\(orderPrefix)\(index % topicCount)", deed: deed,
                sharesTopic: topicCount < count,
                keepsDues: keepsDues)
        }
        // Whoever shares an order comes when it is there.
        try await prepare(clerks.prefix(topicCount), creates: true)
        try await prepare(clerks.dropFirst(topicCount), creates: false)
        return clerks
    }

    private func prepare(_ clerks: ArraySlice<Clerk>, creates: Bool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (index, clerk) in clerks.enumerated() {
                if index >= 32 { try await tasks.next() }
                tasks.addTask { try await clerk.prepare(creates: creates) }
            }
            try await tasks.waitForAll()
        }
    }

    /// With which the keys of all orders of this run begin.
    var orderPrefix: String { "LT-\(run)-" }

    /// Fails at once when the hub has ended by itself.
    func sleep(until deadline: NIODeadline) async throws {
        while NIODeadline.now() < deadline {
            try hub.checkRunning()
            let rest = min((deadline - .now()).nanoseconds, 500_000_000)
            try await Task.sleep(for: .nanoseconds(max(0, rest)))
        }
    }
}
