import Actors
import Hummingbird
import NIOCore
import Sessions

/// What a request carries through the middleware: who asks, from where.
struct HubContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's, also behind a reverse proxy that is trusted.
    var remoteAddress: String
    /// Nil without a token.
    var identity: Identity?
    /// What the answer leaves through.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "?"
    }

    /// Bodies are small JSON objects.
    var maxUploadSize: Int { 64 << 10 }

    var principal: Principal? { identity?.principal }
    /// The log-in that the token belongs to.
    var login: String? { identity?.login }

    func requireIdentity() throws(RESTFault) -> Identity {
        guard let identity else { throw .unauthorized }
        return identity
    }

    func requirePrincipal() throws(RESTFault) -> Principal { try requireIdentity().principal }

    func requireStaff() throws(RESTFault) -> Principal {
        let principal = try requirePrincipal()
        guard principal.isStaff else { throw .forbidden }
        return principal
    }

    func requireAdmin() throws(RESTFault) -> Principal {
        let principal = try requirePrincipal()
        guard principal.role == .admin else { throw .forbidden }
        return principal
    }

    func requireDriver() throws(RESTFault) -> (principal: Principal, driver: String) {
        let principal = try requirePrincipal()
        guard let driver = principal.driver else { throw .forbidden }
        return (principal, driver)
    }
}
