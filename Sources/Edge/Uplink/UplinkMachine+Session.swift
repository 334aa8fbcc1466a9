extension UplinkMachine {
    /// A frame of the hub.
    package mutating func received(_ message: HubMessage, at now: Moment) -> [Action] {
        switch state {
        case .stopped, .waiting, .keyless, .opening, .closing: return []
        case .greeting: return greeted(by: message, at: now)
        case .ready(let since, _):
            state = .ready(since: since, heardAt: now.elapsed)
            return take(message, at: now)
        }
    }

    /// The newest live weight of a station; sent at once, in a moment, or when the hub is back.
    package mutating func live(_ live: LiveWeight, topic: String, at now: Moment) -> [Action] {
        guard let index = index(topic) else { return [] }
        links[index].lastLive = live
        guard speaks(for: index), let due = links[index].throttle.offer(live, at: now.elapsed) else { return [] }
        return [.send(.live(topic: topic, due))]
    }

    /// The outbox has another weight.
    package mutating func recorded(topic: String) -> [Action] {
        guard let index = index(topic) else { return [] }
        links[index].window.recorded()
        return pump(index)
    }

    /// The outbox knows whose history it writes for, and how many weights of each topic are offered to it again.
    package mutating func adopted(_ epoch: Epoch, offering counts: [String: Int]) -> [Action] {
        guard isReady, history == .told(epoch) else { return [] }
        history = .adopted
        let notes = links.compactMap { link in
            counts[link.topic].map { Action.note(.offeringAgain(topic: link.topic, count: $0)) }
        }
        return notes + links.indices.flatMap { pump($0) }
    }

    /// The outbox could not write it down; it is told again at `deadline`.
    package mutating func adoptFailed(_ epoch: Epoch, at now: Moment) {
        guard isReady, history == .told(epoch) else { return }
        history = .failed(epoch, retryAt: now.elapsed + SendWindow.readWait)
    }

    /// The outbox answered a `load`.
    package mutating func loaded(
        _ weights: [StoredWeight], topic: String, for want: SendWindow.Want, at now: Moment
    ) -> [Action] {
        guard isReady, pausedUntil == nil, let index = index(topic) else { return [] }
        let due = links[index][again: want.again].loaded(weights, for: want, at: now.elapsed)
        guard let last = due.last else { return [] }
        links[index].boots.formUnion(due.map(\.boot))
        if want.again { return due.map { .send(.again($0)) } }
        return due.map { .send(.weight($0)) } + [.markSent(topic: topic, through: last.n)] + pump(index)
    }

    /// The outbox could not answer a `load`; it is asked again at `deadline`.
    package mutating func loadFailed(topic: String, for want: SendWindow.Want, at now: Moment) {
        guard let index = index(topic) else { return }
        links[index][again: want.again].failed(for: want, at: now.elapsed)
    }

    mutating func runTimers(at now: Moment) -> [Action] {
        var actions: [Action] = []
        if case .failed(let epoch, let retryAt) = history, now.elapsed >= retryAt {
            history = .told(epoch)
            actions.append(.adopt(epoch))
        }
        if let pausedUntil, now.elapsed >= pausedUntil {
            self.pausedUntil = nil
            for index in links.indices { actions += pump(index) }
        }
        for index in links.indices { actions += runTimers(of: index, at: now) }
        return actions + runQueueTimer(at: now)
    }

    private mutating func runTimers(of index: Int, at now: Moment) -> [Action] {
        let topic = links[index].topic
        var actions: [Action] = []
        if let live = links[index].throttle.due(at: now.elapsed) {
            actions.append(.send(.live(topic: topic, live)))
        }
        switch links[index].subscription {
        case .refused(let until) where now.elapsed >= until:
            actions.append(.send(links[index].ask(at: now.elapsed)))
        case .asked(let until) where now.elapsed >= until:
            actions.append(.send(links[index].askAnew(at: now.elapsed)))
        case .none, .asked, .live, .refused, .denied: break
        }
        for again in [false, true] {
            if let overdueAt = links[index][again: again].overdueAt, now.elapsed >= overdueAt {
                links[index][again: again].restart()
                actions += [.note(.resending(topic: topic))] + pump(index)
            }
            if let retryAt = links[index][again: again].retryAt, now.elapsed >= retryAt {
                links[index][again: again].retry()
                actions += pump(index)
            }
        }
        return actions + tell(index, at: now)
    }

    private mutating func greeted(by message: HubMessage, at now: Moment) -> [Action] {
        switch message {
        case .welcome(let epoch, let hubMillis):
            clock.heard(hubMillis: hubMillis, at: now)
            noteOpen()
            state = .ready(since: now.elapsed, heardAt: now.elapsed)
            history = .told(epoch)
            return [.note(.ready(transport))] + links.indices.flatMap { begin($0, at: now) } + followQueue(at: now)
                + [.adopt(epoch)]
        case .error(_, let error):
            keyRefused = error.code == "keyInvalid"
            return [.note(.refused(error))]
        case .drain(let millis):
            return drain(after: .milliseconds(millis))
        default:
            return []
        }
    }

    private mutating func begin(_ index: Int, at now: Moment) -> [Action] {
        let topic = links[index].topic
        var actions = [Action.send(links[index].ask(at: now.elapsed))] + tell(index, at: now)
        if let live = links[index].lastLive.flatMap({ links[index].throttle.offer($0, at: now.elapsed) }) {
            actions.append(.send(.live(topic: topic, live)))
        }
        return actions
    }

    private mutating func take(_ message: HubMessage, at now: Moment) -> [Action] {
        switch message {
        case .tick(let hubMillis):
            clock.heard(hubMillis: hubMillis, at: now)
            return []
        case .snapshot(let topic, let cursor, let station):
            guard let index = index(topic) else { return [] }
            links[index].begin(at: cursor)
            let division = station.divisionGrams.map { Action.note(.divisionIs(topic: topic, hubGrams: $0)) }
            return rebind(index, to: station.binding) + [division].compactMap(\.self)
        case .queue(let topic, let picture):
            return take(picture, of: topic)
        case .resumed(let topic, _):
            // Without a cursor it answers a question from before; the snapshot is still to come.
            guard let index = index(topic), links[index].cursor != nil else { return [] }
            links[index].subscription = .live
            return []
        case .event(let topic, let seq, let prev, let event):
            return index(topic).map { apply(event, seq: seq, prev: prev, to: $0, at: now) } ?? []
        case .ack(let topic, let boot, let n, let again, let refused):
            return index(topic).map { acked($0, boot: boot, n: n, again: again, refused: refused, at: now) } ?? []
        case .ended(let topic, let error) where topic == queue?.topic:
            return refuseQueue(error, at: now)
        case .error(QueueLink.id, let error):
            return refuseQueue(error, at: now)
        case .ended(let topic, let error):
            return index(topic).map { refuseSubscription($0, error, at: now) } ?? []
        case .reply(let id, let error):
            return answered(id, error, at: now)
        case .error(nil, let error):
            return pause(for: error, at: now)
        case .error(let id?, let error):
            if let index = links.firstIndex(where: { $0.id == id }) {
                return refuseSubscription(index, error, at: now)
            }
            return answered(id, error, at: now)
        case .drain(let millis):
            return drain(after: .milliseconds(millis))
        case .welcome, .other:
            return []
        }
    }

    /// The rule for a subscriber: repeats are ignored, a gap is asked for, the rest is applied.
    private mutating func apply(
        _ event: StationEvent, seq: Int64, prev: Int64, to index: Int, at now: Moment
    ) -> [Action] {
        guard links[index].subscription == .live, let mine = links[index].cursor?.seq, seq > mine else { return [] }
        guard prev <= mine else { return [.send(links[index].askForMissed(at: now.elapsed))] }
        links[index].cursor?.seq = seq
        let topic = links[index].topic
        switch event {
        case .bound(let binding): return rebind(index, to: binding)
        case .unbound(let id): return links[index].binding?.id == id ? rebind(index, to: nil) : []
        case .weighed(let binding): return [.weighed(topic: topic, binding: binding)]
        case .platformCleared, .other: return []
        case .unreadable(let name):
            // Whom the deck is bound to may have changed; replayed, the event would be the same.
            return [.note(.unreadable(topic: topic, event: name)), .send(links[index].askAnew(at: now.elapsed))]
        }
    }

    private mutating func rebind(_ index: Int, to binding: Binding?) -> [Action] {
        guard links[index].binding != binding else { return [] }
        links[index].binding = binding
        return [.bound(topic: links[index].topic, binding)]
    }

    private mutating func acked(
        _ index: Int, boot: String, n: Int64, again: Bool, refused: [Int64: String], at now: Moment
    ) -> [Action] {
        guard links[index].boots.contains(boot) else { return [] }
        let topic = links[index].topic
        let notes = refused.sorted { $0.key < $1.key }.map {
            Action.note(.weightRefused(topic: topic, n: $0, code: $1))
        }
        guard
            let (n, refused) = links[index][again: again]
                .answered(boot: boot, through: n, refused: refused, at: now.elapsed)
        else { return notes }
        let settle =
            again
            ? Action.settleAgain(topic: topic, boot: boot, through: n, refused: refused)
            : .settle(topic: topic, boot: boot, through: n, refused: refused)
        return [settle] + notes + pump(index)
    }

    private mutating func refuseSubscription(_ index: Int, _ error: HubError, at now: Moment) -> [Action] {
        if error.isDenial {
            links[index].deny()
            return [.note(.subscriptionRefused(topic: links[index].topic, error))]
        }
        links[index].subscription = .refused(until: now.elapsed + error.wait)
        return [.note(.subscriptionRefused(topic: links[index].topic, error))]
    }

    /// An error that names no frame: a weight of ours. If it may succeed later, everything unanswered goes again then.
    private mutating func pause(for error: HubError, at now: Moment) -> [Action] {
        if error.retry == true {
            pausedUntil = now.elapsed + .milliseconds(max(1_000, error.after ?? 1_000))
            for index in links.indices { links[index].restart() }
        }
        // What went out before the denial is refused frame by frame, and was told.
        if error.isDenial, links.contains(where: { $0.subscription == .denied }) { return [] }
        return [.note(.refused(error))]
    }

    private mutating func drain(after delay: Duration) -> [Action] {
        state = .closing(retry: delay)
        return [.note(.draining(after: delay)), .disconnect(code: 1000)]
    }

    private mutating func pump(_ index: Int) -> [Action] {
        guard speaks(for: index), pausedUntil == nil, history == .adopted else { return [] }
        return [false, true].compactMap { again in
            links[index][again: again].want().map { .load(topic: links[index].topic, $0) }
        }
    }

    /// Whether the hub listens to what this station says.
    func speaks(for index: Int) -> Bool { isReady && links[index].subscription != .denied }

    /// The same of a station by its topic; not for a topic that is none of ours.
    package func speaks(for topic: String) -> Bool { index(topic).map { speaks(for: $0) } ?? false }

    func index(_ topic: String) -> Int? { links.firstIndex { $0.topic == topic } }
}
