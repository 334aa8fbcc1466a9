import Glibc
import NIOCore
import Sessions
import Testing

@testable import Hub

/// Slow requests, and a yard full of phones behind one address.
extension Acceptance {
    @Suite struct Handshakes {
        @Test func `a body that stalls is answered with 408, and the connection ends`() async throws {
            try await TestHub.run({ $0.requestTimeout = .milliseconds(100) }) { hub in
                try await WebSocketTestClient.connected(to: hub.port) { client in
                    try await client.send(
                        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"login_id\":")
                    let answer = try await client.string()
                    #expect(answer.hasPrefix("HTTP/1.1 408 "))
                    #expect(answer.contains(#""code":"tooSlow""#))
                    #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
                    #expect(answer.lowercased().contains("\r\nx-content-type-options: nosniff\r\n"))
                }
            }
        }

        @Test func `500 phones behind one address all get in`() async throws {
            try allowDescriptors(4096)
            try await TestHub.run({ $0.sessionLimits.helloTimeout = .seconds(100) }) { hub in
                var phones: [TestClient] = []
                for _ in 0..<500 { phones.append(try await hub.connect()) }
                for phone in phones { phone.send(["op": "ping"]) }
                for phone in phones { _ = try await phone.inbox.take("pong") { $0.op == "pong" } }
            }
        }

        /// Both ends of each connection are in this process.
        private func allowDescriptors(_ count: rlim_t) throws {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            guard limit.rlim_cur < count else { return }
            limit.rlim_cur = min(count, limit.rlim_max)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        }
    }
}
