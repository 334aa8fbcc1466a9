internal import FoundationEssentials

/// What the hub answers to a request of ours.
enum RequestAnswer: Equatable, Sendable {
    case done
    /// Never: it is wrong, and stays so.
    case refused(HubError)
    /// The key is none of the hub's, or not of this station.
    case denied(HubError)
    /// Not now.
    case later(HubError)

    private struct Body: Decodable { let error: HubError }

    /// - Parameters:
    ///   - retryAfter: what the field `Retry-After` says, in seconds.
    ///   - body: with a code, when it is the hub that answers and not somebody between.
    init(status: UInt, retryAfter: String?, body: some Sequence<UInt8>) {
        let error = (try? JSONDecoder().decode(Body.self, from: Data(body)))?.error
        switch (status, error) {
        case (200..<300, _): self = .done
        case (400, let error?), (409, let error?), (413, let error?), (422, let error?): self = .refused(error)
        case (401, _), (403, _):
            self = .denied(error ?? HubError(code: "status\(status)", message: "HTTP \(status)"))
        default:
            let seconds = retryAfter.flatMap { Int64($0) } ?? 5
            self = .later(
                HubError(
                    code: error?.code ?? "unavailable", message: error?.message ?? "HTTP \(status)", retry: true,
                    after: seconds * 1000))
        }
    }

    /// There was none.
    static func missing(_ reason: String) -> RequestAnswer {
        .later(HubError(code: "unavailable", message: reason, retry: true, after: 2_000))
    }
}
