/// Waking up, and finding out what really happened.
extension Host {
    func load() {
        phase = .loading
        runtime.journal.load(id, schema: K.schema, keys: [], on: lane) { result in
            self.assumeIsolated { $0.loaded(result) }
        }
    }

    private func loaded(_ result: Result<Loaded, JournalError>) {
        switch result {
        case .success(let loaded):
            rebuild(from: loaded)
            publishedVersion = version
            phase = .ready
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
    func reload(thenDecideAgain envelopes: [Envelope], delay: Duration = .zero) {
        phase = .reloading
        let keys = envelopes.map(\.request.commandKey)
        let read: @Sendable () -> Void = { [runtime, lane, id] in
            runtime.journal.load(id, schema: K.schema, keys: keys, on: lane) { result in
                self.assumeIsolated { $0.reloaded(result, envelopes, delay) }
            }
        }
        if delay == .zero { read() } else { lane.after(delay, read) }
    }

    private func reloaded(_ result: Result<Loaded, JournalError>, _ envelopes: [Envelope], _ delay: Duration) {
        guard case .success(let loaded) = result else {
            // Still unknown. The askers may repeat with the same key; the actor itself may not go on before it knows.
            answer(envelopes, .unavailable(after: runtime.limits.retryAfter))
            return reload(thenDecideAgain: [], delay: min(max(delay * 2, .milliseconds(50)), .seconds(2)))
        }
        let hidden = rebuild(from: loaded)
        phase = .ready
        teach(hidden)
        publish(hidden)
        let effects = hidden.flatMap { self.effects(of: $0.event, seq: $0.stored.seq, at: $0.stored.at) }
        if !effects.isEmpty { runtime.dispatch(effects) }
        requeue(answerKnown(envelopes, loaded.commands))
        answerLooks()
        pump()
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

    /// State from snapshot and events. Returns the events that nobody has been shown yet.
    @discardableResult
    private func rebuild(from loaded: Loaded) -> [(event: K.Event, stored: StoredEvent)] {
        var hidden: [(event: K.Event, stored: StoredEvent)] = []
        state = K.initial(id)
        version = 0
        if let snapshot = loaded.snapshot {
            state = Self.mustRead(K.State.self, snapshot.state, "snapshot \(snapshot.version) of \(id)")
            version = snapshot.version
        }
        for stored in loaded.events {
            precondition(stored.seq == version + 1, "the history of \(id) has a gap after \(version)")
            let event = Self.mustRead(
                K.Event.self, JSON.joinCase(name: stored.name, payload: stored.payload), "\(id)#\(stored.seq)")
            K.evolve(&state, event, at: stored.at)
            version = stored.seq
            lastAt = max(lastAt, stored.at)
            if stored.seq > publishedVersion { hidden.append((event, stored)) }
        }
        precondition(version == loaded.version, "\(id) is at \(loaded.version), its history ends at \(version)")
        chain = loaded.chain
        for record in loaded.commands.sorted(by: { $0.seq < $1.seq }) {
            replies.remember(record, atMost: runtime.limits.rememberedReplyCountMax)
        }
        return hidden
    }

    private static func mustRead<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8], _ what: String) -> Value {
        do {
            return try JSON.decode(type, from: bytes)
        } catch {
            // What was written once must read for ever; going on without it would lose acknowledged facts.
            preconditionFailure("\(what) does not read: \(error)")
        }
    }
}
