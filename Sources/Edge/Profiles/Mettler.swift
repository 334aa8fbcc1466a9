extension BuiltInProfile {
    static let mettler = [mtsics]

    private static let mtsics = #"""
        {
          "id": "mtsics",
          "title": "MT-SICS (Mettler-Toledo)",
          "line": {"baud": 9600, "settings": "8N1"},
          "poll": {"command": "SI\r\n", "always": true},
          "frames": [
            ["S ", {"field": "status", "length": 1}, " ", {"field": "weight", "length": 10}, " ",
              {"field": "unit", "length": [1, 4]}, "\r\n"],
            ["S ", {"field": "status", "length": 1, "map": {"+": "over", "-": "under", "I": "busy"}}, "\r\n"]],
          "replies": {"ES\r\n": "device-error", "ET\r\n": "device-error", "EL\r\n": "device-error"},
          "maps": {
            "status": {"S": "stable", "D": "motion"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
          "common": {"padding": " "}
        }
        """#
}
