import Actors

/// Says commands to one actor, one line each, as they come out of a socket: read, decided, applied, and written down.
///
/// The first two bytes choose the kind and the key. A line is who says it, the command's name, and its arguments:
/// `acancel {"id":"x","reason":"x"}`. A line of digits lets so many milliseconds pass.
enum CommandsTarget {
    static func run(_ input: FuzzInput) throws(Finding) {
        var input = input
        let kind = Int(input.byte())
        let key = Int(input.byte())
        let lines = input.rest.split(separator: UInt8(ascii: "\n"), maxSplits: 64)
        switch kind % 6 {
        case 0: try CommandScript<WaitQueue>.run("main", lines)
        case 1: try CommandScript<WeighStation>.run(["1", "2", "9"][key % 3], lines)
        case 2: try CommandScript<WeighRegister>.run("main", lines)
        case 3: try CommandScript<WeighTicket>.run("WR202611200001", lines)
        case 4: try CommandScript<Order>.run("DO-1", lines)
        default:
            let classes = Master.Class.allCases.map(\.rawValue)
            let record = classes[key % classes.count]
            try CommandScript<Master>.run(record == "site" ? "site:ulsan" : "\(record):1", lines)
        }
    }
}

/// One actor of a kind, without its host.
private struct CommandScript<K: Kind> {
    private let id: StreamID
    private var state: K.State
    private var directory = FuzzYard.directory
    private var now = FuzzYard.start

    private init(_ key: String) {
        id = StreamID(site: FuzzYard.site, kind: K.name, key: key)
        state = K.initial(id)
        // A ticket is born with its slip.
        if var ticket = state as? WeighTicket.State {
            ticket.slip = FuzzYard.slip
            if let born = ticket as? K.State { state = born }
        }
    }

    static func run(_ key: String, _ lines: [ArraySlice<UInt8>]) throws(Finding) {
        var script = Self(key)
        try script.say(lines)
    }

    private mutating func say(_ lines: [ArraySlice<UInt8>]) throws(Finding) {
        for line in lines {
            if let digits = Int64(String(decoding: line.prefix(12), as: UTF8.self)) {
                // A clock does not go back, and not beyond what a calendar shows.
                now = min(now + .milliseconds(max(0, digits)), FuzzYard.end)
                continue
            }
            try say(line)
        }
        try checkPictures()
    }

    private mutating func say(_ line: ArraySlice<UInt8>) throws(Finding) {
        guard let who = line.first, let principal = FuzzYard.principal(who) else { return }
        let name = line.dropFirst().prefix { $0 != UInt8(ascii: " ") }
        let arguments = Array(line.dropFirst(2 + name.count))
        // As `Host` reads it.
        guard !name.isEmpty, name.count <= 40, name.allSatisfy({ (97...122).contains($0 | 32) }) else { return }
        let bytes = JSON.joinCase(name: String(decoding: name, as: UTF8.self), payload: arguments)
        guard let command = try? JSON.decode(K.Command.self, from: bytes) else { return }
        try checkRoundTrip(command, "a command")
        let context = Context(id: id, now: now, principal: principal, directory: directory)
        let events: [K.Event]
        do throws(Rejection) {
            events = try K.decide(command, state, context)
        } catch {
            return try check(error)
        }
        for event in events { try apply(event) }
        try checkRoundTrip(state, "the state")
    }

    /// A refusal is short, whatever was refused.
    private func check(_ rejection: Rejection) throws(Finding) {
        try demand(!rejection.code.isEmpty && !rejection.message.isEmpty, "a refusal without words")
        for text in [rejection.message] + Array(rejection.params.values) {
            try demand(text.utf8.count <= Rejection.textByteCountMax, "\(rejection.code) says \(text.utf8.count) bytes")
        }
    }

    private mutating func apply(_ event: K.Event) throws(Finding) {
        // As the journal keeps it, and as it comes back after years.
        let (name, payload) = JSON.splitCase(JSON.encode(event))
        let stored: K.Event
        do {
            stored = try JSON.decode(K.Event.self, from: JSON.joinCase(name: name, payload: payload))
        } catch {
            throw Finding("an event that cannot be read: \(name) \(String(decoding: payload, as: UTF8.self)): \(error)")
        }
        try demandEqual(JSON.encode(stored), JSON.encode(event), "the event \(name) read anew")
        var other = state
        K.evolve(&state, event, at: now)
        K.evolve(&other, stored, at: now)
        try demandEqual(JSON.encode(other), JSON.encode(state), "the state after \(name), decided and read")
        for effect in K.react(event, from: id, at: now) { _ = JSON.encode(effect.command) }
        for birth in K.births(event, from: id) { _ = JSON.encode(birth.event) }
        _ = K.stateViews(after: event)
        for view in views { _ = K.shows(event, to: view) }
        if K.teaches { K.teach(&directory, event, id: id, state: state) }
    }

    private var views: [View] { [.staff, .driver, .device, .board, .person("1")] }

    private func checkPictures() throws(Finding) {
        let context = Context(id: id, now: now, principal: .system(site: id.site), directory: directory)
        for view in views { _ = JSON.encode(K.snapshot(state, live: nil, view: view, context)) }
        let live = Array(#"{"grams":20000000,"state":"stable","at":1}"#.utf8)
        if let live = try? JSON.decode(K.Live.self, from: live) { _ = K.observe(live, state, context) }
    }

    private func checkRoundTrip<Value: Codable>(_ value: Value, _ what: String) throws(Finding) {
        let bytes = JSON.encode(value)
        do {
            try demandEqual(JSON.encode(try JSON.decode(Value.self, from: bytes)), bytes, "\(what) read anew")
        } catch let finding as Finding {
            throw finding
        } catch {
            throw Finding("\(what) cannot be read: \(String(decoding: bytes, as: UTF8.self)): \(error)")
        }
    }
}
