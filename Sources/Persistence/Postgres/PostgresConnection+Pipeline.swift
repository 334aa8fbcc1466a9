import CPostgres

/// One prepared statement with its parameters, to be sent with others.
package struct PostgresCall: Sendable {
    package let statement: PostgresStatement
    package let parameters: [PostgresParameter]

    package init(_ statement: PostgresStatement, _ parameters: [PostgresParameter] = []) {
        self.statement = statement
        self.parameters = parameters
    }
}

extension PostgresConnection {
    /// Sends BEGIN, the calls and COMMIT with one Sync: one round trip, all or nothing.
    ///
    /// Returns one result per call. The first failing statement is thrown as `.server`, and everything is rolled
    /// back (at the cost of a second round trip). A connection lost before COMMIT was answered is `.commitInDoubt`,
    /// unless the server named an earlier statement as the one it stopped at. Statements new to this session are
    /// prepared first, one round trip each.
    @discardableResult
    package mutating func pipelinedTransaction(_ calls: [PostgresCall]) throws(PostgresError) -> [PostgresResult] {
        precondition(!isInTransaction, "a transaction is already open on this connection")
        return try runPipeline(calls, committing: true)
    }

    /// Sends the calls with one Sync inside the open transaction, which stays open (failed if one of them failed).
    @discardableResult
    package mutating func pipeline(_ calls: [PostgresCall]) throws(PostgresError) -> [PostgresResult] {
        precondition(isInTransaction, "open a transaction first; a Sync outside one commits")
        return try runPipeline(calls, committing: false)
    }

    private mutating func runPipeline(
        _ calls: [PostgresCall], committing: Bool
    ) throws(PostgresError) -> [PostgresResult] {
        let vectors = calls.map { PostgresParameterVector($0.parameters) }
        for (call, vector) in zip(calls, vectors) { try prepare(call.statement, oids: vector.oids) }

        // Blocking mode is safe here: while it cannot send, libpq reads what the server sends (`pqSendSome`).
        guard PQenterPipelineMode(handle) == 1 else { throw loss(sqlState: nil, .nothing) }
        if committing { _ = PQsendQueryParams(handle, "BEGIN", 0, nil, nil, nil, nil, 1) }
        for (call, vector) in zip(calls, vectors) {
            _ = vector.withPointers { PQsendQueryPrepared(handle, call.statement.name, $0, $1, $2, $3, 1) }
        }
        if committing { _ = PQsendQueryParams(handle, "COMMIT", 0, nil, nil, nil, nil, 1) }
        _ = PQpipelineSync(handle)

        let outcome = receivePipeline(names: names(of: calls, committing: committing), committing: committing)
        _ = PQexitPipelineMode(handle)
        if case .failure(let error) = outcome, committing, !error.isLoss, isInTransaction {
            // Skipped statements include COMMIT, so the failed transaction is still open. A loss here changes
            // nothing: the transaction goes with the connection.
            _ = try? execute("ROLLBACK")
        }
        let results = try outcome.get()
        return committing ? Array(results.dropFirst().dropLast()) : results
    }

    private func names(of calls: [PostgresCall], committing: Bool) -> [String] {
        let names = calls.map(\.statement.name)
        return committing ? ["BEGIN"] + names + ["COMMIT"] : names
    }

    /// Takes one result per statement, each followed by a null, and then the answer to Sync.
    private mutating func receivePipeline(
        names: [String], committing: Bool
    ) -> Result<[PostgresResult], PostgresError> {
        var results: [PostgresResult] = []
        var failure: PostgresError?
        for name in names {
            while let handle = PQgetResult(handle) {
                let result = PostgresResult(owning: handle)
                switch result.status {
                case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: results.append(result)
                case PGRES_PIPELINE_ABORTED: break  // skipped after the failure already kept
                default:
                    guard failure == nil else { break }
                    failure = pipelineError(result, name: name, committing: committing)
                }
            }
            if !isUsable { break }
        }
        drainPipeline()
        if let failure { return .failure(failure) }
        guard isUsable, results.count == names.count else {
            return .failure(loss(sqlState: nil, committing ? .commit : .nothing))
        }
        guard !committing || results.last?.commandTag == "COMMIT" else { return .failure(.transactionAborted) }
        return .success(results)
    }

    /// Which statement failed tells whether COMMIT can have been reached: the server works and answers in order.
    ///
    /// A FATAL with SQLSTATE is the server's own last word about that statement, so an earlier one than COMMIT means
    /// rolled back. A closed socket without a word proves nothing: answers are buffered until Sync and may be lost
    /// although all was done.
    private mutating func pipelineError(_ result: PostgresResult, name: String, committing: Bool) -> PostgresError {
        let serverStoppedEarlier = result.field(.sqlState) != nil && name != "COMMIT"
        let stake: CommitStake = committing && !serverStoppedEarlier ? .commit : .nothing
        return error(from: result, statement: name, stake)
    }

    private mutating func drainPipeline() {
        var nullCount = 0
        while isUsable, nullCount < 2 {
            guard let handle = PQgetResult(handle) else {
                nullCount += 1
                continue
            }
            nullCount = 0
            let isSync = PQresultStatus(handle) == PGRES_PIPELINE_SYNC
            PQclear(handle)
            if isSync { return }
        }
    }
}
