/// The profiles that ship with the edge, and some that a site might write: together they use all that a profile can say.
enum FuzzProfiles {
    static let all: [IndicatorProfile] = ProfileCatalogue.builtIn.profiles + own.map(parse)

    static func of(_ framing: Framing) -> [IndicatorProfile] { all.filter { Framing($0) == framing } }

    /// Whether frames of one may be frames of the other; those that ship are told apart, but for two of one layout.
    static func areAlike(_ one: IndicatorProfile, _ other: IndicatorProfile) -> Bool {
        let shipped = Set(ProfileCatalogue.builtIn.profiles.map(\.id))
        return !shipped.contains(one.id) || !shipped.contains(other.id)
            || [one.id, other.id].sorted() == ["and18", "andvar"]
    }

    private static func parse(_ json: String) -> IndicatorProfile {
        do throws(ProfileError) {
            return try ProfileFile.read(json.utf8, source: "fuzzing")
        } catch {
            fatalError("\(error)")
        }
    }

    private static let own = [
        // A check value, a sign and decimal places of their own, bit 7 taken off.
        #"""
        {"id":"checked","title":"checked","line":{"baud":2400,"settings":"8N1"},"mask7":true,
         "frames":[["\u0002",{"field":"sign","length":1},{"field":"weight","length":6},{"field":"decimals","length":1},
                    {"check":"xor","format":"hex","from":1},"\u0003"]],
         "common":{"defaultUnit":"kg"}}
        """#,
        // Two lengths; the longer has a check value. Places that are implied, a device in figures, a bit by itself.
        #"""
        {"id":"lengths","title":"lengths","line":{"baud":2400,"settings":"7E1"},
         "frames":[["\u0002",{"field":"status","length":1},{"field":"zero","length":1},
                     {"length":1,"fields":[{"name":"status","bits":[2,1],"map":{"0":null,"1":"hold"}}]},
                     {"field":"weight","length":6},{"field":"device","length":2},{"length":4},"\r"],
                   ["\u0002",{"field":"status","length":1},{"field":"zero","length":1},
                     {"length":1,"fields":[{"name":"status","bits":[2,1],"map":{"0":null,"1":"hold"}}]},
                     {"field":"weight","length":6},{"field":"device","length":2},{"length":4},"\r",{"check":"twos7"}]],
         "maps":{"status":{"0":"stable","1":"motion","2":"over","3":"under","4":"error"},"zero":{"Z":true," ":false}},
         "common":{"defaultUnit":"lb","impliedDecimals":-2}}
        """#,
        // An opening of two bytes, which tells whether the tail is there.
        #"""
        {"id":"tail","title":"tail","line":{"baud":9600,"settings":"8N1"},
         "frames":[["ST",{"field":"weight","length":6},"\r"],["ST",{"field":"weight","length":6},"\r",{"length":3}]],
         "common":{"defaultUnit":"kg"}}
        """#,
        // A prefix only, and an answer that begins like a frame.
        #"""
        {"id":"prefix","title":"prefix","line":{"baud":9600,"settings":"8N1"},
         "frames":[["=",{"field":"weight","length":6}]],"replies":{"=?\r\n":"busy","E":"device-error"},
         "common":{"defaultUnit":"kg"}}
        """#,
        // A weight and a unit of any length, backwards and forwards.
        #"""
        {"id":"open","title":"open","line":{"baud":9600,"settings":"8N1"},
         "frames":[["=",{"field":"status","length":2},",",{"field":"weight","length":[1,30]},
                    {"field":"unit","length":[1,3]},"\r"],
                   ["!",{"field":"weight","length":[1,9],"reversed":true},{"field":"unit","length":1},"\r"]],
         "maps":{"status":{"ST":"stable","US":"motion"},"unit":{"kg":"kg","t":"t","g":"g","lb":"lb"}}}
        """#,
    ]
}
