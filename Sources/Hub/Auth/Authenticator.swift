import Actors
import HTTPTypes
import Logging
import Persistence

/// Says who somebody is: by password, by token, by key. What he may do is read from the directory each time.
struct Authenticator: Sendable {
    let accounts: AccountStore
    let directory: DirectoryStore
    let tokens: Tokens
    let passwords: Passwords
    let logger: Logger
    /// Devices that are out: `HubServices.standing(of:)` asks every second.
    let revoked = RevokedDevices()
    let recentlyEnded = EndedLogins()
    /// Hears which log-ins are over while a socket may still rest on them.
    private let ended: @Sendable (Set<String>) -> Void

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
        /// Somebody else has chosen the password.
        let mustChange: Bool
    }

    func logIn(_ login: String, password: String, from address: String) async throws -> Grant {
        let now = LoopLane.wallClock()
        guard let credential = try await prove(login, password, now: now, refusal: .unauthorized),
            let principal = directory.current.principal(account: credential.account, at: credential.site)
        else {
            logger.info("log-in refused", metadata: ["address": "\(address)"])
            throw Self.wrongPassword
        }
        let id = String(Secrets.random().prefix(32))
        let refresh = Secrets.random()
        let pushedOut = try await storage { () async throws(PostgresError) in
            try await accounts.begin(
                id, with: credential, refreshHash: Secrets.digest(refresh), now: now,
                lifetime: Tokens.refreshLifetime)
        }
        guard let pushedOut else { throw Self.wrongPassword }
        end(pushedOut)
        let access = try await tokens.issue(account: credential.account, login: id, now: now)
        return Grant(
            accessToken: access, refreshToken: refresh, login: loginName(of: principal), principal: principal,
            mustChange: credential.mustChange)
    }

    /// The credential with this log-in name, if this is its password. The guess counts as a wrong one before it is
    /// looked at, and for a name that nobody has as well: guessing in parallel gains nothing, and no answer tells who
    /// has an account.
    func prove(
        _ login: String, _ password: String, now: Instant, refusal: HTTPResponse.Status
    ) async throws -> AccountStore.Credential? {
        let guess = try await storage { () async throws(PostgresError) in
            try await accounts.guess(login: login, now: now)
        }
        switch guess {
        case .locked(let until): throw Self.locked(for: until - now, refusal)
        case .counted(let credential):
            return try await passwords.matches(password, credential?.passwordHash) ? credential : nil
        }
    }

    private static let wrongPassword = RESTFault(
        status: .unauthorized, code: "loginFailed", message: "아이디 또는 비밀번호가 올바르지 않습니다.")

    private static func locked(for time: Duration, _ status: HTTPResponse.Status) -> RESTFault {
        let minutes = String(time.inMilliseconds / 60_000 + 1)
        return RESTFault(
            status: status, code: "accountLocked",
            message: "비밀번호를 여러 번 틀려 잠긴 계정입니다. \(minutes)분 뒤 다시 시도해 주세요.", params: ["minutes": minutes])
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
        let credential = try await storage { () async throws(PostgresError) in
            try await accounts.credential(of: login.account, at: login.site)
        }
        let access = try await tokens.issue(account: login.account, login: login.id, now: now)
        return Grant(
            accessToken: access, refreshToken: next, login: loginName(of: principal), principal: principal,
            mustChange: credential?.mustChange ?? false)
    }

    func logOut(refreshToken: String) async throws {
        let gone = try await storage { () async throws(PostgresError) in
            try await accounts.end(refreshHash: Secrets.digest(refreshToken))
        }
        end(gone)
    }

    /// The name with which an account logs in.
    func loginName(of principal: Principal) -> String {
        guard let account = principal.account else { return principal.id }
        return directory.current.account(account, at: principal.site)?.login ?? account
    }

    /// Closes the sockets that rest on log-ins which are over.
    func end(_ gone: Set<String>) {
        guard !gone.isEmpty else { return }
        recentlyEnded.note(gone, now: LoopLane.wallClock())
        ended(gone)
    }

    func storage<T>(_ body: () async throws(PostgresError) -> T) async throws(RESTFault) -> T {
        do throws(PostgresError) {
            return try await body()
        } catch {
            logger.error("accounts are not reachable", metadata: ["error": "\(error)"])
            throw .unavailable
        }
    }
}
