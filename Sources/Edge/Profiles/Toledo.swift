extension BuiltInProfile {
    static let toledo = [
        toledo(
            id: "toledo", title: "Toledo continuous, 17 or 18 bytes (Mettler-Toledo, Fairbanks, VI-200)",
            // Where the point stands, how the last digit counts (which changes nothing), and what is always so.
            first: #"{"name": "status", "bits": [5, 2], "map": {"1": null}}"#, firstFill: 8,
            unit: #"{"name": "unit", "bits": [4, 1], "map": {"0": "lb", "1": "kg"}}"#,
            ownUnit: #"{"name": "unit", "bits": [0, 3], "map": {"0": null, "1": "g", "2": "t"}}"#),
        toledo(
            id: "toledo-liden", title: "Toledo continuous as liden LUW2001 sends it",
            first: #"{"name": "status", "bits": [3, 4], "map": {"10": null}}"#, firstFill: 0,
            unit: nil, ownUnit: #"{"name": "unit", "bits": [0, 1], "map": {"0": "kg", "1": "lb"}}"#),
    ]

    /// STX, three status bytes, six digits of weight, six of tare, CR, and the check value where it is switched on. On a 7E1 line,
    /// which many read through an 8-bit port. Before it was zeroed after power came back, nothing is at rest.
    private static func toledo(
        id: String, title: String, first: String, firstFill: Int, unit: String?, ownUnit: String
    ) -> String {
        let frame = #"""
            "\u0002",
                {"length": 1, "fill": \#(firstFill), "fields": [
                  \#(first),
                  {"name": "decimals", "bits": [0, 3], "map":
                    {"0": -2, "1": -1, "2": 0, "3": 1, "4": 2, "5": 3, "6": 4, "7": 5}}]},
                {"length": 1, "fill": 32, "fields": [
                  {"name": "mode", "bits": [0, 1], "map": {"0": "gross", "1": "net"}},
                  {"name": "sign", "bits": [1, 1], "map": {"0": "+", "1": "-"}},
                  {"name": "status", "bits": [2, 1], "map": {"0": null, "1": "over"}},
                  {"name": "status", "bits": [3, 1], "map": {"0": "stable", "1": "motion"}},
                  \#(unit.map { $0 + "," } ?? "")
                  {"name": "status", "bits": [6, 1], "map": {"0": null, "1": "motion"}}]},
                {"length": 1, "fields": [
                  {"name": "status", "bits": [5, 1], "map": {"1": null}},
                  \#(ownUnit)]},
                {"field": "weight", "length": 6}, {"length": 6, "fill": "0"}, "\r"
            """#
        return #"""
            {
              "id": "\#(id)",
              "title": "\#(title)",
              "line": {"baud": 9600, "settings": "7E1"},
              "mask7": true,
              "frames": [
                [\#(frame), {"check": "twos7"}],
                [\#(frame)]]
            }
            """#
    }
}
