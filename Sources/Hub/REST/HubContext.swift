import Actors
import Hummingbird
import NIOCore

/// What a request carries through the middleware: who asks, from where.
struct HubContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The client's, also behind a reverse proxy that is trusted.
    var remoteAddress: String
    var principal: Principal?
    /// The log-in that the token belongs to.
    var login: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "?"
    }

    /// Bodies are small JSON objects.
    var maxUploadSize: Int { 64 << 10 }

    func requirePrincipal() throws(RESTFault) -> Principal {
        guard let principal else { throw .unauthorized }
        return principal
    }

    func requireStaff() throws(RESTFault) -> Principal {
        let principal = try requirePrincipal()
        guard principal.isStaff else { throw .forbidden }
        return principal
    }

    func requireDriver() throws(RESTFault) -> (principal: Principal, driver: String) {
        let principal = try requirePrincipal()
        guard let driver = principal.driver else { throw .forbidden }
        return (principal, driver)
    }
}
