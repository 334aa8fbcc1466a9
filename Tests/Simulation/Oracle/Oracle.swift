import Actors

/// The sequential truth beside the running hubs. It hears of every commit, reply and publication the moment it happens and
/// compares it with what a yard without concurrency, crashes and faults would have done.
///
/// `@unchecked Sendable`: touched on the scheduler's thread only.
final class Oracle: @unchecked Sendable {
    /// The first thing that was wrong; the world stops there.
    private(set) var violation: String?

    let scheduler: Scheduler
    /// With two writers effects may pass each other, and what rests on their order cannot be demanded.
    var isStrict = true
    /// Set by the world once both exist.
    weak var world: World?
    var models: [StreamID: any AnyModel] = [:]
    var queueBook = QueueBook()
    var stationBooks: [String: StationBook] = [:]
    var registerBook = RegisterBook()
    var effectBook = EffectBook()
    var deliveries = DeliveryBook()
    /// Times that a subscriber was given what it had missed.
    var replayCount = 0

    init(scheduler: Scheduler) { self.scheduler = scheduler }

    func fail(_ what: String) {
        guard violation == nil else { return }
        violation = what
        scheduler.trace.line("\(scheduler.time) VIOLATION \(what)")
        scheduler.isStopped = true
    }

    func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
        if !condition { fail(what()) }
    }

    var store: JournalStore {
        guard let world else { preconditionFailure("the oracle has no world") }
        return world.journal.store
    }

    // MARK: Commits

    func committed(_ batch: Batch, by lane: SimLane) {
        let directory = world?.hub(of: lane)?.directory.current ?? Directory()
        checkSettlementsWithoutEvents(batch, directory, lane.now())
        for append in batch.appends {
            let model = model(append.stream)
            for event in append.events {
                expect(
                    event.seq == model.version + 1,
                    "\(append.stream) stores seq \(event.seq) after \(model.version)")
                expect(event.at >= model.lastAt, "\(append.stream)#\(event.seq) goes back in time")
                guard violation == nil else { return }
                model.apply(event)
            }
        }
        checkCommands(batch)
        checkEffects(batch)
        if let snapshot = batch.snapshot, let own = batch.appends.first { model(own.stream).check(snapshot) }
        for settlement in batch.settlements { effectBook.settle(settlement, batch, self) }
    }

    /// Every event of the actor itself belongs to exactly one command of the batch, and the remembered seq is its last.
    private func checkCommands(_ batch: Batch) {
        guard let own = batch.appends.first else { return }
        var lastSeqs: [CommandKey: Int64] = [:]
        var previous: CommandKey?
        for event in own.events {
            let key = CommandKey(principal: event.principal, key: event.commandKey)
            expect(key == previous || lastSeqs[key] == nil, "\(own.stream)#\(event.seq): the events of \(key) are torn")
            lastSeqs[key] = event.seq
            previous = key
        }
        for record in batch.commands {
            if let last = lastSeqs.removeValue(forKey: record.key) {
                expect(
                    record.seq == last,
                    "\(own.stream): \(record.key) remembers \(record.seq), its last event is \(last)")
            }
        }
        expect(lastSeqs.isEmpty, "\(own.stream): events without a remembered command: \(lastSeqs.keys)")
    }

    private func checkEffects(_ batch: Batch) {
        var expected: [OutboxEntry] = []
        if let own = batch.appends.first {
            for event in own.events { expected += model(own.stream).effects(of: event) }
        }
        expect(
            expected == batch.effects,
            "effects differ: \(expected.map(\.id)) follow from the events, stored are \(batch.effects.map(\.id))")
        for entry in batch.effects { effectBook.add(entry, self) }
    }

    /// An effect that is settled without an event has to have nothing to do in the committed state, too.
    private func checkSettlementsWithoutEvents(_ batch: Batch, _ directory: Directory, _ now: Instant) {
        let acting = Set(batch.appends.first?.events.map(\.commandKey) ?? [])
        guard acting.isEmpty else { return }
        for settlement in batch.settlements where settlement.outcome != "expired" {
            guard let entry = store.effect(settlement.effect), !entry.isOutside else {
                continue
            }
            let outcome = model(entry.target).redecide(entry.name, entry.arguments, directory, now)
            expect(
                outcome == settlement.outcome || settlement.outcome == "rejected:unstorable",
                "\(entry.id) is settled as \(settlement.outcome), at \(entry.target)@\(model(entry.target).version) it is \(outcome)"
            )
        }
    }

    func model(_ id: StreamID) -> any AnyModel {
        if let model = models[id] { return model }
        let model = makeModel(id)
        models[id] = model
        return model
    }

    private func makeModel(_ id: StreamID) -> any AnyModel {
        switch id.kind {
        case WaitQueue.name:
            Model<WaitQueue>(id, self) { [unowned self] in queueBook.check($0, self) }
        case WeighStation.name:
            Model<WeighStation>(id, self) { [unowned self] in
                stationBooks[id.key, default: StationBook(station: id.key)].check($0, self)
            }
        case WeighRegister.name:
            Model<WeighRegister>(id, self) { [unowned self] in registerBook.check($0, self) }
        case WeighTicket.name:
            Model<WeighTicket>(id, self) { [unowned self] in TicketBook.check($0, self) }
        case Order.name:
            Model<Order>(id, self) { [unowned self] in OrderBook.check($0, self) }
        case Master.name: Model<Master>(id, self) { _ in }
        default: preconditionFailure("no kind \(id.kind)")
        }
    }

    func typedModel<K: Kind>(_ kind: K.Type, _ key: String) -> Model<K>? {
        models[Yard.id(K.name, key)] as? Model<K>
    }
}
