import Foundation
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import Hub

/// Somebody on a raw socket and a thread of his own, who sends as fast as the hub reads, whatever it says.
enum HostilePeer {
    /// What he heard.
    struct Tally: Sendable {
        var sentByteCount = 0
        var messageCount = 0
        var pongCount = 0
        var codes: [String: Int] = [:]
        var closure: Closure?
    }

    /// Set by whoever has seen enough.
    final class Stop: Sendable {
        private let flag = Atomic(false)
        private let heardCount = Atomic(0)
        var isSet: Bool { flag.load(ordering: .relaxed) }
        func set() { flag.store(true, ordering: .relaxed) }
        fileprivate func heard(_ count: Int) { heardCount.store(count, ordering: .relaxed) }

        /// Returns once so many messages have come.
        func waitUntilHeard(_ count: Int) async throws {
            let end = ContinuousClock.now + .seconds(60)
            while heardCount.load(ordering: .relaxed) < count {
                guard ContinuousClock.now < end else {
                    throw Failed("heard \(heardCount.load(ordering: .relaxed)) of \(count)")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    struct Failed: Error, CustomStringConvertible {
        let description: String
        init(_ what: String) { description = "\(what): \(String(cString: strerror(errno)))" }
    }

    static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 8)
        pool.start()
        return pool
    }()

    /// Floods until he is stopped or thrown out.
    ///
    /// - Parameters:
    ///   - hello: said first, and `welcome` waited for.
    ///   - chunk: what is sent next, of any length; nil when all has been said, and he only listens.
    static func flood(
        _ port: Int, hello: JSONValue? = nil, extensions: String? = nil, until stop: Stop,
        _ chunk: @escaping @Sendable (_ number: Int) -> ByteBuffer?
    ) async throws -> Tally {
        try await threads.runIfActive {
            let socket = try connect(to: port)
            defer { close(socket) }
            try shakeHands(socket, extensions: extensions)
            var listener = Listener()
            if let hello {
                try sendAll(socket, frame(hello.json))
                while listener.tally.messageCount == 0 { try listener.read(socket) }
                listener.tally = Tally()
            }
            guard fcntl(socket, F_SETFL, O_NONBLOCK) == 0 else { throw Failed("fcntl") }
            var rest = ByteBuffer()
            var number = 0
            var isDone = false
            while !stop.isSet, listener.tally.closure == nil {
                if rest.readableBytes == 0, !isDone {
                    if let next = chunk(number) { rest = next } else { isDone = true }
                    number += 1
                }
                var polled = pollfd(fd: socket, events: Int16(isDone ? POLLIN : POLLIN | POLLOUT), revents: 0)
                guard poll(&polled, 1, 100) >= 0 else { throw Failed("poll") }
                if polled.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { try listener.read(socket) }
                stop.heard(listener.tally.messageCount)
                if polled.revents & Int16(POLLOUT) != 0 {
                    let count = rest.withUnsafeReadableBytes {
                        send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                    }
                    if count > 0 {
                        rest.moveReaderIndex(forwardBy: count)
                        listener.tally.sentByteCount += count
                    } else if errno != EAGAIN {
                        listener.end()
                    }
                }
            }
            return listener.tally
        }
    }

    /// A client's frame; its mask is 0, which is one like any other.
    static func frame(_ text: String, _ opcode: Opcode = .text) -> ByteBuffer {
        frame(opcode, ByteBuffer(string: text))
    }

    static func frame(
        _ opcode: Opcode, _ payload: ByteBuffer, isFinal: Bool = true, isRSV1: Bool = false
    ) -> ByteBuffer {
        FrameEncoder.frame(opcode, payload, isFinal: isFinal, isRSV1: isRSV1, maskKey: MaskKey(0))
    }

    /// - Parameter source: one of this machine's own addresses.
    static func connect(to port: Int, from source: String = "127.0.0.1") throws -> CInt {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failed("socket") }
        let bound = try SocketAddress(ipAddress: source, port: 0).withSockAddr { bind(descriptor, $0, socklen_t($1)) }
        let connected = try SocketAddress(ipAddress: "127.0.0.1", port: port).withSockAddr {
            Glibc.connect(descriptor, $0, socklen_t($1))
        }
        guard bound == 0, connected == 0 else {
            defer { close(descriptor) }
            throw Failed("connect")
        }
        return descriptor
    }

    static func sendAll(_ socket: CInt, _ bytes: ByteBuffer) throws {
        var rest = bytes
        while rest.readableBytes > 0 {
            let count = rest.withUnsafeReadableBytes {
                send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failed("send") }
            rest.moveReaderIndex(forwardBy: count)
        }
    }

    private static func shakeHands(_ socket: CInt, extensions: String?) throws {
        let offer = extensions.map { "Sec-WebSocket-Extensions: \($0)\r\n" } ?? ""
        try sendAll(
            socket,
            ByteBuffer(
                string: "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\(offer)"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"))
        // Byte by byte, so that nothing behind it is lost.
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            var byte: UInt8 = 0
            guard recv(socket, &byte, 1, 0) == 1 else { throw Failed("no answer") }
            head.append(byte)
        }
        guard head.starts(with: "HTTP/1.1 101 ".utf8) else { throw Failed(String(decoding: head, as: UTF8.self)) }
    }
}

/// Counts what the hub says, without reading more of it than the code.
private struct Listener {
    var tally = HostilePeer.Tally()
    private var socket = WebSocketProtocol(
        clientWith: WebSocketLimits(frameByteCountMax: 1 << 26, messageByteCountMax: 1 << 26)
    ) { MaskKey(0) }

    mutating func read(_ descriptor: CInt) throws {
        var bytes = ByteBuffer()
        let count = bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) {
            max(0, recv(descriptor, $0.baseAddress, $0.count, 0))
        }
        if count == 0 {
            if errno == EAGAIN { return }
            return end()
        }
        while let event = socket.nextEvent(in: &bytes) {
            switch event {
            case .message(let message): take(Array(message.payload.readableBytesView))
            case .pong: tally.pongCount += 1
            case .send: break
            case .closed(let closure): tally.closure = closure
            }
        }
    }

    mutating func end() { tally.closure = tally.closure ?? socket.streamEnded() }

    private mutating func take(_ message: [UInt8]) {
        // Every second, asked or not.
        guard message.firstRange(of: Array(#""op":"tick""#.utf8)) == nil else { return }
        tally.messageCount += 1
        guard let place = message.firstRange(of: Array(#""code":""#.utf8)) else { return }
        let code = message[place.upperBound...].prefix { $0 != UInt8(ascii: "\"") }
        tally.codes[String(decoding: code, as: UTF8.self), default: 0] += 1
    }
}

/// Bytes of memory that this process holds.
func residentByteCount() -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
}
