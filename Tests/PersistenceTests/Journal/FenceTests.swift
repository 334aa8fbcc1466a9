import Testing

@testable import Actors
@testable import Persistence

@Suite("The journal's fence")
struct FenceTests {
    private func append(_ id: StreamID, _ expected: Int64, _ events: [StoredEvent]) -> StreamAppend {
        StreamAppend(stream: id, expected: expected, chain: ChainLink(), events: events)
    }

    /// The same owner twice: only the fence stands between them.
    private func sameOwner(as hub: TestHub) -> PostgresJournal {
        PostgresJournal(
            conninfo: hub.conninfo, readers: hub.readers, keys: hub.keys, ownerEpoch: hub.claim.ownerEpoch)
    }

    @Test func `a wrong version is a conflict, writes nothing and costs the others of its group nothing`() async throws
    {
        let hub = try TestHub()
        defer { hub.stop() }
        let bad = hub.id("test", "bad")
        let row = Row("wait_queue", FenceTests.queueRow)
        let wrong = Batch(
            appends: [append(bad, 3, [event(4)])],
            commands: [record(bad, "c", seq: 4, at: hub.lane.now())],
            effects: [Self.effect(bad)], rows: [row],
            snapshot: Snapshot(version: 4, schema: 1, state: Array("{}".utf8)))
        let results = await withTaskGroup(of: (Int, Result<Appended, JournalError>).self) { group in
            for number in 0..<40 {
                let good = Batch(appends: [append(hub.id("test", "good\(number)"), 0, [event(1)])])
                group.addTask { (number, await hub.append(number == 17 ? wrong : good)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (number, result) in results {
            switch result {
            case .success: #expect(number != 17)
            case .failure(let error): #expect(number == 17 && error == .conflict)
            }
        }
        #expect(try await hub.read("SELECT count(*)::text FROM stream_head") == ["39"])
        #expect(try await hub.read("SELECT count(*)::text FROM journal") == ["39"])
        for table in ["command", "outbox", "snapshot", "wait_queue"] {
            #expect(try await hub.read("SELECT count(*)::text FROM \(table)") == ["0"], "\(table)")
        }
    }

    @Test func `of two streams in one batch one wrong version refuses both`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let result = await hub.append(
            Batch(appends: [
                append(hub.id("test", "a"), 0, [event(1)]), append(hub.id("test", "b"), 1, [event(2)]),
            ]))
        guard case .failure(.conflict) = result else { Issue.record("\(result)"); return }
        #expect(try await hub.read("SELECT count(*)::text FROM stream_head") == ["0"])
    }

    @Test func `a fence without events holds at version 0 and later, and moves nothing`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        _ = try await hub.append(Batch(appends: [append(id, 0, [])])).get()
        _ = try await hub.append(Batch(appends: [append(id, 0, [event(1)])])).get()
        let chain = try await hub.load(id).chain
        let alone = StreamAppend(stream: id, expected: 1, chain: chain, events: [])
        _ = try await hub.append(Batch(appends: [alone])).get()
        let stale = await hub.append(Batch(appends: [append(id, 0, [])]))
        guard case .failure(.conflict) = stale else { Issue.record("\(stale)"); return }
        let loaded = try await hub.load(id)
        #expect(loaded.version == 1)
        #expect(loaded.chain == chain)
        #expect(loaded.events.map(\.seq) == [1])
    }

    @Test func `a stale owner settles no effect`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        let effect = Self.effect(id)
        _ = try await hub.append(Batch(appends: [append(id, 0, [event(1)])], effects: [effect])).get()
        let settlement = Settlement(effect: effect.id, outcome: "done")
        let stale = await hub.append(Batch(appends: [append(id, 0, [])], settlements: [settlement]))
        guard case .failure(.conflict) = stale else { Issue.record("\(stale)"); return }
        #expect(try await hub.read("SELECT outcome FROM outbox") == ["NULL"])
        _ = try await hub.append(Batch(settlements: [settlement])).get()
        _ = try await hub.append(Batch(settlements: [Settlement(effect: effect.id, outcome: "expired")])).get()
        #expect(try await hub.read("SELECT outcome FROM outbox") == ["done"])
    }

    @Test func `two journals on one database never share a version`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let other = sameOwner(as: hub)
        defer { other.stop() }
        let id = hub.id("test", "a")
        let lane = hub.lane
        for version in Int64(0)..<30 {
            let batch = Batch(appends: [append(id, version, [event(version + 1)])])
            async let first = hub.append(batch)
            async let second = withCheckedContinuation { done in
                other.append(batch, on: lane) { done.resume(returning: $0) }
            }
            let results = await [first, second]
            let won = results.filter { if case .success = $0 { true } else { false } }
            let lost = results.filter { if case .failure(.conflict) = $0 { true } else { false } }
            #expect(won.count == 1 && lost.count == 1, "\(results)")
        }
        #expect(try await hub.load(id).events.map(\.seq) == Array(1...30))
    }

    @Test func `a stale writer fails across the turn of the month, whose events lie in other partitions`() async throws
    {
        let hub = try TestHub()
        defer { hub.stop() }
        let other = sameOwner(as: hub)
        defer { other.stop() }
        let id = hub.id("test", "a")
        let midnight = Instant(milliseconds: Int64(hub.nextMonth.daysSinceEpoch) * 86_400_000)
        let before = Instant(milliseconds: midnight.milliseconds - 1)
        _ = try await hub.append(Batch(appends: [append(id, 0, [event(1, at: before)])])).get()
        let chain = try await hub.load(id).chain
        _ = try await hub.append(
            Batch(appends: [StreamAppend(stream: id, expected: 1, chain: chain, events: [event(2, at: midnight)])])
        ).get()
        // A constraint of one partition would not see the other's row: the version of the stream does, either way round.
        for at in [before, midnight] {
            let lane = hub.lane
            let stale = Batch(appends: [append(id, 1, [event(2, #"{"n":"stale"}"#, at: at)])])
            let result = await withCheckedContinuation { done in
                other.append(stale, on: lane) { done.resume(returning: $0) }
            }
            guard case .failure(.conflict) = result else { Issue.record("\(result)"); return }
        }
        #expect(
            try await hub.read("SELECT count(DISTINCT tableoid)::text || ' ' || count(*)::text FROM journal") == ["2 2"]
        )
        #expect(try await hub.load(id).events.map(\.seq) == [1, 2])
        #expect(try await hub.chainHolds(id))
    }

    @Test func `two hubs that both believe to own a stream answer each command once`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let other = try TestHub(conninfo: hub.conninfo)
        defer { other.stop() }
        #expect(await hub.send("pauseCheckIn", #"{"reason":"점심"}"#, to: hub.queue).isUnavailable)
        await hub.pause()
        #expect(hub.wasDeposed)
        #expect(await other.send("pauseCheckIn", #"{"reason":"점심"}"#, to: hub.queue) == .committed(seq: 1))
        #expect(!other.wasDeposed)
    }

    @Test func `a command key that is already there conflicts, and the actor gives the first answer`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let pause = #"{"reason":"점심"}"#
        let first = await hub.send("pauseCheckIn", pause, to: hub.queue, key: "same")
        #expect(first == .committed(seq: 1))
        #expect(await hub.send("resumeCheckIn", to: hub.queue) == .committed(seq: 2))

        // A hub that remembers one reply only has forgotten the key: it decides again, and the journal knows better.
        var limits = Runtime.Limits()
        limits.rememberedReplyCountMax = 1
        var journalLimits = PostgresJournal.Limits()
        journalLimits.loadedCommandCountMax = 1
        let next = try TestHub(conninfo: hub.conninfo, limits: limits, journalLimits: journalLimits)
        defer { next.stop() }
        #expect(await next.send("pauseCheckIn", pause, to: hub.queue, key: "same") == first)
        #expect(await next.send("pauseCheckIn", #"{"reason":"다른"}"#, to: hub.queue, key: "same") == .keyReused)
        #expect(try await next.load(hub.queue).version == 2)
    }

    @Test func `a hub is deposed by the next claim, and the next one goes on where it was`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        let id = hub.id("test", "a")
        _ = try await hub.append(Batch(appends: [append(id, 0, [event(1)])])).get()
        let claim = try HubDatabase(conninfo: hub.conninfo).claim(now: hub.lane.now())
        #expect(claim.ownerEpoch == hub.claim.ownerEpoch + 1)
        #expect(claim.epoch == hub.claim.epoch)
        #expect(try !HubDatabase(conninfo: hub.conninfo).content().isEmpty)
        let late = await hub.append(Batch(appends: [append(id, 1, [event(2)])]))
        guard case .failure(.deposed) = late else { Issue.record("\(late)"); return }
        // An expired effect is settled without a stream: that is the old owner's to leave alone, too.
        let settlement = await hub.append(Batch(settlements: [Settlement(effect: "x", outcome: "expired")]))
        guard case .failure(.deposed) = settlement else { Issue.record("\(settlement)"); return }
        #expect(try await hub.load(id).version == 1)
    }

    @Test func `a stopped journal has committed what waited and refuses what comes`() async throws {
        let hub = try TestHub()
        let id = hub.id("test", "a")
        async let last = hub.append(Batch(appends: [append(id, 0, [event(1)])]))
        _ = await last
        hub.journal.stop()
        let late = await hub.append(Batch(appends: [append(id, 1, [event(2)])]))
        guard case .failure(.unavailable) = late else { Issue.record("\(late)"); return }
        #expect(try await hub.load(id).version == 1)
        hub.readers.stop()
    }

    static func effect(_ target: StreamID, _ id: String? = nil, at: Int64 = 1_780_000_000_000) -> OutboxEntry {
        OutboxEntry(
            id: id ?? "\(target)#1.0", target: target, name: "do", arguments: Array("{}".utf8),
            createdAt: Instant(milliseconds: at), due: Instant(milliseconds: at), validUntil: nil, facesPeople: false)
    }

    static let queueRow: [Row.Value] = [
        .text("s"), .text("v"), .int(1), .text("1"), .text("부산80바1234"), .null, .null, .int(1), .text("WAITING"),
        .int(0),
        .instant(Instant(milliseconds: 0)), .null, .null,
    ]
}

extension Outcome {
    var isUnavailable: Bool { if case .unavailable = self { true } else { false } }
    var rejectionCode: String? { if case .rejected(let rejection) = self { rejection.code } else { nil } }
}
