/// Profiles that ship with the edge, each a JSON text as a site's own profile file would hold it.
enum BuiltInProfile {}

extension BuiltInProfile {
    /// CAS 22 bytes (CI-200/400/600D/150A, NT-200, PDI). The lamp byte is believed only where it says hold: its other bits
    /// differ between models. Its bit 7 is set, so the frame is recognised by length and constant texts alone.
    static let cas22 = #"""
        {
          "id": "cas22",
          "title": "CAS 22 bytes (CI-200/400/600D/150A, NT-200, PDI)",
          "line": {"baud": 9600, "settings": "8N1"},
          "framing": {"fixed": {"lengths": [22], "literals": [
            {"at": 2, "text": ","}, {"at": 5, "text": ","}, {"at": 8, "text": ","}, {"at": 20, "text": "\r\n"}]}},
          "fields": [
            {"name": "status", "at": 0, "length": 2},
            {"name": "mode", "at": 3, "length": 2},
            {"name": "device", "at": 6, "length": 1},
            {"name": "hold", "at": 7, "bit": 4},
            {"name": "weight", "at": 9, "length": 8},
            {"name": "unit", "at": 18, "length": 2}],
          "maps": {
            "status": {"ST": "stable", "US": "motion", "OL": "over"},
            "mode": {"GS": "gross", "NT": "net"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}},
          "common": {"deviceBase": 48},
          "encoding": {
            "status": {"stable": "ST", "motion": "US", "over": "OL"},
            "mode": {"gross": "GS", "net": "NT"},
            "unit": {"kg": "kg", "t": " t"},
            "bytes": {"7": {"stable": 196, "motion": 132, "over": 132}}}
        }
        """#
}
