import NIOCore
import Testing

@testable import Edge

/// What requests say and what is made of their answers.
@Suite struct RequestTests {
    @Test func `addresses stand beside the WebSocket, also behind a proxy with a path`() throws {
        let plain = RequestURLs(try HubAddress(parsing: "ws://10.0.0.5:8080/ws"))
        #expect(
            plain.stream(["ulsan/station/1", "ulsan/queue/main"])
                == "http://10.0.0.5:8080/api/v1/stream?topic=ulsan/station/1&topic=ulsan/queue/main")
        let proxied = RequestURLs(try HubAddress(parsing: "wss://hub.example/yard/ws?x=1"))
        #expect(
            proxied.stream(["울산/station/1"])
                == "https://hub.example/yard/api/v1/stream?topic=%EC%9A%B8%EC%82%B0/station/1")
        #expect(
            proxied.url(of: .weight(UplinkBench.weight(1))) == "https://hub.example/yard/api/v1/internal/weigh-data")
    }

    @Test func `a settled weight is the seed's reading with its number, exact to the gram and the millisecond`() {
        let weight = SettledWeight(grams: 40_460_005, binding: "b1", at: 1_769_319_000_007, raw: [0x53, 0x54])
        let stored = StoredWeight(
            topic: "ulsan/station/3", boot: "ab", n: 7, weight: weight, offsetMillis: -12, offline: true,
            state: .pending)
        #expect(
            WeighData(stored).jsonLine
                == #"{"binding":"b1","boot":"ab","n":7,"offline":true,"offset_millis":-12,"raw":"5354","stable":true,"station_id":"3","timestamp":"2026-01-25T05:30:00.007Z","unit":"KG","weight":40460.005}"#
        )
        let before = WeighData(LiveWeight(grams: -40_000, state: .under, at: -1), topic: "ulsan/station/3").jsonLine
        #expect(
            before
                == #"{"stable":false,"state":"under","station_id":"3","timestamp":"1969-12-31T23:59:59.999Z","unit":"KG","weight":-40}"#
        )
    }

    @Test func `events are the same whatever the splits, and a comment says why it ends`() {
        let text = Array("retry: 1000\n\n:\n\nid: e a@1\ndata: {\"op\":\"tick\"}\n\n: 4001 keyInvalid\n\n".utf8)
        let expected: [EventLines.Line] = [
            .data(Array(#"{"op":"tick"}"#.utf8)), .goodbye(code: 4001, reason: "keyInvalid"),
        ]
        for split in 0...text.count {
            var lines = EventLines()
            let found = lines.take(ByteBuffer(bytes: text[..<split])) + lines.take(ByteBuffer(bytes: text[split...]))
            #expect(found == expected, "split at \(split)")
        }
    }

    @Test func `only the hub's own word is final`() {
        func answer(_ status: UInt, _ body: String = "", after: String? = nil) -> RequestAnswer {
            RequestAnswer(status: status, retryAfter: after, body: body.utf8)
        }
        let refusal = #"{"success":false,"error":{"code":"weightOutOfRange","message":"m","params":{}}}"#
        let taken = #"{"success":true,"data":{"outcome":"recorded"}}"#
        #expect(answer(200, taken) == .done)
        #expect(answer(200, #"{"op":"reply","id":"h1","ok":true,"seq":4}"#) == .done)
        #expect(answer(422, refusal) == .refused(HubError(code: "weightOutOfRange", message: "m", params: [:])))
        // A page of somebody between the hub and us says nothing about the weight, whatever its status.
        for status in [200, 204, 302, 401, 403, 404, 413, 422, 500, 502] as [UInt] {
            guard case .later = answer(status, "<html>") else { return #expect(Bool(false), "\(status)") }
        }
        for body in [#"{"success":true}"#, #"{"success":false,"data":{"outcome":"recorded"}}"#, "{}"] {
            guard case .later = answer(200, body) else { return #expect(Bool(false), "\(body)") }
        }
        // A key that is refused answers for no weight, and is not asked about each second.
        #expect(
            answer(403, refusal) == .later(HubError(code: "weightOutOfRange", message: "m", retry: true, after: 60_000))
        )
        #expect(
            answer(503, refusal, after: "7")
                == .later(HubError(code: "weightOutOfRange", message: "m", retry: true, after: 7_000)))
    }

    @Test func `stations have their turns, what waits already is not taken twice, and health goes first`() {
        func weight(_ n: Int64, _ station: String = "1") -> StoredWeight {
            let weight = SettledWeight(grams: n * 1000, binding: nil, at: n, raw: [])
            return StoredWeight(
                topic: "ulsan/station/\(station)", boot: "b", n: n, weight: weight, offsetMillis: 0, offline: false,
                state: .pending)
        }
        var queue = RequestQueue()
        for n in 1...3 as ClosedRange<Int64> { queue.add(.weight(weight(n))) }
        queue.add(.again(weight(1, "2")))
        #expect(queue.next() == .weight(weight(1)))
        // Said once more, now as sent before.
        for n in 1...3 as ClosedRange<Int64> {
            var sent = weight(n)
            sent.state = .sent
            queue.add(.weight(sent))
        }
        for station in ["2", "3"] { queue.add(.weight(weight(1, station))) }
        let health = EdgeMessage.health(id: "h", key: "k", topic: "ulsan/station/1", .good)
        queue.add(health)
        let expected: [EdgeMessage] = [
            health, .weight(weight(1, "2")), .weight(weight(1, "3")), .weight(weight(2)), .weight(weight(3)),
            .again(weight(1, "2")),
        ]
        for message in expected {
            queue.answered()
            #expect(queue.next() == message)
        }
        queue.answered()
        #expect(queue.isEmpty && queue.next() == nil)
    }
}
