import Actors
import HTTPTypes
import Persistence
import Sessions
import Wire

/// Who is behind a token or a key.
extension Authenticator {
    /// The identity behind a bearer token.
    func identity(token: String) async throws -> Identity {
        switch await verify(token) {
        case .accepted(let identity, _): return identity
        case .refused(let fault): throw RESTFault(status: .unauthorized, code: fault.code, message: fault.message)
        case .unavailable: throw RESTFault.unavailable
        }
    }

    /// The device behind an API key.
    func identity(apiKey: String) async throws -> Identity {
        switch await authenticate(.apiKey(apiKey)) {
        case .accepted(let identity): return identity
        case .refused(let fault): throw RESTFault(status: .unauthorized, code: fault.code, message: fault.message)
        case .crowded(let max): throw RESTFault(.tooManySessions(max))
        case .unavailable: throw RESTFault.unavailable
        }
    }

    /// For sessions.
    func authenticate(_ credential: Credential) async -> AuthenticationResult {
        switch credential {
        case .token(let token):
            switch await verify(token) {
            case .accepted(_, let login) where recentlyEnded.contains(login): return .refused(.tokenInvalid)
            case .accepted(let identity, _): return .accepted(identity)
            case .refused(let fault): return .refused(fault)
            case .unavailable: return .unavailable
            }
        case .apiKey(let key):
            do throws(PostgresError) {
                guard let device = try await accounts.device(keyHash: Secrets.digest(key)) else {
                    return .refused(.keyInvalid)
                }
                let principal = Principal(
                    id: RevokedDevices.principalID(of: device.id), role: .device, site: device.site, name: device.id,
                    stations: Set(device.stations))
                if revoked.contains(principal) { return .refused(.keyInvalid) }
                return .accepted(Identity(principal: principal, expiresAt: nil))
            } catch {
                return .unavailable
            }
        }
    }

    private enum Verified {
        case accepted(Identity, login: String)
        case refused(ServerMessage.Fault)
        case unavailable
    }

    private func verify(_ token: String) async -> Verified {
        let claims: Tokens.Claims
        do throws(Tokens.Failure) {
            claims = try await tokens.verify(token, now: LoopLane.wallClock())
        } catch {
            return .refused(error == .expired ? .tokenExpired : .tokenInvalid)
        }
        do throws(PostgresError) {
            // Logged out, pushed out by a fourth device, or another password: the token ends with its log-in.
            guard let login = try await accounts.login(id: claims.login), login.account == claims.account,
                let principal = directory.current.principal(account: login.account, at: login.site)
            else { return .refused(.tokenInvalid) }
            return .accepted(
                Identity(principal: principal, expiresAt: claims.expiresAt, login: claims.login), login: claims.login)
        } catch {
            return .unavailable
        }
    }
}
