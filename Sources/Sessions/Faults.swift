package import Actors
package import Wire

/// The protocol's own refusals, as the client hears them. Those of the domain are declared beside their commands.
extension ServerMessage.Fault {
    package init(_ rejection: Rejection) {
        self.init(code: rejection.code, params: rejection.params, message: rejection.message)
    }

    package init(_ error: EnvelopeError) {
        switch error.code {
        case .badJSON:
            self.init(
                code: "badJSON", params: ["expected": error.expected], message: "JSON 객체가 아닙니다: \(error.expected)")
        case .badField(let field):
            self.init(
                code: "badField", params: ["field": field, "expected": error.expected],
                message: "'\(field)' 값이 없거나 잘못되었습니다. \(error.expected)이(가) 필요합니다.")
        case .unknownOp:
            self.init(code: "unknownOp", params: ["op": error.expected], message: "모르는 op입니다: \(error.expected)")
        }
    }

    package static let helloFirst = Self(code: "helloFirst", message: "먼저 hello로 로그인해야 합니다.")
    package static let helloTwice = Self(code: "helloTwice", message: "이미 로그인한 연결입니다.")
    package static let tokenInvalid = Self(code: "tokenInvalid", message: "로그인 정보가 올바르지 않습니다. 다시 로그인해 주세요.")
    package static let tokenExpired = Self(code: "tokenExpired", message: "로그인 시간이 지났습니다. 다시 로그인해 주세요.")
    package static let keyInvalid = Self(code: "keyInvalid", message: "등록되지 않았거나 중지된 API 키입니다.")
    package static let keyReused = Self(code: "keyReused", message: "같은 key가 다른 내용으로 이미 쓰였습니다.")
    package static let forbidden = Self(Rejection.forbidden)

    package static func unknownTopic(_ topic: String) -> Self {
        Self(code: "unknownTopic", params: ["topic": topic], message: "주제는 '현장/종류/이름' 꼴이어야 합니다: \(topic)")
    }
    package static func unknownKind(_ kind: String) -> Self {
        Self(code: "unknownKind", params: ["kind": kind], message: "'\(kind)' 종류는 없습니다.")
    }
    package static func versionConflict(current: Int64) -> Self {
        Self(
            code: "versionConflict", params: ["current": String(current)],
            message: "그 사이 내용이 바뀌었습니다. 새 내용을 확인한 뒤 다시 시도해 주세요.")
    }
    package static func tooManyTopics(_ max: Int) -> Self {
        Self(code: "tooManyTopics", params: ["max": String(max)], message: "한 연결은 주제 \(max)개까지 볼 수 있습니다.")
    }
    package static func tooManySessions(_ max: Int) -> Self {
        Self(
            code: "tooManySessions", params: ["max": String(max)],
            message: "한 계정으로 동시에 \(max)개까지 연결할 수 있습니다. 쓰지 않는 화면을 닫아 주세요.")
    }
    package static func rateLimited(after: Duration) -> Self {
        Self(
            code: "rateLimited", message: "요청이 너무 잦습니다. 잠시 뒤 다시 시도해 주세요.", retry: true,
            afterMillis: after.inMilliseconds)
    }
    package static func busy(after: Duration) -> Self {
        Self(code: "busy", message: "처리할 일이 밀려 있습니다. 잠시 뒤 다시 시도해 주세요.", retry: true, afterMillis: after.inMilliseconds)
    }
    package static func unavailable(after: Duration) -> Self {
        Self(
            code: "unavailable", message: "저장소에 연결할 수 없습니다. 같은 key로 다시 시도해 주세요.", retry: true,
            afterMillis: after.inMilliseconds)
    }

    /// What a client hears of a command that was not committed. Nil when it was.
    package init?(_ outcome: Outcome) {
        switch outcome {
        case .committed: return nil
        case .rejected(let rejection): self.init(rejection)
        case .keyReused: self = .keyReused
        case .versionConflict(let current): self = .versionConflict(current: current)
        case .busy(let after): self = .busy(after: after)
        case .unavailable(let after): self = .unavailable(after: after)
        }
    }
}
