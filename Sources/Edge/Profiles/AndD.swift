extension BuiltInProfile {
    static let andD = [and18, andvar]

    /// Documents write LO for out of range as well as OL.
    private static let and18 = #"""
        {
          "id": "and18",
          "title": "A&D 18 bytes (AD-4402/4404/4406/4410, CAS \"AND 18\")",
          "line": {"baud": 2400, "settings": "7E1"},
          "frames": [[
            {"field": "status", "length": 2}, ",", {"field": "mode", "length": 2}, ",",
            {"field": "weight", "length": 8}, {"field": "unit", "length": 2}, "\r\n"]],
          "replies": {"?\r\n": "device-error", "I\r\n": "device-error", "M\r\n": "device-error"},
          "maps": {
            "status": {"ST": "stable", "US": "motion", "OL": "over", "LO": "over", "HD": "hold"},
            "mode": {"GS": "gross", "NT": "net", "TR": "tare"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
          "common": {"writesPlus": true}
        }
        """#

    /// With units of up to four characters and as many digits as there are: 19 bytes with CF07=1, KERN KXS-TM §14.1.
    private static let andvar = #"""
        {
          "id": "andvar",
          "title": "A&D, weight and unit of any length (CF07=1, KERN KXS-TM)",
          "line": {"baud": 2400, "settings": "7E1"},
          "frames": [[
            {"field": "status", "length": 2}, ",", {"field": "mode", "length": 2}, ",",
            {"field": "weight", "length": [1, 12]}, {"field": "unit", "length": [1, 4]}, "\r\n"]],
          "replies": {"?\r\n": "device-error", "I\r\n": "device-error", "M\r\n": "device-error"},
          "maps": {
            "status": {"ST": "stable", "US": "motion", "OL": "over", "LO": "over", "HD": "hold"},
            "mode": {"GS": "gross", "NT": "net", "TR": "tare"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb", "": null}},
          "common": {"writesPlus": true}
        }
        """#
}
