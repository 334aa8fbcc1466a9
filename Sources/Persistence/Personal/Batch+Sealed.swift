import Actors

extension Batch {
    /// As the database keeps it: every personal text sealed. What has none is not copied.
    func sealed(with keys: PersonKeys, _ fresh: inout Set<Person>) -> Batch {
        var batch = self
        for (place, append) in appends.enumerated() {
            for (index, event) in append.events.enumerated() {
                guard let payload = keys.sealed(event.payload, at: append.stream.site, &fresh) else { continue }
                batch.appends[place].events[index] = event.with(payload: payload)
            }
        }
        for (place, effect) in effects.enumerated() {
            guard let arguments = keys.sealed(effect.arguments, at: effect.target.site, &fresh) else { continue }
            batch.effects[place] = effect.with(arguments: arguments)
        }
        if let snapshot, let site = appends.first?.stream.site,
            let state = keys.sealed(snapshot.state, at: site, &fresh)
        {
            batch.snapshot = Snapshot(version: snapshot.version, schema: snapshot.schema, state: state)
        }
        for (place, row) in rows.enumerated() {
            if let row = row.sealed(with: keys, &fresh) { batch.rows[place] = row }
        }
        return batch
    }
}

extension Row {
    /// Nil when it has nothing to seal. The first column of every projection is the site.
    func sealed(with keys: PersonKeys, _ fresh: inout Set<Person>) -> Row? {
        guard case .text(let site) = values.first else { preconditionFailure("\(table) does not begin with the site") }
        var sealed: [Value]?
        for (place, value) in values.enumerated() {
            let next: Value? =
                switch value {
                case .text(let text): keys.sealed(text, at: site, &fresh).map { .text($0 as String) }
                case .bytes(let json): keys.sealed(json, at: site, &fresh).map { .bytes($0) }
                case .null, .bool, .int, .instant, .day, .grams: nil
                }
            if let next {
                if sealed == nil { sealed = values }
                sealed?[place] = next
            }
        }
        return sealed.map { Row(table, $0) }
    }
}

extension StoredEvent {
    func opened(with keys: PersonKeys, at site: String, _ missing: inout Set<Person>) -> StoredEvent {
        with(payload: keys.opened(payload, at: site, &missing))
    }
}
