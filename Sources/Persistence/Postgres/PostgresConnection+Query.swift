import CPostgres

/// A statement that is prepared once per connection, on first use. The name stands for the text: one name, one text.
package struct PostgresStatement: Sendable, Hashable {
    package let name: String
    package let sql: String

    package init(_ name: String, _ sql: String) {
        self.name = name
        self.sql = sql
    }
}

extension PostgresConnection {
    /// Runs text without parameters, several statements if need be, and returns the rows affected by the last one.
    @discardableResult
    package mutating func execute(_ sql: String) throws(PostgresError) -> Int {
        let stake = commitStake(of: sql)
        _ = PQsendQuery(handle, sql)
        return try collect(statement: sql, stake).affectedRowCount
    }

    /// Runs one statement that is not worth preparing.
    @discardableResult
    package mutating func query(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) throws(PostgresError) -> PostgresResult {
        let stake = commitStake(of: sql)
        let vector = PostgresParameterVector(parameters)
        _ = vector.withPointers { PQsendQueryParams(handle, sql, $0, vector.oids, $1, $2, $3, 1) }
        return try collect(statement: sql, stake)
    }

    /// Runs a prepared statement, preparing it first if this session has not seen it.
    @discardableResult
    package mutating func query(
        _ statement: PostgresStatement, _ parameters: [PostgresParameter] = []
    ) throws(PostgresError) -> PostgresResult {
        let vector = PostgresParameterVector(parameters)
        try prepare(statement, oids: vector.oids)
        let stake = commitStake(of: statement.sql)
        _ = vector.withPointers { PQsendQueryPrepared(handle, statement.name, $0, $1, $2, $3, 1) }
        return try collect(statement: statement.name, stake)
    }

    /// Runs `body` between BEGIN and COMMIT; rolls back when it throws.
    ///
    /// `body` must not end the transaction itself. Nesting is a mistake of the program.
    @discardableResult
    package mutating func transaction<T>(
        _ body: (inout PostgresConnection) throws(PostgresError) -> T
    ) throws(PostgresError) -> T {
        precondition(!isInTransaction, "a transaction is already open on this connection")
        try execute("BEGIN")
        let value: T
        do throws(PostgresError) {
            value = try body(&self)
        } catch {
            // A failing rollback means the connection is gone, and with it the transaction; `error` says more.
            if !error.isLoss { _ = try? execute("ROLLBACK") }
            throw error
        }
        try commit()
        return value
    }

    private mutating func commit() throws(PostgresError) {
        _ = PQsendQuery(handle, "COMMIT")
        let result = try collect(statement: "COMMIT", .commit)
        guard result.commandTag == "COMMIT" else { throw .transactionAborted }
    }

    /// Prepares outside any pipeline, where a failure would have to be untangled from those of other statements.
    mutating func prepare(_ statement: PostgresStatement, oids: [UInt32]) throws(PostgresError) {
        if preparedIsStale {
            try execute("DEALLOCATE ALL")
            prepared = [:]
            preparedIsStale = false
        }
        if let known = prepared[statement.name] {
            precondition(known.sql == statement.sql, "statement \(statement.name) stands for two texts")
            precondition(known.oids == oids, "statement \(statement.name) is called with other parameter types")
            return
        }
        _ = PQsendPrepare(handle, statement.name, statement.sql, Int32(oids.count), oids)
        _ = try collect(statement: statement.name, .nothing)
        prepared[statement.name] = PreparedStatement(sql: statement.sql, oids: oids)
    }
}

extension PostgresConnection {
    /// What a lost connection leaves open.
    enum CommitStake {
        /// Nothing can have been committed by the command.
        case nothing
        /// The command commits, by itself or with its Sync.
        case commit
    }

    /// Outside a transaction every statement commits with its own Sync; inside, only a statement that ends it does.
    private func commitStake(of sql: String) -> CommitStake {
        if isReadOnly { return .nothing }
        guard isInTransaction else { return Self.onlyBegins(sql) ? .nothing : .commit }
        return Self.mayEndTransaction(sql) ? .commit : .nothing
    }

    private static func onlyBegins(_ sql: String) -> Bool { sql == "BEGIN" }

    /// Errs on the safe side: a word in a comment counts, and costs a look-up after a lost connection.
    private static func mayEndTransaction(_ sql: String) -> Bool {
        let words = sql.uppercased().split { !$0.isLetter }
        return words.contains { $0 == "COMMIT" || $0 == "END" || $0 == "PREPARE" }
    }

    /// Takes every result up to the end of the command, so that the connection is ready for the next one.
    private mutating func collect(statement: String, _ stake: CommitStake) throws(PostgresError) -> PostgresResult {
        var last: PostgresResult?
        var failed: PostgresResult?
        while let handle = PQgetResult(handle) {
            let result = PostgresResult(owning: handle)
            switch result.status {
            case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = result
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                preconditionFailure("COPY is not supported: \(statement)")
            default: if failed == nil { failed = result }
            }
        }
        if let failed {
            throw error(from: failed, statement: statement, stake)
        }
        guard isUsable, let last else { throw loss(sqlState: nil, stake) }
        return last
    }

    /// Sorts a failed result into a refusal (the session goes on) or a loss (the session has ended).
    mutating func error(
        from result: PostgresResult, statement: String, _ stake: CommitStake
    ) -> PostgresError {
        let sqlState = result.field(.sqlState)
        let severity = result.field(.severity)
        guard let sqlState, severity == "ERROR", isUsable else {
            return loss(sqlState: sqlState, message: result.field(.message), stake)
        }
        // The server forgets statements on DISCARD ALL and refuses plans whose tables changed: prepare them again.
        if sqlState == "26000" || sqlState == "0A000" { preparedIsStale = true }
        return .server(
            PostgresFailure(
                sqlState: sqlState, message: result.field(.message) ?? "", detail: result.field(.detail),
                constraint: result.field(.constraint), table: result.field(.table),
                statement: String(statement.prefix(120))))
    }

    mutating func loss(sqlState: String?, message: String? = nil, _ stake: CommitStake) -> PostgresError {
        let text = message ?? String(cString: PQerrorMessage(handle)).trimmingTrailingWhitespace
        let loss = PostgresLoss(backend: backend, sqlState: sqlState, message: text)
        return stake == .commit ? .commitInDoubt(loss) : .connectionLost(loss)
    }
}

extension PostgresResult {
    /// `PG_DIAG_*` of `postgres_ext.h`, character constants that do not import.
    enum Field: Unicode.Scalar {
        case severity = "V"  // not localized
        case sqlState = "C"
        case message = "M"
        case detail = "D"
        case constraint = "n"
        case table = "t"
    }
}
