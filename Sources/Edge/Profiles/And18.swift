extension BuiltInProfile {
    /// A&D 18 bytes (AD-4402/4404/4406/4410; "AND 18" on CAS). Documents write LO for out of range as well as OL.
    static let and18 = #"""
        {
          "id": "and18",
          "title": "A&D 18 bytes (AD-4402/4404/4406/4410, CAS \"AND 18\")",
          "line": {"baud": 2400, "settings": "7E1"},
          "framing": {"fixed": {"lengths": [18], "literals": [
            {"at": 2, "text": ","}, {"at": 5, "text": ","}, {"at": 16, "text": "\r\n"}]}},
          "fields": [
            {"name": "status", "at": 0, "length": 2},
            {"name": "mode", "at": 3, "length": 2},
            {"name": "weight", "at": 6, "length": 8},
            {"name": "unit", "at": 14, "length": 2}],
          "maps": {
            "status": {"ST": "stable", "US": "motion", "OL": "over", "LO": "over", "HD": "hold"},
            "mode": {"GS": "gross", "NT": "net", "TR": "tare"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
          "replies": {"?\r\n": "device-error", "I\r\n": "busy", "M\r\n": "device-error"},
          "encoding": {
            "status": {"stable": "ST", "motion": "US", "over": "OL", "hold": "HD"},
            "mode": {"gross": "GS", "net": "NT", "tare": "TR"},
            "unit": {"kg": "kg", "t": " t"},
            "sign": true}
        }
        """#
}
