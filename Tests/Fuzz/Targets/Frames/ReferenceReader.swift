import Wire

/// RFC 6455 §5 read off a whole stream in one loop, as naively as possible: what `WebSocketProtocol` must agree with.
struct ReferenceReader {
    let role: Role
    let limits: WebSocketLimits
    /// Whether permessage-deflate was agreed on, without contexts.
    let isDeflated: Bool
    /// After this many observations the local side says goodbye with 1001; nil: never.
    let closesAfter: Int?

    private var seen: [Observation] = []
    private var isCloseSent = false
    private var isOver = false

    init(role: Role, limits: WebSocketLimits, isDeflated: Bool, closesAfter: Int?) {
        (self.role, self.limits, self.isDeflated, self.closesAfter) = (role, limits, isDeflated, closesAfter)
    }

    /// The data message that is being put together.
    private struct Open {
        var kind: Message.Kind
        var isCompressed: Bool
        var bytes: [UInt8] = []
        var frameCount = 0

        var isBadText: Bool { kind == .text && !isCompressed && !isUTF8Prefix(bytes) }
        var isUnfinishedText: Bool {
            kind == .text && !isCompressed && String(validating: bytes, as: UTF8.self) == nil
        }
    }

    private struct Violation: Error {
        let code: CloseCode
        init(_ code: CloseCode) { self.code = code }
    }

    private struct Frame {
        var opcode: Opcode
        var isFinal: Bool
        var isRSV1: Bool
        var length: UInt64
        var key: [UInt8]?
        var payloadStart: Int
    }

    mutating func read(_ stream: [UInt8]) -> [Observation] {
        closeIfDue()
        do {
            try readFrames(of: stream)
            if !isOver { end(isCloseSent ? .closed(.goingAway, cause: .local, isClean: false) : Self.lost) }
        } catch {
            fail(error.code)
        }
        return seen
    }

    private static let lost = Observation.closed(.abnormal, cause: .lost, isClean: false)

    private mutating func readFrames(of stream: [UInt8]) throws(Violation) {
        var index = 0
        var open: Open?
        while !isOver, let frame = try header(in: stream, at: index) {
            if !frame.opcode.isControl { open = try judge(frame, after: open) }
            let available = Int(min(frame.length, UInt64(stream.count - frame.payloadStart)))
            index = frame.payloadStart + available
            let payload = (0..<available).map { offset in
                stream[frame.payloadStart + offset] ^ (frame.key.map { $0[offset & 3] } ?? 0)
            }
            let isWhole = UInt64(available) == frame.length
            if frame.opcode.isControl {
                guard isWhole else { return }
                try control(frame.opcode, payload)
                continue
            }
            open?.bytes += payload
            if open?.isBadText == true { throw Violation(.invalidPayload) }
            guard isWhole else { return }
            if frame.isFinal, let message = open {
                if message.isUnfinishedText { throw Violation(.invalidPayload) }
                if !isCloseSent { note(.message(message.kind, try plain(message))) }
                open = nil
            }
        }
    }

    private func plain(_ message: Open) throws(Violation) -> [UInt8] {
        guard message.isCompressed else { return message.bytes }
        var inflate = ReferenceInflate(windowBits: 15, keepsContext: false)
        switch inflate.read(message.bytes, byteCountMax: limits.messageByteCountMax) {
        case .message(let bytes):
            let isText = message.kind == .binary || String(validating: bytes, as: UTF8.self) != nil
            if !isText { throw Violation(.invalidPayload) }
            return bytes
        case .tooLarge: throw Violation(.messageTooBig)
        case .invalid: throw Violation(.invalidPayload)
        }
    }

    /// The header at `index`, judged byte by byte; nil when it is cut off.
    private func header(in stream: [UInt8], at index: Int) throws(Violation) -> Frame? {
        guard index < stream.count else { return nil }
        let first = stream[index]
        guard let opcode = Opcode(rawValue: first & 15) else { throw Violation(.protocolError) }
        let isRSV1 = first & 0x40 != 0
        if first & 0x30 != 0 { throw Violation(.protocolError) }
        if isRSV1 && !(isDeflated && (opcode == .text || opcode == .binary)) { throw Violation(.protocolError) }
        if opcode.isControl && first & 0x80 == 0 { throw Violation(.protocolError) }

        guard index + 1 < stream.count else { return nil }
        let second = stream[index + 1]
        if (second & 0x80 != 0) != (role == .server) { throw Violation(.protocolError) }
        if opcode.isControl && second & 0x7F > 125 { throw Violation(.protocolError) }
        let extra = second & 0x7F == 127 ? 8 : second & 0x7F == 126 ? 2 : 0
        guard index + 2 + extra <= stream.count else { return nil }
        var length = extra == 0 ? UInt64(second & 0x7F) : 0
        for byte in stream[(index + 2)..<(index + 2 + extra)] { length = length << 8 | UInt64(byte) }
        if extra == 8 && length >> 63 == 1 { throw Violation(.protocolError) }
        if extra == 8 && length < 65536 || extra == 2 && length < 126 { throw Violation(.protocolError) }
        if !opcode.isControl && length > UInt64(limits.frameByteCountMax) { throw Violation(.messageTooBig) }

        var frame = Frame(
            opcode: opcode, isFinal: first & 0x80 != 0, isRSV1: isRSV1, length: length, key: nil,
            payloadStart: index + 2 + extra)
        if role == .server {
            guard frame.payloadStart + 4 <= stream.count else { return nil }
            frame.key = Array(stream[frame.payloadStart..<(frame.payloadStart + 4)])
            frame.payloadStart += 4
        }
        return frame
    }

    private func judge(_ frame: Frame, after open: Open?) throws(Violation) -> Open {
        var message: Open
        if frame.opcode == .continuation {
            guard let open else { throw Violation(.protocolError) }
            message = open
        } else {
            if open != nil { throw Violation(.protocolError) }
            message = Open(kind: frame.opcode == .text ? .text : .binary, isCompressed: frame.isRSV1)
        }
        message.frameCount += 1
        if message.frameCount > limits.fragmentCountMax { throw Violation(.policyViolation) }
        if UInt64(message.bytes.count) + frame.length > UInt64(limits.messageByteCountMax) {
            throw Violation(.messageTooBig)
        }
        return message
    }

    private mutating func control(_ opcode: Opcode, _ payload: [UInt8]) throws(Violation) {
        switch opcode {
        case .ping: if !isCloseSent { note(.sent(.pong, payload)) }
        case .pong: if !isCloseSent { note(.pong(payload)) }
        default:
            if payload.count == 1 { throw Violation(.protocolError) }
            var code: CloseCode?
            if payload.count >= 2 {
                let value = UInt16(payload[0]) << 8 | UInt16(payload[1])
                // §7.4.1, §7.4.2 and IANA's registry.
                let isAllowed =
                    (3000..<5000).contains(value)
                    || [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].contains(value)
                if !isAllowed { throw Violation(.protocolError) }
                if String(validating: payload.dropFirst(2), as: UTF8.self) == nil { throw Violation(.invalidPayload) }
                code = CloseCode(rawValue: value)
            }
            if isCloseSent { return end(.closed(.goingAway, cause: .local, isClean: true)) }
            // After our echo nothing is due any more, also not our own close.
            isCloseSent = true
            note(.sent(.close, Array(payload.prefix(2))))
            end(.closed(code ?? .noStatus, cause: .peer, isClean: true))
        }
    }

    private mutating func fail(_ code: CloseCode) {
        if isCloseSent { return end(.closed(.goingAway, cause: .local, isClean: false)) }
        isCloseSent = true
        note(.sent(.close, [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 255)]))
        end(.closed(code, cause: .violation, isClean: false))
    }

    private mutating func note(_ observation: Observation) {
        seen.append(observation)
        closeIfDue()
    }

    private mutating func closeIfDue() {
        guard seen.count == closesAfter, !isCloseSent else { return }
        isCloseSent = true
        seen.append(.sent(.close, [0x03, 0xE9]))
    }

    private mutating func end(_ observation: Observation) {
        seen.append(observation)
        isOver = true
    }
}

/// Whether `bytes` are UTF-8, or can become it: tried out with every kind of continuation.
func isUTF8Prefix(_ bytes: [UInt8]) -> Bool {
    if String(validating: bytes, as: UTF8.self) != nil { return true }
    // The last character begins among the last three bytes, and the rest before it is whole.
    for tailCount in 1...3 where bytes.count >= tailCount {
        guard String(validating: bytes.dropLast(tailCount), as: UTF8.self) != nil else { continue }
        var candidates = [Array(bytes.suffix(tailCount))]
        for _ in 0..<3 {
            candidates = candidates.flatMap { start in [0x80, 0x90, 0xA0].map { start + [$0] } }
            if candidates.contains(where: { String(validating: $0, as: UTF8.self) != nil }) { return true }
        }
    }
    return false
}
