extension BuiltInProfile {
    static let cas = [cas22, cas10]

    /// Of the lamp byte are believed hold, zero and that the weight moves; bit 5 differs between models. Its bit 7 is set, and without it
    /// it may look like the end of a line. The byte behind the weight is blank, or the state of relays.
    private static let cas22 = #"""
        {
          "id": "cas22",
          "title": "CAS 22 bytes (CI-200/400/600D/150A, NT-200, PDI)",
          "line": {"baud": 9600, "settings": "8N1"},
          "poll": {"command": "{id}RW\r\n"},
          "frames": [[
            {"field": "status", "length": 2}, ",", {"field": "mode", "length": 2}, ",",
            {"field": "device", "length": 1},
            {"length": 1, "fill": 132, "fields": [
              {"name": "status", "bits": [4, 1], "map": {"0": null, "1": "hold"}},
              {"name": "status", "bits": [6, 1], "map": {"0": "motion", "1": null}},
              {"name": "zero", "bits": [0, 1], "map": {"0": null, "1": true}}]},
            ",", {"field": "weight", "length": 8}, {"length": 1}, {"field": "unit", "length": 2}, "\r\n"]],
          "maps": {
            "status": {"ST": "stable", "US": "motion", "OL": "over"},
            "mode": {"GS": "gross", "NT": "net"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
          "common": {"deviceBase": 48}
        }
        """#

    /// Nothing but the digits: whether they are at rest the edge finds out itself, and the station says their unit.
    private static let cas10 = #"""
        {
          "id": "cas10",
          "title": "CAS 10 bytes (weight only)",
          "line": {"baud": 9600, "settings": "8N1"},
          "frames": [[{"field": "weight", "length": 8}, "\r\n"]]
        }
        """#
}
