import Testing

@testable import Hub

/// Whose pages may open a WebSocket.
@Suite struct `Origin` {
    @Test(arguments: [
        // TLS may end at a reverse proxy: the hub itself is asked by HTTP.
        ("http://yard.example", "yard.example"), ("https://yard.example", "yard.example"),
        ("http://yard.example:8080", "yard.example:8080"), ("https://yard.example:8443", "yard.example:8443"),
        ("http://yard.example:8080", "YARD.Example:8080"), ("HTTPS://Yard.Example", "yard.example"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"), ("http://[::1]:8080", "[::1]:8080"),
        ("https://[2001:db8::a]", "[2001:DB8::A]"),
    ])
    func `the hub's own pages may, by every name of it`(origin: String, host: String) {
        #expect(HubApplication.isAllowed(origin: origin, host: host, []))
    }

    @Test(arguments: [
        ("http://yard.example", "yard.example:8080"), ("http://yard.example:8081", "yard.example:8080"),
        ("http://yard.example:8080", "yard.example"), ("http://yard.example.evil.example", "yard.example"),
        ("http://evil.example/yard.example", "yard.example"), ("http://user@yard.example", "yard.example"),
        ("http://yard.example/", "yard.example"), ("ws://yard.example", "yard.example"), ("null", "yard.example"),
        ("", "yard.example"), ("yard.example", "yard.example"), ("http://[::2]:8080", "[::1]:8080"),
        ("http://::1", "[::1]"), ("http://", ""), ("https://", ""), ("null", "null"),
        // The Kelvin sign is no K.
        ("http://\u{212A}iosk.example", "Kiosk.example"),
    ])
    func `pages of other hosts, ports and schemes may not`(origin: String, host: String) {
        #expect(!HubApplication.isAllowed(origin: origin, host: host, []))
    }

    @Test func `pages of an origin that is listed may, and of none that is like it`() {
        let allowed = ["https://kiosk.example", "http://yard.example:8080"]
        for origin in ["https://kiosk.example", "https://KIOSK.example", "http://yard.example:8080"] {
            #expect(HubApplication.isAllowed(origin: origin, host: "hub.example", allowed), "\(origin)")
        }
        for origin in [
            "http://kiosk.example", "https://kiosk.example:443", "http://yard.example", "http://yard.example:80",
        ] {
            #expect(!HubApplication.isAllowed(origin: origin, host: "hub.example", allowed), "\(origin)")
        }
        #expect(!HubApplication.isAllowed(origin: "https://\u{212A}iosk.example", host: "hub.example", allowed))
    }
}
