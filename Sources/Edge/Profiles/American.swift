extension BuiltInProfile {
    static let american = [condec, cardinal, weighTronix, fairbanks]

    /// T is a tonne at Rinstrum and a short ton at Rice Lake: a site that has the other writes its own file.
    private static let condec = #"""
        {
          "id": "condec",
          "title": "Condec, Rice Lake IQ355",
          "line": {"baud": 9600, "settings": "7E1"},
          "frames": [[
            "\u0002", {"field": "sign", "length": 1}, {"field": "weight", "length": 7}, {"field": "unit", "length": 1},
            {"field": "mode", "length": 1}, {"field": "status", "length": 1}, "\r\n"]],
          "maps": {
            "status": {" ": "stable", "M": "motion", "O": "over", "I": "error"},
            "mode": {"G": "gross", "N": "net"},
            "unit": {"K": "kg", "T": "t", "G": "g", "L": "lb"}},
          "common": {"padding": " "}
        }
        """#

    private static let cardinal = #"""
        {
          "id": "cardinal",
          "title": "Cardinal 738, SB-200",
          "line": {"baud": 9600, "settings": "7E1"},
          "frames": [[
            "\r", {"field": "sign", "length": 1}, {"field": "weight", "length": 6}, {"field": "status", "length": 1}, " ",
            {"field": "unit", "length": 2}, " ", {"field": "mode", "length": 1}, "  \u0003"]],
          "maps": {
            "status": {" ": "stable", "m": "motion", "o": "over", "M": "motion", "O": "over"},
            "mode": {"g": "gross", "n": "net"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"},
            "sign": {"+": "+", "-": "-", " ": "+"}}
        }
        """#

    private static let weighTronix = #"""
        {
          "id": "weightronix",
          "title": "Weigh-Tronix, polled",
          "line": {"baud": 9600, "settings": "7E1"},
          "poll": {"command": "W\r", "always": true},
          "frames": [[
            " ", {"field": "mode", "length": 1}, " ", {"field": "sign", "length": 1}, {"field": "weight", "length": 6}, " ",
            {"field": "unit", "length": 2}, "\r\n"]],
          "maps": {
            "mode": {"G": "gross", "N": "net"},
            "unit": {"kg": "kg", "KG": "kg", "t": "t", "g": "g", "lb": "lb", "LB": "lb"}},
          "common": {"padding": " "}
        }
        """#

    /// The legend is in lower case while the weight moves. Out of range is said where the weight would be, or the unit.
    private static let fairbanks = #"""
        {
          "id": "fairbanks",
          "title": "Fairbanks 2800, polled",
          "line": {"baud": 9600, "settings": "7E1"},
          "poll": {"command": "W\r", "always": true},
          "frames": [
            [" ", {"field": "weight", "length": 6}, " ",
              {"length": 2, "fields": [
                {"name": "status", "map": {"KG": null, "LB": null, "kg": "motion", "lb": "motion"}},
                {"name": "unit"}]}, " ",
              {"length": 2, "fields": [
                {"name": "status", "map": {"GR": "stable", "NT": "stable", "gr": "motion", "nt": "motion"}},
                {"name": "mode", "map": {"GR": "gross", "NT": "net", "gr": "gross", "nt": "net"}}]}, "\r\n"],
            [" ", {"field": "status", "length": 6, "map": {"--oL--": "over", "--uL--": "under"}}, " ",
              {"field": "unit", "length": 2}, " ",
              {"field": "mode", "length": 2, "map": {"GR": "gross", "NT": "net", "gr": "gross", "nt": "net"}}, "\r\n"],
            [" ", {"field": "weight", "length": 6}, " ",
              {"field": "status", "length": 6, "map": {"--oL--": "over", "--uL--": "under"}}, " ",
              {"field": "mode", "length": 2, "map": {"GR": "gross", "NT": "net", "gr": "gross", "nt": "net"}}, "\r\n"]],
          "maps": {"unit": {"KG": "kg", "kg": "kg", "LB": "lb", "lb": "lb"}},
          "common": {"padding": " "}
        }
        """#
}
