import Hummingbird
import HummingbirdCore
package import Logging
import ServiceLifecycle

/// A whole server in a few lines: a page on `/`, and on a path of choice a WebSocket that sends everything back.
/// For conformance suites, load tests and our own tests; it is the smallest use of `WebSocketServer`.
package struct EchoServer: Sendable {
    private let group: ServiceGroup

    /// - Parameters:
    ///   - port: 0 lets the system choose.
    ///   - logger: by default one that speaks only of warnings and errors.
    ///   - makeDelegate: something else than an echo.
    ///   - onRunning: called with the port once it is bound.
    package init(
        _ configuration: WebSocketConfiguration = WebSocketConfiguration(path: "/ws"), host: String = "127.0.0.1",
        port: Int = 0, logger: Logger? = nil, makeDelegate: WebSocketServer.MakeDelegate? = nil,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        var quiet = Logger(label: "echo")
        quiet.logLevel = .warning
        let logger = logger ?? quiet
        let echo = WebSocketServer(
            configuration: configuration, makeDelegate: makeDelegate ?? { _, _ in EchoDelegate() })
        let router = Router()
        router.get("/") { _, _ in "WebSocket echo: \(configuration.path)\n" }
        let application = Application(
            router: router, server: echo.http1,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? port) }, logger: logger)
        group = ServiceGroup(services: [application], logger: logger)
    }

    /// Runs until `stop`, or until the task is cancelled; call it once.
    package func run() async throws {
        try await group.run()
    }

    /// Takes no more connections and closes those there are: WebSockets with 1012. `run` returns when all are gone.
    package func stop() async {
        await group.triggerGracefulShutdown()
    }
}
