package import Actors
package import Wire

extension Session {
    mutating func subscribe(
        _ id: String, _ name: String, _ cursor: ClientMessage.Cursor?, _ identity: Identity
    ) -> [Action] {
        let (topic, mine): (Topic, Bool)
        switch Self.find(name, for: identity.principal, viewOf) {
        case .topic(let found, let isMine): (topic, mine) = (found, isMine)
        case .refused(let fault): return [.send(ServerMessage.error(id: id, fault))]
        }
        guard numbers[topic] != nil || subscriptions.count < limits.topicCountMax else {
            return [.send(ServerMessage.error(id: id, .tooManyTopics(limits.topicCountMax)))]
        }
        // Asked again for the same topic: the earlier wish is void, its late answer is not listened to.
        if let number = numbers[topic] { subscriptions[number] = nil }
        let subscription = Subscription(stream: topic.stream, mine: mine, topic: topic, id: id, cursor: cursor)
        return start(subscription)
    }

    /// What a topic's name stands for.
    package enum Found {
        case topic(Topic, mine: Bool)
        case refused(ServerMessage.Fault)
    }

    /// What a principal means by `site/kind/key`, or `site/kind/key/mine`, if it may look at it at all.
    package static func find(
        _ name: String, for principal: Principal, _ viewOf: (Principal, StreamID, Bool) -> ViewAnswer
    ) -> Found {
        guard let (stream, mine) = parse(name) else { return .refused(.unknownTopic(name)) }
        guard stream.site == principal.site else { return .refused(.forbidden) }
        switch viewOf(principal, stream, mine) {
        case .view(let view): return .topic(Topic(stream, view), mine: mine)
        case .forbidden: return .refused(.forbidden)
        case .unknownKind: return .refused(.unknownKind(stream.kind))
        case .unknownKey: return .refused(.unknownTopic(name))
        }
    }

    private mutating func start(_ subscription: Subscription) -> [Action] {
        let number = nextNumber
        nextNumber += 1
        numbers[subscription.topic] = number
        subscriptions[number] = subscription
        // First into the table, then the question: nothing published after the picture can pass by.
        return [
            .join(subscription.topic),
            .look(subscription.stream, mine: subscription.mine, number: number, after: .zero),
        ]
    }

    mutating func unsubscribe(_ id: String, _ name: String, _ identity: Identity) -> [Action] {
        guard let (stream, mine) = Self.parse(name) else {
            return [.send(ServerMessage.error(id: id, .unknownTopic(name)))]
        }
        let answer = Action.send(ServerMessage.unsubscribed(id: id, topic: name))
        guard case .view(let view) = viewOf(identity.principal, stream, mine) else { return [answer] }
        let topic = Topic(stream, view)
        guard let number = numbers.removeValue(forKey: topic) else { return [answer] }
        subscriptions[number] = nil
        return [.leave(topic), answer]
    }

    /// The answer to `look`.
    package mutating func looked(_ number: Int, _ answer: Look.Answer) -> [Action] {
        guard var subscription = subscriptions[number] else { return [] }
        switch answer {
        case .seen(let sight):
            let next = subscription.saw(sight, epoch: epoch, replayCountMax: limits.replayCountMax)
            subscriptions[number] = subscription
            switch next {
            case .send(let message, let thenLive):
                return [.send(message)] + (thenLive ? [.promote(subscription.topic)] : [])
            case .replay(let after, let count):
                return [
                    .replay(
                        subscription.stream, view: subscription.topic.view, after: after, count: count, number: number)
                ]
            }
        case .refused(let rejection): return end(number, .init(rejection))
        case .unavailable(let after):
            // A picture that the client did not ask for is not its concern until it is there.
            if subscription.id == nil {
                return [.look(subscription.stream, mine: subscription.mine, number: number, after: after)]
            }
            return end(number, .unavailable(after: after))
        }
    }

    /// The answer to `replay`; nil when the events cannot be had.
    package mutating func replayed(_ number: Int, _ events: ArraySlice<PublishedFrame>?) -> [Action] {
        guard var subscription = subscriptions[number] else { return [] }
        guard let (answer, frames) = subscription.replayed(events, epoch: epoch) else {
            return resync(subscription.topic)
        }
        subscriptions[number] = subscription
        return [.send(answer), .sendShared(frames), .promote(subscription.topic)]
    }

    /// Something was published on a topic that this session does not follow live yet.
    package mutating func published(_ frame: PublishedFrame) -> [Action] {
        guard let number = numbers[frame.topic], var subscription = subscriptions[number] else { return [] }
        let fits = subscription.published(frame, countMax: limits.heldBackCountMax)
        subscriptions[number] = subscription
        return fits ? [] : resync(frame.topic)
    }

    /// The client could not keep up on `topic`: what it has not got is dropped, a fresh picture takes its place.
    package mutating func resync(_ topic: Topic) -> [Action] {
        guard let number = numbers[topic], let old = subscriptions.removeValue(forKey: number) else { return [] }
        // A wish that was never answered keeps its label.
        let id = old.isLive ? nil : old.id
        return start(Subscription(stream: old.stream, mine: old.mine, topic: topic, id: id, cursor: nil))
    }

    /// What this principal may see has changed: subscriptions it may no longer have end.
    package mutating func review(_ identity: Identity) -> [Action] {
        state = .open(identity)
        return subscriptions.keys.sorted().flatMap { number -> [Action] in
            guard let subscription = subscriptions[number] else { return [] }
            if case .view(let view) = viewOf(identity.principal, subscription.stream, subscription.mine),
                view == subscription.topic.view
            {
                return []
            }
            return end(number, .forbidden)
        }
    }

    private mutating func end(_ number: Int, _ fault: ServerMessage.Fault) -> [Action] {
        guard let subscription = subscriptions.removeValue(forKey: number) else { return [] }
        numbers[subscription.topic] = nil
        let message =
            if let id = subscription.id, !subscription.isLive { ServerMessage.error(id: id, fault) } else {
                ServerMessage.ended(topic: subscription.topic.name, fault)
            }
        return [.leave(subscription.topic), .send(message)]
    }

    /// `site/kind/key`, or `site/kind/key/mine`.
    static func parse(_ name: String) -> (StreamID, mine: Bool)? {
        let mine = name.hasSuffix("/mine")
        return StreamID(mine ? String(name.dropLast(5)) : name).map { ($0, mine) }
    }
}
