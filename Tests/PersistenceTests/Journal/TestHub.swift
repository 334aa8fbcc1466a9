import Synchronization
import Testing

@testable import Actors
@testable import Persistence

/// Real kinds on a real journal, without sockets: what a hub is between its lanes and its database.
final class TestHub: Sendable {
    static let site = "pusan"
    /// What the file in the data directory holds.
    static let master = [UInt8](repeating: 3, count: PersonKeys.keyByteCount)

    let conninfo: String
    let claim: HubDatabase.Claim
    let lane: TestLane
    let readers: ReadPool
    let keys: PersonKeys
    let journal: PostgresJournal
    let registry: Registry
    let outbox: Outbox
    let directory: DirectoryStore
    private let published: Publications
    private let deposedCount: Counter
    private let keyCount = Atomic(0)
    private let startedAt: Instant
    private let prefix: String

    /// - Parameters:
    ///   - conninfo: of an earlier hub, to start again on its database; a new one by default.
    ///   - master: opens the keys of the persons.
    ///   - isCarryingOut: false leaves effects in the outbox, as a hub does that dies after its commits.
    ///   - isResuming: false for a test that takes up the outbox itself.
    init(
        conninfo: String? = nil, lane: TestLane = TestLane(), limits: Runtime.Limits = .init(),
        journalLimits: PostgresJournal.Limits = .init(), master: [UInt8] = TestHub.master, isCarryingOut: Bool = true,
        isResuming: Bool = true, migrations: [Migration] = Schema.migrations
    ) throws {
        let conninfo = try conninfo ?? TestCluster.makeDatabase()
        let database = HubDatabase(conninfo: conninfo)
        let claim = try database.claim(now: lane.now(), migrations: migrations)
        let keys = try database.personKeys(master: master)
        let readers = ReadPool(conninfo: conninfo, threadCount: 2)
        let journal = PostgresJournal(
            conninfo: conninfo, readers: readers, keys: keys, ownerEpoch: claim.ownerEpoch, limits: journalLimits)
        let directory = DirectoryStore(try database.directory(keys))
        let published = Publications()
        let deposedCount = Counter()
        let way = Way()
        let outbox = Outbox(lane: lane, journal: journal) { request, id in way.send(request, id) }
        let runtime = Runtime(
            journal: journal, publisher: published, directory: directory, limits: limits,
            dispatch: { if isCarryingOut { outbox.schedule($0) } }, deposed: { deposedCount.add() })
        let registry = Registry(lanes: [lane], kinds: Kinds.all, runtime: runtime)
        way.registry.withLock { $0 = registry }

        self.conninfo = conninfo
        self.claim = claim
        self.lane = lane
        self.readers = readers
        self.keys = keys
        self.journal = journal
        self.registry = registry
        self.outbox = outbox
        self.directory = directory
        self.published = published
        self.deposedCount = deposedCount
        prefix = "k\(claim.ownerEpoch)"
        startedAt = lane.now()
        if isResuming { outbox.resume { _ in } }
    }

    /// Takes up the outbox, as a hub does before it serves.
    @discardableResult
    func resume() async throws -> Int {
        try await withCheckedContinuation { done in outbox.resume { done.resume(returning: $0) } }.get()
    }

    func stop() {
        outbox.stop()
        journal.stop()
        readers.stop()
    }

    var publications: [Publication] { published.all.withLock { $0 } }
    var wasDeposed: Bool { deposedCount.value > 0 }

    func id(_ kind: String, _ key: String = "main") -> StreamID { StreamID(site: Self.site, kind: kind, key: key) }

    /// Sends a command and waits for its answer.
    func send(
        _ name: String, _ arguments: String = "{}", to id: StreamID, key: String? = nil,
        as principal: Principal = .office
    ) async -> Outcome {
        let key = key ?? "\(prefix)-\(keyCount.wrappingAdd(1, ordering: .relaxed).newValue)"
        return await withCheckedContinuation { done in
            let request = Request(
                name: name, arguments: Array(arguments.utf8), key: key, body: Array("\(id)\(name)\(arguments)".utf8),
                principal: principal, reply: { done.resume(returning: $0) })
            registry.send(request, to: id)
        }
    }

    /// Sends a command that has to succeed, and waits until everything that follows from it has happened.
    @discardableResult
    func act(
        _ name: String, _ arguments: String = "{}", to id: StreamID, as principal: Principal = .office,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Int64 {
        let outcome = await send(name, arguments, to: id, as: principal)
        guard case .committed(let seq) = outcome else {
            Issue.record("\(name) to \(id): \(outcome)", sourceLocation: sourceLocation)
            return 0
        }
        try await quiet(sourceLocation: sourceLocation)
        return seq
    }

    /// Waits until no effect is due; timers that face people and were set before the start have their grace. What follows from an effect is written in its own transaction, so none is missed.
    func quiet(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            let now = lane.now()
            let due = try await read(
                """
                SELECT count(*)::text FROM outbox
                WHERE outcome IS NULL AND due_at <= $1 AND NOT (faces_people AND created_at < $2)
                """, [.init(PostgresTimestamp(now)), .init(PostgresTimestamp(startedAt))])
            if due == ["0"] { return }
            await pause()
        }
        Issue.record("effects are still due after 20 s", sourceLocation: sourceLocation)
    }

    /// The first column of a query, as text.
    func read(_ sql: String, _ parameters: [PostgresParameter] = []) async throws -> [String] {
        try await readers.read { connection throws(PostgresError) in
            try connection.query(sql, parameters).map { row throws(PostgresError) in
                try row.optional(0, as: String.self) ?? "NULL"
            }
        }
    }

    func load(_ id: StreamID, schema: Int = 1, keys: [CommandKey] = []) async throws -> Loaded {
        try await withCheckedContinuation { done in
            journal.load(id, schema: schema, keys: keys, on: lane) { done.resume(returning: $0) }
        }.get()
    }

    /// The day on which the next month begins, in UTC, and with it the next partition.
    var nextMonth: BusinessDate {
        let today = BusinessDate(lane.now(), zone: SiteClock(utcOffsetMinutes: 0))
        return today.month == 12
            ? BusinessDate(year: today.year + 1, month: 1, day: 1)
            : BusinessDate(year: today.year, month: today.month + 1, day: 1)
    }

    func append(_ batch: Batch) async -> Result<Appended, JournalError> {
        await withCheckedContinuation { done in journal.append(batch, on: lane) { done.resume(returning: $0) } }
    }

    /// Through the lane, so that what was posted before has happened.
    func pause() async {
        await withCheckedContinuation { done in lane.after(.milliseconds(2)) { done.resume() } }
    }

    private final class Publications: Publisher {
        let all = Mutex<[Publication]>([])
        func publish(_ publications: [Publication]) { all.withLock { $0 += publications } }
    }

    private final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func add() { count.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Outbox and registry know each other through the runtime.
    private final class Way: Sendable {
        let registry = Mutex<Registry?>(nil)
        func send(_ request: Request, _ id: StreamID) { registry.withLock { $0 }?.send(request, to: id) }
    }
}

extension Principal {
    static let office = Principal(id: "user:staff", role: .staff, site: TestHub.site, name: "계량실")
    static let boss = Principal(id: "user:boss", role: .admin, site: TestHub.site, name: "소장")
    static let hub = Principal.system(site: TestHub.site)
    static let edge = Principal(
        id: "device:edge-1", role: .device, site: TestHub.site, name: "edge-1", stations: ["1", "2"])
}

/// A yard with a truck, and its way over the scale.
extension TestHub {
    var queue: StreamID { id("queue") }
    var register: StreamID { id("register") }
    var station: StreamID { id("station", "1") }

    static let plate = "부산80바1234"

    func makeYard() async throws {
        let records = [
            ("site:\(Self.site)", #"{"name":"부산 야드"}"#),
            ("company:1", #"{"name":"한길운수","businessNumber":"123-45-67890","contact":"김","address":"부산"}"#),
            ("driver:1", #"{"name":"박기사","company":"1","hasApp":true}"#),
            ("item:1", #"{"name":"고철"}"#),
            ("station:1", #"{"name":"1번 계량대"}"#),
            ("station:2", #"{"name":"2번 계량대"}"#),
            (
                "vehicle:1",
                """
                {"plate":"\(Self.plate)","vehicleType":"덤프","company":"1","drivers":["1"],"tareGrams":14000000,
                "maxLoadGrams":25000000}
                """
            ),
            ("user:1", #"{"login":"driver1","name":"박기사","role":"DRIVER","driver":"1"}"#),
        ]
        for (key, fields) in records {
            try await act("create", #"{"fields":\#(fields)}"#, to: id("master", key), as: .boss)
        }
    }

    func checkIn(order: String? = nil) async throws {
        let more = order.map { #","item":"1","order":"\#($0)""# } ?? ""
        try await act("checkIn", #"{"plate":"\#(Self.plate)"\#(more)}"#, to: queue)
    }

    func call() async throws { try await act("callNext", #"{"station":"1"}"#, to: queue) }

    /// The binding that the edge has been given.
    func binding() async throws -> String {
        var state = WeighStation.initial(station)
        for stored in try await load(station, schema: 0).events {
            let event = try JSON.decode(
                WeighStation.Event.self, from: JSON.joinCase(name: stored.name, payload: stored.payload))
            WeighStation.evolve(&state, event, at: stored.at)
        }
        return try #require(state.binding).id
    }

    func settle(_ grams: Int64, binding: String?) async throws {
        let reading = """
            {"grams":\(grams),"stable":true,"at":\(lane.now().milliseconds),"offsetMillis":0,"offline":false,"raw":"02"}
            """
        let named = binding.map { #""binding":"\#($0)","# } ?? ""
        try await act("settle", #"{\#(named)"reading":\#(reading)}"#, to: station, as: .edge)
    }

    func leaveDeck() async throws { try await act("clearPlatform", to: station, as: .hub) }

    /// Check-in, call, drive on, weigh, drive off.
    func weigh(_ grams: Int64, order: String? = nil) async throws {
        try await checkIn(order: order)
        try await call()
        try await act("noticeTruck", to: station, as: .hub)
        try await settle(grams, binding: try await binding())
        try await leaveDeck()
    }
}

/// A plain event, for tests of the journal itself.
func event(
    _ seq: Int64, _ payload: String = "{}", at: Instant = Instant(milliseconds: 1_780_000_000_000), key: String = "k"
) -> StoredEvent {
    StoredEvent(
        seq: seq, name: "noted", schema: 1, payload: Array(payload.utf8), at: at, principal: "user:1", commandKey: key)
}

func record(_ stream: StreamID, _ key: String, seq: Int64, body: [UInt8] = [1], at: Instant) -> CommandRecord {
    CommandRecord(
        stream: stream, key: CommandKey(principal: "user:1", key: key), body: body, seq: seq, at: at)
}
