import Actors
import Glibc
import Persistence

/// Erases a person while nobody is served: first the record, by a command like any other, then the key. Either step may be repeated, so
/// one that was interrupted is simply done again.
struct PersonErasure: Sendable {
    let yard: Yard
    /// The data directory: `erased.log` in it outlives the database, so that a backup from before can be put right.
    let directory: String

    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    func erase(_ person: Person, reason: String) async throws {
        try await blank(person, reason)
        try note(person)
        try await yard.journal.erase(person, at: LoopLane.wallClock())
    }

    private func blank(_ person: Person, _ reason: String) async throws {
        let orders = Order.name + ":"
        let isOrder = person.id.hasPrefix(orders)
        let address =
            isOrder
            ? "\(person.site)/\(Order.name)/\(person.id.dropFirst(orders.count))"
            : "\(person.site)/\(Master.name)/\(person.id)"
        guard let id = StreamID(address) else {
            throw Refused(description: "'\(person)' is nobody: driver:ID, user:ID, company:ID or order:NUMBER.")
        }
        let (name, arguments) = JSON.splitCase(
            isOrder
                ? JSON.encode(Order.Command.erasePeople(reason: reason))
                : JSON.encode(Master.Command.erase(reason: reason)))
        let outcome = await withCheckedContinuation { continuation in
            // No key of its own: where there is nothing left to blank, it changes nothing.
            let request = Request(
                name: name, arguments: arguments, key: "erase:\(LoopLane.wallClock().milliseconds)", body: [],
                principal: .system(site: person.site)
            ) { continuation.resume(returning: $0) }
            yard.registry.send(request, to: id)
        }
        switch outcome {
        case .committed: return
        case .rejected(let rejection): throw Refused(description: "\(person.id): \(rejection.message)")
        case .keyReused, .versionConflict, .busy, .unavailable:
            throw Refused(description: "\(person.id) could not be erased: \(outcome)")
        }
    }

    /// `MILLISECONDS SITE PERSON`, a line each, durable before the key is gone.
    private func note(_ person: Person) throws {
        let path = directory + "/erased.log"
        let line = Array("\(LoopLane.wallClock().milliseconds) \(person.site) \(person.id)\n".utf8)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Refused(description: "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard write(descriptor, line, line.count) == line.count, fsync(descriptor) == 0 else {
            throw Refused(description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
