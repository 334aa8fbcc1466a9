internal import FoundationEssentials

/// What is answered to a request of ours. Only the hub's own word is final: between it and us there may be others who answer, too.
enum RequestAnswer: Equatable, Sendable {
    case done
    /// Never: it is wrong, and stays so.
    case refused(HubError)
    /// Nothing is known to have happened.
    case later(HubError)

    struct Body: Decodable {
        struct Taken: Decodable { let outcome: String }
        let success: Bool?
        let data: Taken?
        let ok: Bool?
        let error: HubError?

        /// Of a reading, and of a command.
        fileprivate var saysDone: Bool { success == true && data != nil || ok == true }

        /// Nil when it is not the hub that answers.
        init?(_ bytes: some Sequence<UInt8>) {
            guard let body = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
            self = body
        }
    }

    /// The key, or what it speaks for, has to be changed first.
    private static let deniedWait: Int64 = 60_000
    private static let strangerWait: Int64 = 5_000

    /// - Parameter retryAfter: what the field `Retry-After` says, in seconds.
    init(status: UInt, retryAfter: String?, body: some Sequence<UInt8>) {
        let body = Body(body)
        switch (status, body?.error) {
        case (200..<300, _) where body?.saysDone == true: self = .done
        case (400, let error?), (409, let error?), (413, let error?), (422, let error?): self = .refused(error)
        case (401, let error?), (403, let error?):
            self = .later(HubError(code: error.code, message: error.message, retry: true, after: Self.deniedWait))
        case (_, let error):
            let wait = retryAfter.flatMap { Int64($0) }.map { $0 * 1000 } ?? Self.strangerWait
            self = .later(
                HubError(
                    code: error?.code ?? "unavailable", message: error?.message ?? "HTTP \(status)", retry: true,
                    after: wait))
        }
    }

    /// There was none.
    static func missing(_ reason: String) -> RequestAnswer {
        .later(HubError(code: "unavailable", message: reason, retry: true, after: 2_000))
    }
}
