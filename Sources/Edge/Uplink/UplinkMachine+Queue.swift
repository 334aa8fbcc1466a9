extension UplinkMachine {
    mutating func followQueue(at now: Moment) -> [Action] {
        guard let message = queue?.ask(at: now.elapsed) else { return [] }
        return [.send(message)]
    }

    mutating func take(_ picture: QueuePicture, of topic: String) -> [Action] {
        guard queue?.topic == topic else { return [] }
        queue?.subscription = .live
        return [.queue(picture)]
    }

    /// It is asked for again: a hub may learn to show it.
    mutating func refuseQueue(_ error: HubError, at now: Moment) -> [Action] {
        guard let topic = queue?.topic else { return [] }
        queue?.subscription = .refused(until: now.elapsed + error.wait)
        return [.note(.subscriptionRefused(topic: topic, error)), .queue(nil)]
    }

    mutating func runQueueTimer(at now: Moment) -> [Action] {
        guard let due = queue?.deadline, now.elapsed >= due else { return [] }
        guard transport == .webSocket else {
            // Asked for again it would cost the stream, which all weights need: with the next connection.
            queue?.subscription = .denied
            return []
        }
        return followQueue(at: now)
    }

    /// The connection is gone, and with it what was known.
    mutating func loseQueue() -> [Action] {
        guard queue != nil else { return [] }
        queue?.subscription = .none
        return [.queue(nil)]
    }
}
