import Actors
import Persistence

/// Writes master data and secrets the way everybody does: commands through the actors, digests into the accounts.
struct AccountSetup {
    let yard: Yard
    let passwords: Passwords

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    func addAdmin(site: String, login: String, name: String, password: String) async throws {
        try await ensure(site: site, "site:\(site)", ["name": .text(site)])
        if yard.directory.current.accountID(login: login, at: site) == nil {
            try await ensure(
                site: site, "user:\(login)",
                ["login": .text(login), "name": .text(name), "role": .text(Role.admin.rawValue)])
        }
        let id = try administrator(login, at: site)
        let hash = try await passwords.hash(password)
        let ended = try await yard.accounts.saveCredential(login: login, site: site, account: id, passwordHash: hash)
        guard ended != nil else {
            throw Refused(description: "The login '\(login)' belongs to another account. Choose another --login.")
        }
    }

    /// The account with this login, if it may be given a password here.
    private func administrator(_ login: String, at site: String) throws -> String {
        let directory = yard.directory.current
        guard let id = directory.accountID(login: login, at: site), let account = directory.account(id, at: site) else {
            throw Refused(
                description: "The record user:\(login) of \(site) has another login. Choose another --login.")
        }
        guard account.role == .admin else {
            throw Refused(
                description: "The login '\(login)' of \(site) is there with the role \(account.role.rawValue), not "
                    + "\(Role.admin.rawValue): an administrator gives it a password, or choose another --login.")
        }
        guard account.isActive else {
            throw Refused(
                description: "The login '\(login)' of \(site) is deactivated: another administrator has to reactivate "
                    + "it first, or choose another --login.")
        }
        return id
    }

    func addEdge(
        key: String, device: String, site: String, stations: [String], replacing: Bool = false
    ) async throws {
        guard yard.directory.current.sites[site] != nil else {
            throw Refused(description: "There is no site '\(site)'. Make it with `hub add-admin --site \(site)`.")
        }
        guard StreamID("\(site)/device/\(device)") != nil else {
            throw Refused(description: "--device '\(device)': letters, digits and - _ . : only, up to 64.")
        }
        for station in stations where StreamID("\(site)/\(WeighStation.name)/\(station)") == nil {
            throw Refused(
                description: "--station '\(station)': its name alone, as in --station 1; letters, digits and - _ . : "
                    + "only.")
        }
        if let other = try await yard.accounts.otherDevices(than: device, for: stations, at: site).first {
            let station = stations.first(where: other.stations.contains) ?? ""
            throw Refused(
                description: "Station \(station) is \(other.id)'s. A scale has one edge: revoke the other's key first, "
                    + "with `hub revoke-edge --site \(site) --device \(other.id)`.")
        }
        let isSaved = try await yard.accounts.saveDevice(
            .init(id: device, site: site, stations: stations), keyHash: Secrets.digest(key), replacing: replacing)
        guard isSaved else {
            throw Refused(
                description: "The device '\(device)' of \(site) has a key that is in effect. With --replace it gets "
                    + "another, and the old one is worth nothing.")
        }
    }

    func revokeEdge(device: String, site: String) async throws {
        guard try await yard.accounts.revokeDevice(device, at: site) else {
            throw Refused(description: "There is no device '\(device)' at \(site).")
        }
    }

    /// The demonstration yard, as far as it is not there yet.
    func make(_ demo: DemoYard) async throws {
        for record in demo.records { try await ensure(site: DemoYard.site, record.key, record.fields) }
        // One hash for all: they share their password, and each would take a third of a second.
        let hash = try await passwords.hash(DemoYard.password)
        for record in demo.records where record.key.hasPrefix("user:") {
            let login = String(record.key.dropFirst("user:".count))
            let ended = try await yard.accounts.saveCredential(
                login: login, site: DemoYard.site, account: login, passwordHash: hash)
            guard ended != nil else { throw Refused(description: "The login '\(login)' belongs to another account.") }
        }
        for (station, key) in DemoYard.edgeKeys.sorted(by: { $0.key < $1.key }) {
            try await addEdge(
                key: key, device: "edge-\(station)", site: DemoYard.site, stations: [station], replacing: true)
        }
    }

    /// Creates the record, or leaves it as it is.
    private func ensure(site: String, _ key: String, _ fields: [String: FieldValue]) async throws {
        guard let id = StreamID("\(site)/\(Master.name)/\(key)") else {
            throw Refused(description: "'\(site)' or '\(key)' is no identifier: letters, digits and - _ . : up to 64")
        }
        let (name, arguments) = JSON.splitCase(JSON.encode(Master.Command.create(fields: fields)))
        let outcome = await withCheckedContinuation { continuation in
            let request = Request(
                name: name, arguments: arguments, key: "setup:\(key)", body: [], principal: .system(site: site)
            ) { continuation.resume(returning: $0) }
            yard.registry.send(request, to: id)
        }
        switch outcome {
        case .committed: return
        case .rejected(let rejection) where rejection.code == "exists": return
        case .rejected(let rejection): throw Refused(description: "\(key): \(rejection.message) \(rejection.params)")
        case .keyReused, .versionConflict, .busy, .unavailable:
            throw Refused(description: "\(key) could not be written: \(outcome)")
        }
    }
}
