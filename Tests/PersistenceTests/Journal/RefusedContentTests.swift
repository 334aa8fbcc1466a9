import Testing

@testable import Actors
@testable import Persistence

@Suite("Content that the database refuses")
struct RefusedContentTests {
    private func batch(_ id: StreamID, _ event: StoredEvent, rows: [Row] = []) -> Batch {
        Batch(
            appends: [StreamAppend(stream: id, expected: event.seq - 1, chain: ChainLink(), events: [event])],
            rows: rows)
    }

    @Test func `it costs only its own batch`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        var tooLong = FenceTests.queueRow
        tooLong[4] = .text(String(repeating: "가", count: 21))
        var tooLate = FenceTests.queueRow
        tooLate[10] = .instant(Instant(milliseconds: .max))
        var tooEarly = FenceTests.queueRow
        tooEarly[10] = .instant(Instant(milliseconds: .min))
        var tooMany = FenceTests.queueRow
        tooMany[2] = .int(.max)
        let bad = [
            (hub.id("test", "a"), event(1, #"{"a":"\u0000"}"#), []),
            (hub.id("test", "b"), event(1, "{}", key: "a\0b"), []),
            (hub.id("test", "c"), event(1, #"{"a":"#), []),
            (hub.id("test", "d"), event(1), [Row("wait_queue", tooLong)]),
            (hub.id("test", "e"), event(1), [Row("wait_queue", tooLate)]),
            (hub.id("test", "f"), event(1), [Row("wait_queue", tooEarly)]),
            (hub.id("test", "g"), event(1), [Row("wait_queue", tooMany)]),
            (hub.id("te\0st", "h"), event(1), []),
        ].map { batch($0, $1, rows: $2) }
        let good = (0..<200).map { batch(hub.id("test", "good\($0)"), event(1, #"{"a":"\\u0000 is no NUL"}"#)) }
        let results = await withTaskGroup(of: (isBad: Bool, result: Result<Appended, JournalError>).self) { group in
            for batch in good { group.addTask { (false, await hub.append(batch)) } }
            for batch in bad { group.addTask { (true, await hub.append(batch)) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (isBad, result) in results {
            switch result {
            case .success: #expect(!isBad)
            case .failure(.refused): #expect(isBad)
            case .failure(let error): Issue.record("\(error)")
            }
        }
        #expect(try await hub.read("SELECT count(*)::text FROM journal") == ["200"])
        #expect(try await hub.read("SELECT count(*)::text FROM stream_head") == ["200"])
    }

    @Test func `an actor tells whoever asked, and goes on`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
            for number in 0..<12 {
                let name = number == 7 ? #"\u0000"# : "회사 \(number)"
                // A company's number has 20 characters at most in its table, its record would take 200.
                let businessNumber = String(repeating: "1", count: number == 5 ? 150 : 3)
                group.addTask {
                    (
                        number,
                        await hub.send(
                            "change", #"{"fields":{"name":"\#(name)","businessNumber":"\#(businessNumber)"}}"#,
                            to: hub.id("master", "company:1"), as: .boss)
                    )
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (number, outcome) in outcomes {
            if number == 5 || number == 7 {
                #expect(outcome.rejectionCode == "unstorable", "\(number): \(outcome)")
            } else {
                guard case .committed = outcome else { Issue.record("\(number): \(outcome)"); continue }
            }
        }
        let after = await hub.send(
            "change", #"{"fields":{"name":"끝"}}"#, to: hub.id("master", "company:1"), as: .boss)
        #expect(after == .committed(seq: 12))
        #expect(try await hub.read("SELECT name FROM company") == ["끝"])
    }

    @Test func `a NUL anywhere in a command is a rejection, and the same actor answers the next one`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let order = hub.id("order", "A-1")
        let nul = #"\u0000"#
        for (name, arguments, id, principal) in [
            ("pauseCheckIn", #"{"reason":"\#(nul)x"}"#, hub.queue, Principal.office),
            ("create", #"{"fields":{"name":"\#(nul)x"}}"#, hub.id("master", "item:9"), .boss),
            ("create", #"{"fields":{"name":"x","x_\#(nul)":"y"}}"#, hub.id("master", "item:9"), .boss),
            ("create", #"{"fields":{"name":"x","x_tags":["\#(nul)"]}}"#, hub.id("master", "item:9"), .boss),
            ("create", #"{"details":{"type":"DELIVERY","customer":"\#(nul)"}}"#, order, .office),
            (
                "enterManually", #"{"plate":"\#(TestHub.plate)","grams":14000000,"reason":"\#(nul)x"}"#, hub.register,
                .office
            ),
            ("fault", #"{"code":"\#(nul)"}"#, hub.station, .edge),
        ] {
            let outcome = await hub.send(name, arguments, to: id, as: principal)
            #expect(outcome.rejectionCode == "unstorable", "\(name): \(outcome)")
        }
        try await hub.act("pauseCheckIn", #"{"reason":"점심"}"#, to: hub.queue)
        try await hub.act("create", #"{"fields":{"name":"철"}}"#, to: hub.id("master", "item:9"), as: .boss)
        try await hub.act("create", #"{"details":{"type":"DELIVERY","customer":"고객"}}"#, to: order)
        let names = try await RecordQueries(readers: hub.readers, keys: hub.keys).names(TestHub.site, .item)
        #expect(names.map(\.name) == ["고철", "철"])
    }

    @Test func `a NUL in a command's key is a rejection and holds up no look-up`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let pause = #"{"reason":"점심"}"#
        #expect(await hub.send("pauseCheckIn", pause, to: hub.queue, key: "a\0b").rejectionCode == "unstorable")
        // From here on the actor has loaded a history, so what it rejects is looked up in the journal first.
        #expect(await hub.send("pauseCheckIn", pause, to: hub.queue, key: "ab") == .committed(seq: 1))
        let next = try TestHub(conninfo: hub.conninfo)
        defer { next.stop() }
        async let poisoned = next.send("callNext", #"{"station":"1"}"#, to: next.queue, key: "c\0d")
        async let clean = next.send("callNext", #"{"station":"1"}"#, to: next.queue, key: "cd")
        #expect(await poisoned.rejectionCode == "queueEmpty")
        #expect(await clean.rejectionCode == "queueEmpty")
        let known = try await next.load(next.queue, keys: [CommandKey(principal: "user:staff", key: "x\0")])
        #expect(known.commands.map(\.key.key) == ["ab"])
    }

    @Test func `no scale can be given a capacity that no column holds, and a weight beyond its own is refused`()
        async throws
    {
        let hub = try TestHub()
        defer { hub.stop() }
        try await hub.makeYard()
        let capacity = #"{"fields":{"capacityGrams":9000000000000000}}"#
        let change = await hub.send("change", capacity, to: hub.id("master", "station:1"), as: .boss)
        #expect(change.rejectionCode == "badField")
        try await hub.checkIn()
        try await hub.call()
        let reading = #"{"grams":8000000000000000,"stable":true,"at":0,"offsetMillis":0,"offline":false,"raw":""}"#
        let outcome = await hub.send("settle", #"{"reading":\#(reading)}"#, to: hub.station, as: .edge)
        #expect(outcome.rejectionCode == "weightOutOfRange")
        // The scale goes on with what it can hold.
        try await hub.settle(14_000_000, binding: try await hub.binding())
        #expect(try await hub.read("SELECT status FROM wait_queue") == ["AWAY"])
    }

    @Test func `an instant that no calendar has is refused, not a crash`() async throws {
        let hub = try TestHub()
        defer { hub.stop() }
        for (number, eta) in [Int64.max, .min, 9_300_000_000_000_000, -9_300_000_000_000_000].enumerated() {
            let outcome = await hub.send(
                "create", #"{"details":{"type":"DELIVERY","eta":\#(eta)}}"#, to: hub.id("order", "A-\(number)"))
            #expect(outcome.rejectionCode == "unstorable", "\(eta): \(outcome)")
        }
    }
}
