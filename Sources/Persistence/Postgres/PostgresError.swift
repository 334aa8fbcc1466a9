/// Why a call to PostgreSQL did not give a result, sorted by what the caller has to do about it.
package enum PostgresError: Error, Equatable, Sendable {
    /// No connection could be made; nothing was sent. Try again later.
    case connectFailed(String)
    /// The server refused a statement. The connection is usable; an open transaction has to be rolled back.
    case server(PostgresFailure)
    /// The connection is gone and nothing of the current transaction was committed: safe to do again.
    case connectionLost(PostgresLoss)
    /// The connection is gone while a commit was on its way: make sure the backend is gone, then look.
    case commitInDoubt(PostgresLoss)
    /// COMMIT answered ROLLBACK, because a statement had failed and its error was swallowed.
    case transactionAborted
    /// A column is not what the program expects: wrong type, NULL, or out of range.
    case decoding(column: String, expected: String, found: String)
    /// The queue of the thread or pool is full; ask again later.
    case busy(queueLengthMax: Int)
    /// The thread or pool has been stopped.
    case stopped

    /// Whether the connection this error came from can no longer be used.
    package var isLoss: Bool {
        switch self {
        case .connectFailed, .connectionLost, .commitInDoubt: true
        case .server, .transactionAborted, .decoding, .busy, .stopped: false
        }
    }

    /// Whether a transaction may have been committed although its answer was lost.
    package var isInDoubt: Bool {
        if case .commitInDoubt = self { true } else { false }
    }

    /// What ended the connection, if that is what happened.
    package var loss: PostgresLoss? {
        switch self {
        case .connectionLost(let loss), .commitInDoubt(let loss): loss
        case .connectFailed, .server, .transactionAborted, .decoding, .busy, .stopped: nil
        }
    }

    /// The refusal of the server, if this is one.
    package var failure: PostgresFailure? {
        if case .server(let failure) = self { failure } else { nil }
    }
}

/// A server's ErrorResponse (PostgreSQL manual, "Error and Notice Message Fields").
package struct PostgresFailure: Equatable, Sendable {
    /// The five-character SQLSTATE, such as `23505`.
    package var sqlState: String
    package var message: String
    package var detail: String?
    package var constraint: String?
    package var table: String?
    /// The prepared statement that failed, or the first characters of the text.
    package var statement: String

    package init(
        sqlState: String, message: String, detail: String? = nil, constraint: String? = nil, table: String? = nil,
        statement: String
    ) {
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.constraint = constraint
        self.table = table
        self.statement = statement
    }

    package var isUniqueViolation: Bool { sqlState == "23505" }
    /// Serialization failure or deadlock: the same transaction may succeed when done again.
    package var isRetryable: Bool { sqlState == "40001" || sqlState == "40P01" }
}

/// A connection that ended while in use.
package struct PostgresLoss: Equatable, Sendable {
    /// The server process that served the connection and may still be running its last statement.
    package var backend: PostgresBackend
    /// Set when the server said why (`57P01` terminated by an administrator); `nil` when the socket just closed.
    package var sqlState: String?
    package var message: String

    package init(backend: PostgresBackend, sqlState: String?, message: String) {
        self.backend = backend
        self.sqlState = sqlState
        self.message = message
    }
}

/// One server process, told apart from a later one that was given the same PID by its start time.
package struct PostgresBackend: Equatable, Sendable {
    package var pid: Int32
    package var startedAt: PostgresTimestamp

    package init(pid: Int32, startedAt: PostgresTimestamp) {
        self.pid = pid
        self.startedAt = startedAt
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .connectFailed(let message): "no connection to PostgreSQL: \(message)"
        case .server(let failure):
            "PostgreSQL refused \(failure.statement): \(failure.sqlState) \(failure.message)"
                + (failure.detail.map { " (\($0))" } ?? "")
        case .connectionLost(let loss): "connection lost, nothing was committed: \(loss.message)"
        case .commitInDoubt(let loss):
            "connection lost during a commit, backend \(loss.backend.pid) may have done it: \(loss.message)"
        case .transactionAborted: "COMMIT rolled back: an earlier statement of the transaction had failed"
        case .decoding(let column, let expected, let found):
            "column \(column) should be \(expected) and is \(found)"
        case .busy(let queueLengthMax): "the database queue is full (\(queueLengthMax)); ask again later"
        case .stopped: "the database thread has been stopped"
        }
    }
}
