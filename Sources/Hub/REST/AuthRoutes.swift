import Actors
import Hummingbird
import Wire

/// Log-in, renewal and log-out (seed 001 §4.2); passwords, and keys that are no longer to be trusted.
struct AuthRoutes: Sendable {
    let authenticator: Authenticator

    struct User: Encodable {
        let id: String
        let loginID: String
        let role: Actors.Role
        let name: String
        let driver: String?

        init(_ principal: Principal, login: String) {
            id = principal.id
            loginID = login
            role = principal.role
            name = principal.name
            driver = principal.driver
        }

        enum CodingKeys: String, CodingKey {
            case id, role, name, driver
            case loginID = "login_id"
        }
    }

    private struct LoggedIn: Encodable {
        let accessToken: String
        let refreshToken: String
        let expiresIn: Int64
        /// The password is somebody else's choice.
        let mustChange: Bool
        let user: User

        enum CodingKeys: String, CodingKey {
            case user
            case accessToken = "access_token"
            case refreshToken = "refresh_token"
            case expiresIn = "expires_in"
            case mustChange = "must_change"
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
            return success(User(principal, login: authenticator.loginName(of: principal)))
        }
        group.post("auth/password") { request, context in
            let principal = try context.requirePrincipal()
            let body = try await request.members()
            let current = try body.required("current", max: 200)
            let password = try body.required("password", max: 200)
            try await authenticator.changePassword(
                from: current, to: password, by: principal, on: context.login)
            return success(Empty())
        }
        group.put("accounts/:login/password") { request, context in
            let admin = try context.requireAdmin()
            let login = try context.name("login")
            let password = try await request.members().required("password", max: 200)
            try await authenticator.setPassword(password, of: login, by: admin)
            return success(Empty())
        }
        group.post("devices/:device/revoke") { _, context in
            let admin = try context.requireAdmin()
            try await authenticator.revoke(device: context.name("device"), by: admin)
            return success(Empty())
        }
    }

    private func answer(_ grant: Authenticator.Grant) throws -> Response {
        success(
            LoggedIn(
                accessToken: grant.accessToken, refreshToken: grant.refreshToken,
                expiresIn: Tokens.accessLifetime.components.seconds, mustChange: grant.mustChange,
                user: User(grant.principal, login: grant.login)))
    }
}

extension HubContext {
    /// A part of the path that names something. It comes as it stood in the request: percent-encoded.
    fileprivate func name(_ parameter: String) throws(RESTFault) -> String {
        guard let name = PercentEncoding.decode(parameters.get(parameter) ?? ""), !name.isEmpty, name.count <= 200
        else {
            throw .badField(parameter, "1–200자 이름")
        }
        return name
    }
}
