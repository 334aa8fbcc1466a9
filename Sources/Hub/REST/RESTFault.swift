import Actors
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// An error as REST answers it: `{"success":false,"error":{"code","message","params"}}` (seed 001 §4.1).
struct RESTFault: Error, HTTPResponseError {
    let status: HTTPResponse.Status
    let code: String
    let message: String
    let params: [String: String]
    let retryAfterSeconds: Int?

    static let unauthorized = RESTFault(status: .unauthorized, code: "unauthorized", message: "로그인이 필요합니다.")
    static let forbidden = RESTFault(status: .forbidden, code: "forbidden", message: "이 작업을 할 권한이 없습니다.")
    static let notFound = RESTFault(status: .notFound, code: "notFound", message: "찾는 자료가 없습니다.")
    static let unavailable = RESTFault(
        status: .serviceUnavailable, code: "unavailable", message: "저장소에 연결할 수 없습니다. 잠시 뒤 다시 시도해 주세요.",
        retryAfterSeconds: 1)

    /// What HTTP itself refuses.
    init(status: HTTPResponse.Status) {
        let (code, message) =
            switch status {
            case .notFound: ("notFound", "찾는 자료가 없습니다.")
            case .methodNotAllowed: ("methodNotAllowed", "이 주소에는 없는 동작입니다.")
            case .requestTimeout: ("tooSlow", "본문이 제때 다 오지 않았습니다. 다시 보내 주세요.")
            case .contentTooLarge: ("tooLarge", "본문은 64 KiB까지 보낼 수 있습니다.")
            case .internalServerError: ("internal", "서버 오류입니다. 관리자에게 알려 주세요.")
            default: ("badRequest", "요청이 올바르지 않습니다.")
            }
        self.init(status: status, code: code, message: message)
    }

    init(
        status: HTTPResponse.Status, code: String, message: String, params: [String: String] = [:],
        retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.params = params
        self.retryAfterSeconds = retryAfterSeconds
    }

    static func badField(_ field: String, _ expected: String) -> RESTFault {
        RESTFault(
            status: .badRequest, code: "badField", message: "'\(field)' 값이 없거나 잘못되었습니다. \(expected)이(가) 필요합니다.",
            params: ["field": field, "expected": expected])
    }

    static func rateLimited(afterSeconds: Int) -> RESTFault {
        RESTFault(
            status: .tooManyRequests, code: "rateLimited", message: "요청이 너무 잦습니다. \(afterSeconds)초 뒤 다시 시도해 주세요.",
            retryAfterSeconds: afterSeconds)
    }

    /// What the protocol refuses, as HTTP says it.
    ///
    /// - Parameter topic: which of several it is about.
    init(_ fault: ServerMessage.Fault, topic: String? = nil) {
        self.init(
            status: fault.status, code: fault.code, message: fault.message,
            params: fault.params.merging(topic.map { ["topic": $0] } ?? [:]) { $1 },
            retryAfterSeconds: fault.retryAfterSeconds)
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8"]
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }

    private var body: [UInt8] {
        var error = JSONWriter()
        error.member("code", code)
        error.member("message", message)
        error.member("params", json: JSON.encode(params))
        var whole = JSONWriter()
        whole.member("success", false)
        whole.member("error", json: error.finish())
        return whole.finish()
    }
}

extension ServerMessage.Fault {
    /// Of an envelope that was understood. One that was not is a `badRequest`.
    var status: HTTPResponse.Status {
        switch code {
        case "tokenInvalid", "tokenExpired": .unauthorized
        case "forbidden": .forbidden
        case "unknownTopic", "unknownKind": .notFound
        case "versionConflict", "keyReused": .conflict
        case "tooManySessions": .tooManyRequests
        case "busy", "unavailable": .serviceUnavailable
        default: .unprocessableContent
        }
    }

    var retryAfterSeconds: Int? { afterMillis.map { Int(max(1, ($0 + 999) / 1000)) } }
}

/// `{"success":true,"data":…}`.
func success(_ data: some Encodable) -> Response { success(json: JSON.encode(data)) }

/// The same, of data that is JSON already. Personal fields are shown as their texts.
func success(json data: [UInt8]) -> Response {
    var whole = JSONWriter()
    whole.member("success", true)
    whole.member("data", json: PersonalFields.plain(data))
    return Response(
        status: .ok, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
        body: .init(byteBuffer: ByteBuffer(bytes: whole.finish())))
}

extension Hummingbird.Request {
    /// The body as a JSON object.
    func members() async throws -> JSONMembers {
        let buffer = try await body.collect(upTo: 64 << 10)
        do {
            return try JSONMembers(Array(buffer.readableBytesView))
        } catch {
            throw RESTFault(status: .badRequest, code: "badJSON", message: "본문은 JSON 객체여야 합니다.")
        }
    }
}

extension JSONMembers {
    func required(_ field: String, max: Int = 200) throws(RESTFault) -> String {
        guard let text = string(field), !text.isEmpty, text.count <= max else {
            throw .badField(field, "1–\(max)자 문자열")
        }
        return text
    }
}
