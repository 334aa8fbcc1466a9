import Actors
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import Persistence
import ServiceLifecycle
import Sessions
import Wire

/// The hub's HTTP side: pages, REST, health and metrics, with the WebSocket on the same port.
struct HubApplication {
    let configuration: Configuration
    let yard: Yard
    let group: any EventLoopGroup
    let logger: Logger
    var logStream: LogStream?

    /// Connections that wait to be accepted. Linux allows as many as `net.core.somaxconn` says, 4,096 by default. With fewer, those who
    /// come all at once, after a restart or to do harm, fill it, and everybody else tries again after 1, 3, 7 s.
    private static let acceptBacklog = 4096

    func make(running: @escaping @Sendable (any Channel) async -> Void) throws -> some ApplicationProtocol {
        let webSocket = WebSocketServer(configuration: webSocketConfiguration) { [yard] _, loop in
            ClientConnection(sessions: yard.loop(of: loop))
        }
        let isSecure = configuration.tls != nil
        var application = Application(
            router: router(webSocket, isSecure: isSecure), server: try server(webSocket),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: "gwanje",
                backlog: Self.acceptBacklog),
            onServerRunning: running, eventLoopGroupProvider: .shared(group), logger: logger)
        application.addServices(webSocket)
        return application
    }

    private var webSocketConfiguration: WebSocketConfiguration {
        var settings = WebSocketConfiguration(path: "/ws")
        settings.policy = Handshake.Policy(
            subprotocols: ["gwanje.v1"],
            isOriginAllowed: { [allowed = configuration.allowedOrigins] origin, host in
                Self.isAllowed(origin: origin, host: host, allowed)
            })
        // No context is kept on either side: one compressed frame serves all, and a connection holds no memory for it.
        settings.policy.deflate = DeflatePolicy(keepsContext: false)
        settings.usesDirectWrites = configuration.usesDirectWrites
        settings.webSocketsPerAddressMax = configuration.webSocketsPerAddress
        settings.connectionsPerAddressMax = max(8000, configuration.webSocketsPerAddress * 4)
        settings.addresses = ClientAddresses(trustedProxies: configuration.trustedProxies)
        settings.requestTimeout = .init(configuration.requestTimeout)
        settings.pingInterval = .init(configuration.pingInterval)
        settings.limits.frameByteCountMax = 256 << 10
        settings.limits.messageByteCountMax = 256 << 10
        return settings
    }

    private func server(_ webSocket: WebSocketServer) throws -> HTTPServerBuilder {
        try configuration.tls.map { try .tls(webSocket.http1, tlsConfiguration: $0) } ?? webSocket.http1
    }

    private func router(_ webSocket: WebSocketServer, isSecure: Bool) -> Router<HubContext> {
        let router = Router(context: HubContext.self)
        router.add(middleware: SecurityHeaders(isSecure: isSecure))
        addHealth(to: router)
        let api = router.group("api/v1")
            .add(middleware: ClientAddress(addresses: webSocket.configuration.addresses))
            // Before anybody is asked who he is: that costs a look into the database.
            .add(middleware: AddressLimit(limiter: MinuteLimiter(countMax: configuration.requestsPerMinuteAndAddress)))
            .add(middleware: Authentication(authenticator: yard.authenticator))
            .add(
                middleware: RequestLimit(
                    limiter: MinuteLimiter(countMax: configuration.requestsPerMinute),
                    deviceLimiter: MinuteLimiter(countMax: configuration.requestsPerMinuteAndDevice)))
        AuthRoutes(authenticator: yard.authenticator).add(to: api)
        RecordRoutes(queries: yard.queries, directory: yard.directory).add(to: api)
        CommandRoutes(services: yard.services).add(to: api)
        WeighDataRoute(services: yard.services).add(to: api)
        EffectRoutes(queries: yard.effects, outbox: yard.outbox, logger: logger).add(to: api)
        StreamRoute(yard: yard, server: webSocket).add(to: api)
        YardRoutes(registry: yard.registry, directory: yard.directory).add(to: api)
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete] {
            api.on("**", method: method) { _, _ -> Response in throw RESTFault.notFound }
        }
        router.add(
            middleware: FileMiddleware(
                configuration.webDirectory, urlBasePath: nil,
                cacheControl: CacheControl([(MediaType(type: .any), [.noCache])]), searchForIndexHtml: true))
        return router
    }

    private func addHealth(to router: Router<HubContext>) {
        let readiness = Readiness { [queries = yard.queries, journal = yard.journal] in
            guard await queries.isReachable() else { return "the database is not reachable" }
            return journal.trouble.map { "the database takes no writes: \($0)" }
        }
        let metrics = metrics
        let logStream = logStream
        router.get("healthz") { _, _ in "ok\n" }
        router.get("readyz") { _, _ -> Response in
            let obstacle = await readiness.obstacle(at: LoopLane.wallClock())
            // Not an obstacle: a dead second disk does not close the yard.
            let remark = logStream.map { "\n" + $0.status.remark } ?? ""
            return Response(
                status: obstacle == nil ? .ok : .serviceUnavailable,
                body: .init(byteBuffer: ByteBuffer(string: (obstacle ?? "ready") + remark + "\n")))
        }
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: .init(byteBuffer: ByteBuffer(string: metrics.text())))
        }
    }

    private var metrics: MetricsPage {
        let page = MetricsPage()
        page.add { [journal = yard.journal] in
            let counters = journal.counters
            return [
                .init(
                    name: "gwanje_journal_groups_total", kind: .counter, help: "Transactions committed.",
                    value: Double(counters.groupCount)),
                .init(
                    name: "gwanje_journal_commands_total", kind: .counter, help: "Commands committed.",
                    value: Double(counters.commandCount)),
                .init(
                    name: "gwanje_journal_events_total", kind: .counter, help: "Events committed.",
                    value: Double(counters.eventCount)),
                .init(
                    name: "gwanje_journal_splits_total", kind: .counter, help: "Groups halved because of a bad batch.",
                    value: Double(counters.splitCount)),
                .init(
                    name: "gwanje_journal_failures_total", kind: .counter, help: "Batches not committed.",
                    value: Double(counters.failureCount)),
                .init(
                    name: "gwanje_journal_in_doubt_total", kind: .counter, help: "Batches whose answer was lost.",
                    value: Double(counters.inDoubtCount)),
                .init(
                    name: "gwanje_journal_waiting", kind: .gauge, help: "Batches waiting for the writer.",
                    value: Double(journal.waitingCount)),
            ]
        }
        page.add { [refused = yard.refusedEffects] in
            [
                .init(
                    name: "gwanje_effects_refused_total", kind: .counter,
                    help: "Effects that their target refused: GET /api/v1/effects lists them.",
                    value: Double(refused.value))
            ]
        }
        page.add { [replays = yard.replays] in
            let counters = replays.counters
            return [
                .init(
                    name: "gwanje_replays_total", kind: .counter, help: "Subscriptions resumed with missed events.",
                    value: Double(counters.askedCount)),
                .init(
                    name: "gwanje_replay_reads_total", kind: .counter, help: "Reads of the journal for them.",
                    value: Double(counters.readCount)),
            ]
        }
        page.add { [loops = yard.loops] in
            let all = loops.map(\.published)
            return [
                .init(
                    name: "gwanje_sessions", kind: .gauge, help: "Open WebSockets and event streams.",
                    value: Double(all.reduce(0) { $0 + $1.sessionCount })),
                .init(
                    name: "gwanje_frames_delivered_total", kind: .counter,
                    help: "Publications handed to live subscribers.",
                    value: Double(all.reduce(0) { $0 + $1.deliveredCount })),
                .init(
                    name: "gwanje_frames_skipped_total", kind: .counter,
                    help: "Publications not sent to a peer that lagged.",
                    value: Double(all.reduce(0) { $0 + $1.skippedCount })),
                .init(
                    name: "gwanje_resyncs_total", kind: .counter, help: "Fresh pictures for peers that had lagged.",
                    value: Double(all.reduce(0) { $0 + $1.resyncCount })),
            ]
        }
        if let logStream { page.add { logStream.status.samples } }
        return page
    }

    /// Pages of this hub, and of the origins that are listed. Clients that are no browsers send no origin.
    static func isAllowed(origin: String, host: String, _ allowed: [String]) -> Bool {
        if allowed.contains(where: origin.isSameToken) { return true }
        // Of either scheme: TLS may end at a reverse proxy.
        return !host.isEmpty && ["http://", "https://"].contains { origin.isSameToken(as: $0 + host) }
    }
}
