import CPostgres
import Glibc

/// One blocking connection to PostgreSQL, used by one thread at a time.
///
/// `~Copyable`: the PGconn is closed exactly once, when the connection is dropped, and every call takes it `inout`,
/// so the compiler refuses two calls at once. Results are binary. An open transaction is rolled back by the server
/// when the connection goes.
package struct PostgresConnection: ~Copyable {
    let handle: OpaquePointer
    private let notices: NoticeReceiver
    /// Statements this session has prepared: name → (SQL, parameter types).
    var prepared: [String: PreparedStatement] = [:]
    /// Set when the server knew a statement no longer; all are prepared anew.
    var preparedIsStale = false
    /// A session that cannot write: losing it never leaves a commit in doubt.
    package let isReadOnly: Bool
    /// The server process behind this connection.
    package private(set) var backend: PostgresBackend

    struct PreparedStatement {
        let sql: String
        let oids: [UInt32]
    }

    /// Connects and waits for the outcome, at most ten seconds per address unless `conninfo` says otherwise.
    ///
    /// - Parameters:
    ///   - conninfo: `key=value` pairs or a `postgresql://` URL. Its settings win over the defaults given here.
    ///   - notices: hears NOTICE and WARNING on this connection's thread; they are dropped without it.
    package static func connect(
        _ conninfo: String, readOnly: Bool = false, applicationName: String = "gwanje",
        notices: (@Sendable (String) -> Void)? = nil
    ) throws(PostgresError) -> PostgresConnection {
        let handle = try open(conninfo, applicationName: applicationName)
        var connection = PostgresConnection(owning: handle, readOnly: readOnly, notices: notices)
        do throws(PostgresError) {
            try connection.introduce()
        } catch {
            throw .connectFailed("\(error)")
        }
        return connection
    }

    private mutating func introduce() throws(PostgresError) {
        if isReadOnly { try execute("SET default_transaction_read_only = on") }
        let rows = try query("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        guard let row = rows.first else { return }
        backend = PostgresBackend(pid: try row.value(0), startedAt: try row.value(1))
    }

    private init(owning handle: OpaquePointer, readOnly: Bool, notices: (@Sendable (String) -> Void)?) {
        self.handle = handle
        self.isReadOnly = readOnly
        self.notices = NoticeReceiver(notices)
        backend = PostgresBackend(pid: PQbackendPID(handle), startedAt: PostgresTimestamp(microseconds: 0))
        self.notices.attach(to: handle)
    }

    deinit { PQfinish(handle) }

    var socket: Int32 { PQsocket(handle) }

    package var backendPID: Int32 { backend.pid }

    /// In the middle of a command; between calls this is always false.
    package var isBusy: Bool { PQtransactionStatus(handle) == PQTRANS_ACTIVE }

    /// Within BEGIN … COMMIT, failed or not.
    package var isInTransaction: Bool {
        let status = PQtransactionStatus(handle)
        return status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    }

    /// What the last call left behind. Costs nothing; see `checkAlive()` for what happened since.
    package var isUsable: Bool { PQstatus(handle) == CONNECTION_OK }

    /// Looks whether the server has closed an idle connection, without a round trip (one system call when not).
    package mutating func checkAlive() -> Bool {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        while isUsable, !notices.hasHeardFatal, poll(&descriptor, 1, 0) > 0 {
            // `PQisBusy` is what parses: a FATAL to an idle session arrives as a notice, the end of the stream turns
            // the status bad.
            guard PQconsumeInput(handle) == 1 else { return false }
            _ = PQisBusy(handle)
        }
        return isUsable && !notices.hasHeardFatal
    }

    /// A handle with which any thread can ask the server to cancel what this connection is running.
    package func makeCancelHandle() -> PostgresCancel? { PostgresCancel(connection: handle) }

    private static func open(_ conninfo: String, applicationName: String) throws(PostgresError) -> OpaquePointer {
        // Later keywords win: the defaults stand before `dbname`, which is expanded in place; the encoding after it.
        let pairs = [
            ("connect_timeout", "10"), ("application_name", applicationName), ("dbname", conninfo),
            ("client_encoding", "UTF8"),
        ]
        let keywords = pairs.map { strdup($0.0) }
        let values = pairs.map { strdup($0.1) }
        defer { for text in keywords + values { free(text) } }
        let handle = PQconnectdbParams(
            keywords.map { UnsafePointer($0) } + [nil], values.map { UnsafePointer($0) } + [nil], 1)
        guard let handle else { throw .connectFailed("out of memory") }
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(handle))
            PQfinish(handle)
            throw .connectFailed(message.trimmingTrailingWhitespace)
        }
        return handle
    }
}

/// Carries notices from libpq's C callback to a closure; the connection keeps it alive.
private final class NoticeReceiver {
    private let deliver: (@Sendable (String) -> Void)?
    /// The server's last word to a session that was not waiting for one.
    private(set) var hasHeardFatal = false

    init(_ deliver: (@Sendable (String) -> Void)?) { self.deliver = deliver }

    func attach(to handle: OpaquePointer) {
        // Unretained is enough: the connection owns both and closes the PGconn before it releases this object.
        PQsetNoticeReceiver(
            handle,
            { context, result in
                guard let context, let result else { return }
                Unmanaged<NoticeReceiver>.fromOpaque(context).takeUnretainedValue().receive(result)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// The PGresult belongs to libpq and lives as long as the call.
    private func receive(_ result: OpaquePointer) {
        let severity = PQresultErrorField(result, Int32(PostgresResult.Field.severity.rawValue.value))
        if let severity, ["FATAL", "PANIC"].contains(String(cString: severity)) { hasHeardFatal = true }
        deliver?(String(cString: PQresultErrorMessage(result)).trimmingTrailingWhitespace)
    }
}

/// Cancels the running statement of one connection from any thread.
///
/// `@unchecked Sendable`: the PGcancel is filled once by `PQgetCancel` and only read afterwards; `PQcancel` is
/// documented as thread-safe, and `deinit` runs when nobody holds the object.
package final class PostgresCancel: @unchecked Sendable {
    private let handle: OpaquePointer

    fileprivate init?(connection: OpaquePointer) {
        guard let handle = PQgetCancel(connection) else { return nil }
        self.handle = handle
    }

    deinit { PQfreeCancel(handle) }

    /// Sends the request and waits until the server has it; the statement then fails with SQLSTATE 57014, or has
    /// ended before. False when the request could not be delivered.
    @discardableResult
    package func cancel() -> Bool {
        var message = [CChar](repeating: 0, count: 256)
        return PQcancel(handle, &message, Int32(message.count)) == 1
    }
}

extension String {
    /// libpq ends its messages with a line feed.
    var trimmingTrailingWhitespace: String {
        var characters = Substring(self)
        while characters.last?.isWhitespace == true { characters.removeLast() }
        return String(characters)
    }
}
