extension BuiltInProfile {
    /// The yard's maker A: `STX,GW,00012500,KG,ST,ETX`, its marks written out or as control bytes.
    static let seedA = seed(
        id: "seedA", title: "A사 (GW, weight, unit, status)", order: ["mode", "weight", "unit", "status"])

    /// The yard's maker B: the same fields in another order, which is data until the supplier's document arrives.
    static let seedB = seed(
        id: "seedB", title: "B사 (status, GW, unit, weight)", order: ["status", "mode", "unit", "weight"])

    private static func seed(id: String, title: String, order: [String]) -> String {
        let lengths = ["mode": "2", "weight": "8", "unit": "[1, 2]", "status": "2"]
        let fields = order.map { #"{"field": "\#($0)", "length": \#(lengths[$0] ?? "1")}"# }
            .joined(separator: #", ",", "#)
        let frames = [(#"STX,"#, #",ETX"#), (#"\u0002,"#, #",\u0003"#), (#"\u0002"#, #"\u0003"#)]
            .map { #"["\#($0)", \#(fields), "\#($1)"]"# }
        return #"""
            {
              "id": "\#(id)",
              "title": "\#(title)",
              "line": {"baud": 9600, "settings": "8N1"},
              "frames": [
                \#(frames.joined(separator: ",\n    "))],
              "maps": {
                "status": {"ST": "stable", "US": "motion", "OL": "over", "HD": "hold"},
                "mode": {"GW": "gross", "NW": "net", "TW": "tare"},
                "unit": {"KG": "kg", "T": "t"}}
            }
            """#
    }
}
