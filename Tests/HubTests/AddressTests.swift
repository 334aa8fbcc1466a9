import NIOCore
import Testing
import Wire

@testable import Hub

/// Whom the limits per address mean, and the limits themselves at their defaults.
@Suite struct `Client addresses` {
    private let server = WebSocketServer(configuration: WebSocketConfiguration(path: "/ws")) { _, _ in EchoDelegate() }

    @Test func `one address may have 1,000 sessions and not one more, until one of them ends`() throws {
        var places = try (0..<1000).map { _ in try server.placeForSession(of: "10.0.0.1") }
        #expect(throws: HandshakeRefusal.self) { try server.placeForSession(of: "10.0.0.1") }
        #expect(throws: Never.self) { try server.placeForSession(of: "10.0.0.2") }
        places.removeLast()
        places.append(try server.placeForSession(of: "10.0.0.1"))
        #expect(throws: HandshakeRefusal.self) { try server.placeForSession(of: "10.0.0.1") }
        withExtendedLifetime(places) {}
    }

    @Test func `one address may have 8,000 connections and not one more`() throws {
        let peer = try SocketAddress(ipAddress: "10.0.0.1", port: 1)
        let places = (0..<8000).map { _ in server.placeForConnection(from: peer) }
        #expect(places.allSatisfy { $0 != nil })
        #expect(server.placeForConnection(from: peer) == nil)
        withExtendedLifetime(places) {}
    }

    @Test func `the addresses of one IPv6 network count as one, those of the next as another`() {
        let counts = AddressCounts(countMax: 2)
        let places = [
            counts.take("2001:db8:0:1::1"), counts.take("2001:DB8:0:1:ffff:ffff:ffff:ffff"),
        ]
        #expect(places.allSatisfy { $0 != nil })
        #expect(counts.take("2001:db8:0:1:8000::") == nil)
        #expect(counts.take("2001:db8:0:2::1") != nil)
        #expect(counts.take("2001:db8:0:0:ffff:ffff:ffff:ffff") != nil)
        withExtendedLifetime(places) {}
    }

    @Test func `a network has its place back when its last address leaves`() {
        let counts = AddressCounts(countMax: 1)
        var place = counts.take("2001:db8::1")
        #expect(place != nil)
        #expect(counts.take("2001:db8::2") == nil)
        place = nil
        #expect(counts.take("2001:db8::2") != nil)
    }

    @Test(arguments: ["::ffff:10.0.0.1", "::FFFF:a00:1", "0:0:0:0:0:ffff:10.0.0.1"])
    func `an IPv4 address counts as such, however it is written`(mapped: String) {
        let counts = AddressCounts(countMax: 1)
        let place = counts.take("10.0.0.1")
        #expect(place != nil)
        #expect(counts.take(mapped) == nil)
        // The same 64 bits.
        #expect(counts.take("::ffff:10.0.0.2") != nil)
        withExtendedLifetime(place) {}
    }

    @Test(arguments: ["", "?", "10.0.0.1", "10.0.0", "::g", "fe80::1%eth0", "[::1]:80"])
    func `what is no IPv6 address counts as it is written`(address: String) {
        #expect(ClientAddresses.counted(address) == address)
    }

    @Test(arguments: ["10.0.0.9", "::ffff:10.0.0.9"])
    func `a trusted proxy is known on a socket for both families, and names addresses of both`(peer: String) {
        let addresses = ClientAddresses(trustedProxies: ["10.0.0.9"])
        #expect(addresses.client(peer: peer, forwardedFor: ["2001:DB8:0::1"]) == "2001:db8::1")
        #expect(addresses.client(peer: peer, forwardedFor: ["::ffff:10.0.0.1"]) == "10.0.0.1")
        #expect(addresses.client(peer: peer, forwardedFor: []) == "10.0.0.9")
        #expect(addresses.client(peer: "::ffff:10.0.0.8", forwardedFor: ["10.0.0.1"]) == "10.0.0.8")
    }
}
