internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Why there is no connection to the hub, where an operator can do something about it.
package enum ConnectionFault: Equatable, Sendable {
    case certificateUntrusted
    /// The certificate is good, and for another name.
    case certificateOfAnother
    /// TLS was spoken to a port that does not.
    case plainServer
    /// Something answered, but there is no WebSocket at this path.
    case wrongPath
    /// Refused, unreachable, or without an answer: `host:port`.
    case noAnswer(String)
    case unknownHost(String)

    /// What an operator reads.
    package var sentence: String {
        switch self {
        case .certificateUntrusted:
            "허브의 인증서를 믿을 수 없습니다; \"caFile\"을 확인하세요 (the hub's certificate is not trusted; check \"caFile\")"
        case .certificateOfAnother:
            "허브의 인증서가 다른 이름의 것입니다; \"hub\"을 확인하세요 (the certificate is for another name; check \"hub\")"
        case .plainServer:
            "허브가 TLS를 쓰지 않습니다 (ws://) (the hub does not speak TLS; use ws://)"
        case .wrongPath:
            "주소 끝이 /ws 인지 확인하세요 (no WebSocket there; the hub's address ends in /ws)"
        case .noAnswer(let place):
            "허브가 응답하지 않습니다: \(place) (the hub does not answer)"
        case .unknownHost(let host):
            "허브의 이름을 찾을 수 없습니다: \(host) (the hub's name is not known)"
        }
    }
}

extension ConnectionFault {
    /// - Returns: nil for an error of an open connection that has no name here.
    init?(_ error: any Error) {
        // The library tells the reasons of its TLS only in words.
        let words = "\(error)"
        if (error as? NIOSSLExtraError) == .failedToValidateHostname {
            self = .certificateOfAnother
        } else if words.contains("CERTIFICATE_VERIFY_FAILED") || (error as? NIOSSLError) == .unableToValidateCertificate
        {
            self = .certificateUntrusted
        } else if words.contains("WRONG_VERSION_NUMBER") {
            self = .plainServer
        } else {
            return nil
        }
    }

    /// Of an attempt that never reached the hub.
    init(connecting error: any Error, host: String, port: Int) {
        if let error = error as? NIOConnectionError, error.connectionErrors.isEmpty,
            error.dnsAError != nil || error.dnsAAAAError != nil
        {
            self = .unknownHost(host)
        } else {
            self = .noAnswer("\(host):\(port)")
        }
    }
}

extension UplinkMachine.End {
    /// The end of a connection by an error.
    init(_ error: any Error) {
        self = ConnectionFault(error).map { .failed($0, "\(error)") } ?? .lost("\(error)")
    }

    /// What an operator can do something about; nil when the end speaks for itself.
    package var fault: ConnectionFault? {
        switch self {
        case .failed(let fault, _): fault
        case .refused(200..<400), .refused(404), .refused(405): .wrongPath
        case .closed, .refused, .lost, .noKey: nil
        }
    }
}
