import Actors
import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Wire

/// A receiver that takes `POST`: an ERP, a gateway, a print server, a controller of barriers.
///
/// 2xx is done. 429 and 503, and whoever cannot be connected to, have not done it. 408, other 5xx, and an answer that does not come in
/// time leave it unknown. Anything else is a refusal, but for what is not set up rightly (3xx, 401, 403, 404, 407): at least once waits
/// for that. Redirects are not followed.
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
                // Connecting has its own limit, which is over first: then nothing was sent.
                request(effect), timeout: TimeAmount(entry.timeout) + WebhookDesk.connectTimeout, logger: nil)
            outcome = self.outcome(of: response.status.code)
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
            name: "idempotency-key", value: PercentEncoding.encode(key(of: effect), allowed: "-_.:/#@"))
        if let token = entry.token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: body(effect)))
        return request
    }

    /// With the time: after a restore another slip may have the number, and the effect the id, of one in the lost future. An operator who
    /// wants it once more asks at least once for the same thing, and at most once for another.
    private func key(of effect: OutboxEntry) -> String {
        "\(policy == .atLeastOnce ? effect.firstID : effect.id)@\(effect.createdAt.milliseconds)"
    }

    private func body(_ effect: OutboxEntry) -> [UInt8] {
        var body = JSONWriter()
        body.member("id", key(of: effect))
        body.member("site", effect.target.site)
        body.member("notice", effect.name)
        body.member("at", effect.createdAt.milliseconds)
        // An operator wants it once more: what is printed now is a copy (재발행).
        body.member("reissue", effect.isRequeued)
        body.member("data", json: PersonalFields.plain(effect.arguments))
        return body.finish()
    }

    private func outcome(of status: UInt) -> DeliveryOutcome {
        switch status {
        case 200...299: .done
        // Somebody has to set it up rightly: what must not be lost waits for that.
        case 300...399, 401, 403, 404, 407: policy == .atLeastOnce ? .notDone : .refused(code: "http\(status)")
        case 429, 503: .notDone
        case 408, 500...599: .unknown
        default: .refused(code: "http\(status)")
        }
    }

    /// Whether nothing can have reached the receiver.
    private static func isUnsent(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError {
            return [.connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .alreadyShutdown].contains(
                error)
        }
        return error is NIOSSLExtraError || error is NIOConnectionError || error is NIOSSLError || error is ChannelError
    }
}

/// The client behind all webhooks, and what is under way with it.
final class WebhookDesk: Sendable {
    let client: HTTPClient
    let logger: Logger
    static let connectTimeout = TimeAmount.seconds(5)
    private let underWay = Mutex<(tasks: [Int: Task<Void, Never>], count: Int)>(([:], 0))

    init(group: any EventLoopGroup, logger: Logger) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: Self.connectTimeout))
        configuration.httpVersion = .http1Only
        // The outbox tries again; it has to know that nothing was sent.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroup: group, configuration: configuration)
        self.logger = logger
    }

    func run(_ body: @escaping @Sendable () async -> Void) {
        underWay.withLock { state in
            state.count += 1
            let number = state.count
            state.tasks[number] = Task { [self] in
                await body()
                underWay.withLock { $0.tasks[number] = nil }
            }
        }
    }

    /// Lets what is under way end, for a few seconds; what does not is cut off.
    func stop() async {
        let tasks = underWay.withLock { Array($0.tasks.values) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for task in tasks { await task.value } }
            group.addTask { try? await Task.sleep(for: .seconds(5)) }
            await group.next()
            group.cancelAll()
            try? await client.shutdown()
        }
    }
}
