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
        try await ensure(
            site: site, "user:\(login)",
            ["login": .text(login), "name": .text(name), "role": .text(Role.admin.rawValue)])
        try await yard.accounts.saveCredential(
            login: login, site: site, account: login, passwordHash: try await passwords.hash(password))
    }

    func addEdge(key: String, device: String, site: String, stations: [String]) async throws {
        try await yard.accounts.saveDevice(
            .init(id: device, site: site, stations: stations), keyHash: Secrets.digest(key))
    }

    /// The demonstration yard, as far as it is not there yet.
    func make(_ demo: DemoYard) async throws {
        for record in demo.records { try await ensure(site: DemoYard.site, record.key, record.fields) }
        // One hash for all: they share their password, and each would take a third of a second.
        let hash = try await passwords.hash(DemoYard.password)
        for record in demo.records where record.key.hasPrefix("user:") {
            let login = String(record.key.dropFirst("user:".count))
            try await yard.accounts.saveCredential(
                login: login, site: DemoYard.site, account: login, passwordHash: hash)
        }
        for (station, key) in DemoYard.edgeKeys.sorted(by: { $0.key < $1.key }) {
            try await addEdge(key: key, device: "edge-\(station)", site: DemoYard.site, stations: [station])
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
