import Synchronization

/// Finds actors by address: activates on first use, passivates when idle, each on the lane its address hashes to.
package final class Registry: Sendable {
    private let tables: [LaneTable]
    private let kinds: [String: KindEntry]
    private let journal: any Journal

    /// - Parameter lanes: at least one; the same address always lands on the same of them.
    package init(lanes: [any Lane], kinds: [KindEntry], runtime: Runtime) {
        precondition(!lanes.isEmpty, "actors need a lane")
        let kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0) })
        self.kinds = kinds
        journal = runtime.journal
        tables = lanes.map { LaneTable(lane: $0, kinds: kinds, runtime: runtime) }
        for table in tables { table.registry = self }
    }

    package func kind(_ name: String) -> KindEntry? { kinds[name] }

    package func lane(of id: StreamID) -> any Lane { table(of: id).lane }

    /// How long an effect waits whose kind this program does not know: a newer one may have put it into the outbox.
    private static let unknownKindRetry = Duration.seconds(60)

    /// Hands a request to its actor, from any thread. Requests posted by one thread to one actor arrive in order.
    package func send(_ request: Request, to id: StreamID) {
        guard kinds[id.kind] != nil else { return request.reply(.unavailable(after: Self.unknownKindRetry)) }
        let table = table(of: id)
        table.lane.post { table.host(id).deliver(request) }
    }

    package func look(_ look: Look, at id: StreamID) {
        let table = table(of: id)
        table.lane.post { table.host(id).look(look) }
    }

    package func observe(
        _ live: [UInt8], by principal: Principal, at id: StreamID, refused: @escaping @Sendable (Rejection) -> Void
    ) {
        let table = table(of: id)
        table.lane.post {
            if let rejection = table.host(id).observe(live, principal) { refused(rejection) }
        }
    }

    /// The `count` events that follow `seq`, oldest first and as everybody may see them, less those that `view` does not show. Nil
    /// when they cannot be had whole.
    package func replay(
        _ id: StreamID, view: View, after seq: Int64, count: Int,
        done: @escaping @Sendable ([StoredEvent]?) -> Void
    ) {
        let kind = kinds[id.kind]
        journal.events(of: id, after: seq, limit: count, on: lane(of: id)) { result in
            guard case .success(let events) = result, events.count == count, let kind else { return done(nil) }
            done(events.filter { kind.shows($0, view) }.map(\.plain))
        }
    }

    /// Starts the sweep that lets idle actors go, on every lane.
    package func startPassivation(every interval: Duration) {
        for table in tables { table.sweep(every: interval) }
    }

    package func stopPassivation() {
        for table in tables { table.lane.post { table.isSweeping = false } }
    }

    /// A stream was born in another actor's transaction: whoever follows it already has to hear.
    fileprivate func refresh(_ id: StreamID) {
        let table = table(of: id)
        table.lane.post { table.refresh(id) }
    }

    private func table(of id: StreamID) -> LaneTable { tables[Int(id.stableHash % UInt64(tables.count))] }
}

/// The actors of one lane. `@unchecked Sendable`: everything but `lane` is touched on that lane only.
private final class LaneTable: @unchecked Sendable {
    let lane: any Lane
    var isSweeping = false
    /// Set once, before anything runs.
    weak var registry: Registry?
    private let kinds: [String: KindEntry]
    private let runtime: Runtime
    private var hosts: [StreamID: AnyHost] = [:]
    private var shown: [StreamID: Shown] = [:]

    /// Addresses can be made up: what is remembered of sleeping actors has a bound.
    static let shownCountMax = 100_000

    init(lane: any Lane, kinds: [String: KindEntry], runtime: Runtime) {
        self.lane = lane
        self.kinds = kinds
        self.runtime = runtime
    }

    func host(_ id: StreamID) -> AnyHost {
        if let host = hosts[id] { return host }
        guard let kind = kinds[id.kind] else {
            preconditionFailure("no kind '\(id.kind)'; the router checks before it sends")
        }
        let host = kind.make(id, lane, runtime, shown.removeValue(forKey: id)) { [weak registry] in
            registry?.refresh($0)
        }
        hosts[id] = host
        return host
    }

    func refresh(_ id: StreamID) {
        if let host = hosts[id] { return host.refresh() }
        if shown[id] != nil { host(id).refresh() }
    }

    func sweep(every interval: Duration) {
        lane.post { [self] in
            isSweeping = true
            again(interval)
        }
    }

    private func again(_ interval: Duration) {
        lane.after(interval) { [self] in
            guard isSweeping else { return }
            let now = lane.now()
            for (id, host) in hosts where host.isIdle(now) {
                shown[id] = host.shown()
                hosts[id] = nil
            }
            // Those who follow a forgotten one miss at most that it was born in another actor's transaction.
            if shown.count > Self.shownCountMax { shown = [:] }
            again(interval)
        }
    }
}

/// One line in the list of kinds: how to host it, and who may do what with it.
package struct KindEntry: Sendable {
    package let name: String
    package let type: any Kind.Type
    let make: @Sendable (StreamID, any Lane, Runtime, Shown?, @escaping @Sendable (StreamID) -> Void) -> AnyHost
    package let view: @Sendable (Principal, String, Bool) -> View?
    /// Whether there can be an actor of this key.
    package let isKey: @Sendable (String) -> Bool
    /// Whether a view shows an event of the journal.
    package let shows: @Sendable (StoredEvent, View) -> Bool

    package init<K: Kind>(_ kind: K.Type) {
        name = K.name
        type = kind
        make = { AnyHost(Host<K>($0, lane: $1, runtime: $2, shown: $3, born: $4)) }
        view = { K.view(for: $0, key: $1, mine: $2) }
        isKey = { K.isKey($0) }
        shows = { stored, view in (try? K.read(stored)).map { K.shows($0, to: view) } ?? false }
    }
}

/// Every kind the hub hosts.
package enum Kinds {
    package static let all: [KindEntry] = [
        KindEntry(WaitQueue.self),
        KindEntry(WeighStation.self),
        KindEntry(WeighRegister.self),
        KindEntry(WeighTicket.self),
        KindEntry(Order.self),
        KindEntry(Master.self),
    ]
}
