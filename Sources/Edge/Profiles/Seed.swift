extension BuiltInProfile {
    /// The yard's maker A: `STX,GW,00012500,KG,ST,ETX`, its marks written out or as control bytes.
    static let seedA = seed(
        id: "seedA", title: "A사 (GW, weight, unit, status)", order: ["mode", "weight", "unit", "status"])

    /// The yard's maker B: the same fields in another order, which is data until the supplier's document arrives.
    static let seedB = seed(
        id: "seedB", title: "B사 (status, GW, unit, weight)", order: ["status", "mode", "unit", "weight"])

    private static func seed(id: String, title: String, order: [String]) -> String {
        let fields = order.enumerated().map { group, name in
            #"{"name": "\#(name)", "group": \#(group)\#(name == "weight" ? #", "length": 8"# : "")}"#
        }
        return #"""
            {
              "id": "\#(id)",
              "title": "\#(title)",
              "line": {"baud": 9600, "settings": "8N1"},
              "framing": {"delimited": {
                "pairs": [
                  {"start": "STX,", "end": ",ETX"},
                  {"start": "\u0002,", "end": ",\u0003"},
                  {"start": "\u0002", "end": "\u0003"}],
                "separator": ",", "groups": 4, "lengthMax": 48}},
              "fields": [\#(fields.joined(separator: ", "))],
              "maps": {
                "status": {"ST": "stable", "US": "motion", "OL": "over", "HD": "hold"},
                "mode": {"GW": "gross", "NW": "net", "TW": "tare"},
                "unit": {"KG": "kg", "T": "t"}},
              "encoding": {
                "status": {"stable": "ST", "motion": "US", "over": "OL", "hold": "HD"},
                "mode": {"gross": "GW", "net": "NW", "tare": "TW"},
                "unit": {"kg": "KG", "t": "T"}}
            }
            """#
    }
}
