/// Waking up, and finding out what really happened.
extension Host {
    /// What the journal knows, and the events before its snapshot that subscribers have not been shown.
    private struct Reading: Sendable {
        let loaded: Loaded
        var unshown: [StoredEvent] = []
    }

    func load() {
        phase = .loading
        read(keys: []) { host, result in host.loaded(result) }
    }

    private func loaded(_ result: Result<Reading, JournalError>) {
        switch result {
        case .success(let reading):
            takeOver(reading)
            answerLooks()
            pump()
        case .failure:
            // The next request tries again; whoever waits now is told to come back.
            phase = .asleep
            let waiting = mailbox
            mailbox = []
            answer(waiting, .unavailable(after: runtime.limits.retryAfter))
            for look in looks { look.reply(.unavailable(after: runtime.limits.retryAfter)) }
            looks = []
        }
    }

    /// The outcome of a commit is unknown, or the stream moved on without us: discard the copy, read again, show what the
    /// lost answer hid, then decide again what is not in the history.
    ///
    /// - Parameter draft: what a commit in doubt was to bring. If it has, all of it is answered as decided: a command that changed nothing
    ///   has left no record, and decided again behind the others of its batch it could change something.
    func reload(
        thenDecideAgain envelopes: [Envelope], unlessCommitted draft: Draft? = nil, delay: Duration = .zero
    ) {
        phase = .reloading
        let keys = envelopes.map { $0.request.commandKey }
        let start: @Sendable (isolated Host<K>) -> Void = { host in
            host.read(keys: keys) { host, result in host.reloaded(result, envelopes, draft, delay) }
        }
        if delay == .zero { start(self) } else { lane.after(delay) { self.assumeIsolated { start($0) } } }
    }

    private func reloaded(
        _ result: Result<Reading, JournalError>, _ envelopes: [Envelope], _ draft: Draft?, _ delay: Duration
    ) {
        guard case .success(let reading) = result else {
            // Still unknown. The askers may repeat with the same key; the actor itself may not go on before it knows.
            answer(envelopes, .unavailable(after: runtime.limits.retryAfter))
            return reload(thenDecideAgain: [], delay: min(max(delay * 2, .milliseconds(50)), .seconds(2)))
        }
        takeOver(reading)
        if let draft, Self.isCommitted(draft, reading.loaded.commands) {
            reply(draft)
        } else {
            requeue(answerKnown(envelopes, reading.loaded.commands))
        }
        answerLooks()
        pump()
    }

    /// Reads the stream. A snapshot may be newer than what subscribers have seen: then the events under it are read, too.
    private func read(
        keys: [CommandKey], then: @escaping @Sendable (isolated Host<K>, Result<Reading, JournalError>) -> Void
    ) {
        isOutdated = false
        runtime.journal.load(id, schema: K.schema, keys: keys, on: lane) { result in
            self.assumeIsolated { host in
                guard case .success(let loaded) = result, let snapshot = loaded.snapshot,
                    let shown = host.publishedVersion, snapshot.version > shown
                else { return then(host, result.map { Reading(loaded: $0) }) }
                host.readUnshown(loaded, after: shown, through: snapshot.version, then)
            }
        }
    }

    private func readUnshown(
        _ loaded: Loaded, after seq: Int64, through last: Int64,
        _ then: @escaping @Sendable (isolated Host<K>, Result<Reading, JournalError>) -> Void
    ) {
        runtime.journal.events(of: id, after: seq, limit: Int(last - seq), on: lane) { result in
            self.assumeIsolated { then($0, result.map { Reading(loaded: loaded, unshown: $0) }) }
        }
    }

    /// The history becomes the state, and what nobody has been shown yet is shown.
    private func takeOver(_ reading: Reading) {
        let hidden = reading.unshown.map { (event: read($0), stored: $0) } + rebuild(from: reading.loaded)
        phase = .ready
        teach(hidden)
        publish(hidden)
        publishedVersion = version
        let effects = hidden.flatMap { event, stored in
            (stored.seq == 1 && K.isBorn ? [] : K.effects(of: event, from: id, seq: stored.seq, at: stored.at))
                + K.births(event, from: id).flatMap { $0.effects(stored.at) }
        }
        if !effects.isEmpty { runtime.dispatch(effects) }
        for birth in hidden.flatMap({ K.births($0.event, from: id) }) { born(birth.stream) }
    }

    /// All or nothing: so every record of the batch is there, or none that is not older.
    private static func isCommitted(_ draft: Draft, _ records: [CommandRecord]) -> Bool {
        let known = Dictionary(records.map { ($0.key, $0.seq) }) { first, _ in first }
        return draft.batch.commands.allSatisfy { known[$0.key] == $0.seq }
    }

    /// What turned out to be in the history is answered from the record itself: the memory of replies may be too small for it.
    private func answerKnown(_ envelopes: [Envelope], _ records: [CommandRecord]) -> [Envelope] {
        let known = Dictionary(records.map { ($0.key, $0) }) { first, _ in first }
        return envelopes.filter { envelope in
            guard let record = known[envelope.request.commandKey] else { return true }
            envelope.request.reply(record.answer(to: envelope.request))
            return false
        }
    }

    private func requeue(_ envelopes: [Envelope]) {
        var again: [Envelope] = []
        for var envelope in envelopes {
            envelope.attemptCount += 1
            if envelope.attemptCount < runtime.limits.attemptCountMax {
                again.append(envelope)
            } else {
                envelope.request.reply(.unavailable(after: runtime.limits.retryAfter))
            }
        }
        mailbox.insert(contentsOf: again, at: 0)
    }

    private func answerLooks() {
        let waiting = looks
        looks = []
        for look in waiting { show(look) }
    }

    /// State from snapshot and events. Returns those of the events that nobody has been shown yet.
    private func rebuild(from loaded: Loaded) -> [(event: K.Event, stored: StoredEvent)] {
        var hidden: [(event: K.Event, stored: StoredEvent)] = []
        state = K.initial(id)
        version = 0
        if let snapshot = loaded.snapshot {
            let frozen = Self.mustRead("snapshot \(snapshot.version) of \(id)") {
                try JSON.decode(Frozen<K.State>.self, from: snapshot.state)
            }
            state = frozen.state
            version = snapshot.version
            lastAt = max(lastAt, frozen.at)
        }
        for stored in loaded.events {
            precondition(stored.seq == version + 1, "the history of \(id) has a gap after \(version)")
            let event = read(stored)
            K.evolve(&state, event, at: stored.at)
            version = stored.seq
            lastAt = max(lastAt, stored.at)
            if let shown = publishedVersion, stored.seq > shown { hidden.append((event, stored)) }
        }
        precondition(version == loaded.version, "\(id) is at \(loaded.version), its history ends at \(version)")
        chain = loaded.chain
        if !loaded.commands.isEmpty || version > 0 { replies.mayMissOlder() }
        for record in loaded.commands.sorted(by: { $0.seq < $1.seq }) {
            replies.remember(record, atMost: runtime.limits.rememberedReplyCountMax)
        }
        return hidden
    }

    private func read(_ stored: StoredEvent) -> K.Event {
        Self.mustRead("\(id)#\(stored.seq)") { try K.read(stored) }
    }

    private static func mustRead<Value>(_ what: String, _ read: () throws -> Value) -> Value {
        do {
            return try read()
        } catch {
            // What was written once must read for ever; going on without it would lose acknowledged facts.
            preconditionFailure("\(what) does not read: \(error)")
        }
    }
}
