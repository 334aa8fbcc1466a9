extension BuiltInProfile {
    /// The automatic formats of R320, R323 and C530; FMT_4 is documented in part only.
    static let rinstrum = [rin1, rin2, rin3, rin5]

    private static let rin1 = #"""
        {
          "id": "rin1",
          "title": "Rinstrum R320/R323/C530, FMT_1",
          "line": {"baud": 9600, "settings": "8N1"},
          "frames": [[
            "\u0002", {"field": "sign", "length": 1}, {"field": "weight", "length": 7},
            {"length": 1, "fields": [
              {"name": "status", "map":
                {"G": "stable", "N": "stable", "U": "under", "O": "over", "M": "motion", "E": "error"}},
              {"name": "mode", "map": {"G": "gross", "N": "net", "*": null}}]},
            "\u0003"]],
          "common": {"padding": " "}
        }
        """#

    /// Without a unit while the weight moves.
    private static let rin2 = #"""
        {
          "id": "rin2",
          "title": "Rinstrum R320/R323/C530, FMT_2",
          "line": {"baud": 9600, "settings": "8N1"},
          "frames": [[
            "\u0002", {"field": "sign", "length": 1}, {"field": "weight", "length": 7},
            {"length": 1, "fields": [
              {"name": "status", "map": {"G": null, "N": null, "U": "under", "O": "over", "E": "error"}},
              {"name": "mode", "map": {"G": "gross", "N": "net", "*": null}}]},
            {"field": "status", "length": 1, "map": {" ": "stable", "M": "motion"}},
            {"field": "zero", "length": 1, "map": {" ": false, "Z": true}},
            {"length": 1, "fill": "-"}, {"field": "unit", "length": 3}, "\u0003"]],
          "maps": {"unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb", "": null}},
          "common": {"padding": " "}
        }
        """#

    private static let rin3 = #"""
        {
          "id": "rin3",
          "title": "Rinstrum R320/R323/C530, FMT_3",
          "line": {"baud": 9600, "settings": "8N1"},
          "frames": [[
            "\u0002", {"field": "weight", "length": 8}, {"field": "mode", "length": 1},
            {"field": "status", "length": 1, "map": {"S": "stable", "M": "motion"}},
            {"field": "status", "length": 1, "map": {"I": null, "O": "over", "U": "under"}},
            {"field": "zero", "length": 1, "map": {" ": false, "Z": true}}, "  \u0003"]],
          "maps": {"mode": {"G": "gross", "N": "net"}},
          "common": {"padding": " "}
        }
        """#

    private static let rin5 = #"""
        {
          "id": "rin5",
          "title": "Rinstrum R320/R323/C530, FMT_5",
          "line": {"baud": 9600, "settings": "8N1"},
          "frames": [[
            {"field": "sign", "length": 1}, {"field": "weight", "length": 7}, {"field": "unit", "length": 1},
            {"field": "mode", "length": 1}, {"field": "status", "length": 1}, "\r\n"]],
          "maps": {
            "status": {" ": "stable", "M": "motion", "O": "over"},
            "mode": {"G": "gross", "N": "net"},
            "unit": {"K": "kg", "T": "t", "G": "g", "L": "lb"}},
          "common": {"padding": " "}
        }
        """#
}
