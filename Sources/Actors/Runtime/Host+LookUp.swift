/// Answers that the memory of replies is too short for.
///
/// A command that changes something cannot pass twice: its key conflicts in the journal. One that is rejected, or changes nothing,
/// never gets there; but its first delivery may have been committed so long ago that the key is forgotten. So the journal is asked
/// before the answer goes out, beside the mailbox loop and once for all that wait.
extension Host {
    func mustLookUp(_ envelope: Envelope, _ outcome: Outcome, in draft: Draft) -> Bool {
        let request = envelope.request
        guard !replies.isComplete, request.effect == nil, draft.known[request.commandKey] == nil,
            replies[request.commandKey] == nil
        else { return false }
        switch outcome {
        case .rejected, .versionConflict, .committed: return true
        case .keyReused, .busy, .unavailable: return false
        }
    }

    func lookUp() {
        guard !isLookingUp, !lookUps.isEmpty else { return }
        isLookingUp = true
        let waiting = lookUps
        lookUps = []
        let keys = waiting.map { $0.request.commandKey }
        runtime.journal.load(id, schema: K.schema, keys: keys, on: lane) { result in
            self.assumeIsolated { $0.lookedUp(waiting, result) }
        }
    }

    private func lookedUp(_ waiting: [(request: Request, outcome: Outcome)], _ result: Result<Loaded, JournalError>) {
        isLookingUp = false
        switch result {
        case .success(let loaded):
            let known = Dictionary(loaded.commands.map { ($0.key, $0) }) { first, _ in first }
            for (request, outcome) in waiting {
                // What was committed meanwhile counts, too.
                let record = replies[request.commandKey] ?? known[request.commandKey]
                request.reply(record?.answer(to: request) ?? outcome)
            }
        case .failure:
            for (request, _) in waiting { request.reply(.unavailable(after: runtime.limits.retryAfter)) }
        }
        lookUp()
    }
}
