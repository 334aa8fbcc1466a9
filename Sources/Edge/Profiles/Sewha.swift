extension BuiltInProfile {
    /// Seven digits or eight: a lost one would be ten times too little, so each is a profile.
    static let sewha = [
        sewha(
            id: "sewha", title: "세화 SI-410/460/480",
            frame: #"""
                {"field": "status", "length": 1}, {"field": "mode", "length": 1}, "P",
                      {"field": "decimals", "length": 1}, {"field": "sign", "length": 1}, {"field": "weight", "length": 7}
                """#,
            status: #"{"S": "stable", "U": "motion", "O": "over"}"#, mode: #"{"G": "gross", "N": "net"}"#),
        si4400(id: "sewha44", title: "세화 SI-4200/4410, 7자리", digits: 7),
        si4400(id: "sewha44w8", title: "세화 SI-4200/4410, 8자리", digits: 8),
    ]

    private static func si4400(id: String, title: String, digits: Int) -> String {
        sewha(
            id: id, title: title,
            frame: #"""
                {"field": "status", "length": 2}, ",", {"field": "mode", "length": 2}, ",",
                      {"field": "sign", "length": 1}, {"field": "weight", "length": \#(digits)}
                """#,
            status: #"{"ST": "stable", "US": "motion", "OL": "over"}"#, mode: #"{"GS": "gross", "NT": "net"}"#)
    }

    /// Asked by number, several on one line. The manual calls N both net and "tare not used": which it is has to be seen on site,
    /// and is data.
    private static func sewha(id: String, title: String, frame: String, status: String, mode: String) -> String {
        let frame = #"""
            "\u0002", {"field": "device", "length": 2}, "RCWT", \#(frame),
                  {"field": "unit", "length": 2}, "\u0003"
            """#
        return #"""
            {
              "id": "\#(id)",
              "title": "\#(title)",
              "line": {"baud": 9600, "settings": "8N1"},
              "poll": {"command": "\u0002{id}RCWT\u0003", "always": true},
              "frames": [
                [\#(frame)],
                [\#(frame), {"check": "sum", "format": "hex"}]],
              "maps": {
                "status": \#(status),
                "mode": \#(mode),
                "unit": {"kg": "kg", "t": "t", "g": "g", "lb": "lb"},
                "sign": {"+": "+", "-": "-", " ": "+"}}
            }
            """#
    }
}
