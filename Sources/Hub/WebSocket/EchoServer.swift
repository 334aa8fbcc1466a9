import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
package import NIOCore
import NIOPosix
package import NIOSSL
import ServiceLifecycle
package import UnixSignals

/// A whole server in a few lines: a page on `/`, and on a path of choice a WebSocket that sends everything back.
/// For conformance suites, load tests and our own tests; it is the smallest use of `WebSocketServer`.
package struct EchoServer: Sendable {
    private let services: ServiceGroup

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - tls: for `wss`; nil for `ws`.
    ///   - group: whose loops carry the connections; by default one loop per core, shared by the process.
    ///   - logger: by default one that speaks only of warnings and errors.
    ///   - signals: which end it, besides `stop`.
    ///   - makeDelegate: something else than an echo.
    ///   - onRunning: called with the port once it is bound.
    package init(
        _ configuration: WebSocketConfiguration = WebSocketConfiguration(path: "/ws"), host: String = "127.0.0.1",
        port: Int = 0, tls: TLSConfiguration? = nil,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger? = nil,
        signals: [UnixSignal] = [], makeDelegate: WebSocketServer.MakeDelegate? = nil,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws {
        var quiet = Logger(label: "echo")
        quiet.logLevel = .warning
        let logger = logger ?? quiet
        let echo = WebSocketServer(
            configuration: configuration, makeDelegate: makeDelegate ?? { _, _ in EchoDelegate() })
        let router = Router()
        router.get("/") { _, _ in "WebSocket echo: \(configuration.path)\n" }
        var application = Application(
            router: router, server: try tls.map { try .tls(echo.http1, tlsConfiguration: $0) } ?? echo.http1,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) },
            eventLoopGroupProvider: .shared(group), logger: logger)
        application.addServices(echo)
        var settings = ServiceGroupConfiguration(
            services: [application], gracefulShutdownSignals: signals, logger: logger)
        // A peer that neither sends nor reads holds nobody up.
        settings.maximumGracefulShutdownDuration = .seconds(10)
        services = ServiceGroup(configuration: settings)
    }

    /// Runs until `stop`; call it once. When the task is cancelled instead, WebSockets are left to their peers.
    package func run() async throws {
        try await services.run()
    }

    /// Takes no more connections and closes those there are: WebSockets with 1012. `run` returns when all are gone.
    package func stop() async {
        await services.triggerGracefulShutdown()
    }
}
