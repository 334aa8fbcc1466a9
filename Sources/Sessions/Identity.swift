package import Actors
package import Wire

/// What log-in yields: who, and until when.
package struct Identity: Sendable, Hashable {
    package let principal: Principal
    /// Nil for devices: their key is looked at again when it is revoked.
    package let expiresAt: Instant?
    /// The log-in that it rests on; nil for devices.
    package let login: String?

    package init(principal: Principal, expiresAt: Instant?, login: String? = nil) {
        self.principal = principal
        self.expiresAt = expiresAt
        self.login = login
    }
}

/// How a client proves who it is.
package enum Credential: Sendable, Hashable {
    case token(String)
    case apiKey(String)
}

package enum AuthenticationResult: Sendable {
    case accepted(Identity)
    case refused(ServerMessage.Fault)
    /// As many sessions are open as one account may have.
    case crowded(max: Int)
    /// The accounts cannot be read now.
    case unavailable
}
