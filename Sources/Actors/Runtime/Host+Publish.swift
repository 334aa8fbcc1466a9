/// What subscribers hear of a batch.
extension Host {
    /// Event views get each event as it is, encoded once for the journal; state views get the whole once per batch.
    func publish(_ events: [(event: K.Event, stored: StoredEvent)]) {
        guard let last = events.last else { return }
        var publications: [Publication] = []
        var wholes: Set<View> = []
        for (event, stored) in events {
            for view in [View.staff, .device] where K.shows(event, to: view) {
                publications.append(
                    publication(view, .event(name: stored.name), stored.seq, stored.at, stored.payload))
            }
            wholes.formUnion(K.stateViews(after: event))
        }
        for view in wholes.sorted() {
            let context = context(.system(site: id.site), at: last.stored.at)
            let data = JSON.encode(K.snapshot(state, live: live, view: view, context))
            publications.append(publication(view, .state, last.stored.seq, last.stored.at, data))
        }
        publishedVersion = last.stored.seq
        if !publications.isEmpty { runtime.publisher.publish(publications) }
    }

    private func publication(
        _ view: View, _ content: Publication.Content, _ seq: Int64, _ at: Instant, _ data: [UInt8]
    ) -> Publication {
        let prev = shownSeqs[view] ?? 0
        shownSeqs[view] = seq
        return Publication(
            topic: Topic(id, view), content: content, seq: seq, prev: prev, at: at, data: PersonalFields.plain(data))
    }

    func teach(_ events: [(event: K.Event, stored: StoredEvent)]) {
        guard K.teaches else { return }
        for (event, _) in events {
            runtime.directory.update { K.teach(&$0, event, id: id, state: state) }
        }
    }
}
