import Actors

/// The snapshots of a stream, which it is loaded from.
extension HistoryPass {
    /// At the end of a stream that is whole.
    mutating func closeSnapshots(
        _ stream: OpenStream, _ fold: any StreamFold, _ connection: inout PostgresConnection
    ) throws {
        let places = snapshots[stream.id] ?? []
        if boundary != nil, stream.seq > 0,
            !places.contains(where: { $0.schema == fold.schema && $0.version == stream.seq })
        {
            try HubDatabase.save(snapshot(stream, fold), of: stream.id, &connection)
        }
        for place in places where place.version > stream.seq {
            report.add(.derived, "\(stream.id)", "has a snapshot of version \(place.version), which is to come")
        }
        let past = places.filter { $0.version <= stream.seq }
        if let baseline = baselines[stream.id] {
            // What was detached cannot be read from its events.
            if past.contains(where: { $0.schema == fold.schema && $0.version >= baseline.version }) { return }
            report.add(
                .derived, "\(stream.id)", "has no snapshot at \(baseline.version) or later, where its events begin")
        } else {
            // A hub that starts reads no more than so many events. Where a kind's schema was raised, a snapshot of the old one is
            // followed by one of the new when it is due again.
            guard past.isEmpty, stream.seq >= snapshotInterval else { return }
            report.add(.derived, "\(stream.id)", "has no snapshot after \(stream.seq) events")
        }
        betterSnapshots.append((stream.id, snapshot(stream, fold)))
    }

    private mutating func snapshot(_ stream: OpenStream, _ fold: any StreamFold) -> Snapshot {
        Snapshot(version: stream.seq, schema: fold.schema, state: frozen(stream, fold))
    }

    /// The snapshot at the version where the stream is now, if it has one.
    mutating func compareSnapshot(_ stream: OpenStream, _ connection: inout PostgresConnection) throws {
        guard let fold = stream.fold,
            snapshots[stream.id]?.contains(where: { $0.schema == fold.schema && $0.version == stream.seq }) == true
        else { return }
        let row = try connection.query(
            "SELECT state FROM snapshot WHERE site = $1 AND kind = $2 AND key = $3 AND schema = $4",
            [.text(stream.id.site), .text(stream.id.kind), .text(stream.id.key), .int4(Int32(fold.schema))])
        let found = Array(try row[0].value(0, as: PostgresJSON.self).text.utf8)
        let due = snapshot(stream, fold)
        guard found != due.state else { return }
        report.add(.derived, "\(stream.id)", "its snapshot at \(stream.seq) is not what its events lead to")
        betterSnapshots.append((stream.id, due))
    }

    /// The state as it is stored.
    mutating func frozen(_ stream: OpenStream, _ fold: any StreamFold) -> [UInt8] {
        let state = fold.frozen(at: stream.at)
        return keys.sealed(state, at: stream.id.site, &fresh) ?? state
    }

    /// Makes the keys durable that were used first for what is written.
    func keepKeys(_ connection: inout PostgresConnection) throws(PostgresError) {
        guard !fresh.isEmpty else { return }
        let call = keys.keep(fresh)
        try connection.query(call.statement, call.parameters)
    }
}
