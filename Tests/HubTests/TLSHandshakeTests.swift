import NIOCore
import Testing

@testable import Hub

/// The time for a handshake begins with the connection, so TLS is part of it.
@Suite(.timeLimit(.minutes(2))) struct `TLS handshake` {
    @Test(arguments: [0, 20, TestCertificate.clientHello.count])
    func `who stalls in it is cut off when the time is up`(byteCount: Int) async throws {
        try await withEchoServer(
            {
                $0.handshakeTimeout = .milliseconds(100)
                // Or it would be this that ends the connection.
                $0.httpIdleTimeout = .hours(1)
            }, tls: TestCertificate.serverConfiguration()
        ) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                // On a busy machine the time may be up before we have sent anything: then it is a reset.
                try? await client.send(ByteBuffer(bytes: TestCertificate.clientHello.prefix(byteCount)))
                while let bytes = try? await client.bytes() {
                    // TLS alerts and handshake messages, and no word of HTTP.
                    #expect(![0x48, nil].contains(bytes.getInteger(at: bytes.readerIndex, as: UInt8.self)))
                }
            }
        }
    }

    @Test func `its first step is answered, and the connection stays open while there is time`() async throws {
        try await withEchoServer(tls: TestCertificate.serverConfiguration()) { port, _ in
            try await WebSocketTestClient.connected(to: port) { client in
                try await client.send(ByteBuffer(bytes: TestCertificate.clientHello))
                let answer = try #require(await client.bytes())
                // A record with a handshake message in it: the server's hello.
                #expect(answer.getBytes(at: answer.readerIndex, length: 3) == [0x16, 0x03, 0x03])
                #expect(answer.getInteger(at: answer.readerIndex + 5, as: UInt8.self) == 2)
            }
        }
    }
}
