internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The HTTP side of one connection by requests.
struct RequestClient: Sendable {
    private static let requestTimeout = TimeAmount.seconds(10)
    /// Without a byte for so long it is over; the hub ticks every second on its stream.
    private static let readTimeout = TimeAmount.seconds(15)
    private let client: HTTPClient

    init(tls: HubTLS?, on loop: any EventLoop) {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls?.configuration, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: Self.readTimeout))
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
    }

    /// Reads the event stream until it ends, or the task is cancelled. Then nothing else can be asked, and what is under way has failed.
    func read(
        _ topics: [String], at urls: RequestURLs, _ headers: HTTPHeaders, heard: @Sendable (HubTransportEvent) -> Void
    ) async {
        let end: UplinkMachine.End
        do {
            end = try await stream(topics, at: urls, headers, heard: heard)
        } catch is CancellationError {
            end = .lost("the connection was left")
        } catch let error as HTTPClientError where [.connectTimeout, .deadlineExceeded].contains(error) {
            end = .failed(.noAnswer(urls.place), "\(error)")
        } catch let error as NIOConnectionError {
            end = .failed(ConnectionFault(connecting: error, host: error.host, port: error.port), "\(error)")
        } catch {
            end = UplinkMachine.End(error)
        }
        try? await client.shutdown()
        heard(.ended(end))
    }

    /// A topic that is refused is left out, and told once the others are followed: one station that is not the key's stops no other.
    private func stream(
        _ topics: [String], at urls: RequestURLs, _ headers: HTTPHeaders, heard: @Sendable (HubTransportEvent) -> Void
    ) async throws -> UplinkMachine.End {
        var topics = topics
        var denied: [HubTransportEvent] = []
        while true {
            var request = HTTPClientRequest(url: urls.stream(topics))
            request.headers = headers
            let response = try await client.execute(request, timeout: Self.requestTimeout)
            guard response.status != .ok else { return try await follow(response, denied, heard: heard) }
            let body = try await response.body.collect(upTo: 64 << 10)
            let refusal = RequestAnswer.Body(body.readableBytesView)?.error
            if response.status == .unauthorized, let code = refusal?.code {
                return .closed(code: 4001, reason: code)
            }
            guard let error = refusal, error.isDenial, let topic = error.params?["topic"], topics.contains(topic)
            else { return .refused(status: Int(response.status.code)) }
            denied.append(.message(.ended(topic: topic, error)))
            topics.removeAll { $0 == topic }
            guard !topics.isEmpty else { return .closed(code: 4001, reason: error.code) }
        }
    }

    private func follow(
        _ response: HTTPClientResponse, _ denied: [HubTransportEvent], heard: @Sendable (HubTransportEvent) -> Void
    ) async throws -> UplinkMachine.End {
        heard(.opened)
        var denied = denied
        var lines = EventLines()
        var end = UplinkMachine.End.lost("the event stream ended")
        for try await bytes in response.body {
            for line in lines.take(bytes) {
                switch line {
                case .data(let json):
                    heard(HubTransportEvent(line: json))
                    // Behind the welcome, which comes first.
                    for event in denied { heard(event) }
                    denied = []
                case .goodbye(let code, let reason): end = .closed(code: code, reason: reason)
                }
            }
            guard !lines.isTooLong else { return .lost("a line of the event stream has no end") }
        }
        return end
    }

    func answer(to request: HTTPClientRequest) async -> RequestAnswer {
        do {
            let response = try await client.execute(request, timeout: Self.requestTimeout)
            let body = try await response.body.collect(upTo: 64 << 10)
            return RequestAnswer(
                status: response.status.code, retryAfter: response.headers.first(name: "Retry-After"),
                body: body.readableBytesView)
        } catch {
            return .missing("\(error)")
        }
    }
}
