internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// The HTTP side of one connection by requests.
struct RequestClient: Sendable {
    private static let requestTimeout = TimeAmount.seconds(10)
    private let client: HTTPClient

    init(tls: HubTLS?, on loop: any EventLoop) {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls?.configuration, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10)))
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
    }

    /// Reads the event stream until it ends, or the task is cancelled. Then nothing else can be asked, and what is under way has failed.
    func read(_ request: HTTPClientRequest, heard: @Sendable (HubTransportEvent) -> Void) async {
        let end = await stream(request, heard: heard)
        try? await client.shutdown()
        heard(.ended(end))
    }

    private func stream(
        _ request: HTTPClientRequest, heard: @Sendable (HubTransportEvent) -> Void
    ) async -> UplinkMachine.End {
        do {
            let response = try await client.execute(request, deadline: .distantFuture)
            switch response.status.code {
            case 200: heard(.opened)
            case 401, 403: return .closed(code: 4001, reason: "HTTP \(response.status.code)")
            default: return .refused(status: Int(response.status.code))
            }
            var lines = EventLines()
            var end = UplinkMachine.End.lost("the event stream ended")
            for try await bytes in response.body {
                for line in lines.take(bytes) {
                    switch line {
                    case .data(let json): heard(HubTransportEvent(line: json))
                    case .goodbye(let code, let reason): end = .closed(code: code, reason: reason)
                    }
                }
            }
            return end
        } catch {
            return UplinkMachine.End(error)
        }
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
