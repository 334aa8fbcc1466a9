package import Actors
import Synchronization

/// Reads the journal for those who come back with a cursor: once for many.
///
/// Of each topic one read at most is under way. Who asks meanwhile waits for it; those whom it does not serve share the next one.
/// What was read last is kept for those who come a little later: committed events do not change, and whoever asks for one that was
/// not read yet waits for another read. Frames are made once and shared by reference.
package final class SharedReplays: Sendable {
    package typealias Read = @Sendable (Topic, _ after: Int64, _ count: Int, _ done: @escaping Done) -> Void
    /// Events `after < seq`, oldest first, only those that the topic's view shows; nil when they cannot be read.
    package typealias Done = @Sendable ([StoredEvent]?) -> Void

    package struct Counters: Sendable {
        package var askedCount = 0
        package var readCount = 0
    }

    private struct State {
        var desks: [Topic: Desk] = [:]
        /// The topics with something kept, the newest last.
        var kept: [Topic] = []
        var keptByteCount = 0
        var counters = Counters()
    }

    /// What one topic's askers share.
    private struct Desk {
        var kept: ReplayRun?
        var isReading = false
        var waiting: [Asker] = []
    }

    private struct Asker {
        let span: ReplaySpan
        let done: @Sendable (ArraySlice<PublishedFrame>?) -> Void
    }

    /// `span` is read; with what is kept in front of it, it covers `whole`.
    private struct Plan {
        let topic: Topic
        let span: ReplaySpan
        let front: ReplayRun?
        let whole: ReplaySpan
    }

    private let read: Read
    private let readCountMax: Int
    private let keptByteCountMax: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - readCountMax: numbers that one read covers for several askers; one for whom it would be more waits for the next.
    ///   - keptByteCountMax: of all topics together; what was read longest ago goes first.
    package init(readCountMax: Int = 2000, keptByteCountMax: Int = 16 << 20, read: @escaping Read) {
        self.readCountMax = readCountMax
        self.keptByteCountMax = keptByteCountMax
        self.read = read
    }

    package convenience init(_ services: any SessionServices) {
        self.init { topic, after, count, done in
            services.replay(topic.stream, view: topic.view, after: after, count: count, done: done)
        }
    }

    package var counters: Counters { state.withLock { $0.counters } }

    /// What the topic's view shows of the `count` events behind `after`, which are committed; nil when they cannot be had whole.
    /// Answers on any thread, perhaps inside the call.
    package func replay(
        _ topic: Topic, after: Int64, count: Int, done: @escaping @Sendable (ArraySlice<PublishedFrame>?) -> Void
    ) {
        let span = ReplaySpan(after: after, until: after + Int64(count))
        let (run, plan) = state.withLock { state -> (ReplayRun?, Plan?) in
            state.counters.askedCount += 1
            if let kept = state.desks[topic]?.kept, kept.span.covers(span) { return (kept, nil) }
            state.desks[topic, default: Desk()].waiting.append(Asker(span: span, done: done))
            return (nil, nextRead(topic, &state))
        }
        if let run { done(run.frames(in: span)) }
        if let plan { carryOut(plan) }
    }

    /// The next read of a topic: for who waits longest, and everybody else whom it can serve.
    private func nextRead(_ topic: Topic, _ state: inout State) -> Plan? {
        guard let desk = state.desks[topic], !desk.isReading, let first = desk.waiting.first else { return nil }
        let whole = desk.waiting.reduce(first.span) { whole, asker in
            let wider = whole.union(asker.span)
            return wider.count <= readCountMax ? wider : whole
        }
        state.desks[topic]?.isReading = true
        state.counters.readCount += 1
        if let kept = desk.kept, let rest = whole.rest(behind: kept.span) {
            let extended = kept.span.union(rest)
            if extended.count <= readCountMax { return Plan(topic: topic, span: rest, front: kept, whole: extended) }
        }
        return Plan(topic: topic, span: whole, front: nil, whole: whole)
    }

    private func carryOut(_ plan: Plan) {
        read(plan.topic, plan.span.after, plan.span.count) { [self] events in
            finish(plan, events.map { ReplayRun(plan.topic, plan.span, $0, behind: plan.front) })
        }
    }

    private func finish(_ plan: Plan, _ run: ReplayRun?) {
        let (served, next) = state.withLock { state -> ([Asker], Plan?) in
            guard var desk = state.desks[plan.topic] else { return ([], nil) }
            let served = desk.waiting.filter { plan.whole.covers($0.span) }
            desk.waiting.removeAll { plan.whole.covers($0.span) }
            desk.isReading = false
            state.desks[plan.topic] = desk
            if let run { keep(run, of: plan.topic, &state) }
            let next = nextRead(plan.topic, &state)
            forgetIfUnused(plan.topic, &state)
            return (served, next)
        }
        for asker in served { asker.done(run?.frames(in: asker.span)) }
        if let next { carryOut(next) }
    }

    private func keep(_ run: ReplayRun, of topic: Topic, _ state: inout State) {
        drop(topic, &state)
        state.desks[topic]?.kept = run
        state.kept.append(topic)
        state.keptByteCount += run.byteCount
        while state.keptByteCount > keptByteCountMax, let oldest = state.kept.first {
            drop(oldest, &state)
            forgetIfUnused(oldest, &state)
        }
    }

    private func drop(_ topic: Topic, _ state: inout State) {
        guard let old = state.desks[topic]?.kept else { return }
        state.desks[topic]?.kept = nil
        state.kept.removeAll { $0 == topic }
        state.keptByteCount -= old.byteCount
    }

    private func forgetIfUnused(_ topic: Topic, _ state: inout State) {
        guard let desk = state.desks[topic], desk.kept == nil, !desk.isReading, desk.waiting.isEmpty else { return }
        state.desks[topic] = nil
    }
}
