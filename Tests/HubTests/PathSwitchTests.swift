import NIOCore
import Testing
import Wire

@testable import Hub

/// Bytes leave straight for the socket, or through the channel once the socket takes no more. A connection changes between the two
/// for as long as it lives, and its peer must not notice.
@Suite(.timeLimit(.minutes(2))) struct `Path switches` {
    @Test func `frames stay in order over a hundred changes of the path`() async throws {
        try await withEchoServer(
            {
                $0.pendingByteCountMax = 1 << 26
                $0.pingInterval = .hours(1)
                $0.closeTimeout = .hours(1)
            }, makeDelegate: { _, _ in SwitchingDelegate() }
        ) { port, _ in
            try await WebSocketTestClient.connected(to: port, receiveBufferByteCount: 4096) { client in
                try await client.open()
                for number in 0... {
                    guard case .message(let message) = try await client.next() else {
                        Issue.record("the connection ended before message \(number)")
                        return
                    }
                    let text = String(buffer: message.payload)
                    if text == "end" { break }
                    guard text == SwitchingDelegate.message(number) else {
                        Issue.record("message \(number) is missing, broken or out of order: \(text.prefix(80))")
                        return
                    }
                }
                let closure = try await client.closure()
                #expect(closure?.reason == "to the channel: 50, back to the socket: 50")
            }
        }
    }
}

/// Writes until the socket takes no more and some behind it, waits until all has left, and begins again, fifty times. It counts how
/// often the bytes turned to the channel, and how often the first behind a drained backlog went straight to the socket again.
private final class SwitchingDelegate: WebSocketDelegate {
    static let roundCount = 50

    static func message(_ number: Int) -> String {
        "\(number) " + String(repeating: "0123456789abcdef", count: number % 97 * 64)
    }

    private var nextNumber = 0
    private var round = 0
    private var toChannelCount = 0
    private var toSocketCount = 0

    func opened(_ connection: WebSocketConnection) { fill(connection) }

    private func write(on connection: WebSocketConnection) {
        connection.write(text: Self.message(nextNumber))
        nextNumber += 1
    }

    /// One flush a call, until one leaves a backlog; then as many again behind it.
    private func fill(_ connection: WebSocketConnection) {
        guard connection.isOpen else { return }
        let before = connection.sentByteCounts
        write(on: connection)
        connection.flush()
        if toSocketCount < round, connection.sentByteCounts.direct > before.direct { toSocketCount += 1 }
        guard connection.sentByteCounts.channel > before.channel else {
            return connection.eventLoop.assumeIsolated().execute { self.fill(connection) }
        }
        toChannelCount += 1
        for count in 0..<8 {
            write(on: connection)
            if count % 3 == 0 { connection.flush() }
        }
        let here = NIOLoopBound((self, connection), eventLoop: connection.eventLoop)
        connection.whenDrained { here.value.0.drained(here.value.1) }
    }

    private func drained(_ connection: WebSocketConnection) {
        round += 1
        guard round == Self.roundCount else { return fill(connection) }
        let before = connection.sentByteCounts
        connection.write(text: "end")
        connection.flush()
        if connection.sentByteCounts.direct > before.direct { toSocketCount += 1 }
        connection.close(.normal, reason: "to the channel: \(toChannelCount), back to the socket: \(toSocketCount)")
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {}
    func received(binary: ByteBuffer, on connection: WebSocketConnection) {}
    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {}
    func closed(on connection: WebSocketConnection, code: CloseCode) {}
}
