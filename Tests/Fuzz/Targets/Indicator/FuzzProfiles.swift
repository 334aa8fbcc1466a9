import FoundationEssentials

/// The profiles that ship with the edge, and some that a site might write: together they use all that a profile can say.
enum FuzzProfiles {
    static let all: [IndicatorProfile] = ProfileCatalogue.builtIn.profiles + own.map(parse)

    /// Whether frames of one may be frames of the other; those that ship are told apart.
    static func areAlike(_ one: IndicatorProfile, _ other: IndicatorProfile) -> Bool {
        let shipped = Set(ProfileCatalogue.builtIn.profiles.map(\.id))
        return !shipped.contains(one.id) || !shipped.contains(other.id)
    }

    private static func parse(_ json: String) -> IndicatorProfile {
        do throws(ProfileError) {
            return try ProfileCatalogue.parse(Data(json.utf8), source: "fuzzing")
        } catch {
            fatalError("\(error)")
        }
    }

    private static let own = [
        // A check value, a sign and decimal places of their own, bit 7 taken off.
        #"""
        {"id":"checked","title":"checked","line":{"baud":2400,"settings":"8N1"},"mask7":true,
         "framing":{"fixed":{"lengths":[12],"literals":[{"at":0,"text":"\u0002"},{"at":11,"text":"\u0003"}]}},
         "fields":[{"name":"sign","at":1,"length":1},{"name":"weight","at":2,"length":6},
                   {"name":"decimals","at":8,"length":1}],
         "checksum":{"kind":"xor","format":"hex","from":1,"to":9,"at":9},"maps":{},"common":{"defaultUnit":"kg"}}
        """#,
        // Two lengths; the longer has a check value. Places that are implied, a device in figures.
        #"""
        {"id":"lengths","title":"lengths","line":{"baud":2400,"settings":"7E1"},
         "framing":{"fixed":{"lengths":[17,18],"literals":[{"at":0,"text":"\u0002"},{"at":16,"text":"\r"}]}},
         "fields":[{"name":"status","at":1,"length":1},{"name":"zero","at":2,"length":1},{"name":"hold","at":3,"bit":2},
                   {"name":"weight","at":4,"length":6},{"name":"device","at":10,"length":2}],
         "checksum":{"kind":"twos7","format":"byte","from":0,"to":17,"at":17},
         "maps":{"status":{"0":"stable","1":"motion","2":"over","3":"under","4":"error"},"zero":{"Z":true," ":false}},
         "common":{"defaultUnit":"lb","impliedDecimals":-2}}
        """#,
        // A prefix only, and an answer that begins like a frame.
        #"""
        {"id":"prefix","title":"prefix","line":{"baud":9600,"settings":"8N1"},
         "framing":{"fixed":{"lengths":[7],"literals":[{"at":0,"text":"="}]}},
         "fields":[{"name":"weight","at":1,"length":6}],"maps":{},"replies":{"=?\r\n":"busy","E":"device-error"},
         "common":{"defaultUnit":"kg"}}
        """#,
        // A weight of any length, without a unit.
        #"""
        {"id":"open","title":"open","line":{"baud":9600,"settings":"8N1"},
         "framing":{"delimited":{"pairs":[{"start":"=","end":"\r"}],"separator":",","groups":3,"lengthMax":40}},
         "fields":[{"name":"status","group":0},{"name":"weight","group":1},{"name":"unit","group":2}],
         "maps":{"status":{"ST":"stable","US":"motion"},"unit":{"kg":"kg","t":"t","g":"g","lb":"lb"}}}
        """#,
    ]
}
