internal import Glibc
internal import NIOCore

/// Connections from many addresses, all at once, of which one says nothing and the next half of its request, and which then wait for
/// the hub to end them.
struct HalfOpen: Sendable {
    struct Tally: Sendable {
        /// Connected, as far as they know: some may not have been accepted yet.
        var connectedCount = 0
        /// By HTTP status, or by how they ended without one.
        var ends: [String: Int] = [:]
    }

    let port: Int
    let count: Int
    /// A row of addresses from 127.2.0.1 on; each has as many as the next.
    let addressCount: Int

    private static let half = Array("GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Up".utf8)
    /// Longer than the hub gives them, and than the system tries to connect.
    private static let patience = TimeAmount.seconds(45)

    private enum Phase { case connecting, waiting, ended }

    private struct Visitor {
        let descriptor: CInt
        let saysHalf: Bool
        var phase = Phase.connecting
        var head: [UInt8] = []
    }

    /// Blocks until all have been ended, by the hub or by losing patience.
    func run() -> Tally {
        Hostiles.yieldToOthers()
        var tally = Tally()
        var visitors = (0..<count).compactMap { number -> Visitor? in
            let host = UInt32(number % addressCount)
            let source: UInt32 = 0x7F02_0001 + host / 250 << 8 + host % 250
            guard let descriptor = try? RawSocket.connect(port, from: source, waits: false) else {
                tally.ends["not connected", default: 0] += 1
                return nil
            }
            return Visitor(descriptor: descriptor, saysHalf: (number / addressCount).isMultiple(of: 2))
        }
        defer { for visitor in visitors { close(visitor.descriptor) } }
        var polled = visitors.map { pollfd(fd: $0.descriptor, events: Int16(POLLOUT), revents: 0) }
        var openCount = visitors.count
        let end = NIODeadline.now() + Self.patience
        while openCount > 0, NIODeadline.now() < end {
            guard poll(&polled, nfds_t(polled.count), 100) >= 0 else { break }
            for index in polled.indices where polled[index].revents != 0 {
                move(&visitors[index], &tally)
                switch visitors[index].phase {
                case .connecting: break
                case .waiting: polled[index].events = Int16(POLLIN)
                case .ended:
                    polled[index].fd = -1
                    openCount -= 1
                }
            }
            // What comes meanwhile is taken together: the hub has the same machine.
            usleep(5_000)
        }
        if openCount > 0 { tally.ends["still open", default: 0] += openCount }
        return tally
    }

    private func move(_ visitor: inout Visitor, _ tally: inout Tally) {
        if visitor.phase == .connecting {
            var (error, length) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
            getsockopt(visitor.descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
            guard error == 0 else {
                visitor.phase = .ended
                return tally.ends["not connected", default: 0] += 1
            }
            tally.connectedCount += 1
            visitor.phase = .waiting
            if visitor.saysHalf { send(visitor.descriptor, Self.half, Self.half.count, Int32(MSG_NOSIGNAL)) }
            return
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(visitor.descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count > 0 { return visitor.head += bytes.prefix(count) }
        if count < 0, errno == EAGAIN { return }
        visitor.phase = .ended
        let status = String(decoding: visitor.head.dropFirst(9).prefix(3), as: UTF8.self)
        let end = visitor.head.isEmpty ? (count == 0 ? "ended without a word" : "reset") : "HTTP \(status)"
        tally.ends[end, default: 0] += 1
    }
}
