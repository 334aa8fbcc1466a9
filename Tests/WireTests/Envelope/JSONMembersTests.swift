import Foundation
import Testing

@testable import Wire

/// The members of a JSON text written as a string.
func members(_ json: String) throws(JSONMembers.Failure) -> JSONMembers { try JSONMembers(Array(json.utf8)) }

@Suite struct `JSON members` {
    @Test func `values are found with their exact bytes`() throws {
        let found = try members(#" { "a" : [1, {"b":2}] , "c":{ "d" : "e" },"f":-0.5E+3 , "g":null}"# + "\r\n\t ")
        #expect(found["a"].map { Array($0) } == Array(#"[1, {"b":2}]"#.utf8))
        #expect(found.object("c") == Array(#"{ "d" : "e" }"#.utf8))
        #expect(found["f"].map { Array($0) } == Array("-0.5E+3".utf8))
        #expect(found["d"] == nil, "members of members are not members")
        #expect(found.isMissingOrNull("g") && found.isMissingOrNull("h") && !found.isMissingOrNull("f"))
    }

    @Test func `an empty object has no members`() throws {
        #expect(try members("{}").isMissingOrNull("op"))
        #expect(try members(" {\n} ").isMissingOrNull("op"))
    }

    @Test func `every escape of RFC 8259 section 7 is understood`() throws {
        let found = try members(#"{"s":"\"\\\/\b\f\n\r\t\u0041\u00e9\uAC00\u0000"}"#)
        #expect(found.string("s") == "\"\\/\u{8}\u{C}\n\r\tA\u{E9}\u{AC00}\0")
    }

    @Test func `a name may be written with escapes`() throws {
        #expect(try members(#"{"\u006f\u0070":"ping"}"#).string("op") == "ping")
    }

    @Test func `names are compared byte by byte`() throws {
        // To Swift's strings the Kelvin sign is a K, and both spellings of é are one.
        let found = try members(#"{"api\u212aey":1,"api\#u{212A}ey":2,"caf\#u{E9}":3,"n\u0061me":4,"\ud83d":5}"#)
        #expect(found["apiKey"] == nil)
        #expect(found.integer("caf\u{E9}") == 3 && found["cafe\u{301}"] == nil)
        #expect(found.integer("name") == 4)
        #expect(found[""] == nil, "a name that is no text is no empty name either")
    }

    @Test func `text outside ASCII stands for itself`() throws {
        #expect(try members(#"{"s":"울산 제1계량대 🚛"}"#).string("s") == "울산 제1계량대 🚛")
    }

    @Test(arguments: [
        (#"\uD83D\uDE9B"#, "🚛"), (#"\ud83d\ude9b"#, "🚛"), (#"\uD800\uDC00"#, "\u{10000}"),
        (#"\uDBFF\uDFFF"#, "\u{10FFFF}"), (#"a\uD83D\uDE9Bb"#, "a🚛b"), (#"\uD7FF\uE000"#, "\u{D7FF}\u{E000}"),
    ])
    func `a pair of surrogates is one character`(escaped: String, expected: String) throws {
        #expect(try members(#"{"s":"\#(escaped)"}"#).string("s") == expected)
    }

    @Test(arguments: [
        #"\uD800"#, #"\uDC00"#, #"\uD800x"#, #"\uD800\n"#, #"\uD800\uD800"#, #"\uDC00\uD800"#, #"\uD83D\u0041"#,
        #"\uD83D\\uDE9B"#, #"\uD83D\uDE9"# + "B\\uD83D",
    ])
    func `a lone surrogate is JSON but no text`(escaped: String) throws {
        let found = try members(#"{"s":"\#(escaped)","n":1}"#)
        #expect(found.string("s") == nil)
        #expect(!found.isMissingOrNull("s"))
        #expect(found.integer("n") == 1)
    }

    @Test(arguments: [
        #"{"s":"\x41"}"#, #"{"s":"\u12"}"#, #"{"s":"\u12G4"}"#, #"{"s":"\U0041"}"#, #"{"s":"\'"}"#, #"{"s":"\"}"#,
        "{\"s\":\"a\nb\"}", "{\"s\":\"a\tb\"}", "{\"s\":\"\0\"}", "{\"s\":\"\u{1F}\"}", "{'s':1}", "{s:1}", "{1:1}",
    ])
    func `what is no string is refused`(json: String) {
        #expect(throws: JSONMembers.Failure.self) { try members(json) }
    }

    @Test func `delete and line separators need no escape`() throws {
        #expect(try members("{\"s\":\"\u{7F}\u{2028}\"}").string("s") == "\u{7F}\u{2028}")
    }

    @Test func `bytes that are not UTF-8 are no text`() throws {
        let found = try JSONMembers(Array(#"{"s":""#.utf8) + [0xFF, 0xC0] + Array(#"","t":"ok"}"#.utf8))
        #expect(found.string("s") == nil)
        #expect(found.string("t") == "ok")
    }

    @Test(arguments: ["0", "-0", "7", "-7", "10", "0.0", "1.25", "-1.5", "1e5", "1E5", "1e+5", "1e-5", "0e0", "1.5e10"])
    func `numbers of RFC 8259 section 6 are taken`(number: String) throws {
        #expect(try members(#"{"n":\#(number)}"#)["n"].map { String(decoding: $0, as: UTF8.self) } == number)
    }

    @Test(arguments: [
        "01", "-01", "00", "+1", ".5", "-.5", "1.", "1.e3", "1e", "1e+", "1E-", "-", "--1", "0x10", "1_000", "NaN",
        "Infinity", "-Infinity", "1 2", "1,", "１",
    ])
    func `what is no number is refused`(number: String) {
        #expect(throws: JSONMembers.Failure.self) { try members(#"{"n":\#(number)}"#) }
    }

    @Test func `whole numbers reach to the ends of Int64 and no further`() throws {
        let found = try members(
            #"""
            {"max":9223372036854775807,"min":-9223372036854775808,"over":9223372036854775808,
            "under":-9223372036854775809,"fraction":1.0,"exponent":1e3,"text":"5","zero":-0,"list":[5]}
            """#)
        #expect(found.integer("max") == .max)
        #expect(found.integer("min") == .min)
        #expect(found.integer("zero") == 0)
        for name in ["over", "under", "fraction", "exponent", "text", "list", "absent"] {
            #expect(found.integer(name) == nil, "\(name)")
        }
    }

    @Test(arguments: ["true", "false", "null", "[]", "{}", "[ ]", "[[],{}]", "[true,false,null,\"\",0]"])
    func `literals and containers are taken`(value: String) throws {
        let found = try members(#"{"v":\#(value),"w":1}"#)
        #expect(found["v"].map { String(decoding: $0, as: UTF8.self) } == value)
        #expect(found.integer("w") == 1)
        #expect(found.string("v") == nil && found.integer("v") == nil)
    }

    @Test(arguments: [
        "tru", "True", "TRUE", "nul", "nil", "falsee", "[", "]", "[1", "[1,]", "[,1]", "[1 2]", "{", "{\"a\"}",
        "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "", "\"", "undefined", "/**/1", "1//", "\u{A0}1",
    ])
    func `what is no value is refused`(value: String) {
        #expect(throws: JSONMembers.Failure.self) { try members(#"{"v":\#(value)}"#) }
    }

    @Test func `the last of a repeated name counts`() throws {
        let found = try members(#"{"op":"cmd","n":1,"op":"ping","n":null,"\u006fp":"sub"}"#)
        #expect(found.string("op") == "sub")
        #expect(found.isMissingOrNull("n"))
    }

    @Test(arguments: ["x", "}", "{}", ",", "1", "\0", "null"])
    func `nothing may follow the object`(rest: String) {
        #expect(throws: JSONMembers.Failure.notJSON(at: 8)) { try members(#"{"a":1} "# + rest) }
    }

    @Test(arguments: ["[]", "1", "\"op\"", "null", "true", "[{\"op\":\"ping\"}]", "\u{FEFF}{}", "x"])
    func `a text that is no object is refused as such`(json: String) {
        #expect(throws: JSONMembers.Failure.notAnObject) { try members(json) }
    }

    @Test(arguments: ["", " ", "\n\t\r "])
    func `nothing at all is no JSON`(json: String) {
        #expect(throws: JSONMembers.Failure.notJSON(at: json.utf8.count)) { try members(json) }
    }

    @Test(arguments: [("[", "]"), ("{\"a\":", "}")])
    func `depth 32 is taken and depth 33 refused`(open: String, close: String) throws {
        func nested(_ count: Int) -> String {
            let inner = open == "[" ? "[]" : "{}"
            return #"{"v":"# + String(repeating: open, count: count - 2) + inner
                + String(repeating: close, count: count - 2) + "}"
        }
        _ = try members(nested(JSONMembers.depthMax))
        #expect(throws: JSONMembers.Failure.tooDeep) { try members(nested(JSONMembers.depthMax + 1)) }
        #expect(throws: JSONMembers.Failure.tooDeep) { try members(nested(200_000)) }
    }

    @Test func `siblings do not add up to depth`() throws {
        let many = Array(repeating: "[[]]", count: 1000).joined(separator: ",")
        _ = try members(#"{"v":[\#(many)]}"#)
    }

    @Test func `a text of four megabytes is walked through`() throws {
        let long = String(repeating: "가", count: 1 << 20)
        let list = Array(repeating: #"{"n":123,"s":"\n"}"#, count: 50_000).joined(separator: ",")
        let found = try members(#"{"long":"\#(long)","list":[\#(list)],"op":"ping"}"#)
        #expect(found.string("long")?.utf8.count == 3 << 20)
        #expect(found.string("op") == "ping")
    }

    private let sample = #"""
        {"op":"cmd","id":"a\u00e9\\","key":"k-1","topic":"ulsan/queue/main","expect":-12.5e+3,
        "args":{"list":[1,true,false,null,"\ud83d\ude9b"],"empty":{},"none":[]}}
        """#

    @Test func `every truncation of a text is refused`() throws {
        let bytes = Array(sample.utf8)
        _ = try JSONMembers(bytes)
        for count in 0..<bytes.count {
            #expect(throws: JSONMembers.Failure.notJSON(at: count), "\(count) of \(bytes.count) bytes") {
                try JSONMembers(Array(bytes[..<count]))
            }
        }
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `random bytes are taken or refused and never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]",:\/ubfnrt0123456789eE+-. truefalsnD8dC"#.utf8) + [0, 0x0A, 0x1F, 0x7F, 0x80, 0xFF]
        var bytes = Array(#"{"op":"#.utf8)
        for _ in 0..<Int.random(in: 0...80, using: &random) {
            bytes.append(alphabet.randomElement(using: &random) ?? 0)
        }
        touch(bytes)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `a text with random bytes changed is judged as another parser judges it`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array(sample.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            // ASCII only: the scanner leaves UTF-8 to the frame layer, the other parser does not.
            bytes[place] = UInt8.random(in: 0x20...0x7E, using: &random)
        }
        touch(bytes)
        guard (try? JSONMembers(bytes)) == nil else { return }
        let other = try? JSONSerialization.jsonObject(with: Data(bytes))
        #expect(other == nil, "refused, but it is JSON: \(String(decoding: bytes, as: UTF8.self))")
    }

    /// Reads everything there is to read; the assertion is to come back.
    private func touch(_ bytes: [UInt8]) {
        guard let found = try? JSONMembers(bytes) else { return }
        for name in ["op", "id", "key", "topic", "expect", "args", ""] {
            _ = found.string(name)
            _ = found.integer(name)
            _ = found.object(name)
        }
        _ = try? ClientMessage(bytes)
    }
}

@Suite struct `JSON writer` {
    @Test func `what it writes is read back`() throws {
        var writer = JSONWriter()
        writer.member("text", "\"\\/\u{0}\u{1}\u{8}\t\n\u{C}\r\u{1F}\u{7F}é가🚛\u{2028}")
        writer.member("max", Int64.max)
        writer.member("min", Int64.min)
        writer.member("yes", true)
        writer.member("no", false)
        writer.member("raw", json: Array("[1, 2]".utf8))
        writer.null("none")
        let bytes = writer.finish()
        let found = try JSONMembers(bytes)
        #expect(found.string("text") == "\"\\/\u{0}\u{1}\u{8}\t\n\u{C}\r\u{1F}\u{7F}é가🚛\u{2028}")
        #expect(found.integer("max") == .max)
        #expect(found.integer("min") == .min)
        let other = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(other["text"] as? String == found.string("text"))
        #expect(other["yes"] as? Bool == true && other["no"] as? Bool == false)
        #expect(other["raw"] as? [Int] == [1, 2])
        #expect(other["none"] is NSNull)
    }

    @Test func `an object without members is empty`() {
        var writer = JSONWriter()
        #expect(writer.finish() == Array("{}".utf8))
    }

    @Test func `only what JSON demands is escaped`() {
        var bytes: [UInt8] = []
        JSONWriter.append("a/\u{7F}é\"\\\n\u{1F}", to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "\"a/\u{7F}é\\\"\\\\\\u000a\\u001f\"")
    }

    @Test func `every control character comes back as itself`() throws {
        for code in 0..<0x80 as Range<UInt8> {
            let character = String(UnicodeScalar(code))
            var writer = JSONWriter()
            writer.member("s", character)
            let bytes = writer.finish()
            #expect(bytes.allSatisfy { $0 >= 0x20 })
            #expect(try JSONMembers(bytes).string("s") == character)
        }
    }
}
