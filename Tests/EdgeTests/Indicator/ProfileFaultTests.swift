import Testing

@testable import Edge

@Suite struct ProfileFaultTests {
    /// The checked profile of the tests below: a check value, a sign and decimal places of their own.
    private static let checked = #"""
        {
          "id": "xk", "title": "xk",
          "line": {"baud": 2400, "settings": "8N1"},
          "frames": [[
            "\u0002", {"field": "sign", "length": 1}, {"field": "weight", "length": 6},
            {"field": "decimals", "length": 1},
            {"check": "xor", "format": "hex", "from": 1}, "\u0003"]],
          "common": {"defaultUnit": "kg"}
        }
        """#

    @Test("how long a weight has to rest is the profile's to say; one reading is enough only with a check value")
    func stability() throws {
        func read(_ more: String) throws -> IndicatorProfile.Stability {
            let text = Self.checked.replacing(#""common""#, with: more + #""common""#)
            return try ProfileFile.read(text.utf8, source: "ours").stability
        }
        #expect(try read("") == .init(readings: 5, span: .seconds(1), agreeing: 1))
        #expect(try ProfileCatalogue.builtIn.profile("cas22").stability.agreeing == 2)
        #expect(
            try read(#""stability": {"readings": 10, "millis": 0, "agreeing": 3},"#)
                == .init(readings: 10, span: .zero, agreeing: 3))
        for (more, words) in [
            (#""stability": {"readings": 1},"#, "within 2…100"), (#""stability": {"agreeing": 0},"#, "within 1…100"),
            (#""stability": {"seconds": 1},"#, #""stability.seconds" is unknown"#),
        ] {
            let error = #expect(throws: ProfileError.self) { _ = try read(more) }
            #expect(error?.problem.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test(
        "what cannot work is refused when the profile is loaded, with its line and field",
        arguments: [
            (#""xk", "title""#, #""xk", "titel""#, #"line 2: "titel" is unknown; expected one of id, title, line"#),
            (#""title": "xk","#, "", #"line 1: has no "title", which is needed"#),
            (#""id": "xk""#, #""id": 7"#, #"line 2: "id" is 7, expected a text"#),
            ("2400", "2400.5", "line 3, column 20: expected a whole number"),
            ("2400", "49", #"line 3: "line.baud" is 49, expected a whole number within 50…4000000"#),
            ("8N1", "9X1", #"line 3: "line.settings" is no setting of a line; expected data bits 7 or 8"#),
            (#""frames": ["#, #""frames": [[],"#, #"line 4: "frames[0]" has up to 0 bytes, expected 1…128"#),
            (#""sign""#, #""sigh""#, #"line 5: "frames[0][1].field" is "sigh", expected one of status, mode"#),
            (#""sign", "length""#, #""sign", "lenght""#, #"line 5: "frames[0][1].lenght" is unknown"#),
            (
                #""weight", "length": 6"#, #""weight", "length": 0"#,
                #"line 5: "frames[0][2].length" is 0, expected a whole number within 1…128"#
            ),
            (
                #""decimals", "length": 1"#, #""decimals", "length": [1, 2]"#,
                #"has a length that varies, which decimals cannot have"#
            ),
            (#""weight", "length": 6"#, #""weight", "length": 129"#, #"within 1…128"#),
            (
                #""weight", "length": 6"#, #""weight", "length": 33"#,
                #"line 5: "frames[0][2].length" is up to 33, and a weight has at most 32"#
            ),
            (#""weight", "length": 6"#, #""weight", "length": [1, 40]"#, "is up to 40, and a weight has at most 32"),
            (#"{"field": "decimals", "length": 1}"#, #"{"length": 128}"#, #"has up to 139 bytes, expected 1…128"#),
            (
                #"{"field": "decimals", "length": 1}"#, #"{"field": "weight", "length": 1}"#,
                #"line 6: "frames[0][3]" says "weight", as a part before it does; a frame has one"#
            ),
            (#""weight", "length": 6"#, #""weight", "length": [6]"#, "has 1 numbers, expected the least and the most"),
            (
                #""weight", "length": 6"#, #""weight", "length": [6, 5]"#,
                "[1]\" is 5, expected a whole number within 6…128"
            ),
            (#""weight", "length": 6"#, #""status", "length": 6"#, "is status, whose table is missing"),
            (#""field": "weight", "length": 6"#, #""length": 6"#, #"line 4: "frames" have no "weight"; one is needed"#),
            (#""decimals", "length": 1"#, #""decimals", "length": 1, "map": {"1": 10}"#, "within -9…9"),
            (#""decimals", "length": 1"#, #""decimals", "length": 1, "map": {"1": 1, "1": 2}"#, "is there twice"),
            (
                #""check": "xor""#, #""check": "crc""#,
                #"line 7: "frames[0][4].check" is "crc", expected one of xor, sum, twos7"#
            ),
            (#""from": 1"#, #""from": 9"#, #"line 7: "frames[0][4].from" is 9, expected a whole number within 0…8"#),
            (#""from": 1"#, #""from": -1"#, "within 0…8"),
            (#""\u0003""#, #""관""#, "expected characters that are one byte each"),
            (
                #""defaultUnit": "kg""#, #""defaultUnit": "stone""#,
                #"line 8: "common.defaultUnit" is "stone", expected one of g, kg, t, lb"#
            ),
            (#""defaultUnit": "kg""#, #""deviceBase": 256"#, "within 0…255"),
            (#""defaultUnit": "kg""#, #""impliedDecimals": 10"#, "within -9…9"),
            (#""common""#, #""replies": {"": "busy"}, "common""#, "is named by a text of 1…128 characters"),
            (#""common""#, #""replies": {"E": "late"}, "common""#, "is \"late\", expected one of length, checksum"),
            (#""common""#, #""poll": {"command": "W", "intervalMillis": 19}, "common""#, "within 20…60000"),
            (
                #"{"field": "decimals", "length": 1}"#,
                #"{"length": 2, "fields": [{"name": "decimals", "bits": [0, 1], "map": {"0": 0}}]}"#,
                #"has "bits", and "length" is not 1"#
            ),
            (
                #"{"field": "decimals", "length": 1}"#,
                #"{"length": 1, "fields": [{"name": "decimals", "bits": [7, 2], "map": {"0": 0}}]}"#, "within 1…1"
            ),
            (
                #"{"field": "decimals", "length": 1}"#,
                #"{"length": 1, "fields": [{"name": "decimals", "bits": [0, 2], "map": {"a": 0}}]}"#,
                #"line 6: "frames[0][3].fields[0].map.a" is of "a", expected a number 0…3"#
            ),
            (
                #"{"field": "decimals", "length": 1}"#,
                #"{"length": 1, "fields": [{"name": "decimals", "bits": [0, 2], "map": {"4": 0}}]}"#,
                #"is of "4", expected a number 0…3"#
            ),
            (
                #"{"field": "decimals", "length": 1}"#,
                #"{"length": 1, "fields": [{"name": "decimals", "bits": [0, 2], "map": {"+1": 0}}]}"#,
                #"is of "+1", expected a number 0…3"#
            ),
            (
                #"{"field": "decimals", "length": 1}"#,
                #"{"length": 1, "fields": [{"name": "decimals", "bits": [0, 2], "map": {"01": 0}}]}"#,
                #"is of "01", expected a number 0…3"#
            ),
            (
                #"{"field": "decimals", "length": 1}"#,
                #"{"length": 1, "fields": [{"name": "decimals", "bits": [0, 2]}]}"#,
                #"is decimals, whose table is missing: "map" here"#
            ),
            (
                #"{"field": "decimals", "length": 1}"#, #"{"length": 1, "fields": []}"#,
                #"line 6: "frames[0][3].fields" is empty; bytes that mean nothing have no fields"#
            ),
            (
                #""decimals", "length": 1"#, #""decimals", "length": 1, "map": {}"#,
                #"line 6: "frames[0][3].map" is empty; a table has at least one text"#
            ),
            (#""common""#, #""maps": {"mode": {}}, "common""#, #"line 8: "maps.mode" is empty"#),
            (
                #""decimals", "length": 1"#, #""decimals", "length": 1, "map": {"1": 1, "10": 2}"#,
                #"line 6: "frames[0][3].map.10" is of "10", which is longer than its field: 1"#
            ),
            (
                #""common""#, #""maps": {"sign": {"+": "+", "--": "-"}}, "common""#,
                #"line 8: "maps.sign.--" is of "--", which is longer than its field: 1"#
            ),
            (
                #""title": "xk","#,
                #""title": "xk", "mask7": true, "replies": {}, "poll": {"command": "W"},"#
                    + "\n\"maps\": {\"sign\": {\"+\": \"+\", \"+\": \"-\"}},",
                #"line 3: "maps.sign.+" is there twice"#
            ),
        ] as [(String, String, String)])
    func faults(_ good: String, _ bad: String, _ expected: String) throws {
        try Self.expectFault(good, bad, expected)
    }

    @Test(
        "what bit 7 and the device's number cannot be is refused as well",
        arguments: [
            (
                #"{"field": "decimals", "length": 1}"#, #""\u0080""#,
                #"line 6: "frames[0][3]" has a character above \u007f, which with "mask7" no byte is"#
            ),
            (
                #"{"check": "xor", "format": "hex", "from": 1}"#, #"{"check": "sum"}"#,
                #"line 7: "frames[0][4]" has the check "sum" as a byte, of which "mask7" takes bit 7 off"#
            ),
            (
                #"{"field": "decimals", "length": 1}"#, #"{"field": "device", "length": 2}"#,
                #"line 6: "frames[0][3].length" is not 1, and with "deviceBase" a device is one byte"#
            ),
        ] as [(String, String, String)])
    func maskedFaults(_ good: String, _ bad: String, _ expected: String) throws {
        let masked = Self.checked.replacing(#""xk","#, with: #""xk", "mask7": true,"#, maxReplacements: 1)
            .replacing(#""defaultUnit""#, with: #""deviceBase": 48, "defaultUnit""#)
        try Self.expectFault(good, bad, expected, in: masked)
    }

    private static func expectFault(
        _ good: String, _ bad: String, _ expected: String, in sound: String = checked
    ) throws {
        _ = try ProfileFile.read(sound.utf8, source: "test")
        #expect(sound.contains(good), "\(good)")
        let error = #expect(throws: ProfileError.self) {
            try ProfileFile.read(sound.replacing(good, with: bad, maxReplacements: 1).utf8, source: "test")
        }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test("an exclusive or of seven bits has seven, and is no matter of parity", arguments: [0x00, 0x80] as [UInt8])
    func maskedCheck(_ parity: UInt8) throws {
        let json = Self.checked.replacing(#""xk","#, with: #""xk", "mask7": true,"#, maxReplacements: 1)
            .replacing(#""format": "hex", "#, with: "")
        var decoder = IndicatorDecoder(profile: try ProfileFile.read(json.utf8, source: "test"))
        let covered = Array("+0000600".utf8)
        let frame = [2] + covered + [covered.reduce(0, ^), 3]
        #expect(decoder.feed(frame.map { $0 | parity }).map(\.grams) == [60_000])
    }
}
