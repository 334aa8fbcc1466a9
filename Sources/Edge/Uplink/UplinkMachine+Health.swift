/// The commands `fault` and `recover`: whether the scale itself is out of order.
extension UplinkMachine {
    /// An indicator fell silent, or is heard again; said at once, after the answer to the one before, or when the hub
    /// is back.
    package mutating func health(_ health: IndicatorHealth, topic: String, at now: Moment) -> [Action] {
        guard let index = index(topic) else { return [] }
        links[index].report.truth = health
        return tell(index, at: now)
    }

    /// Says what is true and not said yet. Each statement has a key of its own: a repeat of an old key would get the
    /// answer of then, whatever has happened since.
    mutating func tell(_ index: Int, at now: Moment) -> [Action] {
        guard speaks(for: index), let health = links[index].report.due(at: now.elapsed) else { return [] }
        commandCount += 1
        let id = "c\(commandCount)"
        links[index].report.asked(id: id, health, at: now.elapsed)
        return [.send(.health(id: id, key: "\(run)-\(commandCount)", topic: links[index].topic, health))]
    }

    /// The hub's answer to a command: a `reply`, or an `error` with its id. One that came too late only is noted.
    mutating func answered(_ id: String, _ error: HubError?, at now: Moment) -> [Action] {
        let isTold = error?.isDenial == true && links.contains { $0.subscription == .denied }
        let notes = isTold ? [] : error.map { [Action.note(.refused($0))] } ?? []
        guard let index = links.firstIndex(where: { $0.report.isAsked(id) }) else { return notes }
        let isTemporary = error?.retry == true
        let wait = Duration.milliseconds(max(1_000, error?.after ?? 1_000))
        links[index].report.answered(retryAt: isTemporary ? now.elapsed + wait : nil)
        return notes + tell(index, at: now)
    }
}
