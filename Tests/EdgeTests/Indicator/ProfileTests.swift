import FoundationEssentials
import Testing

@testable import Edge

@Suite struct ProfileTests {
    @Test("every built-in profile is sound and survives a round trip through JSON")
    func builtIn() throws {
        for profile in ProfileCatalogue.builtIn.profiles {
            let json = try JSONEncoder().encode(profile)
            #expect(try ProfileCatalogue.parse(json, source: "test") == profile)
        }
        #expect(ProfileCatalogue.builtIn.profiles.map(\.id) == ["cas22", "and18", "seedA", "seedB"])
    }

    @Test("1.1 B's field order is changed by a profile file alone")
    func orderByConfiguration() throws {
        let order = #"{"name":"unit","group":0},{"name":"weight","group":1,"length":8},{"name":"status","group":2}"#
        let json = #"""
            {"id":"seedB","title":"B","line":{"baud":9600,"settings":"8N1"},
             "framing":{"delimited":{"pairs":[{"start":"\u0002","end":"\u0003"}],"separator":",","groups":3,"lengthMax":40}},
             "fields":[\#(order)],"maps":{"status":{"ST":"stable"},"unit":{"KG":"kg"}}}
            """#
        var catalogue = ProfileCatalogue.builtIn
        catalogue.add(try ProfileCatalogue.parse(Data(json.utf8), source: "test"))
        var decoder = IndicatorDecoder(profile: try catalogue.profile("seedB"))
        let reading = try #require(decoder.feed(Array("\u{2}KG,00012500,ST\u{3}".utf8)).first)
        #expect(reading.grams == 12_500_000)
        #expect(reading.stable == true)
    }

    @Test("a profile that cannot work says where and what was expected")
    func errors() throws {
        #expect(throws: ProfileError.self) { try ProfileCatalogue.parse(Data("{}".utf8), source: "x.json") }
        let error = #expect(throws: ProfileError.self) { try ProfileCatalogue.builtIn.profile("cas23") }
        #expect(error?.description.contains("cas22, and18, seedA, seedB") == true)
        let settings = #expect(throws: ProfileError.self) { try SerialSettings(parsing: "9X1", profile: "p") }
        #expect(settings?.description.contains("8N1") == true)
    }

    @Test("a number of variable length that no unit closes is refused")
    func unclosed() throws {
        let json = #"""
            {"id":"open","title":"open","line":{"baud":9600,"settings":"8N1"},
             "framing":{"delimited":{"pairs":[{"start":"=","end":"\r"}],"separator":",","groups":2,"lengthMax":40}},
             "fields":[{"name":"status","group":0},{"name":"weight","group":1}],
             "maps":{"status":{"ST":"stable"}},"common":{"defaultUnit":"kg"}}
            """#
        var decoder = IndicatorDecoder(profile: try ProfileCatalogue.parse(Data(json.utf8), source: "test"))
        #expect(decoder.feed(Array("=ST,125\r".utf8)).map(\.reason) == [.length])
    }

    @Test("a checksum decides between a frame and its damaged twin")
    func checksum() throws {
        let json = #"""
            {"id":"xk","title":"xk","line":{"baud":2400,"settings":"8N1"},
             "framing":{"fixed":{"lengths":[12],"literals":[{"at":0,"text":"\u0002"},{"at":11,"text":"\u0003"}]}},
             "fields":[{"name":"sign","at":1,"length":1},{"name":"weight","at":2,"length":6},{"name":"decimals","at":8,"length":1}],
             "checksum":{"kind":"xor","format":"hex","from":1,"to":9,"at":9},"maps":{},"common":{"defaultUnit":"kg"}}
            """#
        var decoder = IndicatorDecoder(profile: try ProfileCatalogue.parse(Data(json.utf8), source: "test"))
        let good = try #require(decoder.feed([UInt8](hex: "022b30303037303031314403") ?? []).first)
        #expect(good.value?.description == "70.0")
        #expect(good.stable == nil)
        #expect(decoder.feed([UInt8](hex: "022b30303037303031304403") ?? []).map(\.reason) == [.checksum])
    }

    @Test(
        "a place outside the frames is refused when the profile is loaded, and named",
        arguments: [
            (#""from":1"#, #""from":-1"#, "\"checksum.from\" is -1, expected 0…11"),
            (#""from":1"#, #""from":12"#, "\"checksum.from\" is 12, expected 0…11"),
            (#""to":9"#, #""to":1"#, "\"checksum.to\" is 1, expected 2…12"),
            (#""to":9"#, #""to":13"#, "\"checksum.to\" is 13, expected 2…12"),
            (#""at":9}"#, #""at":-1}"#, "\"checksum.at\" is -1, expected 0…10"),
            (#""at":9}"#, #""at":11}"#, "\"checksum.at\" is 11, expected 0…10"),
            (#""length":6"#, #""length":-6"#, "field \"weight\": \"length\" is -6, expected at least 1"),
            (#""length":6"#, #""length":0"#, "field \"weight\": \"length\" is 0, expected at least 1"),
            (#""length":6"#, #""length":11"#, "field \"weight\" ends after the frame"),
            (#""at":2,"#, #""at":9223372036854775807,"#, "field \"weight\" ends after the frame"),
            (#""at":11,"text":""#, #""at":11,"text":"  "#, "\"literals\" must lie inside the frame"),
            (#""defaultUnit":"kg""#, #""deviceBase":-1"#, "\"common.deviceBase\" is -1, expected 0…255"),
            (#""defaultUnit":"kg""#, #""impliedDecimals":10"#, "\"common.impliedDecimals\" is 10, expected -9…9"),
            (#""maps":{}"#, #""maps":{},"replies":{"":"busy"}"#, "\"replies\" has an empty line"),
        ] as [(String, String, String)])
    func places(_ good: String, _ bad: String, _ expected: String) throws {
        let json = #"""
            {"id":"xk","title":"xk","line":{"baud":2400,"settings":"8N1"},
             "framing":{"fixed":{"lengths":[12],"literals":[{"at":0,"text":"\u0002"},{"at":11,"text":"\u0003"}]}},
             "fields":[{"name":"sign","at":1,"length":1},{"name":"weight","at":2,"length":6},{"name":"decimals","at":8,"length":1}],
             "checksum":{"kind":"xor","format":"hex","from":1,"to":9,"at":9},"maps":{},"common":{"defaultUnit":"kg"}}
            """#
        _ = try ProfileCatalogue.parse(Data(json.utf8), source: "test")
        let error = #expect(throws: ProfileError.self) {
            try ProfileCatalogue.parse(Data(json.replacing(good, with: bad).utf8), source: "test")
        }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test("a number of groups that cannot be is refused when the profile is loaded")
    func groups() throws {
        let json = #"""
            {"id":"none","title":"none","line":{"baud":9600,"settings":"8N1"},
             "framing":{"delimited":{"pairs":[{"start":"=","end":"\r"}],"separator":",","groups":-1,"lengthMax":40}},
             "fields":[{"name":"weight","group":0,"length":8}],"maps":{},"common":{"defaultUnit":"kg"}}
            """#
        let error = #expect(throws: ProfileError.self) {
            try ProfileCatalogue.parse(Data(json.utf8), source: "test")
        }
        #expect(error?.description.contains("\"groups\" 1…16") == true)
    }

    @Test("the tail of a refused frame is scanned again: the good frame that begins inside it is found")
    func beginsInside() throws {
        let json = #"""
            {"id":"prefix","title":"prefix","line":{"baud":9600,"settings":"8N1"},
             "framing":{"fixed":{"lengths":[7],"literals":[{"at":0,"text":"="}]}},
             "fields":[{"name":"weight","at":1,"length":6}],"maps":{},"common":{"defaultUnit":"kg"}}
            """#
        let profile = try ProfileCatalogue.parse(Data(json.utf8), source: "test")
        let bytes = Array("=123=012500=000020".utf8)
        for split in 0...bytes.count {
            var decoder = IndicatorDecoder(profile: profile)
            let readings = decoder.feed(bytes[..<split]) + decoder.feed(bytes[split...])
            #expect(readings.map(\.grams) == [nil, 12_500_000, 20_000], "split at \(split)")
            #expect(readings.map(\.reason) == [.weight, nil, nil])
        }
    }
}
