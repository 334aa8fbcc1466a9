import Synchronization

/// Which log-ins sockets rest on, by account: so that those pushed out by a newer one can be told.
final class OpenLogins: Sendable {
    private let accounts = Mutex<[String: Set<String>]>([:])

    func note(_ login: String, of account: String) {
        accounts.withLock { _ = $0[account, default: []].insert(login) }
    }

    func logins(of account: String) -> Set<String> { accounts.withLock { $0[account] ?? [] } }

    func forget(_ logins: Set<String>, of account: String) {
        accounts.withLock { accounts in
            accounts[account]?.subtract(logins)
            if accounts[account]?.isEmpty == true { accounts[account] = nil }
        }
    }
}
