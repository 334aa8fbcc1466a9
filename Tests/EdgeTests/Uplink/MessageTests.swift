import FoundationEssentials
import Testing

@testable import Edge

@Suite struct MessageTests {
    @Test("a settled weight is written as the protocol says, nulls included")
    func weight() {
        let weight = SettledWeight(grams: 40_460_000, binding: nil, at: 1_700, raw: [0x02, 0xC4])
        let stored = StoredWeight(
            topic: "ulsan/station/1", boot: "0a", n: 17, weight: weight, offsetMillis: 12, offline: true,
            state: .pending)
        #expect(
            EdgeMessage.weight(stored).json == """
                {"binding":null,"boot":"0a","n":17,"op":"w","reading":{"at":1700,"grams":40460000,"offline":true,\
                "offsetMillis":12,"raw":"02c4","stable":true},"topic":"ulsan/station/1"}
                """)
        #expect(
            EdgeMessage.again(stored).json
                == EdgeMessage.weight(stored).json.replacing(#""op":"w""#, with: #""op":"again""#),
            "the same but for its name: the hub compares what it has with what comes")
    }

    @Test("a live weight without a number says null")
    func live() {
        let live = LiveWeight(grams: nil, state: .over, at: 5)
        #expect(
            EdgeMessage.live(topic: "t", live).json
                == #"{"live":{"at":5,"grams":null,"state":"over"},"op":"w","topic":"t"}"#)
    }

    @Test("hello and sub are written as the protocol says")
    func hello() {
        #expect(EdgeMessage.hello(apiKey: "k", build: nil).json == #"{"apiKey":"k","op":"hello"}"#)
        let cursor = Cursor(epoch: .text("e"), seq: 4)
        #expect(
            EdgeMessage.subscribe(id: "s0", topic: "t", cursor: cursor).json
                == #"{"cursor":{"epoch":"e","seq":4},"id":"s0","op":"sub","topic":"t"}"#)
    }

    @Test(
        "the hub's frames are read; unknown fields are ignored, unknown ops are other",
        arguments: [
            (
                #"{"op":"welcome","session":"s","epoch":"e","now":7,"extra":[1]}"#,
                HubMessage.welcome(epoch: .text("e"), now: 7)
            ),
            (#"{"op":"tick","now":9}"#, .tick(now: 9)),
            (#"{"op":"drain","after":250}"#, .drain(afterMillis: 250)),
            (
                #"{"op":"snapshot","id":"s0","topic":"t","epoch":"e","seq":4,"at":1,"data":{"id":"1","binding":{"id":"b","plate":"12가3456","pass":2,"expectedTareGrams":9},"awaitingZero":false,"paused":null,"divisionGrams":20000}}"#,
                .snapshot(
                    topic: "t", cursor: Cursor(epoch: .text("e"), seq: 4),
                    station: StationView(
                        binding: Binding(id: "b", plate: "12가3456", pass: 2, expectedTareGrams: 9),
                        divisionGrams: 20_000))
            ),
            (
                #"{"op":"snapshot","topic":"t","epoch":3,"seq":4,"at":1,"data":{"id":"1","binding":null}}"#,
                .snapshot(
                    topic: "t", cursor: Cursor(epoch: .number(3), seq: 4),
                    station: StationView(binding: nil, divisionGrams: nil))
            ),
            (
                #"{"op":"event","topic":"t","seq":5,"prev":4,"at":1,"name":"bound","data":{"binding":{"id":"b"}}}"#,
                .event(topic: "t", seq: 5, prev: 4, .bound(Binding(id: "b")))
            ),
            (
                #"{"op":"event","topic":"t","seq":5,"prev":4,"at":1,"name":"unbound","data":{"binding":"b","reason":"x"}}"#,
                .event(topic: "t", seq: 5, prev: 4, .unbound(binding: "b"))
            ),
            (
                #"{"op":"event","topic":"t","seq":5,"prev":4,"at":1,"name":"linked","data":{}}"#,
                .event(topic: "t", seq: 5, prev: 4, .other("linked"))
            ),
            (
                #"{"op":"ack","topic":"t","boot":"b","n":3,"refused":[{"n":2,"code":"late"}]}"#,
                .ack(topic: "t", boot: "b", n: 3, refused: [2: "late"])
            ),
            (
                #"{"op":"ack","topic":"t","boot":"b","n":3,"again":true}"#,
                .ack(topic: "t", boot: "b", n: 3, again: true, refused: [:])
            ),
            (
                #"{"op":"error","id":"s0","error":{"code":"forbidden","params":{},"message":"안 됩니다","retry":false,"after":null}}"#,
                .error(id: "s0", HubError(code: "forbidden", message: "안 됩니다", retry: false, params: [:]))
            ),
            (#"{"op":"pong","now":1}"#, .other(op: "pong")),
        ])
    func reads(_ json: String, _ message: HubMessage) throws {
        #expect(try HubMessage(json: json.utf8) == message)
    }

    @Test("fault and recover are commands with arguments, as the protocol says")
    func health() {
        #expect(
            EdgeMessage.health(id: "c1", key: "a-1", topic: "t", .noData).json
                == #"{"args":{"code":"NO_DATA"},"id":"c1","key":"a-1","name":"fault","op":"cmd","topic":"t"}"#)
        #expect(
            EdgeMessage.health(id: "c2", key: "a-2", topic: "t", .good).json
                == #"{"args":{},"id":"c2","key":"a-2","name":"recover","op":"cmd","topic":"t"}"#)
    }

    @Test("the answer to a command is read, with its error where there is one")
    func reply() throws {
        let taken = #"{"op":"reply","id":"c1","ok":true,"seq":9}"#
        #expect(try HubMessage(json: taken.utf8) == HubMessage.reply(id: "c1", nil))
        let busy = #"{"op":"reply","id":"c1","ok":false,"error":{"code":"busy","params":{},"retry":true,"after":250}}"#
        let error = HubError(code: "busy", retry: true, after: 250, params: [:])
        #expect(try HubMessage(json: busy.utf8) == HubMessage.reply(id: "c1", error))
        #expect(throws: DecodingError.self) {
            try HubMessage(json: #"{"op":"reply","id":"c1","ok":false}"#.utf8)
        }
    }

    @Test(
        "an event that is known by name keeps its place when its data cannot be read",
        arguments: [
            #"{"op":"event","topic":"t","seq":5,"prev":4,"at":1,"name":"bound","data":{"binding":7}}"#,
            #"{"op":"event","topic":"t","seq":5,"prev":4,"at":1,"name":"bound","data":[]}"#,
            #"{"op":"event","topic":"t","seq":5,"prev":4,"at":1,"name":"bound"}"#,
        ])
    func unreadable(_ json: String) throws {
        #expect(try HubMessage(json: json.utf8) == HubMessage.event(topic: "t", seq: 5, prev: 4, .unreadable("bound")))
    }

    @Test(
        "a name is shown to the hub's certificate, an address never",
        arguments: [
            ("wss://hub.example/ws", "hub.example"), ("wss://beef/ws", "beef"),
            ("wss://4you.example:8443/ws", "4you.example"),
            ("wss://10.0.0.5/ws", nil), ("wss://127.1:8443/ws", nil), ("wss://[fd00::beef]/ws", nil),
            ("wss://[fe80::1%eth0]:8443/ws", nil), ("wss://[::ffff:10.0.0.5]/ws", nil),
        ] as [(String, String?)])
    func serverName(_ text: String, _ name: String?) throws {
        #expect(try HubAddress(parsing: text).serverName == name)
    }

    @Test("a hub's address is read, and a bad one says what was expected")
    func address() throws {
        let plain = try HubAddress(parsing: "ws://127.0.0.1:8080/ws")
        #expect(!plain.secure && plain.host == "127.0.0.1" && plain.port == 8080 && plain.target == "/ws")
        let secure = try HubAddress(parsing: "wss://hub.example/ws")
        #expect(secure.secure && secure.port == 443 && secure.authority == "hub.example")
        #expect(try HubAddress(parsing: "ws://[::1]:80/").authority == "[::1]")
        for text in ["http://hub/ws", "ws://", "ws://hub:0/ws", "ws://hub:x/ws", "hub", "ws://hub/ws#a"] {
            let error = #expect(throws: HubAddressError.self) { try HubAddress(parsing: text) }
            #expect(error?.description.contains("expected ws://") == true)
        }
    }
}
