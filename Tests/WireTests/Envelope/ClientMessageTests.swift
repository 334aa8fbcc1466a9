import Testing

@testable import Wire

private func read(_ json: String) throws(EnvelopeError) -> ClientMessage { try ClientMessage(Array(json.utf8)) }

/// Why the hub refuses `json`; nil when it does not.
private func refusal(_ json: String) -> EnvelopeError? {
    do throws(EnvelopeError) {
        _ = try read(json)
        return nil
    } catch {
        return error
    }
}

private func letters(_ count: Int) -> String { String(repeating: "x", count: count) }

/// A frame that is right, whose fields can be replaced (with JSON) or left out.
private struct Sample: Sendable, CustomTestStringConvertible {
    var fields: [String: String]

    init(_ op: String, _ fields: [String: String]) {
        self.fields = fields
        self.fields["op"] = "\"\(op)\""
    }

    var testDescription: String { fields["op"] ?? "" }

    func json(_ name: String, _ value: String?) -> String {
        var fields = fields
        fields[name] = value
        return "{" + fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    var json: String { json("op", fields["op"]) }

    static let hello = Sample("hello", ["token": #""t""#, "build": #""b""#])
    static let device = Sample("hello", ["apiKey": #""k""#])
    static let refresh = Sample("refresh", ["token": #""t""#])
    static let sub = Sample(
        "sub", ["id": #""i""#, "topic": #""ulsan/queue/main""#, "cursor": #"{"epoch":"e","seq":3}"#])
    static let unsub = Sample("unsub", ["id": #""i""#, "topic": #""ulsan/queue/main""#])
    static let cmd = Sample(
        "cmd",
        [
            "id": #""i""#, "key": #""k""#, "topic": #""ulsan/queue/main""#, "name": #""callNext""#,
            "args": #"{"station":"1"}"#, "expect": "7",
        ])
    static let live = Sample("w", ["topic": #""ulsan/station/1""#, "live": #"{"grams":1}"#])
    static let settled = Sample(
        "w",
        [
            "topic": #""ulsan/station/1""#, "boot": #""b""#, "n": "17", "binding": #""B1""#,
            "reading": #"{"grams":2}"#,
        ])
    static let again = Sample("again", settled.fields)

    static let all = [hello, device, refresh, sub, unsub, cmd, live, settled, again]
}

@Suite struct `Client messages` {
    @Test func `every op is read with its fields`() throws {
        #expect(try read(Sample.hello.json) == .hello(token: "t", build: "b"))
        #expect(try read(Sample.device.json) == .helloDevice(apiKey: "k"))
        #expect(try read(Sample.refresh.json) == .refresh(token: "t"))
        #expect(
            try read(Sample.sub.json)
                == .subscribe(
                    id: "i", topic: "ulsan/queue/main", cursor: ClientMessage.Cursor(epoch: "e", seq: 3)))
        #expect(try read(Sample.unsub.json) == .unsubscribe(id: "i", topic: "ulsan/queue/main"))
        #expect(
            try read(Sample.cmd.json)
                == .command(
                    ClientMessage.Command(
                        id: "i", key: "k", topic: "ulsan/queue/main", name: "callNext",
                        arguments: Array(#"{"station":"1"}"#.utf8), expected: 7)))
        #expect(
            try read(Sample.live.json) == .live(topic: "ulsan/station/1", value: Array(#"{"grams":1}"#.utf8)))
        #expect(
            try read(Sample.settled.json)
                == .settled(
                    ClientMessage.Settled(
                        topic: "ulsan/station/1", boot: "b", n: 17, binding: "B1",
                        reading: Array(#"{"grams":2}"#.utf8))))
        #expect(
            try read(Sample.again.json)
                == .settled(
                    ClientMessage.Settled(
                        topic: "ulsan/station/1", boot: "b", n: 17, binding: "B1",
                        reading: Array(#"{"grams":2}"#.utf8), again: true)))
        #expect(try read(Sample.again.json("live", "{}")) == read(Sample.again.json), "only what settled comes again")
        #expect(try read(#"{"op":"ping"}"#) == .ping)
    }

    @Test(arguments: Sample.all)
    private func `fields that nobody knows are ignored`(sample: Sample) throws {
        let plain = try read(sample.json)
        #expect(try read(sample.json("later", #"[{"a":[1]}]"#)) == plain)
    }

    @Test(arguments: [
        (Sample.hello, "build"), (Sample.sub, "cursor"), (Sample.cmd, "args"), (Sample.cmd, "expect"),
        (Sample.settled, "binding"),
    ])
    private func `what may be missing may also be null`(sample: Sample, field: String) throws {
        let without = try read(sample.json(field, nil))
        #expect(try read(sample.json(field, "null")) == without)
        #expect(try read(sample.json) != without)
    }

    @Test func `a command without arguments has none`() throws {
        guard case .command(let command) = try read(Sample.cmd.json("args", nil)) else {
            Issue.record("no command")
            return
        }
        #expect(command.arguments == Array("{}".utf8))
    }

    @Test(arguments: [
        (Sample.hello, "token"), (Sample.device, "apiKey"), (Sample.refresh, "token"), (Sample.sub, "id"),
        (Sample.sub, "topic"), (Sample.unsub, "id"), (Sample.unsub, "topic"), (Sample.cmd, "id"), (Sample.cmd, "key"),
        (Sample.cmd, "topic"), (Sample.cmd, "name"), (Sample.live, "topic"), (Sample.settled, "topic"),
        (Sample.settled, "boot"), (Sample.settled, "n"), (Sample.settled, "reading"), (Sample.again, "topic"),
        (Sample.again, "boot"), (Sample.again, "n"), (Sample.again, "reading"),
    ])
    private func `a field that must be there is named when it is missing, null or wrong`(
        sample: Sample, field: String
    ) throws {
        // Without its key a hello is one with a token.
        let missing = field == "apiKey" ? "token" : field
        #expect(refusal(sample.json(field, nil))?.code == .badField(missing))
        #expect(refusal(sample.json(field, "null"))?.code == .badField(missing))
        for wrong in ["5.5", "true", "[]", #""""#, #"["x"]"#, #""\ud800""#] {
            #expect(refusal(sample.json(field, wrong))?.code == .badField(field), "\(wrong)")
        }
    }

    @Test(arguments: [
        (Sample.sub, "cursor", "5"), (Sample.sub, "cursor", "{}"), (Sample.sub, "cursor", #"{"epoch":"e"}"#),
        (Sample.sub, "cursor", #"{"seq":1}"#), (Sample.sub, "cursor", #"{"epoch":"e","seq":-1}"#),
        (Sample.sub, "cursor", #"{"epoch":"e","seq":1.5}"#), (Sample.sub, "cursor", #"{"epoch":1,"seq":1}"#),
        (Sample.sub, "cursor", #"["e",1]"#), (Sample.cmd, "args", "[]"), (Sample.cmd, "args", #""{}""#),
        (Sample.cmd, "args", "5"), (Sample.cmd, "expect", #""7""#), (Sample.cmd, "expect", "1.5"),
        (Sample.cmd, "expect", "9223372036854775808"), (Sample.settled, "n", "0"), (Sample.settled, "n", "-1"),
        (Sample.settled, "n", "1.0"), (Sample.settled, "n", #""1""#), (Sample.settled, "binding", "5"),
        (Sample.settled, "binding", #""""#), (Sample.settled, "reading", "[]"), (Sample.settled, "reading", "40"),
        (Sample.live, "live", "40"), (Sample.live, "live", "[]"), (Sample.live, "live", #""40""#),
    ])
    private func `a field of the wrong shape is named`(sample: Sample, field: String, value: String) {
        #expect(refusal(sample.json(field, value))?.code == .badField(field))
    }

    @Test(arguments: [
        (Sample.sub, "id", 64), (Sample.unsub, "id", 64), (Sample.cmd, "id", 64), (Sample.cmd, "key", 64),
        (Sample.cmd, "name", 64), (Sample.settled, "boot", 64), (Sample.settled, "binding", 64),
        (Sample.sub, "topic", 256), (Sample.unsub, "topic", 256), (Sample.cmd, "topic", 256),
        (Sample.live, "topic", 256), (Sample.settled, "topic", 256), (Sample.hello, "token", 4096),
        (Sample.refresh, "token", 4096), (Sample.device, "apiKey", 256),
    ])
    private func `a field is taken at its bound and refused past it`(sample: Sample, field: String, max: Int) throws {
        _ = try read(sample.json(field, "\"\(letters(1))\""))
        _ = try read(sample.json(field, "\"\(letters(max))\""))
        #expect(refusal(sample.json(field, "\"\(letters(max + 1))\""))?.code == .badField(field))
    }

    @Test func `lengths are counted in bytes`() throws {
        let hangul = String(repeating: "가", count: 85)
        _ = try read(Sample.sub.json("topic", "\"\(hangul)x\""))
        #expect(refusal(Sample.sub.json("topic", "\"\(hangul)xx\""))?.code == .badField("topic"))
        // Six bytes of escape are one of text.
        let escaped = String(repeating: #"\u0078"#, count: 64)
        _ = try read(Sample.sub.json("id", "\"\(escaped)\""))
    }

    @Test(arguments: [" ", "a b", #"\n"#, #"\u0000"#, "한", "é", #"\""#, #"\\"#, "\u{7F}"])
    func `a label is made of visible ASCII`(label: String) {
        for (sample, field) in [
            (Sample.sub, "id"), (.cmd, "id"), (.cmd, "key"), (.cmd, "name"), (.settled, "boot"), (.settled, "binding"),
        ] {
            #expect(refusal(sample.json(field, "\"\(label)\""))?.code == .badField(field))
        }
    }

    @Test func `a key holds letters, digits and five signs`() throws {
        _ = try read(Sample.cmd.json("key", #""AZaz09-_.:/""#))
        for sign in "!#$%&'()*+,;<=>?@[]^`{|}~" {
            #expect(refusal(Sample.cmd.json("key", "\"k\(sign)\""))?.code == .badField("key"), "\(sign)")
        }
    }

    @Test func `a live value wins over a settled one in the same frame`() throws {
        let both = Sample.settled.json("live", #"{"grams":1}"#)
        #expect(try read(both) == .live(topic: "ulsan/station/1", value: Array(#"{"grams":1}"#.utf8)))
    }

    @Test func `an error carries the id of the frame`() {
        #expect(refusal(#"{"op":"cmd","id":"c-9"}"#)?.id == "c-9")
        #expect(refusal(#"{"op":"sub","id":"s-1","topic":5}"#)?.id == "s-1")
        #expect(refusal(#"{"op":"dance","id":"d-1"}"#)?.id == "d-1")
        #expect(refusal(#"{"id":"n-1"}"#)?.id == "n-1")
        #expect(refusal(#"{"op":"cmd","id":"\#(letters(64))"}"#)?.id == letters(64))
    }

    @Test func `an id that is too long or no text is not echoed`() {
        #expect(refusal(#"{"op":"cmd","id":"\#(letters(65))"}"#)?.id == nil)
        #expect(refusal(#"{"op":"cmd","id":5}"#)?.id == nil)
        #expect(refusal(#"{"op":"cmd","id":"\ud800"}"#)?.id == nil)
    }

    @Test(arguments: ["dance", "", "Ping", "ping ", "welcome", "SUB"])
    func `an op that nobody knows is refused by its name`(op: String) {
        let error = refusal("{\"op\":\"\(op)\"}")
        #expect(error?.code == .unknownOp)
        #expect(error?.expected == op)
    }

    @Test(arguments: ["{}", #"{"op":5}"#, #"{"op":null}"#, #"{"op":["ping"]}"#, #"{"op":"\ud800"}"#, #"{"Op":"ping"}"#])
    func `a frame without an op says so`(json: String) {
        #expect(refusal(json)?.code == .badField("op"))
    }

    @Test func `of an unknown op only the beginning is repeated`() {
        let long = refusal("{\"op\":\"\(letters(5000))\"}")
        #expect(long?.expected == letters(32))
        // One character to the eye, five thousand scalars.
        let stacked = "e" + String(repeating: "\u{301}", count: 5000)
        #expect((refusal("{\"op\":\"\(stacked)\"}")?.expected.utf8.count ?? 0) <= 128)
    }

    @Test func `text that is no JSON object is refused with the place`() {
        #expect(refusal("{\"op\":}")?.code == .badJSON)
        #expect(refusal("{\"op\":}")?.expected == "7번째 바이트부터 JSON이 아닙니다")
        #expect(refusal("[]")?.expected == "JSON 객체여야 합니다")
        let deep = String(repeating: "[", count: 40)
        #expect(refusal("{\"op\":\(deep)")?.expected == "32단계보다 깊습니다")
        #expect(refusal("")?.code == .badJSON)
        #expect(refusal(#"{"op":"ping","id":"i""#)?.id == nil)
    }

    @Test(arguments: Sample.all)
    private func `every truncation of a frame is refused`(sample: Sample) {
        let bytes = Array(sample.json.utf8)
        for count in 0..<bytes.count {
            #expect(throws: EnvelopeError.self) { try ClientMessage(Array(bytes[..<count])) }
        }
    }
}
