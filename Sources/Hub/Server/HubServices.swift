import Actors
import Crypto
import FoundationEssentials
import Logging
import Sessions
import Synchronization
import Wire

/// What sessions get from the hub: log-in, pictures, history, and the way to the actors.
final class HubServices: SessionServices {
    let epoch: String
    private let build: String
    private let registry: Registry
    private let directory: DirectoryStore
    private let authenticator: Authenticator
    private let links: DeviceLinks

    init(
        epoch: String, build: String, registry: Registry, directory: DirectoryStore, authenticator: Authenticator,
        links: DeviceLinks
    ) {
        self.epoch = epoch
        self.build = build
        self.registry = registry
        self.directory = directory
        self.authenticator = authenticator
        self.links = links
    }

    func authenticate(
        _ credential: Credential, session: String, done: @escaping @Sendable (AuthenticationResult) -> Void
    ) {
        // A log-in is one round trip to the database and a signature: a task of its own, which ends with its answer.
        Task { done(await authenticator.authenticate(credential)) }
    }

    func standing(of principal: Principal) -> Principal? {
        guard let account = principal.account else {
            return authenticator.revoked.contains(principal) ? nil : principal
        }
        return directory.current.principal(account: account, at: principal.site)
    }

    func view(_ principal: Principal, of stream: StreamID, mine: Bool) -> Session.ViewAnswer {
        registry.view(principal, of: stream, mine: mine)
    }

    func look(_ look: Look, at stream: StreamID) { registry.look(look, at: stream) }

    func replay(
        _ stream: StreamID, view: View, after seq: Int64, count: Int,
        done: @escaping @Sendable ([StoredEvent]?) -> Void
    ) {
        registry.replay(stream, view: view, after: seq, count: count, done: done)
    }

    func send(_ request: Request, to stream: StreamID) { registry.send(request, to: stream) }

    func observe(_ live: [UInt8], by principal: Principal, at stream: StreamID) {
        registry.observe(live, by: principal, at: stream) { _ in }
    }

    func digest(_ parts: [[UInt8]]) -> [UInt8] {
        var hash = SHA256()
        for part in parts {
            // The length before the bytes: no two lists of parts read the same.
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: part)
        }
        return Array(hash.finalize().prefix(16))
    }

    func greeting(for principal: Principal) -> Greeting {
        let site = directory.current.site(principal.site)
        return Greeting(
            build: build, principal: JSON.encode(Shown(principal)),
            yard: JSON.encode(Yard(name: site.name, phone: site.phone)))
    }

    func deviceLinked(_ principal: Principal, _ isLinked: Bool) { links.changed(principal, isLinked) }

    private struct Yard: Encodable {
        let name: String
        let phone: String?
    }

    private struct Shown: Encodable {
        let kind: String
        let id: String
        let role: Actors.Role
        let name: String
        let site: String
        let driver: String?
        let stations: [String]?

        init(_ principal: Principal) {
            kind = principal.role == .device ? "device" : "user"
            id = principal.id
            role = principal.role
            name = principal.name
            site = principal.site
            driver = principal.driver
            stations = principal.role == .device ? principal.stations.sorted() : nil
        }
    }
}
