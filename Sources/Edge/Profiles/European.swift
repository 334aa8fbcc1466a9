extension BuiltInProfile {
    /// With the indicator's number in front where several share a line.
    static let dini: String = {
        let frame = #"""
            {"field": "status", "length": 2}, ",", {"field": "mode", "length": 2}, ",",
                  {"field": "weight", "length": 8}, ",", {"field": "unit", "length": 2}, "\r\n"
            """#
        return #"""
            {
              "id": "dini",
              "title": "Dini Argeo, standard string",
              "line": {"baud": 9600, "settings": "8N1"},
              "poll": {"command": "READ\r\n"},
              "frames": [
                [\#(frame)],
                [{"field": "device", "length": 2}, \#(frame)]],
              "maps": {
                "status": {"ST": "stable", "US": "motion", "OL": "over", "UL": "under"},
                "mode": {"GS": "gross", "NT": "net", "PT": "tare"},
                "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
              "common": {"padding": " "}
            }
            """#
    }()

    static let liden = #"""
        {
          "id": "ww",
          "title": "liden LUW2001, format A",
          "line": {"baud": 9600, "settings": "8N1"},
          "frames": [[
            "w", {"field": "mode", "length": 1}, {"field": "weight", "length": 9}, {"field": "unit", "length": 2}, "\r\n"]],
          "maps": {
            "mode": {"w": "gross", "n": "net"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
          "common": {"padding": "0"}
        }
        """#
}
