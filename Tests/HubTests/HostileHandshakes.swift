import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Testing

@testable import Hub

/// Connections that never become anything.
extension Hostile {
    @Suite struct HalfOpen {
        @Test func `ten thousand half-open handshakes keep no screen waiting, and end after ten seconds`() async throws
        {
            let countMax = try allowDescriptors(24_000)
            let count = min(10_000, countMax - 3_000)
            try await TestHub.run { hub in
                let screens = try await HonestScreens.open(hub)
                try await screens.watch("in peace")
                let before = (descriptors: openDescriptorCount(), memory: residentByteCount())
                // The other ends are in a process of their own: both together are more than one may have open.
                let port = hub.port
                async let visitors: Void = {
                    await #expect(processExitsWith: .success) { [port = port as Int, count = count as Int] in
                        exit(HalfOpenVisitors(port: port, count: count).run() ? EXIT_SUCCESS : EXIT_FAILURE)
                    }
                }()
                let end = ContinuousClock.now + .seconds(9)
                while openDescriptorCount() - before.descriptors < count, ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(20))
                }
                let open = openDescriptorCount() - before.descriptors
                try await screens.watch("\(open) half-open connections", rounds: 20)
                print(
                    "\(open) half-open connections: \((residentByteCount() - before.memory) / max(1, open)) bytes each")
                // As many as may wait to be accepted are let in at once, and each has ten seconds from then on.
                #expect(open > count / 2)
                // That is, each of them was ended by the hub.
                await visitors
                #expect(openDescriptorCount() - before.descriptors < 100)
                try await screens.watch("in peace again")
            }
        }

        @Test func `half of a TLS greeting keeps nobody waiting who says the whole`() async throws {
            _ = try allowDescriptors(8192)
            let tls = try TestCertificate.serverConfiguration()
            try await TestHub.run({ $0.tls = tls }) { hub in
                let grant = try await hub.yard.authenticator.logIn("staff", password: DemoYard.password, from: "test")
                var clients: [TestClient] = []
                for _ in 0..<20 {
                    let client = try await TestClient.connect(port: hub.port, isSecure: true)
                    #expect(try await client.hello(token: grant.accessToken).op == "welcome")
                    clients.append(client)
                }
                let halves: [[UInt8]] = [
                    [], Array(TestCertificate.clientHello.prefix(20)), Array(TestCertificate.clientHello.dropLast()),
                    TestCertificate.clientHello, Array("GET /ws HTTP/1.1\r\nHost: x\r\n".utf8),
                    [0x16, 3, 1, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 1000),
                ]
                var sockets: [CInt] = []
                defer { for socket in sockets { close(socket) } }
                for number in 0..<1200 {
                    let socket = try HostilePeer.connect(to: hub.port, from: "127.0.0.\(2 + number % 4)")
                    sockets.append(socket)
                    // Some are thrown out at once, maybe before they have said all of it.
                    try? HostilePeer.sendAll(socket, ByteBuffer(bytes: halves[number % halves.count]))
                }
                let clock = ContinuousClock()
                for client in clients {
                    let start = clock.now
                    #expect(try await client.subscribe(TestHub.queue).op == "snapshot")
                    #expect(clock.now - start < .seconds(30))
                }
                let late = try await TestClient.connect(port: hub.port, isSecure: true)
                #expect(try await late.hello(token: grant.accessToken).op == "welcome")
                let all = sockets
                #expect(try await HostilePeer.threads.runIfActive { all.allSatisfy { HalfOpenVisitors.isEnded($0) } })
            }
        }
    }
}

/// Connections from several addresses, of which one says nothing and the next half of its request, and which then wait for the end.
struct HalfOpenVisitors {
    let port: Int
    let count: Int

    /// Tells whether all came in and all were ended by the hub.
    func run() -> Bool {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let half = ByteBuffer(string: "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Up")
        var sockets: [CInt] = []
        for number in 0..<count {
            guard let socket = try? HostilePeer.connect(to: port, from: "127.0.0.\(2 + number % 4)") else {
                return false
            }
            if number.isMultiple(of: 2) { try? HostilePeer.sendAll(socket, half) }
            sockets.append(socket)
        }
        return sockets.allSatisfy { Self.isEnded($0) }
    }

    /// Waits for the other side to end it; at most 30 s.
    static func isEnded(_ socket: CInt) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            var polled = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            guard poll(&polled, 1, 30_000) == 1 else { return false }
            if recv(socket, &bytes, bytes.count, 0) <= 0 { return true }
        }
    }
}

/// Raises the limit of open files to `count`, or as far as it may; answers with what it is.
private func allowDescriptors(_ count: rlim_t) throws -> Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    if limit.rlim_cur < count {
        limit.rlim_cur = min(count, limit.rlim_max)
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    }
    return Int(limit.rlim_cur)
}

private func openDescriptorCount() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
}
