internal import Glibc
internal import NIOCore
internal import Wire

/// Somebody on a raw socket and a thread of his own, who says the same again and again as fast as the hub takes it, whatever it says,
/// and comes back at once when he is thrown out.
struct Intruder: Sendable {
    struct Tally: Sendable {
        var connectionCount = 0
        var sentByteCount = 0
        /// Answers with a code, by code.
        var codes: [String: Int] = [:]
        /// How his connections ended: by close code, or HTTP status when there was none to end.
        var ends: [String: Int] = [:]

        mutating func add(_ other: Tally) {
            connectionCount += other.connectionCount
            sentByteCount += other.sentByteCount
            codes.merge(other.codes, uniquingKeysWith: +)
            ends.merge(other.ends, uniquingKeysWith: +)
        }
    }

    /// Of the first intruder; the next ones have the next.
    static let firstHost: UInt32 = 0x7F03_0001

    let port: Int
    /// To come from: 127.x.y.z, as a number.
    let host: UInt32
    /// Said first, and `welcome` waited for; nil: he does not log in.
    var token: String?
    var compresses = false
    /// One or more frames.
    let chunk: ByteBuffer
    /// Says it once on each connection, and waits for what comes of it.
    var saysOnce = false

    /// Blocks until he is stopped.
    func run(until stop: Stop) throws -> Tally {
        Hostiles.yieldToOthers()
        var tally = Tally()
        while !stop.isSet { try visit(&tally, stop) }
        return tally
    }

    private func visit(_ tally: inout Tally, _ stop: Stop) throws {
        let descriptor = try RawSocket.connect(port, from: host)
        defer { close(descriptor) }
        tally.connectionCount += 1
        var ears = Ears()
        guard try shakeHands(descriptor, &tally) else { return }
        var rest = chunk
        if let token {
            rest = RawSocket.frame(.text, ClientSays.hello(token: token))
            while !stop.isSet, ears.end == nil, !ears.isWelcome {
                try talk(descriptor, &rest, &ears, &tally, waitsForMore: true)
            }
            rest = chunk
        }
        while !stop.isSet, ears.end == nil {
            try talk(descriptor, &rest, &ears, &tally, waitsForMore: saysOnce)
            if rest.readableBytes == 0, !saysOnce { rest = chunk }
        }
        for (code, count) in ears.codes { tally.codes[code, default: 0] += count }
        if let end = ears.end { tally.ends[end, default: 0] += 1 }
    }

    /// Says and hears what can be said and heard now.
    private func talk(
        _ descriptor: CInt, _ rest: inout ByteBuffer, _ ears: inout Ears, _ tally: inout Tally, waitsForMore: Bool
    ) throws {
        let isSilent = rest.readableBytes == 0 && waitsForMore
        var polled = pollfd(fd: descriptor, events: Int16(isSilent ? POLLIN : POLLIN | POLLOUT), revents: 0)
        guard poll(&polled, 1, 100) >= 0 else { throw RawSocket.Failed.last("poll") }
        if polled.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { ears.read(descriptor) }
        guard polled.revents & Int16(POLLOUT) != 0, rest.readableBytes > 0 else { return }
        let count = rest.withUnsafeReadableBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if count > 0 {
            rest.moveReaderIndex(forwardBy: count)
            tally.sentByteCount += count
        } else if errno != EAGAIN {
            ears.hangUp()
        }
    }

    /// False when the hub would not have him.
    private func shakeHands(_ descriptor: CInt, _ tally: inout Tally) throws -> Bool {
        let offer = compresses ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : ""
        let request = Array(
            ("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\(offer)"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").utf8)
        send(descriptor, request, request.count, Int32(MSG_NOSIGNAL))
        // Byte by byte, so that nothing behind it is lost.
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, 0) == 1 else {
                tally.ends["cut in the handshake", default: 0] += 1
                return false
            }
            head.append(byte)
        }
        let status = String(decoding: head.dropFirst(9).prefix(3), as: UTF8.self)
        if status != "101" { tally.ends["HTTP \(status)", default: 0] += 1 }
        return status == "101"
    }
}

/// What he hears: codes, and the end.
private struct Ears {
    private(set) var codes: [String: Int] = [:]
    private(set) var isWelcome = false
    private(set) var end: String?
    private var socket = WebSocketProtocol(
        clientWith: WebSocketLimits(frameByteCountMax: 1 << 26, messageByteCountMax: 1 << 26)
    ) { MaskKey(0) }

    mutating func read(_ descriptor: CInt) {
        var bytes = ByteBuffer()
        let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) {
            max(0, recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)))
        }
        guard count > 0 else {
            if errno != EAGAIN { hangUp() }
            return
        }
        while let event = socket.nextEvent(in: &bytes) {
            switch event {
            case .message(let message): take(Array(message.payload.readableBytesView))
            case .pong, .send: break
            case .closed(let closure): end = end ?? "\(closure.code.rawValue)"
            }
        }
    }

    mutating func hangUp() { end = end ?? "cut" }

    private mutating func take(_ message: [UInt8]) {
        if message.starts(with: #"{"op":"welcome""#.utf8) { isWelcome = true }
        guard let place = message.firstRange(of: Array(#""code":""#.utf8)) else { return }
        let code = message[place.upperBound...].prefix { $0 != UInt8(ascii: "\"") }
        codes[String(decoding: code, as: UTF8.self), default: 0] += 1
    }
}
