import NIOCore
import Testing

@testable import Edge

/// What requests say and what is made of their answers.
@Suite struct RequestTests {
    @Test func `addresses stand beside the WebSocket, also behind a proxy with a path`() throws {
        let plain = RequestURLs(
            try HubAddress(parsing: "ws://10.0.0.5:8080/ws"), topics: ["ulsan/station/1", "ulsan/queue/main"])
        #expect(plain.stream == "http://10.0.0.5:8080/api/v1/stream?topic=ulsan/station/1&topic=ulsan/queue/main")
        let proxied = RequestURLs(try HubAddress(parsing: "wss://hub.example/yard/ws?x=1"), topics: ["울산/station/1"])
        #expect(proxied.stream == "https://hub.example/yard/api/v1/stream?topic=%EC%9A%B8%EC%82%B0/station/1")
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
        #expect(answer(200) == .done)
        #expect(answer(422, refusal) == .refused(HubError(code: "weightOutOfRange", message: "m")))
        #expect(answer(401, refusal) == .denied(HubError(code: "weightOutOfRange", message: "m")))
        // A proxy's page between the hub and us says nothing about the weight.
        for status in [302, 404, 413, 422, 500, 502] as [UInt] {
            guard case .later = answer(status, "<html>") else { return #expect(Bool(false), "\(status)") }
        }
        #expect(
            answer(503, refusal, after: "7")
                == .later(HubError(code: "weightOutOfRange", message: "m", retry: true, after: 7_000)))
    }
}
