import Actors

/// When nothing moves any more.
extension World {
    func checkAtRest(stepCountMax: Int) {
        guard let hub = hubs.last, hub.isUp else { return oracle.fail("no hub is up at the end") }
        lookAtEverything(hub)
        if !scheduler.run(stepCountMax: stepCountMax), oracle.violation == nil {
            oracle.fail("the looks do not come to rest within \(stepCountMax) steps")
        }
        checkRequests()
        for (subscription, terminal) in subscriptions { subscription.checkComplete(terminal.hub) }
        oracle.expect(oracle.effectBook.unsettled.isEmpty, "never carried out: \(oracle.effectBook.unsettled)")
        receivers.check()
        checkWeighings()
        checkLinks(hub)
        if oracle.isStrict, let loose = oracle.queueBook.loose(oracle) { oracle.fail("at rest: \(loose)") }
    }

    /// The state of every host is the fold of its events.
    private func lookAtEverything(_ hub: SimHub) {
        for id in oracle.store.streamIDs {
            let principal = id.kind == WeighStation.name ? Yard.edge(id.key) : Yard.admin
            for principal in [principal, Yard.admin] {
                let look = Look(principal: principal, mine: false) { [self] answer in
                    switch answer {
                    case .seen(let sight):
                        oracle.expect(
                            sight.seq == oracle.store.version(of: id),
                            "\(id) shows version \(sight.seq), the journal has \(oracle.store.version(of: id))")
                        oracle.model(id).check(sight, principal, hub.directory.current)
                    case .refused(let rejection): oracle.fail("\(id) may not be seen: \(rejection.code)")
                    case .unavailable: oracle.fail("\(id) cannot be loaded at rest")
                    }
                }
                hub.registry.look(look, at: id)
            }
        }
    }

    private func checkRequests() {
        for delivery in oracle.deliveries.unanswered {
            oracle.fail("hub \(delivery.hub.number) never answers \(delivery)")
        }
        oracle.expect(openAskCount == 0, "\(openAskCount) clients never got a final answer")
        for (name, terminal) in terminals.sorted(by: { $0.key < $1.key }) {
            oracle.expect(terminal.weights?.isEmpty ?? true, "weights of \(name) were never acknowledged")
        }
    }

    /// Every station knows whether its edge is there.
    private func checkLinks(_ hub: SimHub) {
        for station in Yard.stations {
            let isThere = terminals[Yard.edge(station).id]?.hub === hub
            let isLinked = oracle.stationBooks[station]?.isLinked ?? false
            oracle.expect(
                isThere == isLinked,
                "station \(station) believes its edge is \(isLinked ? "there" : "gone"), but it is \(isThere ? "there" : "gone")"
            )
        }
    }

    /// Every weight that counted is in the register once.
    private func checkWeighings() {
        for (station, book) in oracle.stationBooks.sorted(by: { $0.key < $1.key }) {
            for weighing in book.weighings {
                let count = oracle.registerBook.written[weighing] ?? 0
                oracle.expect(
                    count == 1, "weighing \(weighing) of station \(station) is in the register \(count) times")
            }
        }
        for number in oracle.registerBook.slipNumbers.sorted() {
            oracle.expect(
                oracle.store.version(of: Yard.id(WeighTicket.name, number)) > 0, "slip \(number) has no ticket")
        }
    }
}
