internal import Glibc
internal import NIOCore
internal import Wire

/// A WebSocket as bare as it can be: what is read goes through one buffer of the whole audience, and nothing is allocated
/// for a frame.
final class RawSocket {
    let descriptor: CInt
    /// The start of a frame whose end has not come yet.
    private var rest: [UInt8] = []

    /// Bytes one read may bring.
    static let readByteCountMax = 256 * 1024
    private static let timeoutMillis: CInt = 20_000

    struct Failed: Error, CustomStringConvertible {
        let description: String

        static func last(_ operation: String) -> Failed {
            Failed(description: "\(operation): \(String(cString: strerror(errno)))")
        }
    }

    /// Connects to 127.0.0.1, opens the WebSocket and greets. Blocks.
    init(port: Int, dialect: Dialect, buffer: UnsafeMutableRawBufferPointer) throws {
        descriptor = try Self.connect(port)
        var request = ClientHandshake(
            ClientHandshake.Request(host: "127.0.0.1:\(port)", target: dialect.target),
            nonce: (0..<16).map { _ in UInt8.random(in: 0...255) })
        var bytes = try request.requestHead()
        try send(bytes.readableBytesView)
        bytes.clear()
        while try request.receive(&bytes) == nil {
            try waitForInput("answer the handshake")
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            guard count > 0 else { throw Failed.last("the handshake was cut off") }
            bytes.writeBytes(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        rest = Array(bytes.readableBytesView)
        for step in dialect.greeting { try greet(step.hears, step.says, buffer) }
    }

    deinit { close(descriptor) }

    /// A port that nobody listens on.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var name = address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(descriptor, name, length) == 0 && getsockname(descriptor, name, &length) == 0
            }
        }
        guard code else { throw Failed.last("no free port") }
        return Int(UInt16(bigEndian: name.sin_port))
    }

    /// Whether somebody listens on the port of 127.0.0.1.
    static func isListening(_ port: Int) -> Bool {
        guard let descriptor = try? connect(port) else { return false }
        close(descriptor)
        return true
    }

    /// A text as a masked frame, as a client has to send it.
    static func frame(_ opcode: Opcode, _ payload: some Sequence<UInt8>) -> ByteBuffer {
        FrameEncoder.frame(opcode, ByteBuffer(bytes: payload), maskKey: MaskKey(0x1234_5678))
    }

    func send(_ bytes: ByteBufferView) throws(Failed) {
        let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count == bytes.count else { throw Failed.last("send") }
    }

    /// Reads what is there, once, and hands over whole frames.
    func read(
        into buffer: UnsafeMutableRawBufferPointer,
        hear: (_ opcode: UInt8, _ payload: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let restCount = rest.count
        if restCount > 0 { buffer.copyBytes(from: rest) }
        let count = recv(
            descriptor, buffer.baseAddress! + restCount, buffer.count - restCount, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
            throw count == 0 ? Failed(description: "the server hung up") : Failed.last("recv")
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<(restCount + count)])
        let done = try Self.split(bytes, hear)
        if restCount > 0 || done < bytes.count { rest = Array(bytes[done...]) }
    }

    /// How many bytes are in whole frames.
    private static func split(
        _ bytes: UnsafeRawBufferPointer, _ hear: (UInt8, UnsafeRawBufferPointer) throws -> Void
    ) throws -> Int {
        var start = 0
        while bytes.count - start >= 4 || (bytes.count - start >= 2 && bytes[start + 1] < 126) {
            var (head, length) = (2, Int(bytes[start + 1]))
            if length == 126 { (head, length) = (4, Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])) }
            guard length != 127, bytes[start] & 0xF0 == 0x80 else {
                throw Failed(description: "a frame that is not whole, compressed, masked or too long")
            }
            let end = start + head + length
            guard end <= bytes.count else { break }
            try hear(bytes[start] & 15, UnsafeRawBufferPointer(rebasing: bytes[(start + head)..<end]))
            start = end
        }
        return start
    }

    private func greet(_ hears: String, _ says: String?, _ buffer: UnsafeMutableRawBufferPointer) throws {
        var isHeard = hears.isEmpty
        let hear = { (opcode: UInt8, text: UnsafeRawBufferPointer) in
            isHeard = isHeard || text.starts(with: hears.utf8)
        }
        // What came with the handshake first.
        rest.removeFirst(try rest.withUnsafeBytes { try Self.split($0, hear) })
        while !isHeard {
            try waitForInput("say \(hears)")
            try read(into: buffer, hear: hear)
        }
        if let says { try send(Self.frame(.text, says.utf8).readableBytesView) }
    }

    private func waitForInput(_ what: String) throws(Failed) {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, Self.timeoutMillis) == 1 else {
            throw Failed(description: "the server did not \(what)")
        }
    }

    /// Connects to 127.0.0.1.
    ///
    /// - Parameters:
    ///   - host: one of this machine's own addresses, to come from: 127.x.y.z, as a number.
    ///   - waits: until it is connected; otherwise the socket is one that never waits, and may not be connected yet.
    static func connect(_ port: Int, from host: UInt32 = INADDR_LOOPBACK, waits: Bool = true) throws(Failed) -> CInt {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_INET, waits ? kind : kind | Int32(SOCK_NONBLOCK.rawValue), 0)
        var (own, name) = (address(of: host, port: 0), address(port: port))
        // The port is chosen with the connection: as many as there are for each address and peer.
        var later = CInt(1)
        setsockopt(descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &later, socklen_t(MemoryLayout<CInt>.size))
        let isBound = call(bind, descriptor, &own)
        let isConnected = isBound && (call(Glibc.connect, descriptor, &name) || (!waits && errno == EINPROGRESS))
        guard descriptor >= 0, isConnected else {
            let failure = Failed.last("connect to 127.0.0.1:\(port)")
            close(descriptor)
            throw failure
        }
        var on = CInt(1)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        return descriptor
    }

    private static func call(
        _ function: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt, _ descriptor: CInt, _ name: inout sockaddr_in
    ) -> Bool {
        withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func address(of host: UInt32 = INADDR_LOOPBACK, port: Int) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(port).bigEndian
        name.sin_addr.s_addr = host.bigEndian
        return name
    }
}
