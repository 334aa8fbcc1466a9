import Actors
import Hummingbird
import Wire

/// Log-in, renewal and log-out (seed 001 §4.2).
struct AuthRoutes: Sendable {
    let authenticator: Authenticator

    struct User: Encodable {
        let id: String
        let loginID: String
        let role: Actors.Role
        let name: String
        let driver: String?

        enum CodingKeys: String, CodingKey {
            case id, role, name, driver
            case loginID = "login_id"
        }
    }

    private struct LoggedIn: Encodable {
        let accessToken: String
        let refreshToken: String
        let expiresIn: Int64
        let user: User

        enum CodingKeys: String, CodingKey {
            case user
            case accessToken = "access_token"
            case refreshToken = "refresh_token"
            case expiresIn = "expires_in"
        }
    }

    private struct Empty: Encodable {}

    func add(to group: RouterGroup<HubContext>) {
        group.post("auth/login") { request, context in
            let body = try await request.members()
            let login = try body.required("login_id", max: 50)
            let password = try body.required("password", max: 200)
            return try await answer(
                authenticator.logIn(login, password: password, from: context.remoteAddress))
        }
        group.post("auth/refresh") { request, _ in
            try await answer(authenticator.refresh(request.members().required("refresh_token")))
        }
        group.post("auth/logout") { request, _ in
            try await authenticator.logOut(refreshToken: request.members().required("refresh_token"))
            return success(Empty())
        }
        group.get("auth/me") { _, context in
            let principal = try context.requirePrincipal()
            return success(
                User(
                    id: principal.id, loginID: principal.id, role: principal.role, name: principal.name,
                    driver: principal.driver))
        }
    }

    private func answer(_ grant: Authenticator.Grant) throws -> Response {
        success(
            LoggedIn(
                accessToken: grant.accessToken, refreshToken: grant.refreshToken,
                expiresIn: Tokens.accessLifetime.components.seconds,
                user: User(
                    id: grant.principal.id, loginID: grant.login, role: grant.principal.role,
                    name: grant.principal.name, driver: grant.principal.driver)))
    }
}
