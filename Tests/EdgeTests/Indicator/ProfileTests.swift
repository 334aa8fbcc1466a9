import Testing

@testable import Edge

@Suite struct ProfileTests {
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

    @Test("a text of a common table may be for the longest of several fields")
    func longText() throws {
        let json = #"""
            {"id":"x","title":"x","line":{"baud":9600,"settings":"8N1"},
             "frames":[["=",{"field":"weight","length":4},{"field":"unit","length":1},"\r"],
                       ["=",{"field":"weight","length":4},{"field":"unit","length":2},"\r"]],
             "maps":{"unit":{"kg":"kg","t":"t"}}}
            """#
        var decoder = IndicatorDecoder(profile: try ProfileFile.read(json.utf8, source: "test"))
        #expect(decoder.feed(Array("=1234t\r=1234kg\r".utf8)).map(\.unit) == [.tonne, .kilogram])
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
