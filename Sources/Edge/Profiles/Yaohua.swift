extension BuiltInProfile {
    static let yaohua = [xk3190, xkrev, xka12e]

    /// Whether the weight is at rest is not said, nor its unit. The last character before the check value is where the point
    /// stands, and no digit.
    private static let xk3190 = #"""
        {
          "id": "xk3190",
          "title": "Yaohua XK3190 12 bytes, Keli D2008FA tf=0",
          "line": {"baud": 2400, "settings": "8N1"},
          "frames": [[
            "\u0002", {"field": "sign", "length": 1}, {"field": "weight", "length": 6}, {"field": "decimals", "length": 1},
            {"check": "xor", "format": "hex", "from": 1}, "\u0003"]],
          "maps": {
            "sign": {"+": "+", "-": "-"},
            "decimals": {"0": 0, "1": 1, "2": 2, "3": 3, "4": 4}}
        }
        """#

    /// The display from right to left.
    private static let xkrev = #"""
        {
          "id": "xkrev",
          "title": "Yaohua XK3190 '=', display reversed",
          "line": {"baud": 2400, "settings": "8N1"},
          "frames": [["=", {"field": "weight", "length": 8, "reversed": true}]]
        }
        """#

    private static let xka12e = #"""
        {
          "id": "xka12e",
          "title": "Yaohua XK3190-A12E",
          "line": {"baud": 9600, "settings": "8N1"},
          "frames": [
            ["W", {"field": "mode", "length": 1}, {"field": "weight", "length": 7}, {"field": "unit", "length": 2},
              {"check": "xor", "format": "hex"}, "\r\n"],
            ["         ", {"field": "status", "length": 2, "map": {"OL": "over"}},
              {"check": "xor", "format": "hex"}, "\r\n"]],
          "maps": {
            "mode": {"G": "gross", "N": "net"},
            "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"}}
        }
        """#
}
