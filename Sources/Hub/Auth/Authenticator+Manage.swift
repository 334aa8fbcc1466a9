import Actors
import HTTPTypes
import Logging
import Persistence

/// Who gives passwords and takes keys away. None of it is in the journal, because secrets must be changeable for good;
/// the log has it.
extension Authenticator {
    /// Gives an account of the administrator's site a password, which its owner has to change. All its log-ins end.
    func setPassword(_ password: String, of login: String, by admin: Principal) async throws {
        guard let account = directory.current.accountID(login: login, at: admin.site) else {
            throw Self.unknownAccount(login)
        }
        guard Passwords.isAcceptable(password) else { throw Self.weakPassword }
        let hash = try await passwords.hash(password)
        let gone = try await storage { () async throws(PostgresError) in
            try await accounts.saveCredential(
                login: login, site: admin.site, account: account, passwordHash: hash, mustChange: true)
        }
        guard let gone else { throw Self.loginTaken(login) }
        end(gone)
        logger.notice("password given", metadata: ["account": "\(admin.site)/\(account)", "by": "\(admin.id)"])
    }

    /// Replaces one's own password. The other log-ins of the account end.
    ///
    /// - Parameter id: the log-in from which it is asked.
    func changePassword(
        from current: String, to password: String, by principal: Principal, on id: String?
    ) async throws {
        guard Passwords.isAcceptable(password) else { throw Self.weakPassword }
        guard password != current else { throw Self.samePassword }
        guard let account = principal.account else { throw RESTFault.forbidden }
        let own = try await storage { () async throws(PostgresError) in
            try await accounts.credential(of: account, at: principal.site)
        }
        guard let own else { throw Self.wrongCurrent }
        let proven = try await prove(own.login, current, now: LoopLane.wallClock(), refusal: .forbidden)
        guard let proven, proven.account == account, proven.site == principal.site else { throw Self.wrongCurrent }
        let hash = try await passwords.hash(password)
        let gone = try await storage { () async throws(PostgresError) in
            try await accounts.changePassword(of: proven, to: hash, keeping: id)
        }
        guard let gone else { throw Self.wrongCurrent }
        end(gone)
        logger.notice("password changed", metadata: ["account": "\(principal.site)/\(account)"])
    }

    /// Takes the keys of a device of the administrator's site out of effect; its sessions end within a second.
    func revoke(device: String, by admin: Principal) async throws {
        let isKnown = try await storage { () async throws(PostgresError) in
            try await accounts.revokeDevice(device, at: admin.site)
        }
        guard isKnown else { throw Self.unknownDevice(device) }
        revoked.insert(device, at: admin.site)
        logger.notice("device revoked", metadata: ["device": "\(admin.site)/\(device)", "by": "\(admin.id)"])
    }

    private static let weakPassword = RESTFault(
        status: .badRequest, code: "weakPassword", message: "비밀번호는 8자 이상, 72바이트 이하이고 문자, 숫자, 특수문자가 모두 있어야 합니다.")
    private static let samePassword = RESTFault(
        status: .badRequest, code: "samePassword", message: "새 비밀번호가 지금 비밀번호와 같습니다.")
    /// Not 401: the token is good, and a client that renews it would only guess once more.
    private static let wrongCurrent = RESTFault(
        status: .forbidden, code: "wrongPassword", message: "지금 비밀번호가 올바르지 않습니다.")

    private static func unknownAccount(_ login: String) -> RESTFault {
        RESTFault(
            status: .notFound, code: "unknownAccount", message: "'\(login)' 계정이 이 현장에 없습니다.", params: ["login": login])
    }

    private static func loginTaken(_ login: String) -> RESTFault {
        RESTFault(
            status: .conflict, code: "loginTaken", message: "'\(login)'은(는) 다른 계정이 쓰는 로그인 이름입니다.",
            params: ["login": login])
    }

    private static func unknownDevice(_ device: String) -> RESTFault {
        RESTFault(
            status: .notFound, code: "unknownDevice", message: "'\(device)' 장치가 이 현장에 없습니다.",
            params: ["device": device])
    }
}
