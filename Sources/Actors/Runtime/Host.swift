/// Hosts one actor of kind `K`: mailbox, batch, commit, adopt, publish.
///
/// Decisions are made on a copy of the state and only one batch is in flight, so nothing re-enters; the copy becomes the
/// state after the commit, and only then does anyone hear of it. Driven by callbacks on its lane, never by tasks.
package actor Host<K: Kind> {
    package nonisolated let id: StreamID
    package nonisolated let lane: any Lane
    nonisolated let runtime: Runtime
    /// Told which streams this actor's commits gave birth to.
    nonisolated let born: @Sendable (StreamID) -> Void

    enum Phase {
        /// Nothing is known yet, or the last attempt to load failed.
        case asleep
        case loading
        case ready
        /// A batch is on its way to the journal.
        case committing
        /// A commit went wrong in a way that only the journal can tell: reading it again.
        case reloading
    }

    var phase = Phase.asleep
    var state: K.State
    var version: Int64 = 0
    var chain = ChainLink()
    var lastAt = Instant(milliseconds: 0)
    var live: K.Live?
    var mailbox: [Envelope] = []
    var looks: [Look] = []
    var replies = RememberedReplies()
    /// Decided, and waiting for the journal to say that the key is new.
    var lookUps: [(request: Request, outcome: Outcome)] = []
    var isLookingUp = false
    var shownSeqs: [View: Int64]
    /// The newest version whose publications have been handed over; nil before the first load, when nobody follows yet.
    var publishedVersion: Int64?
    /// While positive, requests are committed one by one: the journal refused a batch and one of them is to blame.
    var soloCount = 0
    var observedAtVersion: Int64 = -1
    /// The stream has moved on without us while we were busy: read it when that is done.
    var isOutdated = false
    var lastAskedAt: Instant

    package nonisolated var unownedExecutor: UnownedSerialExecutor { lane.executor.asUnownedSerialExecutor() }

    package init(
        _ id: StreamID, lane: any Lane, runtime: Runtime, shown: Shown? = nil,
        born: @escaping @Sendable (StreamID) -> Void = { _ in }
    ) {
        self.id = id
        self.lane = lane
        self.runtime = runtime
        self.born = born
        self.state = K.initial(id)
        self.shownSeqs = shown?.seqs ?? [:]
        self.publishedVersion = shown?.version
        self.lastAskedAt = lane.now()
    }

    package nonisolated func deliver(_ request: Request) { assumeIsolated { $0.accept(request) } }
    package nonisolated func look(_ look: Look) { assumeIsolated { $0.accept(look) } }
    package nonisolated func observe(_ live: [UInt8], by principal: Principal) -> Rejection? {
        assumeIsolated { $0.take(live, principal) }
    }
    package nonisolated func isIdle(at now: Instant) -> Bool {
        assumeIsolated {
            let rests: Bool
            switch $0.phase {
            case .ready, .asleep: rests = $0.mailbox.isEmpty && $0.looks.isEmpty
            case .loading, .committing, .reloading: rests = false
            }
            return rests && !$0.isLookingUp && now - $0.lastAskedAt >= $0.runtime.limits.idleMax
        }
    }
    package nonisolated var shown: Shown? {
        assumeIsolated { host in host.publishedVersion.map { Shown(seqs: host.shownSeqs, version: $0) } }
    }
    package nonisolated func refresh() {
        assumeIsolated {
            $0.isOutdated = true
            // Asleep and never shown to anybody: the next request reads it anyway.
            if $0.phase != .asleep || $0.publishedVersion != nil { $0.wake() }
        }
    }

    /// A request with its command already read, or why an effect's cannot be.
    struct Envelope: Sendable {
        let request: Request
        let command: Result<K.Command, Rejection>
        var attemptCount = 0
        /// Why the journal refuses what this command decides.
        var unstorable: String?
    }

    private func accept(_ request: Request) {
        lastAskedAt = lane.now()
        guard mailbox.count < runtime.limits.mailboxLengthMax else {
            return request.reply(.busy(after: runtime.limits.retryAfter))
        }
        let command = Self.read(request)
        // An effect that nobody can read is settled as rejected all the same: an operator sees it, and it is not carried on for ever.
        if case .failure(let rejection) = command, request.effect == nil {
            return request.reply(.rejected(rejection))
        }
        mailbox.append(Envelope(request: request, command: command))
        wake()
    }

    private func accept(_ look: Look) {
        lastAskedAt = lane.now()
        switch phase {
        case .ready, .committing: show(look)
        case .asleep, .loading, .reloading:
            looks.append(look)
            wake()
        }
    }

    private func take(_ bytes: [UInt8], _ principal: Principal) -> Rejection? {
        guard !K.liveViews.isEmpty, let value = try? JSON.decode(K.Live.self, from: bytes) else {
            return .badArguments("live", "\(K.name)의 실시간 값")
        }
        lastAskedAt = lane.now()
        live = value
        let now = max(lane.now(), lastAt)
        let data = JSON.encode(value)
        runtime.publisher.publish(
            K.liveViews.map {
                Publication(topic: Topic(id, $0), content: .live, seq: 0, prev: 0, at: now, data: data)
            })
        guard phase == .ready, observedAtVersion != version,
            let command = K.observe(value, state, context(.system(site: id.site), at: now))
        else {
            if phase == .asleep { wake() }
            return nil
        }
        // One command per version: readings come ten times a second, the decision is the same until the state changes.
        observedAtVersion = version
        let (name, arguments) = JSON.splitCase(JSON.encode(command))
        deliverToSelf(name: name, arguments: arguments, command: command)
        return nil
    }

    private func deliverToSelf(name: String, arguments: [UInt8], command: K.Command) {
        let request = Request(
            name: name, arguments: arguments, key: "observed:\(version)", body: [],
            principal: .system(site: id.site)
        ) { [weak self] outcome in
            guard case .committed = outcome else {
                // Not done: the next reading asks again.
                self?.assumeIsolated { $0.observedAtVersion = -1 }
                return
            }
        }
        mailbox.append(Envelope(request: request, command: .success(command)))
        wake()
    }

    /// Starts whatever can start: loading, or the next batch.
    func wake() {
        switch phase {
        case .asleep: load()
        case .ready: pump()
        case .loading, .committing, .reloading: break
        }
    }

    func show(_ look: Look) {
        guard let view = K.view(for: look.principal, key: id.key, mine: look.mine) else {
            return look.reply(.refused(.forbidden))
        }
        let now = max(lane.now(), lastAt)
        let data = JSON.encode(K.snapshot(state, live: live, view: view, context(look.principal, at: now)))
        let sight = Sight(
            topic: Topic(id, view), seq: version, at: now, data: PersonalFields.plain(data),
            isResumable: view == .staff || view == .device)
        look.reply(.seen(sight))
    }

    func context(_ principal: Principal, at now: Instant) -> Context {
        Context(id: id, now: now, principal: principal, directory: runtime.directory.current)
    }

    private static func read(_ request: Request) -> Result<K.Command, Rejection> {
        // The name becomes a JSON key: anything but a plain identifier is no command of ours.
        guard !request.name.isEmpty, request.name.utf8.count <= 40,
            request.name.utf8.allSatisfy({ (97...122).contains($0 | 32) })
        else { return .failure(.unknownCommand(String(request.name.prefix(40)), kind: K.name)) }
        // The hub's own commands carry personal texts with their marks.
        if request.effect == nil, PersonalFields.isForged(request.arguments) { return .failure(.reservedCharacter) }
        do {
            let bytes = JSON.joinCase(name: request.name, payload: request.arguments)
            return .success(try JSON.decode(K.Command.self, from: bytes))
        } catch {
            return .failure(describe(error, request.name))
        }
    }

    private static func describe(_ error: any Error, _ name: String) -> Rejection {
        func path(_ keys: [any CodingKey]) -> String {
            keys.dropFirst().map(\.stringValue).joined(separator: ".")
        }
        switch error as? DecodingError {
        case .keyNotFound(let key, let context)?:
            return .badArguments(name, path(context.codingPath + [key]) + " 필요")
        case .typeMismatch(let type, let context)? where !context.codingPath.isEmpty,
            .valueNotFound(let type, let context)? where !context.codingPath.isEmpty:
            return .badArguments(name, "\(path(context.codingPath)): \(type)")
        case .dataCorrupted(let context)? where context.codingPath.count > 1:
            return .badArguments(name, "\(path(context.codingPath)): \(context.debugDescription)")
        default:
            return .unknownCommand(name, kind: K.name)
        }
    }
}
