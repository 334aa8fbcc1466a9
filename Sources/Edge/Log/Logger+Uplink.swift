internal import Logging

extension Logger {
    /// The end of a connection: `reason` says what can be done, then `error` is what came.
    func notice(_ notice: Notice, _ end: UplinkMachine.End, retry: Duration) {
        var facts: [String: any CustomStringConvertible & Sendable] = ["reason": end, "retry": retry]
        if let fault = end.fault {
            facts["reason"] = fault.sentence
            facts["error"] = end
        }
        self.notice(notice, facts)
    }

    func subscriptionRefused(_ topic: String, _ error: HubError) {
        notice(
            .subscriptionRefused, ["topic": topic, "code": error.code, "reason": error.message ?? ""],
            sentence: error.isDenial ? Self.denial(of: topic) : nil)
    }

    static func denial(of topic: String) -> String {
        "이 키는 \(topic) 을 맡지 않습니다: site, id, add-edge --station 을 확인하세요 (this key does not speak for \(topic))"
    }
}

extension UplinkMachine.End: CustomStringConvertible {
    package var description: String {
        switch self {
        case .closed(let code, let reason): "closed with \(code) \(reason)"
        case .refused(let status): "HTTP \(status)"
        case .lost(let reason): reason
        case .failed(_, let error): error
        case .noKey(let reason): "no API key: \(reason)"
        }
    }
}
