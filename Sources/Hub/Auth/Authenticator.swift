import Actors
import HTTPTypes
import Logging
import Persistence
import Sessions
import Wire

/// Says who somebody is: by password, by token, by key. What he may do is read from the directory each time.
struct Authenticator: Sendable {
    let accounts: AccountStore
    let directory: DirectoryStore
    let tokens: Tokens
    let passwords: Passwords
    let logger: Logger
    /// Hears which log-ins are over while a socket may still rest on them.
    let ended: @Sendable (Set<String>) -> Void
    private let open = OpenLogins()

    init(
        accounts: AccountStore, directory: DirectoryStore, tokens: Tokens, passwords: Passwords, logger: Logger,
        ended: @escaping @Sendable (Set<String>) -> Void
    ) {
        self.accounts = accounts
        self.directory = directory
        self.tokens = tokens
        self.passwords = passwords
        self.logger = logger
        self.ended = ended
    }

    struct Grant: Sendable {
        let accessToken: String
        let refreshToken: String
        let login: String
        let principal: Principal
    }

    private static let wrongPassword = RESTFault(
        status: .unauthorized, code: "loginFailed", message: "아이디 또는 비밀번호가 올바르지 않습니다.")

    func logIn(_ login: String, password: String, from address: String) async throws -> Grant {
        let now = LoopLane.wallClock()
        let credential = try await storage { () async throws(PostgresError) in
            try await accounts.credential(login: login)
        }
        if let until = credential?.lockedUntil, until > now {
            let minutes = Int((until - now).inMilliseconds / 60_000) + 1
            throw RESTFault(
                status: .unauthorized, code: "accountLocked",
                message: "비밀번호를 여러 번 틀려 잠긴 계정입니다. \(minutes)분 뒤 다시 시도해 주세요.", params: ["minutes": String(minutes)])
        }
        guard try await passwords.matches(password, credential?.passwordHash), let credential else {
            if credential != nil {
                try await storage { () async throws(PostgresError) in
                    try await accounts.countFailure(login: login, now: now)
                }
            }
            logger.info("log-in refused", metadata: ["address": "\(address)"])
            throw Self.wrongPassword
        }
        guard let principal = directory.current.principal(account: credential.account, at: credential.site) else {
            throw Self.wrongPassword
        }
        if credential.failedCount > 0 {
            try await storage { () async throws(PostgresError) in try await accounts.clearFailures(login: login) }
        }
        let id = String(Secrets.random().prefix(32))
        let refresh = Secrets.random()
        let record = AccountStore.Login(id: id, site: credential.site, account: credential.account)
        try await storage { () async throws(PostgresError) in
            try await accounts.begin(
                record, refreshHash: Secrets.digest(refresh), now: now, lifetime: Tokens.refreshLifetime)
        }
        try await endPushedOut(of: credential.account)
        let access = try await tokens.issue(account: credential.account, login: id, now: now)
        return Grant(accessToken: access, refreshToken: refresh, login: login, principal: principal)
    }

    /// A log-in more than an account may have has ended its oldest; who still sits at that one is told.
    private func endPushedOut(of account: String) async throws {
        var gone: Set<String> = []
        for login in open.logins(of: account) {
            let record = try await storage { () async throws(PostgresError) in try await accounts.login(id: login) }
            if record == nil { gone.insert(login) }
        }
        guard !gone.isEmpty else { return }
        open.forget(gone, of: account)
        ended(gone)
    }

    func refresh(_ refreshToken: String) async throws -> Grant {
        let now = LoopLane.wallClock()
        let next = Secrets.random()
        let login = try await storage { () async throws(PostgresError) in
            try await accounts.rotate(
                refreshHash: Secrets.digest(refreshToken), to: Secrets.digest(next), now: now)
        }
        guard let login, let principal = directory.current.principal(account: login.account, at: login.site) else {
            throw RESTFault(status: .unauthorized, code: "tokenExpired", message: "로그인 시간이 지났습니다. 다시 로그인해 주세요.")
        }
        let name = directory.current.account(login.account, at: login.site)?.login ?? login.account
        let access = try await tokens.issue(account: login.account, login: login.id, now: now)
        return Grant(accessToken: access, refreshToken: next, login: name, principal: principal)
    }

    func logOut(refreshToken: String) async throws {
        try await storage { () async throws(PostgresError) in
            try await accounts.end(refreshHash: Secrets.digest(refreshToken))
        }
    }

    /// The identity behind a bearer token, and the log-in it belongs to.
    func identity(token: String) async throws -> (Identity, login: String) {
        switch await verify(token) {
        case .accepted(let identity, let login): return (identity, login)
        case .refused(let fault): throw RESTFault(status: .unauthorized, code: fault.code, message: fault.message)
        case .unavailable: throw RESTFault.unavailable
        }
    }

    /// For sessions.
    func authenticate(_ credential: Credential) async -> AuthenticationResult {
        switch credential {
        case .token(let token):
            switch await verify(token) {
            case .accepted(let identity, let login):
                if let account = identity.principal.account { open.note(login, of: account) }
                return .accepted(identity)
            case .refused(let fault): return .refused(fault)
            case .unavailable: return .unavailable
            }
        case .apiKey(let key):
            do throws(PostgresError) {
                guard let device = try await accounts.device(keyHash: Secrets.digest(key)) else {
                    return .refused(.keyInvalid)
                }
                let principal = Principal(
                    id: "device:\(device.id)", role: .device, site: device.site, name: device.id,
                    stations: Set(device.stations))
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
            // Logged out, or pushed out by a fourth device: the token ends with its log-in.
            guard let login = try await accounts.login(id: claims.login), login.account == claims.account,
                let principal = directory.current.principal(account: login.account, at: login.site)
            else { return .refused(.tokenInvalid) }
            return .accepted(
                Identity(principal: principal, expiresAt: claims.expiresAt, login: claims.login), login: claims.login)
        } catch {
            return .unavailable
        }
    }

    private func storage<T>(_ body: () async throws(PostgresError) -> T) async throws(RESTFault) -> T {
        do throws(PostgresError) {
            return try await body()
        } catch {
            logger.error("accounts are not reachable", metadata: ["error": "\(error)"])
            throw .unavailable
        }
    }
}
