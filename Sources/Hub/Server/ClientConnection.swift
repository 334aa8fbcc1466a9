import Actors
import NIOCore
import Sessions
import Wire

/// Ties a WebSocket to its session on the same loop.
final class ClientConnection: WebSocketDelegate, SessionConnection {
    private let sessions: SessionLoop
    private var connection: WebSocketConnection?
    private var id: Int?

    init(sessions: SessionLoop) { self.sessions = sessions }

    // MARK: The socket speaks

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        id = sessions.opened(self)
    }

    func received(text: ByteBuffer, on connection: WebSocketConnection) {
        guard let id else { return }
        sessions.received(Array(text.readableBytesView), from: id)
    }

    func received(binary: ByteBuffer, on connection: WebSocketConnection) {
        connection.close(.unacceptableData, reason: "text frames only")
    }

    func pongReceived(_ payload: ByteBuffer, on connection: WebSocketConnection) {}

    func closed(on connection: WebSocketConnection, code: CloseCode) {
        if let id { sessions.closed(id) }
        id = nil
        self.connection = nil
    }

    // MARK: The session speaks

    var pendingByteCount: Int { connection?.pendingByteCount ?? 0 }

    func whenDrained(_ callback: @escaping @Sendable () -> Void) { connection?.whenDrained(callback) }

    func send(_ message: [UInt8]) { connection?.write(.text, ByteBuffer(bytes: message)) }

    func send(_ frame: SharedFrame) { connection?.write(frame) }

    func send(_ published: PublishedRun) { connection?.write(published) }

    func close(_ code: CloseCode, reason: String) { connection?.close(code, reason: reason) }
}
