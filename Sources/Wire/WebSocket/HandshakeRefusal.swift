/// Why an opening handshake was not answered with 101 (RFC 6455 §4.2.2, 5.2–5.4).
package enum HandshakeRefusal: Error, Sendable, Hashable {
    case methodNotGet(String)
    case httpTooOld
    case hostMissing
    case upgradeMissing
    case versionUnsupported
    case keyInvalid
    case originNotAllowed(String)
    case subprotocolUnknown(supported: [String])
    case tooManyConnections(max: Int)

    /// The HTTP status.
    package var status: Int {
        switch self {
        case .methodNotGet: 405
        case .httpTooOld: 505
        case .upgradeMissing, .versionUnsupported: 426
        case .originNotAllowed: 403
        case .hostMissing, .keyInvalid, .subprotocolUnknown: 400
        case .tooManyConnections: 429
        }
    }

    /// Fields the answer needs besides its length and type.
    package var headers: [HeaderField] {
        switch self {
        case .methodNotGet: [HeaderField("Allow", "GET")]
        case .upgradeMissing: [HeaderField("Upgrade", "websocket")]
        case .versionUnsupported: [HeaderField("Upgrade", "websocket"), HeaderField("Sec-WebSocket-Version", "13")]
        case .tooManyConnections: [HeaderField("Retry-After", "30")]
        case .httpTooOld, .hostMissing, .keyInvalid, .originNotAllowed, .subprotocolUnknown: []
        }
    }

    /// A stable code for programs.
    package var code: String {
        switch self {
        case .methodNotGet: "WS_METHOD_NOT_GET"
        case .httpTooOld: "WS_HTTP_TOO_OLD"
        case .hostMissing: "WS_HOST_MISSING"
        case .upgradeMissing: "WS_UPGRADE_MISSING"
        case .versionUnsupported: "WS_VERSION_UNSUPPORTED"
        case .keyInvalid: "WS_KEY_INVALID"
        case .originNotAllowed: "WS_ORIGIN_NOT_ALLOWED"
        case .subprotocolUnknown: "WS_SUBPROTOCOL_UNKNOWN"
        case .tooManyConnections: "WS_TOO_MANY_CONNECTIONS"
        }
    }

    /// A sentence for people: Korean, then English.
    package var sentence: String {
        switch self {
        case .methodNotGet(let method):
            "웹소켓 연결은 GET 요청이어야 합니다. (A WebSocket begins with GET, not \(method).)"
        case .httpTooOld:
            "웹소켓 연결에는 HTTP/1.1 이상이 필요합니다. (A WebSocket needs HTTP/1.1 or later.)"
        case .hostMissing:
            "Host 헤더가 하나 있어야 합니다. (Exactly one Host header is needed.)"
        case .upgradeMissing:
            "Upgrade: websocket 헤더와 Connection: Upgrade 헤더가 필요합니다. (Upgrade: websocket and Connection: Upgrade are needed.)"
        case .versionUnsupported:
            "지원하는 웹소켓 버전은 13입니다. (Only WebSocket version 13 is spoken here.)"
        case .keyInvalid:
            "Sec-WebSocket-Key 헤더가 올바르지 않습니다. (Sec-WebSocket-Key must be 16 bytes in base64.)"
        case .originNotAllowed(let origin):
            "허용되지 않은 출처(Origin)입니다: \(origin) (This Origin is not allowed.)"
        case .subprotocolUnknown(let supported):
            "지원하는 서브프로토콜은 \(supported.joined(separator: ", "))입니다. (None of the offered subprotocols is spoken here.)"
        case .tooManyConnections(let max):
            "한 주소에서 동시에 \(max)개까지 연결할 수 있습니다. (One address may have \(max) connections.)"
        }
    }
}
