import Testing

@testable import Actors

/// The coder of the core against Foundation's, which wrote every journal before it.
@Suite("JSON of the core is that of Foundation")
struct JSONOracleTests {
    /// Reads each text with both; the journal's types, whole errors.
    private static func compare<Value: Codable>(
        _ type: Value.Type, _ texts: [[UInt8]], _ location: SourceLocation = #_sourceLocation
    ) {
        for text in texts {
            let (ours, theirs) = (Reading.ours(type, text), Reading.foundation(type, text))
            #expect(ours == theirs, "\(String(decoding: text, as: UTF8.self))", sourceLocation: location)
        }
    }

    private static func compare<Event>(_ goldens: [Golden<Event>], _ location: SourceLocation = #_sourceLocation) {
        var random = SplitMix64(seed: 1)
        for golden in goldens {
            let text = Array(golden.json.utf8)
            #expect(JSON.encode(golden.event) == foundationJSON(golden.event), sourceLocation: location)
            compare(Event.self, [text], location)
            compare(Event.self, (0..<60).map { _ in random.mutated(text) }, location)
            compare(Event.self, (0..<60).map { _ in random.withAnotherValue(text) }, location)
        }
    }

    @Test("events of the journal, whole, damaged, and with values of other types")
    func journal() {
        Self.compare(OrderGoldenTests.all)
        Self.compare(WaitQueueGoldenTests.all)
        Self.compare(WeighStationGoldenTests.all)
        Self.compare(WeighRegisterGoldenTests.all)
        Self.compare(WeighTicketGoldenTests.all)
    }

    @Test("commands, damaged and with values of other types")
    func commands() {
        var random = SplitMix64(seed: 2)
        let texts = [
            #"{"assign":{"driverContact":"010-1234-5678","driverName":"김기사","plate":"부산80바1234"}}"#,
            #"{"lock":{"type":"EDIT"}}"#, #"{"unlock":{}}"#, #"{"remark":{"text":"\"문\" 앞\n"}}"#,
            #"{"setStatus":{"status":"COMPLETE","unknown":[1,{"a":null}]}}"#,
        ]
        for text in texts.map({ Array($0.utf8) }) {
            Self.compare(Order.Command.self, [text])
            Self.compare(Order.Command.self, (0..<400).map { _ in random.mutated(text) })
            Self.compare(Order.Command.self, (0..<100).map { _ in random.withAnotherValue(text) })
        }
    }

    @Test("random values of every type, and their texts, damaged and with values of other types")
    func everything() throws {
        var random = SplitMix64(seed: 3)
        for _ in 0..<400 {
            let value = Everything.random(&random)
            let text = JSON.encode(value)
            #expect(text == foundationJSON(value))
            #expect(try JSON.decode(Everything.self, from: text) == value)
            Self.compare(Everything.self, (0..<4).map { _ in random.mutated(text) })
            Self.compare(Everything.self, (0..<4).map { _ in random.withAnotherValue(text) })
        }
    }

    /// Which of two bad values is found first depends on the order of a dictionary: the errors differ even between two runs.
    @Test("random dictionaries, small and big")
    func dictionaries() throws {
        var random = SplitMix64(seed: 4)
        for _ in 0..<300 {
            let command = Master.Command.create(fields: random.fields())
            let text = JSON.encode(command)
            #expect(text == foundationJSON(command))
            for text in [text] + (0..<8).map({ _ in random.mutated(text) }) {
                let ours = Reading.ours(Master.Command.self, text)
                let theirs = Reading.foundation(Master.Command.self, text)
                if case .refused = ours, case .refused = theirs { continue }
                #expect(ours == theirs, "\(String(decoding: text, as: UTF8.self))")
            }
        }
    }

    @Test("what JSON leaves open")
    func corners() {
        let numbers = [
            "0", "-0", "00", "01", "-", "-01", "1.", ".5", "1.0", "1.5", "1e2", "1E+2", "1e-2", "100e-2", "1e", "1e+",
            "1.e2",
            "+1", "1-", "1.2.3", "1e2e3", "0x10", "1_000", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "-9223372036854775809", "9223372036854775807.0", "9007199254740993.0", "1e18",
            "1e19",
            "90071992547409930000e-4", "9007199254740994.12345", "9007199254740993.9", "0.0009007199254740993e19",
            "123456789012345678901234567890", "1e400", "-1e400", "1e-400", "0e-400", "5e-324", "1e999999999999", "NaN",
        ]
        for text in numbers.flatMap({ [$0, "[\($0)]", " \($0) "] }).map({ Array($0.utf8) }) {
            Self.compare(Int64.self, [text])
            Self.compare([Int].self, [text])
            Self.compare(Double.self, [text])
            Self.compare([Double?].self, [text])
            Self.compare(UInt8.self, [text])
            Self.compare(UInt64.self, [text])
        }
        let strings = [
            "", "a", #"\""#, #"\\"#, #"\/"#, #"\b\f\n\r\t"#, #"\u0000"#, #"\u00e9\u00E9"#, #"\uD83D\uDE9A"#, #"\uD83D"#,
            #"\uDE9A"#, #"\uD83Dx"#, #"\uD83D\u0041"#, #"\u12"#, #"\u12G4"#, #"\x"#, #"\"#, "\u{0}", "\u{1F}", "\t",
            "\u{7F}",
            "\u{2028}", "\u{10FFFF}",
        ].map { Array("[\"".utf8) + Array($0.utf8) + Array("\"]".utf8) }
        let bytes: [[UInt8]] = [
            [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBF, 0xBF],
        ]
        Self.compare([String].self, strings + bytes.map { Array("[\"".utf8) + $0 + Array("\"]".utf8) })
        let texts = [
            "", " ", "nul", "nulll", "null", "true", "tru", "fals", "[]", "[", "]", "[,]", "[\"a\",]", "[\"a\",,]",
            "[\"a\" \"b\"]",
            "{}", "{", "{,}", #"{"a"}"#, #"{"a":}"#, #"{"a":"b",}"#, #"{"a":"b","a":"c"}"#, #"{"a":1,"\u0061":"c"}"#,
            #"{"\u0061":"c"}"#, #"{"a":"b"} x"#, #"{"a":"b"}{"#, "\u{FEFF}{}", "\u{FEFF}\u{FEFF}{}", "{}\u{0}",
            #"{a:"b"}"#,
            #"{"é":"1","e\#u{301}":"2"}"#, #"{"\uD83D":"1"}"#, "/**/{}", "\u{A0}{}", "\u{0C}{}", #"{"a":1}"#, "\"a\"",
            "[1]",
            "[null]", "[[]]",
        ].map { Array($0.utf8) }
        Self.compare([String: String].self, texts)
        Self.compare([String].self, texts)
        Self.compare(Bool.self, texts)
        Self.compare(String.self, texts)
        Self.compare(Everything.Choice.self, texts)
        Self.compare(Everything.Nothing.self, texts)
    }

    @Test("nesting up to 512, and long strings", arguments: [1, 511, 512, 513, 100_000])
    func depth(_ depth: Int) {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let text =
                String(repeating: open, count: depth) + (open == "[" ? "" : "1")
                + String(repeating: close, count: depth)
            let ours = Reading.ours(Everything.Nothing.self, Array(#"{"unread":\#(text)}"#.utf8))
            #expect(
                Reading.foundation(Everything.Nothing.self, Array(#"{"unread":\#(text)}"#.utf8)).isRead == ours.isRead)
            #expect(ours.isRead == (depth < 512))
        }
        let text = String(repeating: "x", count: depth * 20)
        #expect(JSON.encode([text]) == foundationJSON([text]))
        Self.compare([String].self, [foundationJSON([text])])
    }
}

extension Reading {
    fileprivate var isRead: Bool { if case .read = self { true } else { false } }
}
