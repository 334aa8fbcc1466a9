import Testing

@testable import Edge

@Suite struct ProfileTests {
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

    @Test("every built-in profile is sound, has a name of its own and is printed as it is")
    func builtIn() throws {
        let profiles = ProfileCatalogue.builtIn.profiles
        #expect(Set(profiles.map(\.id)).count == BuiltInProfile.all.count)
        for profile in profiles {
            let text = try #require(BuiltInProfile.text(profile.id))
            #expect(try ProfileFile.read(text.utf8, source: "test") == profile)
        }
    }

    @Test("every protocol of the vectors ships under its name")
    func names() {
        let ids = Set(ProfileCatalogue.builtIn.profiles.map(\.id))
        #expect(Set(Vector.shipped.map(\.profile)).subtracting(ids) == [])
    }

    @Test("1.1 B's field order is changed by a profile file alone")
    func orderByConfiguration() throws {
        let json = #"""
            {"id":"seedB","title":"B","line":{"baud":9600,"settings":"8N1"},
             "frames":[["\u0002",{"field":"unit","length":2},",",{"field":"weight","length":8},",",
                        {"field":"status","length":2},"\u0003"]],
             "maps":{"status":{"ST":"stable"},"unit":{"KG":"kg"}}}
            """#
        var catalogue = ProfileCatalogue.builtIn
        catalogue.add(try ProfileFile.read(json.utf8, source: "test"))
        var decoder = IndicatorDecoder(profile: try catalogue.profile("seedB"))
        let reading = try #require(decoder.feed(Array("\u{2}KG,00012500,ST\u{3}".utf8)).first)
        #expect(reading.grams == 12_500_000)
        #expect(reading.stable == true)
    }

    @Test("an unknown name is answered with the known ones")
    func unknown() {
        let error = #expect(throws: ProfileError.self) { try ProfileCatalogue.builtIn.profile("cas23") }
        #expect(error?.description.contains("cas22, cas10, and18") == true)
    }

    @Test("a number of variable length that no unit closes may be the beginning of a longer one")
    func unclosed() {
        for parts in [
            #"{"field":"weight","length":[1,9]},"\r""#,
            #"{"field":"weight","length":[1,9]},{"length":1},{"field":"unit","length":2},"\r""#,
            #"{"field":"unit","length":2},{"field":"weight","length":[1,9]},"\r""#,
        ] {
            let json = #"""
                {"id":"open","title":"open","line":{"baud":9600,"settings":"8N1"},"frames":[["=",\#(parts)]],
                 "maps":{"unit":{"kg":"kg"}},"common":{"defaultUnit":"kg"}}
                """#
            let error = #expect(throws: ProfileError.self) { try ProfileFile.read(json.utf8, source: "test") }
            #expect(error?.description.contains("weight of any length that no unit follows") == true)
        }
    }

    @Test("a station may name the unit that its frames do not")
    func stationUnit() throws {
        let bytes = try #require(Vector.shipped.first { $0.id == "cas10-01" }).bytes
        let profile = try ProfileCatalogue.builtIn.profile("cas10")
        var silent = IndicatorDecoder(profile: profile)
        #expect(silent.feed(bytes).map(\.grams) == [nil])
        var decoder = IndicatorDecoder(profile: profile.showing(.tonne))
        #expect(decoder.feed(bytes).map(\.grams) == [12_500_000_000])
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
            (#""weight", "length": 6"#, #""weight", "length": 129"#, #"within 1…128"#),
            (#""weight", "length": 6"#, #""weight", "length": 128"#, #"has up to 134 bytes, expected 1…128"#),
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
                #"is of "a", expected a number 0…255"#
            ),
        ] as [(String, String, String)])
    func faults(_ good: String, _ bad: String, _ expected: String) throws {
        _ = try ProfileFile.read(Self.checked.utf8, source: "test")
        #expect(Self.checked.contains(good), "\(good)")
        let error = #expect(throws: ProfileError.self) {
            try ProfileFile.read(Self.checked.replacing(good, with: bad, maxReplacements: 1).utf8, source: "test")
        }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test("bits are any number of a byte, all eight included", arguments: 1...8)
    func bits(_ count: Int) throws {
        let all = Int(UInt8.max >> UInt8(8 - count))
        let json = #"""
            {"id":"x","title":"x","line":{"baud":9600,"settings":"8N1"},
             "frames":[["=",{"length":1,"fields":[{"name":"status","bits":[\#(8 - count),\#(count)],"map":{"\#(all)":"stable"}}]},
                        {"field":"weight","length":4},"\r"]]}
            """#
        let profile = try ProfileFile.read(json.utf8, source: "test")
        for byte in [0xFF, 0x7F] as [UInt8] {
            var decoder = IndicatorDecoder(profile: profile)
            let readings = decoder.feed([UInt8(ascii: "="), byte] + "1234\r".utf8)
            #expect(readings.map(\.stable) == [byte == 0xFF ? true : nil])
            #expect(readings.map(\.reason) == [byte == 0xFF ? nil : .status])
        }
    }

    @Test("frames without any constant text could be anywhere")
    func noConstant() {
        let json = #"""
            {"id":"x","title":"x","line":{"baud":9600,"settings":"8N1"},"frames":[[{"field":"weight","length":8}]]}
            """#
        let error = #expect(throws: ProfileError.self) { try ProfileFile.read(json.utf8, source: "test") }
        #expect(error?.description.contains("has no constant text") == true, "\(error?.description ?? "")")
    }

    @Test("the tail of a refused frame is scanned again: the good frame that begins inside it is found")
    func beginsInside() throws {
        let json = #"""
            {"id":"prefix","title":"prefix","line":{"baud":9600,"settings":"8N1"},
             "frames":[["=",{"field":"weight","length":6}]],"common":{"defaultUnit":"kg"}}
            """#
        let profile = try ProfileFile.read(json.utf8, source: "test")
        let bytes = Array("=123=012500=000020".utf8)
        for split in 0...bytes.count {
            var decoder = IndicatorDecoder(profile: profile)
            let readings = decoder.feed(bytes[..<split]) + decoder.feed(bytes[split...]) + decoder.finish()
            #expect(readings.map(\.grams) == [nil, 12_500_000, 20_000], "split at \(split)")
            #expect(readings.map(\.reason) == [.length, nil, nil])
        }
    }
}
