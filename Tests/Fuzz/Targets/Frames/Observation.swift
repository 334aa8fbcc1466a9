import NIOCore
import Wire

/// What a connection did, in a form that the reference and `WebSocketProtocol` can both state.
enum Observation: Hashable {
    /// As the application gets it: inflated, if it was compressed.
    case message(Message.Kind, [UInt8])
    case pong([UInt8])
    /// A control frame that went out. Of a close frame only the code counts: the reason is for people.
    case sent(Opcode, [UInt8])
    case closed(CloseCode, cause: Cause, isClean: Bool)

    enum Cause: Hashable {
        case peer, local, violation, lost
    }

    init(_ closure: Closure) {
        let cause: Cause =
            switch closure.cause {
            case .peer: .peer
            case .local: .local
            case .violation: .violation
            case .lost: .lost
            }
        self = .closed(closure.code, cause: cause, isClean: closure.isClean)
    }

    /// A whole control frame as it went to the peer.
    ///
    /// - Throws: if it is not one, or masked by the wrong side (RFC 6455 §5.1, §5.5).
    init(sent frame: ByteBuffer, by role: Role) throws(Finding) {
        let bytes = Array(frame.readableBytesView)
        try demand(bytes.count >= 2 && bytes[0] & 0xF0 == 0x80, "a frame went out that is no whole frame: \(bytes)")
        guard let opcode = Opcode(rawValue: bytes[0] & 0x0F), opcode.isControl else {
            throw Finding("opcode \(bytes[0] & 0x0F) went out by itself")
        }
        try demand((bytes[1] & 0x80 != 0) == (role == .client), "the mask of a \(role)'s frame is wrong")
        let count = Int(bytes[1] & 0x7F)
        let maskCount = role == .client ? 4 : 0
        try demand(count <= 125 && bytes.count == 2 + maskCount + count, "a \(opcode) frame has a wrong length")
        let key = bytes[2..<(2 + maskCount)]
        let payload = bytes[(2 + maskCount)...].enumerated().map { index, byte in
            role == .client ? byte ^ key[2 + index & 3] : byte
        }
        self = .sent(opcode, opcode == .close ? Array(payload.prefix(2)) : payload)
    }

    /// What `event` says.
    init(_ event: WebSocketProtocol.Event, role: Role) throws(Finding) {
        switch event {
        case .message(let message):
            try demand(!message.isCompressed, "a message came out compressed")
            self = .message(message.kind, Array(message.payload.readableBytesView))
        case .pong(let payload): self = .pong(Array(payload.readableBytesView))
        case .send(let frame): try self.init(sent: frame, by: role)
        case .closed(let closure): self.init(closure)
        }
    }
}
