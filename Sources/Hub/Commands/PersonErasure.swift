import Actors
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
        guard let record = Self.record(of: person) else {
            throw Refused(description: "'\(person)' is nobody: driver:ID, user:ID, company:ID or order:NUMBER.")
        }
        try await blank(person, record, reason)
        // Durable before the key is gone.
        try ErasedLog.append(ErasedLog.Line(at: LoopLane.wallClock(), person: person), in: directory)
        try await yard.journal.erase(person, at: LoopLane.wallClock())
    }

    /// Erases again, in a database that was restored, who was erased before; tells of each. Whoever is unknown here, or got the number
    /// later than somebody else was erased, is left as is.
    func again(_ log: ErasedLog, tell: (String) -> Void) async throws {
        var done = Set(try await yard.journal.erasedPersons())
        for line in log.lines where !done.contains(line.person) {
            let person = line.person
            guard let record = Self.record(of: person),
                let isKnown = try await yard.journal.isKnown(record, before: line.at)
            else {
                tell("site \(person.site): \(person.id) is unknown in this database and was skipped")
                continue
            }
            guard isKnown else {
                tell("site \(person.site): \(person.id) is somebody else since and was skipped")
                continue
            }
            do {
                try await blank(person, record, Self.reasonAgain)
            } catch let error as Refused {
                tell("site \(person.site): \(person.id) was skipped: \(error)")
                continue
            }
            try await yard.journal.erase(person, at: LoopLane.wallClock())
            done.insert(person)
            tell("site \(person.site): \(person.id) is erased again")
        }
        for text in log.unreadable { tell("erased.log: '\(text)' is no line of it and was skipped") }
    }

    private static let reasonAgain = "복원한 데이터에서 다시 삭제"

    private static func record(of person: Person) -> StreamID? {
        let orders = Order.name + ":"
        return person.id.hasPrefix(orders)
            ? StreamID("\(person.site)/\(Order.name)/\(person.id.dropFirst(orders.count))")
            : StreamID("\(person.site)/\(Master.name)/\(person.id)")
    }

    private func blank(_ person: Person, _ record: StreamID, _ reason: String) async throws {
        let (name, arguments) = JSON.splitCase(
            record.kind == Order.name
                ? JSON.encode(Order.Command.erasePeople(reason: reason))
                : JSON.encode(Master.Command.erase(reason: reason)))
        let outcome = await withCheckedContinuation { continuation in
            // No key of its own: where there is nothing left to blank, it changes nothing.
            let request = Request(
                name: name, arguments: arguments, key: "erase:\(LoopLane.wallClock().milliseconds)", body: [],
                principal: .system(site: person.site)
            ) { continuation.resume(returning: $0) }
            yard.registry.send(request, to: record)
        }
        switch outcome {
        case .committed: return
        case .rejected(let rejection):
            throw Refused(description: "\(person.id): \(rejection.code) (\(rejection.message))")
        case .keyReused, .versionConflict, .busy, .unavailable:
            throw HubProcess.Failure("\(person.id) could not be erased: \(outcome)")
        }
    }
}
