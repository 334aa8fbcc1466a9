/// The mailbox loop: decide on a copy, commit, adopt, publish, reply.
extension Host {
    /// What one batch will mean once it is durable.
    struct Draft: Sendable {
        var state: K.State
        var version: Int64
        var lastAt: Instant
        var batch = Batch()
        var events: [(event: K.Event, stored: StoredEvent)] = []
        var known: [CommandKey: CommandRecord] = [:]
        /// What was told no: a doubled frame must not be told yes a moment later.
        var declined: [CommandKey: (body: [UInt8], outcome: Outcome)] = [:]
        var outcomes: [(envelope: Envelope, outcome: Outcome)] = []
    }

    func pump() {
        if phase == .ready, isOutdated { return reload(thenDecideAgain: []) }
        while phase == .ready, !mailbox.isEmpty {
            let draft = decide()
            guard !draft.batch.isEmpty else {
                adopt(draft)
                continue
            }
            phase = .committing
            runtime.journal.append(draft.batch, on: lane) { result in
                self.assumeIsolated { $0.settled(draft, result) }
            }
        }
    }

    private func settled(_ draft: Draft, _ result: Result<Appended, JournalError>) {
        phase = .ready
        switch result {
        case .success(let appended):
            if !draft.events.isEmpty, let head = appended.chains.first { chain = head }
            adopt(draft)
            pump()
        case .failure(.unavailable):
            answer(draft.outcomes.map { $0.envelope }, .unavailable(after: runtime.limits.retryAfter))
            pump()
        case .failure(.refused(let why)):
            isolateBadCommand(draft, why)
        case .failure(.conflict):
            reload(thenDecideAgain: draft.outcomes.map { $0.envelope })
        case .failure(.inDoubt):
            reload(thenDecideAgain: draft.outcomes.map { $0.envelope }, unlessCommitted: draft)
        case .failure(.deposed):
            answer(draft.outcomes.map { $0.envelope }, .unavailable(after: runtime.limits.retryAfter))
            runtime.deposed()
        }
    }

    /// Takes the front of the mailbox and decides it, each command on the state the one before it left.
    private func decide() -> Draft {
        let cap = soloCount > 0 ? 1 : runtime.limits.batchLengthMax
        let taken = Array(mailbox.prefix(cap))
        mailbox.removeFirst(taken.count)
        soloCount = max(0, soloCount - taken.count)
        var draft = Draft(state: state, version: version, lastAt: lastAt)
        for envelope in taken {
            let outcome = decide(envelope, &draft)
            if outcome.isNo { draft.declined[envelope.request.commandKey] = (envelope.request.body, outcome) }
            draft.outcomes.append((envelope, outcome))
        }
        // Without events it is the fence alone: a stale owner may not settle an effect either.
        if !draft.batch.isEmpty {
            let own = StreamAppend(
                stream: id, expected: version, chain: chain, events: draft.events.map { $0.stored })
            draft.batch.appends.insert(own, at: 0)
        }
        let interval = runtime.limits.snapshotInterval
        if draft.version / interval > version / interval {
            draft.batch.snapshot = Snapshot(
                version: draft.version, schema: K.schema,
                state: JSON.encode(Frozen(at: draft.lastAt, state: draft.state)))
        }
        return draft
    }

    private func decide(_ envelope: Envelope, _ draft: inout Draft) -> Outcome {
        let request = envelope.request
        if let record = draft.known[request.commandKey] ?? replies[request.commandKey] {
            return record.answer(to: request)
        }
        if let declined = draft.declined[request.commandKey], declined.body == request.body { return declined.outcome }
        if let expected = request.expected, expected != draft.version {
            return .versionConflict(current: draft.version)
        }
        let outcome = apply(envelope, &draft)
        if let effect = request.effect {
            draft.batch.settlements.append(Settlement(effect: effect, outcome: Self.name(of: outcome)))
        }
        return outcome
    }

    /// Lets the kind decide. What changed something is remembered; of an effect every outcome is, so that a repeat neither
    /// decides anew nor settles it twice.
    private func apply(_ envelope: Envelope, _ draft: inout Draft) -> Outcome {
        let request = envelope.request
        let before = draft.version
        let outcome = events(of: envelope, &draft)
        if draft.version > before || request.effect != nil {
            let record = CommandRecord(
                stream: id, key: request.commandKey, body: request.body, seq: draft.version,
                at: max(lane.now(), draft.lastAt))
            draft.known[request.commandKey] = record
            draft.batch.commands.append(record)
        }
        return outcome
    }

    private func events(of envelope: Envelope, _ draft: inout Draft) -> Outcome {
        if let why = envelope.unstorable { return .rejected(.unstorable(why)) }
        let request = envelope.request
        let now = max(lane.now(), draft.lastAt)
        do throws(Rejection) {
            let events = try K.decide(envelope.command.get(), draft.state, context(request.principal, at: now))
            for event in events { record(event, request, now, &draft) }
            return .committed(seq: draft.version)
        } catch {
            return .rejected(error)
        }
    }

    private func record(_ event: K.Event, _ request: Request, _ now: Instant, _ draft: inout Draft) {
        K.evolve(&draft.state, event, at: now)
        draft.version += 1
        draft.lastAt = now
        let (name, payload) = JSON.splitCase(JSON.encode(event))
        let stored = StoredEvent(
            seq: draft.version, name: name, schema: K.schema, payload: payload, at: now,
            principal: request.principal.id, commandKey: request.key)
        draft.events.append((event, stored))
        draft.batch.effects += K.effects(of: event, from: id, seq: draft.version, at: now)
        draft.batch.rows += runtime.journal.rows(K.self, event, draft.state, of: id, at: now)
        for birth in K.births(event, from: id) {
            let (name, payload) = JSON.splitCase(JSON.encode(birth.event))
            let first = StoredEvent(
                seq: 1, name: name, schema: birth.schema, payload: payload, at: now,
                principal: request.principal.id, commandKey: request.key)
            draft.batch.effects += birth.effects(now)
            draft.batch.appends.append(
                StreamAppend(stream: birth.stream, expected: 0, chain: ChainLink(), events: [first]))
        }
    }

    /// The copy becomes the state; from here on everybody may know.
    private func adopt(_ draft: Draft) {
        state = draft.state
        version = draft.version
        lastAt = draft.lastAt
        for record in draft.batch.commands {
            replies.remember(record, atMost: runtime.limits.rememberedReplyCountMax)
        }
        teach(draft.events)
        publish(draft.events)
        if !draft.batch.effects.isEmpty { runtime.dispatch(draft.batch.effects) }
        for birth in draft.batch.appends.dropFirst() { born(birth.stream) }
        reply(draft)
    }

    /// To everybody whose command was in the batch, once it is durable.
    func reply(_ draft: Draft) {
        for (envelope, outcome) in draft.outcomes {
            if mustLookUp(envelope, outcome, in: draft) {
                lookUps.append((envelope.request, outcome))
            } else {
                envelope.request.reply(outcome)
            }
        }
        lookUp()
    }

    /// One of several commands broke the batch: each goes alone, and the guilty one is told. A guilty effect is settled as such,
    /// else the outbox would keep it for ever.
    private func isolateBadCommand(_ draft: Draft, _ why: String) {
        var envelopes = draft.outcomes.map { $0.envelope }
        if envelopes.count == 1, envelopes[0].request.effect == nil || envelopes[0].unstorable != nil {
            envelopes[0].request.reply(.rejected(.unstorable(why)))
        } else {
            if envelopes.count == 1 { envelopes[0].unstorable = why }
            mailbox.insert(contentsOf: envelopes, at: 0)
            soloCount = envelopes.count
        }
        pump()
    }

    func answer(_ envelopes: [Envelope], _ outcome: Outcome) {
        for envelope in envelopes { envelope.request.reply(outcome) }
    }

    private static func name(of outcome: Outcome) -> String {
        switch outcome {
        case .committed: "done"
        case .rejected(let rejection): "rejected:\(rejection.code)"
        case .keyReused: "rejected:keyReused"
        case .versionConflict: "rejected:versionConflict"
        case .busy, .unavailable: preconditionFailure("not decided, so nothing to settle")
        }
    }
}

extension Outcome {
    fileprivate var isNo: Bool {
        switch self {
        case .rejected, .versionConflict: true
        case .committed, .keyReused, .busy, .unavailable: false
        }
    }
}

extension CommandRecord {
    /// A repeat gets the first answer; another command with the same key is refused.
    func answer(to request: Request) -> Outcome { body == request.body ? .committed(seq: seq) : .keyReused }
}

extension Rejection {
    /// The database itself refuses the content; the operator finds `why` in the log of the journal.
    static func unstorable(_ why: String) -> Rejection {
        Rejection("unstorable", "저장할 수 없는 값입니다. 관리자에게 알려 주세요.", ["why": why])
    }
}
