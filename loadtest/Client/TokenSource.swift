internal import NIOCore
internal import Synchronization

/// The access token of one log-in, which any number of connections share. It is good for an hour.
final class TokenSource: Sendable {
    private let rest: REST
    private let grant: Mutex<REST.Grant>

    init(_ login: String, password: String, rest: REST) async throws {
        self.rest = rest
        grant = Mutex(try await rest.logIn(login, password: password))
    }

    var token: String { grant.withLock { $0.accessToken } }

    /// A new token of the same log-in; connections made with the old one stand until it expires.
    func renew() async throws {
        let fresh = try await rest.refresh(grant.withLock { $0.refreshToken })
        grant.withLock { $0 = fresh }
    }

    func logOut() async {
        try? await rest.logOut(grant.withLock { $0.refreshToken })
    }
}
