import Testing

@testable import Edge

@Suite struct JSONFaultTests {
    @Test(
        "JSON has no fault",
        arguments: [
            #"{}"#, #" [] "#, "null", #"{"a": [1, -2, 0, true, {"b": "\n\u00e9\""}], "c": null}"#,
            "999999999999999999", "\u{FEFF}{}", "\u{FEFF}\r\n[1]",
        ])
    func sound(_ text: String) { #expect(JSONFault.first(in: text.utf8) == nil) }

    @Test(
        "the first fault has its line and column, and what was expected there",
        arguments: [
            ("", 1, 1, "a value"),
            ("{\"a\": 1,\n \"b\": [}", 2, 8, "a value"),
            ("{a: 1}", 1, 2, "a key in double quotes"),
            ("{\"a\": 1,\n}", 2, 1, "a key in double quotes"),
            ("{\"a\" 1}", 1, 6, "a colon"),
            ("{\"가\": 1\n\"b\": 2}", 2, 1, "a comma or }"),
            ("[\"가\" 1]", 1, 6, "a comma or ]"),
            ("[1] x", 1, 5, "the end of the text"),
            ("[\"a\n\"]", 1, 4, "a double quote before the end of the line"),
            ("[\"a", 1, 4, "a double quote"),
            ("[\"\\x\"]", 1, 4, "one of \"\\/bfnrtu after a backslash"),
            ("[\"\\u12g4\"]", 1, 7, "four hexadecimal digits after \\u"),
            ("[1.5]", 1, 2, "a whole number"),
            ("[01]", 1, 2, "a whole number"),
            ("[-]", 1, 2, "a whole number"),
            ("1000000000000000000", 1, 1, "a whole number"),
            // A byte order mark is no character of the text, and stands nowhere else.
            ("\u{FEFF}[1] x", 1, 5, "the end of the text"),
            ("\u{FEFF}{\"a\": 1,\n \"b\": [}", 2, 8, "a value"),
            ("\u{FEFF}\u{FEFF}[]", 1, 1, "a value"),
            ("[\u{FEFF}1]", 1, 2, "a value"),
        ])
    func faults(_ text: String, _ line: Int, _ column: Int, _ expected: String) {
        #expect(JSONFault.first(in: text.utf8) == JSONFault(line: line, column: column, expected: expected))
    }

    @Test("128 levels are read, one more is not", arguments: [(128, false), (129, true)])
    func depth(_ levels: Int, _ isFault: Bool) {
        let text = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
        #expect((JSONFault.first(in: text.utf8) != nil) == isFault)
    }
}

extension JSONFault {
    /// Nil when there is none.
    fileprivate static func first(in text: some Sequence<UInt8>) -> JSONFault? {
        do throws(JSONFault) {
            _ = try LocatedJSON(parsing: text)
            return nil
        } catch {
            return error
        }
    }
}
