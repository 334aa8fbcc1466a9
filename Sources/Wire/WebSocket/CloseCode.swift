/// Why a connection ends (RFC 6455 §7.4), and in our own range what the peer should do next.
package struct CloseCode: RawRepresentable, Sendable, Hashable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// The purpose is fulfilled.
    package static let normal = CloseCode(rawValue: 1000)
    /// A server going down, a page being left.
    package static let goingAway = CloseCode(rawValue: 1001)
    package static let protocolError = CloseCode(rawValue: 1002)
    /// A kind of message that is not served here.
    package static let unacceptableData = CloseCode(rawValue: 1003)
    /// The close frame had no code. Never sent.
    package static let noStatus = CloseCode(rawValue: 1005)
    /// The stream ended without a close frame. Never sent.
    package static let abnormal = CloseCode(rawValue: 1006)
    /// Text that is not UTF-8.
    package static let invalidPayload = CloseCode(rawValue: 1007)
    package static let policyViolation = CloseCode(rawValue: 1008)
    package static let messageTooBig = CloseCode(rawValue: 1009)
    /// The client misses an extension the server did not agree to. Sent by clients.
    package static let mandatoryExtension = CloseCode(rawValue: 1010)
    package static let internalError = CloseCode(rawValue: 1011)
    package static let serviceRestart = CloseCode(rawValue: 1012)
    package static let tryAgainLater = CloseCode(rawValue: 1013)

    /// 4100: nothing was heard from the peer for too long.
    package static let peerSilent = CloseCode(rawValue: 4100)
    /// 4101: the peer reads too slowly for what it subscribed to.
    package static let peerSlow = CloseCode(rawValue: 4102)

    /// Whether the code may stand in a close frame: 1000–1003, 1007–1014 (as registered with IANA) and 3000–4999.
    package var isAllowedInFrame: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    /// What a client does after this code.
    package enum Advice: Sendable, Hashable {
        /// Do not reconnect: something must change first (4000–4099, and 1000).
        case stop
        /// Reconnect with growing pauses (4100–4199, and every code not named here).
        case backOff
        /// Reconnect at once, or after the pause the server named (4200–4299, and 1012).
        case comeBackNow
    }

    /// A protocol error backs off rather than stops: a kiosk must outlive a faulty release of the hub.
    package var advice: Advice {
        switch rawValue {
        case 1000, 4000...4099: .stop
        case 1012, 4200...4299: .comeBackNow
        default: .backOff
        }
    }
}

extension CloseCode: CustomStringConvertible {
    package var description: String { String(rawValue) }
}
