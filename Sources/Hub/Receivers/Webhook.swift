import Actors
import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A receiver that takes `POST`: an ERP, a gateway, a print server, a controller of barriers.
///
/// 2xx is done. 429 and 503, and whoever cannot be connected to, have not done it. 408, other 5xx, and an answer that does not come in
/// time leave it unknown. Anything else is a refusal; redirects are not followed.
struct Webhook: Receiver {
    let entry: ReceiversFile.Entry
    let desk: WebhookDesk

    var policy: DeliveryPolicy { entry.policy }

    func deliver(_ effect: OutboxEntry, _ done: @escaping @Sendable (DeliveryOutcome) -> Void) {
        desk.run { done(await post(effect)) }
    }

    private func post(_ effect: OutboxEntry) async -> DeliveryOutcome {
        let outcome: DeliveryOutcome
        var why: String
        do {
            let response = try await desk.client.execute(
                request(effect), timeout: TimeAmount(entry.timeout), logger: nil)
            outcome = Self.outcome(of: response.status.code)
            why = "status \(response.status.code)"
        } catch {
            outcome = Self.isUnsent(error) ? .notDone : .unknown
            why = "\(error)"
        }
        if outcome != .done {
            desk.logger.warning(
                "a receiver did not take an effect",
                metadata: [
                    "receiver": "\(entry.id)", "effect": "\(effect.id)", "outcome": "\(outcome)",
                    "error": "\(why.prefix(200))",
                ])
        }
        return outcome
    }

    private func request(_ effect: OutboxEntry) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: entry.url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.headers.add(name: "user-agent", value: "gwanje")
        request.headers.add(
            name: "idempotency-key", value: PercentEncoding.encode(effect.id, allowed: "-_.:/#"))
        if let token = entry.token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: Self.body(effect)))
        return request
    }

    private struct Head: Encodable {
        let id: String
        let site: String
        let notice: String
        let at: Instant
        /// An operator wants it once more: what is printed now is a copy (재발행).
        let reissue: Bool
    }

    static func body(_ effect: OutboxEntry) -> [UInt8] {
        let head = Head(
            id: effect.id, site: effect.target.site, notice: effect.name, at: effect.createdAt,
            reissue: effect.isRequeued)
        return JSON.encode(head).dropLast() + #","data":"#.utf8 + PersonalFields.plain(effect.arguments) + "}".utf8
    }

    private static func outcome(of status: UInt) -> DeliveryOutcome {
        switch status {
        case 200...299: .done
        case 429, 503: .notDone
        case 408, 500...599: .unknown
        default: .refused(code: "http\(status)")
        }
    }

    /// Whether nothing can have reached the receiver.
    private static func isUnsent(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError {
            return [.connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout].contains(error)
        }
        return error is NIOConnectionError || error is NIOSSLError || error is ChannelError
    }
}

/// The client behind all webhooks, and what is under way with it.
final class WebhookDesk: Sendable {
    let client: HTTPClient
    let logger: Logger
    private let underWay = UnderWay()

    private actor UnderWay {
        private var tasks: [Int: Task<Void, Never>] = [:]
        private var count = 0

        func start(_ body: @escaping @Sendable () async -> Void) {
            count += 1
            let number = count
            tasks[number] = Task {
                await body()
                tasks[number] = nil
            }
        }

        func all() -> [Task<Void, Never>] { Array(tasks.values) }
    }

    init(group: any EventLoopGroup, logger: Logger) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
        configuration.httpVersion = .http1Only
        // The outbox tries again; it has to know that nothing was sent.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroup: group, configuration: configuration)
        self.logger = logger
    }

    func run(_ body: @escaping @Sendable () async -> Void) {
        Task { await underWay.start(body) }
    }

    /// Lets what is under way end, for a few seconds; what does not is cut off.
    func stop() async {
        let tasks = await underWay.all()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for task in tasks { await task.value } }
            group.addTask { try? await Task.sleep(for: .seconds(5)) }
            await group.next()
            group.cancelAll()
            try? await client.shutdown()
        }
    }
}
