internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A demonstration hub on a free port with a directory of its own, for the length of a measurement.
struct HubUnderTest: ~Copyable {
    let address: HubAddress
    private let scratch: ScratchDirectory
    private let child: Child

    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static let startTimeout = Duration.seconds(120)

    /// Returns when the hub takes requests.
    static func start(_ path: String, on group: any EventLoopGroup) async throws -> HubUnderTest {
        let scratch = try ScratchDirectory()
        let port = try await freePort(group)
        let log = scratch.path + "/hub.log"
        let child = try Child([path, "demo", "--data", scratch.path + "/hub", "--port", "\(port)"], log: log)
        let address = try HubAddress(parsing: "ws://127.0.0.1:\(port)/ws")
        let rest = REST(address: address, group: group)
        let deadline = ContinuousClock.now + startTimeout
        while !(await rest.isReady()) {
            guard child.isRunning, ContinuousClock.now < deadline else {
                child.terminate()
                child.wait()
                _ = try? Child(["tail", "-n", "5", log]).wait()
                throw Failed(description: "\(path) demo did not start")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return HubUnderTest(address: address, scratch: scratch, child: child)
    }

    private init(address: HubAddress, scratch: consuming ScratchDirectory, child: Child) {
        self.address = address
        self.scratch = scratch
        self.child = child
    }

    /// Stops the hub and its PostgreSQL, and removes their directory. Blocks.
    consuming func stop() {
        child.terminate()
        child.wait()
    }

    /// The same for somebody who cannot consume it.
    var tidy: @Sendable () -> Void {
        { [child, path = scratch.path] in
            child.terminate()
            child.wait()
            ScratchDirectory.remove(path)
        }
    }

    /// User and system time of the hub's process so far, in microseconds; its PostgreSQL is not in it.
    func cpuMicroseconds() -> Double? {
        guard let file = fopen("/proc/\(child.pid)/stat", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = fread(&bytes, 1, bytes.count, file)
        // The second field is a name in parentheses and may hold anything; utime and stime are the 12th and 13th after it.
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func freePort(_ group: any EventLoopGroup) async throws -> Int {
        let channel = try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        let port = channel.localAddress?.port
        try await channel.close().get()
        guard let port else { throw Failed(description: "no free port") }
        return port
    }
}
