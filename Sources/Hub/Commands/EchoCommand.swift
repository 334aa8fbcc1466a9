import ArgumentParser
import Glibc
import Logging
import NIOCore
import NIOPosix
import UnixSignals
import Wire

struct Echo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo", abstract: "Run the WebSocket server alone, as an echo.",
        discussion: """
            For conformance suites and load tests: the hub's own handler without log-ins, actors and database. Every message goes \
            back to its sender; with --broadcast every text message goes to all connections, through the hub's broadcaster. \
            Not for anything that is reachable from outside.
            """)

    @Option(help: "Address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "Port; 0 lets the system choose.")
    var port = 9001

    @Option(help: "Path of the WebSocket.")
    var path = "/"

    @Flag(help: "Send every text message to all connections.")
    var broadcast = false

    @Option(help: "Event loops; by default one per core.")
    var loops: Int?

    @Flag(inversion: .prefixedNo, help: "Write frames straight to the socket while nothing is pending.")
    var directWrites = true

    @Flag(inversion: .prefixedNo, help: "Agree to permessage-deflate.")
    var deflate = true

    @Flag(help: "Compress each message without those before it, as the hub does: one compressed frame serves all.")
    var withoutContext = false

    @OptionGroup var tls: TLSOptions

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port takes 0 to 65535, not \(port).") }
        guard path.hasPrefix("/") else { throw ValidationError("--path begins with /, not \(path).") }
        guard loops.map({ $0 > 0 }) ?? true else { throw ValidationError("--loops takes 1 or more.") }
    }

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(
            numberOfThreads: loops ?? max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        let tls = try tls.configuration
        let address = "\(tls == nil ? "ws" : "wss")://\(host.contains(":") ? "[\(host)]" : host)"
        let path = path
        let server = try EchoServer(
            settings, host: host, port: port, tls: tls, group: group, signals: [.sigterm, .sigint],
            makeDelegate: broadcast ? hall(group) : nil,
            onRunning: { port in
                print("echo on \(address):\(port)\(path)")
                fflush(nil)
            })
        try await namingTheReason(host: host, port: port) { try await server.run() }
        try await group.shutdownGracefully()
    }

    private func hall(_ group: any EventLoopGroup) -> WebSocketServer.MakeDelegate {
        let hall = EchoHall(group, backlogByteCountMax: Self.pendingByteCountMax / 2)
        return { _, loop in hall.makeDelegate(on: loop) }
    }

    /// What conformance suites send: messages of 16 MiB, and messages in fragments of 64 bytes.
    private static let messageByteCountMax = 32 << 20
    private static let pendingByteCountMax = 128 << 20

    private var settings: WebSocketConfiguration {
        var settings = WebSocketConfiguration(path: path)
        settings.limits = WebSocketLimits(
            frameByteCountMax: Self.messageByteCountMax, messageByteCountMax: Self.messageByteCountMax,
            fragmentCountMax: 1 << 19)
        settings.pendingByteCountMax = Self.pendingByteCountMax
        settings.usesDirectWrites = directWrites
        settings.webSocketsPerAddressMax = .max
        settings.connectionsPerAddressMax = .max
        if deflate { settings.policy.deflate = DeflatePolicy(keepsContext: !withoutContext) }
        return settings
    }
}
