import FoundationEssentials
import Glibc
import NIOCore
import Synchronization
import Testing

@testable import Edge

/// What a line said, readable from the test.
private final class Ear: Sendable {
    private struct Heard {
        var opened = 0
        var lost: [String] = []
        var bytes: [UInt8] = []
    }
    private let heard = Mutex(Heard())

    func take(_ event: IndicatorLine.Event) {
        heard.withLock {
            switch event {
            case .opened: $0.opened += 1
            case .bytes(let bytes): $0.bytes += bytes
            case .lost(let reason, _): $0.lost.append(reason)
            }
        }
    }

    var opened: Int { heard.withLock { $0.opened } }
    var bytes: [UInt8] { heard.withLock { $0.bytes } }
    var lost: [String] { heard.withLock { $0.lost } }
}

/// A converter that takes connections and never says a word; closed by `stop`.
private struct SilentPeer {
    let port: Int
    private let listener: CInt

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return Glibc.bind(listener, pointer, length) == 0 && listen(listener, 16) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        guard bound else { throw SystemError("listen on", "127.0.0.1", code: errno) }
        self.listener = listener
        port = Int(in_port_t(bigEndian: address.sin_port))
    }

    var address: LineAddress { .tcp(host: "127.0.0.1", port: port) }

    func stop() { close(listener) }
}

/// Waits until something is so; gives up after a span no healthy machine needs.
func eventually(_ condition: () -> Bool) async -> Bool {
    for _ in 0..<6_000 {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}

@Suite struct IndicatorLineTests {
    /// Runs a line over the life of `body`.
    private func withLine(
        _ address: LineAddress, silenceMax: Duration = .seconds(15), _ body: (Ear) async throws -> Void
    ) async throws {
        let group = EdgeLoop.start()
        let loop = group.next()
        let ear = Ear()
        let line = try await loop.submit {
            let line = IndicatorLine(address, silenceMax: silenceMax, on: loop) { ear.take($0) }
            line.start()
            return NIOLoopBound(line, eventLoop: loop)
        }.get()
        var failure: (any Error)?
        do { try await body(ear) } catch { failure = error }
        try await loop.submit { line.value.stop() }.get()
        try await group.shutdownGracefully()
        if let failure { throw failure }
    }

    @Test(
        "bytes written into a pty come out of the line, every value, at any baud and setting",
        arguments: [
            (9_600, "8N1"), (2_400, "7E1"), (31_250, "8O2"), (1_200, "7N1"),
        ])
    func everyByte(_ baud: Int, _ settings: String) async throws {
        let terminal = try PseudoTerminal()
        let address = LineAddress.serial(
            path: terminal.path, baud: baud, settings: try #require(SerialSettings(settings)))
        try await withLine(address) { ear in
            #expect(await eventually { ear.opened == 1 })
            let all = (0...255).map { UInt8($0) }
            terminal.write(all)
            #expect(await eventually { ear.bytes.count >= 256 })
            #expect(ear.bytes == all)
        }
    }

    @Test("an unplugged port is opened again when it returns")
    func replugged() async throws {
        let scratch = try Scratch()
        let link = scratch.file("tty")
        let settings = try #require(SerialSettings("8N1"))
        try await withLine(.serial(path: link, baud: 9_600, settings: settings)) { ear in
            #expect(await eventually { !ear.lost.isEmpty })
            #expect(ear.lost[0].contains(link))
            do {
                let first = try PseudoTerminal(link: link)
                #expect(await eventually { ear.opened == 1 })
                first.write([1])
                #expect(await eventually { ear.bytes == [1] })
            }
            let losses = ear.lost.count
            #expect(await eventually { ear.lost.count > losses })
            let second = try PseudoTerminal(link: link)
            #expect(await eventually { ear.opened == 2 })
            second.write([2])
            #expect(await eventually { ear.bytes == [1, 2] })
        }
    }

    @Test("a TCP line that falls silent is closed and opened again")
    func silentPeer() async throws {
        let peer = try SilentPeer()
        defer { peer.stop() }
        try await withLine(peer.address, silenceMax: .milliseconds(50)) { ear in
            #expect(await eventually { ear.opened >= 2 })
            #expect(ear.lost.first?.hasPrefix("no byte for") == true)
        }
    }

    @Test("a converter that connects to us is heard; a newer connection takes the place of the one before")
    func listening() async throws {
        // A port that is free now.
        let free = try SilentPeer()
        let port = free.port
        free.stop()
        func connect() throws -> CInt {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
            let code = withUnsafeBytes(of: &address) { bytes in
                Glibc.connect(
                    descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
            }
            guard code == 0 else {
                close(descriptor)
                throw SystemError("connect", "127.0.0.1", code: errno)
            }
            return descriptor
        }
        try await withLine(.listen(host: "127.0.0.1", port: port), silenceMax: .seconds(600)) { ear in
            var first: CInt = -1
            #expect(
                await eventually {
                    first = (try? connect()) ?? -1
                    return first >= 0
                })
            #expect(await eventually { ear.opened == 1 })
            _ = write(first, [1], 1)
            #expect(await eventually { ear.bytes == [1] })
            let second = try connect()
            #expect(await eventually { ear.opened == 2 })
            _ = write(second, [2], 1)
            #expect(await eventually { ear.bytes == [1, 2] })
            close(second)
            #expect(await eventually { ear.lost.count == 2 })
            let third = try connect()
            #expect(await eventually { ear.opened == 3 })
            close(first)
            close(third)
        }
    }

    @Test("the kernel asks a quiet TCP peer whether it is there: after 10 s, every 5 s, three times")
    func keepAlive() async throws {
        let peer = try SilentPeer()
        defer { peer.stop() }
        let address = peer.address
        let group = EdgeLoop.start()
        let loop = group.next()
        let channel = try await loop.flatSubmit { IndicatorLine(address, on: loop) { _ in }.connect() }.get()
        let isOn = try await channel.getOption(.socketOption(.so_keepalive)).get()
        #expect(isOn == 1)
        for (name, value) in [(TCP_KEEPIDLE, 10), (TCP_KEEPINTVL, 5), (TCP_KEEPCNT, 3)] as [(CInt, CInt)] {
            let set = try await channel.getOption(.tcpOption(NIOBSDSocket.Option(rawValue: name))).get()
            #expect(set == value)
        }
        try await group.shutdownGracefully()
    }

    @Test("a port that another process reads is refused")
    func exclusive() throws {
        let terminal = try PseudoTerminal()
        let settings = try #require(SerialSettings("8N1"))
        let first = try SerialPort.open(path: terminal.path, baud: 9_600, settings: settings)
        #expect(first >= 0)
        let error = #expect(throws: SystemError.self) {
            try SerialPort.open(path: terminal.path, baud: 9_600, settings: settings)
        }
        #expect(error?.operation == "lock")
    }

    @Test("a link is never put over a file")
    func linkOverFile() throws {
        let scratch = try Scratch()
        try Data("mine".utf8).write(to: URL(filePath: scratch.file("tty")))
        #expect(throws: SystemError.self) { _ = try PseudoTerminal(link: scratch.file("tty")) }
        #expect(try Data(contentsOf: URL(filePath: scratch.file("tty"))) == Data("mine".utf8))
    }
}
