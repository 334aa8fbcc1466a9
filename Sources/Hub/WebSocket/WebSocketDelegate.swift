package import NIOCore
package import Wire

/// What is done with one connection's messages. Every call comes on the connection's event loop, in the order of
/// the wire: `opened` first, `closed` once and last.
package protocol WebSocketDelegate: AnyObject {
    /// The handshake is done; frames may be written from now on.
    func opened(_ connection: WebSocketConnection)
    /// A whole text message; the buffer is valid UTF-8.
    func received(text: ByteBuffer, on connection: WebSocketConnection)
    /// A whole binary message.
    func received(binary: ByteBuffer, on connection: WebSocketConnection)
    /// An answer to `ping`, or to one of the server's own pings, whose payload is empty.
    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection)
    /// The connection is over; `connection.closure` says more. Nothing can be written any more.
    func closed(on connection: WebSocketConnection, code: CloseCode)
}

/// Sends every message back as it came: for conformance and load tests.
///
/// It has no state, so one instance may serve any number of connections.
package final class EchoDelegate: WebSocketDelegate {
    package init() {}

    package func opened(_ connection: WebSocketConnection) {}

    package func received(text: ByteBuffer, on connection: WebSocketConnection) {
        connection.write(.text, text)
    }

    package func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.write(.binary, binary)
    }

    package func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {}

    package func closed(on connection: WebSocketConnection, code: CloseCode) {}
}
