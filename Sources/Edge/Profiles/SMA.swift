extension BuiltInProfile {
    static let sma = [smaSCP]

    private static let smaSCP = #"""
        {
          "id": "sma",
          "title": "SMA SCP-0499 (Sartorius PR5211/5220, Avery ZM401, Cardinal 201, Btek)",
          "line": {"baud": 9600, "settings": "8N1"},
          "poll": {"command": "W\r", "always": true},
          "frames": [[
            "\n",
            {"length": 1, "fields": [
              {"name": "status", "map": {" ": null, "Z": null, "O": "over", "U": "under", "E": "error", "T": "error"}},
              {"name": "zero", "map": {"Z": true, "*": null}}]},
            {"length": 1, "fill": "1"}, {"field": "mode", "length": 1},
            {"field": "status", "length": 1, "map": {" ": "stable", "M": "motion"}}, {"length": 1},
            {"field": "weight", "length": 10}, {"field": "unit", "length": 3}, "\r"]],
          "replies": {"\n?\r": "device-error", "\n!\r": "device-error"},
          "maps": {
            "mode": {"G": "gross", "N": "net", "T": "tare", "g": "gross", "n": "net"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
          "common": {"padding": " "}
        }
        """#
}
